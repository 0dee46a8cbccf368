"""What a decision received, as values, and what it came to: the input log's records."""

import msgspec
from msgspec import Struct

from kraken_tui.model.candle import Candle
from kraken_tui.model.command import Command
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import Fill


class Start(Struct, frozen=True, kw_only=True, tag=True):
    """An engine begins; or goes on in a new day's file, which so can be read by itself."""

    time_ns: int
    version: str
    market: str
    settings: str
    """`config.json` as it took effect."""
    instruments: tuple[Instrument, ...]
    groups: tuple[str, ...]
    """Group of each instrument."""
    seed: int | None
    continued: bool = False
    """True where the engine went on from the day before."""
    trading: str = ""
    """`trading.json` as it took effect; empty in a log of a version that did not tell."""
    strategies: dict[str, str] = {}
    """SHA-256 of each of the operator's own strategies that were loaded, by name."""


class Scan(Struct, frozen=True, kw_only=True, tag=True):
    """One scan's inputs. Columns are little-endian arrays with an entry per ticker, in the instruments' order."""

    time_ns: int
    scan: int
    state: int
    """`FeedState`."""
    note: str
    """Why the feed is not LIVE."""
    heard_ns: int
    paused: bool
    heat_ppm: int
    columns: dict[str, bytes]
    """By name: `bid`, `ask`, `last` (int64 ticks) and whatever else the scan was given; and what it came to, as
    `scanner.outputs` makes it: `decided`, `wanted_stop` and `sums`, which older logs do not have."""
    delta: bool = False
    """On the disk only: columns are differences from the scan before. A reader gets whole ones."""


class BarsSeen(Struct, frozen=True, kw_only=True, tag=True):
    """Closed bars of one ticker that warmed an indicator."""

    time_ns: int
    index: int
    bars: tuple[Bar, ...]


class CandlesClosed(Struct, frozen=True, kw_only=True, tag=True):
    """A span of five minutes that closed. Columns are little-endian arrays with an entry per ticker."""

    time_ns: int
    open_ns: int
    columns: dict[str, bytes]
    """`open`, `high`, `low`, `close`, `volume` (float64) and `known` (bool)."""


class CandlesPast(Struct, frozen=True, kw_only=True, tag=True):
    """Closed candles of one ticker that the autopilot's window was begun with."""

    time_ns: int
    index: int
    candles: tuple[Candle, ...]


class Decided(Struct, frozen=True, kw_only=True, tag=True):
    """The autopilot decided on a run of symbols at a close."""

    time_ns: int
    first: int
    """Place of the first of them."""
    regime: int
    """The scanner's `Regime`; -1 where it knew none."""
    level: str
    held: dict[str, int]
    """What the autopilot held of them: +1 a long, -1 a short."""
    sides: bytes
    """int8 for each: what should be held, +1, -1 or 0; 2 where its candles were not known."""
    digests: bytes
    """Four bytes for each, of its call with all of its votes and texts."""


class Ruled(Struct, frozen=True, kw_only=True, tag=True):
    """The gate ruled on an entry. Its values belong to higher floors, and are packed: `execution.ruling` knows them."""

    time_ns: int
    symbol: str
    id: str
    """Of the decision, as in the evaluation log."""
    given: bytes
    """All that was weighed."""
    made: bytes
    """The size, or why there was none, and every check."""


class Tightened(Struct, frozen=True, kw_only=True, tag=True):
    """Learning cut an entry; the ruling on what is left comes next."""

    time_ns: int
    symbol: str
    factor: str
    """What was left of the size, from 0 to 1."""
    room: str | None
    """What the sleeve might still lose, quote units; None where no bound was declared."""
    fee: str
    """Percent, that the room was divided with."""
    asked: str | None
    """The amount that was asked for, as far as one was."""
    text: str


class Adopted(Struct, frozen=True, kw_only=True, tag=True):
    """Adopted parameters that decide from the next close on. They belong to a higher floor, and are packed."""

    time_ns: int
    rows: bytes
    """`learning.learner.InForce`, the newest first."""


class Kept(Struct, frozen=True, kw_only=True, tag=True):
    """What an engine remembered just before a scan, so that a replay can begin there."""

    time_ns: int
    scan: int
    """The scan that comes next."""
    scanner: bytes
    """`ScannerState.save`."""
    autopilot: bytes = b""
    """`Decider.save`: beliefs; empty where only the scanner's memory was kept."""
    candles: bytes = b""
    """And its candles."""


class CommandSeen(Struct, frozen=True, kw_only=True, tag=True):
    """A command that was about to be done."""

    time_ns: int
    author: str
    command: Command


class FillSeen(Struct, frozen=True, kw_only=True, tag=True):
    """An execution, when the engine heard of it."""

    time_ns: int
    fill: Fill


class Gap(Struct, frozen=True, kw_only=True, tag=True):
    """Here the log does not hold everything: a full disk, a slow one, or damage found by the reader."""

    time_ns: int
    text: str


Record = (
    Start | Scan | BarsSeen | CandlesClosed | CandlesPast | Decided | Ruled | Tightened | Adopted | Kept | CommandSeen
    | FillSeen | Gap
)  # fmt: skip

encode_records = msgspec.msgpack.Encoder().encode
decode_records = msgspec.msgpack.Decoder(list[Record]).decode
