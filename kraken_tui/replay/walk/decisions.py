"""A walk over an input log: every decision is made again from what was recorded, and compared. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui import __version__, clock
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.replay.walk.closes import Closes
from kraken_tui.replay.walk.difference import Difference
from kraken_tui.replay.walk.rulings import rule_again
from kraken_tui.replay.walk.scans import Scans
from kraken_tui.replay.walk.settings import settings_of
from kraken_tui.store.inputs import (
    Adopted,
    BarsSeen,
    CandlesClosed,
    CandlesPast,
    Decided,
    Gap,
    Kept,
    Record,
    Ruled,
    Scan,
    Start,
    Tightened,
)
from kraken_tui.strategy.contract import Strategy

Loaded = Callable[[Start], tuple[Sequence[Strategy], str]]
"""The strategies that an engine had, and why they are not those; empty where they are."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a walk found."""

    begun: bool
    """Whether there was an engine to replay."""
    engines: int
    """Starts of an engine; one that goes on from an earlier file is none."""
    scans: int
    ticker_scans: int
    proven: int
    """Scans that were compared, and the same."""
    transitions: dict[str, int]
    closes: int
    calls: int
    rulings: int
    first_ns: int
    last_ns: int
    difference: Difference | None
    """The first."""
    notes: tuple[str, ...]
    """What could not be compared, and why."""


class Walk:
    """Takes the records of one engine's log, or of several that follow on each other, in the order of time.

    Args:
        loaded: finds the strategies of an engine.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._start: Start | None = None
        self._settings = Settings()
        self._scans: Scans | None = None
        self._closes: Closes | None = None
        self._sums: Counter[str] = Counter()
        self._transitions: Counter[str] = Counter()
        self._notes: dict[str, int] = {}
        self._tightened: dict[str, Tightened] = {}
        """By symbol, until the ruling that comes next."""
        self._first_ns = self._last_ns = 0

    def take(self, record: Record) -> Difference | None:
        """Make again what a record tells of; returns what came out otherwise."""
        if not isinstance(record, Gap):
            self._last_ns = max(self._last_ns, record.time_ns)
            self._first_ns = self._first_ns or record.time_ns
        if isinstance(record, Start):
            self._begin(record)
            return None
        if self._start is None or self._scans is None or self._closes is None:
            self._note("records before any engine's start were passed over")
            return None
        return self._again(record, self._scans, self._closes)

    def answer(self, difference: Difference | None) -> Answer:
        """What was found until now."""
        self._end()
        sums = self._sums
        return Answer(
            begun=self._start is not None, engines=sums["engines"],
            scans=sums["scans"], ticker_scans=sums["ticker-scans"], proven=sums["proven"],
            transitions=dict(sorted(self._transitions.items())), closes=sums["closes"], calls=sums["calls"],
            rulings=sums["rulings"], first_ns=self._first_ns, last_ns=self._last_ns, difference=difference,
            notes=tuple(f"{text} ({count} times)" if count > 1 else text for text, count in self._notes.items()),
        )  # fmt: skip

    def _again(self, record: Record, scans: Scans, closes: Closes) -> Difference | None:
        match record:
            case Scan():
                return scans.scan(record)
            case BarsSeen():
                scans.bars(record)
            case CandlesClosed():
                closes.closed(record)
            case CandlesPast():
                closes.past(record)
            case Decided():
                return closes.decided(record)
            case Ruled():
                self._sums["rulings"] += 1
                return rule_again(record, self._settings, self._tightened.pop(record.symbol, None))
            case Tightened():
                self._tightened[record.symbol] = record
            case Adopted():
                closes.adopt(record)
            case Kept():
                goes_on = scans.known and scans.next == record.scan
                return scans.kept(record) or closes.kept(record, goes_on=goes_on)
            case Gap():
                scans.known = closes.known = False
                self._tightened.clear()
                self._note(f"{clock.iso(record.time_ns) if record.time_ns else 'at the begin'}: {record.text}")
            case _:
                pass  # commands and fills are told by what they did to the account
        return None

    def _begin(self, start: Start) -> None:
        """A new engine; or the same, in a new file: then everything goes on."""
        if start.continued and self._start is not None and start == replace(self._start, continued=True):
            return
        self._end()
        self._tightened.clear()
        strategies, fault = self._loaded(start)
        self._start = replace(start, continued=False)
        self._settings = settings_of(start.settings)
        self._scans = Scans(start, known=not start.continued)
        self._closes = Closes(start, strategies, known=not start.continued, fault=fault)
        self._sums["engines"] += not start.continued
        if start.version != __version__:
            self._note(f"recorded by version {start.version}, replayed by {__version__}")

    def _end(self) -> None:
        """Add up what an engine did."""
        scans, closes, sums = self._scans, self._closes, self._sums
        if self._start is None or scans is None or closes is None:
            return
        sums["scans"] += scans.count
        sums["ticker-scans"] += scans.count * len(self._start.instruments)
        sums["proven"] += scans.proven
        sums["closes"] += closes.closes
        sums["calls"] += closes.calls
        self._transitions += scans.transitions
        if scans.unproven:
            self._note(
                f"{scans.unproven} scans were recorded by a version that kept neither what they came to nor the "
                "autopilot's calls nor the gate's rulings: they were made again, and there is nothing to compare with"
            )
        if scans.passed:
            self._note(f"{scans.passed} scans can't be made again: what the scanner knew before them is not in the log")
        if closes.passed:
            why = closes.fault or "what it knew before them is not in the log"
            self._note(f"{closes.passed} closes of the autopilot can't be decided again: {why}")
        self._scans = self._closes = None

    def _note(self, text: str) -> None:
        self._notes[text] = self._notes.get(text, 0) + 1


def walk(records: Iterable[Record], loaded: Loaded) -> Answer:
    """Make every decision again, up to the first that comes out otherwise.

    Raises:
        UsageError: a record is none that an engine of this version writes.
    """
    made = Walk(loaded)
    for record in records:
        try:
            difference = made.take(record)
        except (LookupError, TypeError, *GARBLED) as error:
            where = f"{clock.iso(record.time_ns)}: the log's {type(record).__name__}"
            raise UsageError(f"{where} can't be made again: {type(error).__name__}: {error}") from error
        if difference:
            return made.answer(difference)
    return made.answer(None)
