"""What screens see of the process: start-up while it starts, then the engine."""

from collections.abc import Callable

import msgspec

from kraken_tui.clock import Clock, iso
from kraken_tui.control.events import EventRing
from kraken_tui.control.protocol import encode
from kraken_tui.model.snapshot import AccountRow, Headline, Roster, Snapshot, TickerColumns
from kraken_tui.model.talk import Block, Talk


class Stage:
    """Holds the newest snapshot, encoded once however many screens pull it, and the ring of events.

    Args:
        roster: what is known before the market is open; `opened` completes it.
        clock: stamps events.
        log: hears each event too, with the engine's time: that of a run at speed is not the wall's.
    """

    def __init__(self, roster: Roster, clock: Clock, log: Callable[[str], None]) -> None:
        self.roster = roster
        self.events = EventRing()
        self.clock = clock
        self._log = log
        self._seq = 0
        self._make: Callable[[int], Snapshot | None] = lambda seq: None
        self._stale = False
        self._packed: tuple[int, bytes] = (0, encode(_starting(0, clock.now_ns(), "Starting", 0.0)))
        self.latest: Snapshot | None = None
        self.talk: Callable[[int], tuple[Talk | None, tuple[Block, ...]]] = lambda after: (None, ())
        """What was told of the conversation after a telling; nothing while starting."""

    def progress(self, text: str, done: float) -> None:
        """Show what start-up is doing."""
        self._seq += 1
        self._packed = (self._seq, encode(_starting(self._seq, self.clock.now_ns(), text, done)))

    def opened(self, roster: Roster, make: Callable[[int], Snapshot | None]) -> None:
        """The market is open: from now on `make` gives the snapshots."""
        self.roster, self._make = roster, make

    def changed(self) -> None:
        """There is something new; the snapshot is made when somebody asks for it."""
        self._stale = True

    def snapshot(self) -> tuple[int, bytes]:
        """The newest snapshot's number and its msgpack."""
        if self._stale and (made := self._make(self._seq + 1)) is not None:
            self._seq, self._stale, self.latest = self._seq + 1, False, made
            self._packed = (self._seq, encode(made))
        return self._packed

    def current(self) -> Snapshot | None:
        """The newest snapshot of the engine; None while it starts."""
        self.snapshot()
        return self.latest

    def tell(self, kind: str, text: str) -> None:
        """Something happened."""
        event = self.events.add(self.clock.now_ns(), kind, text)
        self._log(f"{iso(event.time_ns)} {kind}: {text}")


def _starting(seq: int, time_ns: int, text: str, done: float) -> Snapshot:
    nothing = dict.fromkeys(TickerColumns.__struct_fields__, b"")
    columns = msgspec.convert({**nothing, "notes": ("",)}, TickerColumns)
    account = AccountRow(
        equity="0.00", profit="0.00", balance="0.00", realised="0.00", unrealised="0.00", fees="0.00", today="0.00",
        exposure_percent=0.0, open_trades=0, most_trades=0,
    )  # fmt: skip
    return Snapshot(
        seq=seq, time_ns=time_ns, scan=0, regime="WARMING", heat_percent=0.0, paused=False, feed="STARTING",
        feed_age_s=0.0, feed_note="", scan_us=0, worst_scan_us=0,
        headlines=(Headline(word="WARMING", symbol="", price="", stop="", why=text),),
        tickers=columns, positions=(), trades=(), account=account, workers=(), alerts=(),
        progress=text, progress_done=done,
    )  # fmt: skip
