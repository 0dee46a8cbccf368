"""What a decision received, as values: the input log's records."""

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
    """By name: `bid`, `ask`, `last` (int64 ticks) and whatever else the scan was given."""
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


Record = Start | Scan | BarsSeen | CandlesClosed | CandlesPast | CommandSeen | FillSeen | Gap

encode_records = msgspec.msgpack.Encoder().encode
decode_records = msgspec.msgpack.Decoder(list[Record]).decode
