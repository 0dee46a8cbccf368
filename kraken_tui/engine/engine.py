"""The engine: reads the market, lets the scanner decide, hands intents to the desk, and shows what came of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account.account_state import AccountState, money
from kraken_tui.account.status_service import StatusService, side_word
from kraken_tui.clock import SECOND, Clock, stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.engine.columns import AccountWatch
from kraken_tui.engine.guard import Guard
from kraken_tui.engine.headlines import ask_line, ask_text, headlines, newest_first
from kraken_tui.engine.learned_gate import LearnedGate
from kraken_tui.engine.learning_desk import LearningDesk
from kraken_tui.engine.memory_watch import MemoryWatch
from kraken_tui.engine.pilot import Pilot
from kraken_tui.engine.records import Records
from kraken_tui.engine.telling import as_told
from kraken_tui.engine.view import TickerView
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.desk import Desk
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Feed, Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import SCANNER, Enter, Intent
from kraken_tui.model.market import FeedState
from kraken_tui.model.scan import Reason, Regime
from kraken_tui.model.snapshot import Snapshot, WorkerRow
from kraken_tui.model.trading import Fill, OrderType, Trade
from kraken_tui.risk.fees import Fees
from kraken_tui.risk.kill_switch import Verdict
from kraken_tui.scanner.explain import why
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.scanner import Scanner

Tell = Callable[[str, str], None]


class Parts(Struct, frozen=True, kw_only=True):
    """What an engine is made of."""

    clock: Clock
    feed: Feed
    board: QuoteBoard
    exchange: Exchange
    paper: PaperExchangeWrapper | None
    """The same on paper, which is shown the market; None where a real exchange has its own."""
    taker_fee: Decimal
    """Percent, at the start."""
    account: AccountState
    status: StatusService
    follower: Follower
    desk: Desk
    scanner: Scanner
    records: Records
    gate: LearnedGate
    guard: Guard
    pilot: Pilot
    memory: MemoryWatch
    learning: LearningDesk
    owner_of: Callable[[str], str]
    """Who entered a symbol last."""
    settings: Settings
    groups: tuple[str, ...]
    """The group of each instrument."""
    tell: Tell
    workers: Callable[[], tuple[WorkerRow, ...]]
    alerts: Callable[[], tuple[str, ...]]
    """What stays wrong outside the engine: a full disk, a dead worker."""

    def ruled(self, time_ns: int, id: str, question: Question, answer: Answer) -> None:
        """The gate has ruled: for the input log, and for the memory."""
        self.records.ruled(time_ns, id, question, answer)
        self.memory.ruled(time_ns, id, question, answer)
        self.learning.ruled(question, answer)


class Engine:
    """One scan after the other; everything it needs is handed in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        instruments = parts.feed.instruments
        self._watch = AccountWatch(parts.account, instruments, parts.groups, parts.taker_fee)
        self._view = TickerView(instruments, parts.settings.POLL_INTERVAL)
        self._index = {instrument.symbol: place for place, instrument in enumerate(instruments)}
        self._last: tuple[Frame, ScanResult] | None = None
        self._feed_state = FeedState.STARTING
        self.scans = 0
        self.worst_scan_us = 0
        self.scan_us = 0
        self.transitions: Counter[str] = Counter()

    @property
    def feed_ended(self) -> bool:
        """Whether a recording has been played to its end."""
        return self._feed_state is FeedState.ENDED

    async def scan(self) -> None:
        """Read the market, settle what it filled, decide, and hand what is wanted to the desk."""
        parts = self._parts
        frame = parts.feed.read(parts.clock.now_ns())
        parts.board.update(frame)
        self._note_feed(frame)
        if parts.paper is not None:
            active = parts.paper.active_symbols()
            await parts.paper.on_quotes(parts.board.quotes(sorted(active)), frame.time_ns)
            self._note_fees(parts.paper)
        await parts.follower.write_down(parts.exchange)
        parts.memory.scan(frame.time_ns)
        parts.guard.look(frame)
        parts.records.before_scan(frame.time_ns, self.scans, self._memory)
        began = stopwatch_ns()
        heat = parts.desk.stake.heat()
        columns = self._watch.refresh(heat)
        self._end_pauses(frame.time_ns)
        paused = self._is_paused(frame.time_ns)
        result = parts.scanner.scan(frame, columns, heat.ppm, paused, self.scans)
        self.scan_us = (stopwatch_ns() - began) // 1000
        self.worst_scan_us = max(self.worst_scan_us, self.scan_us)
        self.scans += 1
        for change in result.transitions:
            self.transitions[f"{change.before.name}->{change.after.name}"] += 1
        parts.records.scan(
            frame, result, columns, heat.ppm, paused, self._watch.notes, self._view.profits(parts.status)
        )
        self._view.sparks.add(result.price)
        told = as_told(result, parts.account.positions(), self._index, parts.owner_of, self._acts)
        self._last = (frame, told)
        parts.desk.look()
        parts.gate.market_regime = _regime_word(result.regime)
        for intent in result.intents:
            if self._acts(intent):
                parts.desk.submit(intent)
        await parts.pilot.look(frame.time_ns, result.regime)

    async def run(
        self, until_ns: int | None, stopping: Callable[[], bool], after: Callable[[], Awaitable[None]]
    ) -> None:
        """Scan every POLL_INTERVAL until told to stop, the time is up, or a recording ends.

        Args:
            until_ns: the engine's time at which to stop.
            stopping: asked before each scan.
            after: awaited after each scan; a paced run waits there until the desk is idle.
        """
        parts = self._parts
        interval_ns = int(parts.settings.POLL_INTERVAL * SECOND)
        due_ns = parts.clock.now_ns()
        while not stopping() and not self.feed_ended and (until_ns is None or due_ns < until_ns):
            await parts.clock.sleep_until(due_ns)
            if stopping():
                break
            await self.scan()
            await after()
            # A scan that came late is not made up for: the next one is due at the next whole interval.
            behind = max(0, parts.clock.now_ns() - due_ns)
            due_ns += interval_ns * (1 + behind // interval_ns)

    def on_fees(self, fees: Fees) -> None:
        """From now on the account pays this: for break-even, for what entries must earn, and to close."""
        parts = self._parts
        if fees != parts.gate.fees:
            parts.tell("engine", f"Kraken's fees are now {fees.taker:f} % taker, {fees.maker:f} % maker")
        parts.gate.fees = fees
        parts.guard.taker_fee = parts.status.taker_fee = self._watch.taker_fee = fees.taker

    def on_fill(self, fill: Fill, trade: Trade | None) -> None:
        """Tell of a fill, in the words of the fill itself."""
        self._parts.records.fill(fill)
        self._parts.gate.on_fill(fill, trade)
        self._parts.memory.fill(fill, trade)
        price = f"{fill.amount:f} {fill.symbol} at {fill.price:f}, fee {money(fill.fee)}"
        held = self._parts.account.position(fill.symbol)
        opens = trade is None and held is not None and held.side is fill.side
        kind = "stop" if fill.order_type is OrderType.STOP_LOSS else "entry" if opens else "exit"
        self._parts.tell(kind, f"{fill.side} {price}")
        if trade is not None:
            made = f"gross {money(trade.gross)} - fees {money(trade.fees)} = net {money(trade.net)} USD"
            self._parts.tell("exit", f"{trade.symbol} {side_word(trade.side)} closed ({trade.reason}): {made}")

    def why(self, symbol: str) -> tuple[str, ...]:
        """Where a ticker stands, and why, in sentences."""
        if self._last is None:
            return ("The first scan is still to come.",)
        scanner, index = self._parts.scanner, self._index[symbol]
        blocked = self._last[1].reason[index] == Reason.BLOCKED
        note = self._watch.notes[int(self._watch.columns.blocked[index])] if blocked else ""
        instrument = scanner.instruments[index]
        scanned = why(instrument, index, self._last[1], self._watch.columns, scanner.parameters, note)
        return (scanned, *self._parts.pilot.why(symbol))

    def snapshot(self, seq: int) -> Snapshot | None:
        """The engine now; None before the first scan."""
        if self._last is None:
            return None
        parts, (frame, result) = self._parts, self._last
        totals, alerts = parts.status.totals(), self._alerts()
        positions, now_ns = parts.status.position_rows(), parts.clock.now_ns()
        asked, kill = newest_first(parts.pilot.asked.values()), parts.gate.kill.last
        return Snapshot(
            seq=seq,
            time_ns=now_ns,
            scan=self.scans,
            regime=_regime_word(result.regime),
            heat_percent=parts.desk.stake.heat(totals).ppm / 10_000,
            paused=self._is_paused(now_ns),
            pauses=parts.gate.pauses.lines(now_ns),
            feed=frame.state.name,
            feed_age_s=max(0, frame.time_ns - frame.heard_ns) / SECOND,
            feed_note=frame.note,
            scan_us=self.scan_us,
            worst_scan_us=self.worst_scan_us,
            headlines=headlines(
                alerts=alerts,
                asked=[ask_line(row, now_ns) for row in asked],
                acting=result.intents,
                positions=positions,
                arming=self._view.arming(result, parts.settings.ARM_PERSISTENCE),
                feed_note=frame.note,
                paused=self._is_paused(now_ns),
                regime=result.regime,
                tickers=len(parts.groups),
            ),
            tickers=self._view.pack(frame, result, self._watch.columns, self._watch.notes, parts.status),
            positions=positions,
            trades=parts.status.trade_rows(),
            account=parts.status.account_row(parts.gate.kill.today or Decimal(0), parts.settings.HEAT.trades),
            workers=parts.workers(),
            alerts=alerts,
            progress="",
            progress_done=1.0,
            orders=parts.status.order_rows(),
            balances=parts.status.balance_rows(),
            autopilot=parts.pilot.level,
            asked=tuple(ask_text(row, now_ns) for row in asked),
            breakeven_percent=float(parts.gate.breakeven),
            kill_switch="" if kill.verdict is Verdict.OK else kill.text,
        )

    def _acts(self, intent: Intent) -> bool:
        """A symbol has one owner: what somebody else entered, the scanner neither moves nor closes."""
        owns = self._parts.owner_of(intent.symbol) == SCANNER
        return self._parts.settings.SCANNER_TRADES if isinstance(intent, Enter) else owns

    def _memory(self, whole: bool) -> tuple[bytes, bytes, bytes]:
        """What the scanner remembers, and the autopilot, where that is asked for."""
        return self._parts.scanner.state.save(), *(self._parts.pilot.decider.save() if whole else (b"", b""))

    def _alerts(self) -> tuple[str, ...]:
        frozen = tuple(f"{symbol}: outcome unknown, nothing is sent" for symbol in self._parts.account.frozen())
        return (*frozen, *self._parts.guard.alerts(), *self._parts.alerts())

    def _is_paused(self, now_ns: int) -> bool:
        """Whether nothing may be entered by the operator's wish."""
        return self._parts.desk.paused or bool(self._parts.gate.pauses.everything(now_ns))

    def _end_pauses(self, now_ns: int) -> None:
        for row in self._parts.gate.pauses.drop_ended(now_ns):
            self._parts.tell("command", f"a pause of {row.only or 'everything'} has ended by itself")

    def _note_fees(self, paper: PaperExchangeWrapper) -> None:
        """Margin rollovers are fees without a fill: they change the balance by themselves."""
        account = self._parts.account
        others = paper.fees - account.fill_fees
        if others != account.other_fees:
            account.other_fees = others
            self._parts.follower.distrust_balance()

    def _note_feed(self, frame: Frame) -> None:
        if frame.state is not self._feed_state:
            self._parts.tell("feed", f"feed {frame.state.name}{': ' + frame.note if frame.note else ''}")
            self._feed_state = frame.state


def _regime_word(regime: Regime | None) -> str:
    return "WARMING" if regime is None else regime.name


def groups_of(instruments: Sequence[Instrument], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The group of each instrument; Alts where none names it."""
    named = {symbol: group for group, symbols in groups.items() for symbol in symbols}
    return tuple(named.get(instrument.symbol, "Alts") for instrument in instruments)
