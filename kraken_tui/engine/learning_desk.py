"""Learning in a running engine: shadows at each close, block returns, and what they leave of an entry."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from kraken_tui.clock import SECOND, Clock
from kraken_tui.config.settings import Settings
from kraken_tui.engine.decider import Decider
from kraken_tui.engine.shadows import Kept, Made, Shadows
from kraken_tui.engine.sleeve_books import SleeveBooks, Surroundings
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.learning.adoptable import Limit
from kraken_tui.learning.consider import candidate_of
from kraken_tui.learning.events import BLOCKS_NS, SHADOW, Closed, Done, Enrol, Event, Nets
from kraken_tui.learning.keeping import STATE, records_of, unpacked
from kraken_tui.learning.learner import after, new_learner
from kraken_tui.learning.operations import Cause, Freeze, Level, Mode, Note, SetLevel, Thaw
from kraken_tui.learning.sleeve import ALL, ONE, Leave, factor_of
from kraken_tui.learning.views import bound_of, in_force, runners, size_factors
from kraken_tui.market.candles import Closing
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import AUTOPILOT, Enter
from kraken_tui.model.memory import BlockReturn, LearningState
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Trade
from kraken_tui.model.vote import Call
from kraken_tui.store.memory_recorder import MemoryRecorder
from kraken_tui.store.telemetry_db import TelemetryDb
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.shadow import Terms
from kraken_tui.strategy.strategy_orchestrator import enabled

SHADOWS = "shadows"
"""Name of what the sleeves hold, in the table `learning_state`."""
REGIMES = tuple(regime.name for regime in Regime)
HUNDRED = Decimal(100)
NOTHING: Nets = {}


class LearningDesk:
    """Learns in one mode and world.

    Args:
        memory: where what was learned is kept.
        recorder: words what goes there.
        clock: the engine's.
        decider: whose candles the shadows use, and which adopted parameters are handed to.
        settings: the operator's.
        mode: paper, live or sandbox.
        instruments: in the order of the book.
        around: the rest of the engine.
        tell: hears what happened.
    """

    def __init__(
        self,
        memory: TelemetryDb,
        recorder: MemoryRecorder,
        clock: Clock,
        decider: Decider,
        settings: Settings,
        mode: str,
        version: str,
        instruments: Sequence[Instrument],
        around: Surroundings,
        tell: Callable[[str, str], None],
    ) -> None:
        self.state = new_learner(Mode.PAPER if mode == "paper" else Mode.LIVE)
        self.is_on = False
        """Whether shadows run."""
        self.is_own: Callable[[Call], bool] = lambda call: False
        """Whether the autopilot itself acts on a call, so that its decision is written down already."""
        self._memory = memory
        self._recorder = recorder
        self._clock = clock
        self._decider = decider
        self._settings = settings
        self._books = SleeveBooks(around, decider, "paper" if mode == "paper" else "live")
        self._around = around
        self._tell = tell
        self._strategies = {row.name: row for row in enabled(decider.strategies, decider.config)}
        self._codes = {name: _code(row, version) for name, row in self._strategies.items()}
        margin = settings.account == "margin"
        self._shadows = Shadows(
            [row.symbol for row in instruments], decider.book, decider.config, self._strategies,
            {row.symbol: margin and bool(row.leverage_sell) for row in instruments},
        )  # fmt: skip
        self._due = deque[tuple[int, Regime | None]]()
        self._woken = asyncio.Event()
        self._factors: dict[str, Decimal] = {}

    def read(self) -> tuple[LearningState | None, LearningState | None]:
        """What was learned, and what the shadows held; blocks.

        Raises:
            SafetyRefusal: it can't be read.
        """
        reader = self._memory.reader
        return reader.learning_state(STATE), reader.learning_state(SHADOWS)

    def begin(self, kept: LearningState | None, shadows: LearningState | None) -> None:
        """Go on from what was read.

        Raises:
            SafetyRefusal: it makes no sense. Then nothing is learned in this run, and no size is cut.
        """
        if kept is not None:
            self.state = unpacked(kept)
        if shadows is not None:
            with contextlib.suppress(*GARBLED):  # then its block is not whole
                self._shadows.restore(msgspec.msgpack.decode(shadows.state, type=Kept))
        level, now_ns = Level(self._settings.LEARNING), self._clock.now_ns()
        block_ns = BLOCKS_NS[self._settings.LEARNING_BLOCK]
        self._books.begin_ns, self._books.before = now_ns // block_ns * block_ns, self._shadows.before
        self.is_on = level is not Level.OFF or bool(self.state.adoption.watches)
        if level is not self.state.adoption.level and (kept is not None or level is not Level.SUGGEST):
            self._take(Done(SetLevel(level)), now_ns)
        if self.is_on or kept is not None:
            self._enrol(now_ns)
        self._apply()

    def closed(self, closing: Closing, regime: Regime | None) -> None:
        """A span has closed; the shadows follow as soon as nothing else is to be done."""
        self._books.closed()
        if self.is_on:
            self._due.append((closing.end_ns, regime))
            self._woken.set()

    async def run(self) -> None:
        """Follow closes until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self.work()

    async def work(self) -> None:
        """Follow what has closed by now."""
        while self._due:
            await self._close(*self._due.popleft())

    def leave(self, intent: Enter) -> Leave:
        """What learning leaves of an entry: all of it, but for an autopilot's where it may act or watches a sleeve."""
        if intent.owner != AUTOPILOT or intent.call is None:
            return ALL
        strategy = intent.call.strategy
        factor = self._factors.get(strategy, ONE)
        row = self._decider.adopted.row(strategy, intent.symbol)
        if factor >= ONE and (row is None or row.bound is None):
            return ALL
        room = self._books.room(row) if row is not None else None
        texts = [f"learning leaves {strategy} {factor:.0%} of its size"] if factor < ONE else []
        texts += [] if room is None else [f"its sleeve may lose {room:.2f} more in this block"]
        return Leave(factor=factor, room=room, text=", ".join(texts))

    def ruled(self, question: Question, answer: Answer) -> None:
        """The gate has ruled on an entry."""
        self._books.ruled(question, answer)

    def parameters_of(self, strategy: str) -> str:
        """Names what a strategy decides by; empty for what is no strategy of the autopilot's."""
        champion = self.state.adoption.champions.get(strategy)
        return champion.id if champion is not None else ""

    def take(self, event: Event) -> tuple[Note, ...]:
        """An event from outside: a command, or a search to be considered.

        Raises:
            UsageError: it makes no sense.
        """
        notes = self._take(event, self._clock.now_ns())
        self.is_on = self.is_on or bool(self.state.adoption.watches)
        self._apply()
        return notes

    def _enrol(self, now_ns: int) -> None:
        """Tell which strategies there are, where that is not known already."""
        now = self._decider.config.model_dump(mode="json")
        rows = tuple(candidate_of(name, code, now) for name, code in self._codes.items())
        block_ns, known = BLOCKS_NS[self._settings.LEARNING_BLOCK], self.state.allocation
        same = known is not None and known.regimes == REGIMES and known.strategies == tuple(self._codes)
        if same and block_ns == self.state.block_ns and {row.strategy: row for row in rows} == self.state.own:
            return
        self._take(Enrol(time_ns=now_ns, block_ns=block_ns, candidates=rows, regimes=REGIMES), now_ns)

    async def _close(self, end_ns: int, regime: Regime | None) -> None:
        if end_ns <= self._shadows.last_ns:
            return
        terms = self._terms()
        acts = await self._shadows.close(
            end_ns, regime, runners(self.state), terms, lambda id: bound_of(self.state, id)
        )
        self._recorder.record_shadow([act for act in acts if not self.is_own(act[0])])
        if end_ns % self.state.block_ns == 0:
            self._end_block(end_ns, terms)
        self._memory.record(LearningState(name=SHADOWS, time_ns=end_ns, state=self._shadows.save()))

    def _end_block(self, end_ns: int, terms: Terms) -> None:
        state, begin_ns = self.state, end_ns - self.state.block_ns
        counts = self._shadows.regimes
        most = max(counts, key=counts.__getitem__, default="")
        regime = most if counts.get(most, 0) * 2 > sum(counts.values()) else ""
        made = self._shadows.end_block(runners(state), begin_ns, state.block_ns / SECOND, terms)
        whole = [row for row in made if row.is_whole]
        there = {row.candidate.id for row in whole}
        is_gap = any(state.adoption.champions[name].id not in there for name in state.own)
        self._note_cause(Cause.GAP, is_gap, end_ns)
        self._note_cause(Cause.INCIDENT, self._around.exchange() != "online", end_ns)
        if not is_gap:
            rows = [_row(row, end_ns, regime) for row in whole]
            nets = {(row.strategy, row.parameters): row.net for row in rows}
            ended = self._books.ended(end_ns)
            event = Closed(end_ns=end_ns, regime=regime, trades=sum(map(self._is_let_in, ended)))
            self._take(event, end_ns, nets, [*rows, *self._books.returns(ended, end_ns, regime, self.parameters_of)])
        self._shadows.keep_only(runners(self.state), end_ns)
        self._books.next_block(end_ns)
        self._shadows.before = self._books.before
        self._apply()

    def _note_cause(self, cause: Cause, stands: bool, now_ns: int) -> None:
        if stands is not (cause in self.state.adoption.causes):
            self._take(Done(Freeze(cause) if stands else Thaw(cause)), now_ns)

    def _take(
        self, event: Event, time_ns: int, nets: Nets = NOTHING, rows: Sequence[BlockReturn] = ()
    ) -> tuple[Note, ...]:
        before = self.state
        state, notes = after(before, event, nets)
        states, adoptions = records_of(before, state, event, time_ns)
        self.state = state  # only once it is known to be kept: what fails before changes nothing
        self._recorder.record_blocks(rows, states)
        for adoption in adoptions:
            self._recorder.record_adoption(adoption)
        for note in notes:
            about = f"{note.candidate}: " if note.candidate else ""
            self._tell("learning", f"{note.kind.lower().replace('_', ' ')}: {about}{note.text}")
        return notes

    def _apply(self) -> None:
        """Have what was learned take effect: sizes at once, parameters at the next close."""
        self._factors = {name: factor_of(share) for name, share in size_factors(self.state).items()}
        tight = self.state.adoption.factors.get(Limit.RISK_PER_TRADE)
        if tight is not None:
            self._factors = {name: self._factors.get(name, ONE) * factor_of(tight) for name in self._strategies}
        try:
            self._decider.adopt(in_force(self.state))
        except UsageError as error:
            self._tell("alert", f"an adopted candidate does not trade: {error}")

    def _is_let_in(self, trade: Trade) -> bool:
        """Whether a trade is one of what is being let in, or was let in and is still watched."""
        told, row = self.state.adoption, self._books.row_of(trade)
        return told.canary is not None and row is not None and row.candidate.id == told.adopted[-1].after.id

    def _terms(self) -> Terms:
        settings, fees = self._settings, self._around.fees()
        margin = settings.account == "margin"
        return Terms(
            risk=settings.risk_percent / 100, most=max(1, settings.HEAT.trades),
            exposure=settings.HEAT.exposure / 100, leverage=float(settings.leverage if margin else 1),
            cost=float(fees.taker / HUNDRED) + settings.RECORDED_SPREAD / 200,
            opening=float(fees.opening / HUNDRED) if margin else 0.0, fees_decide=settings.FEES_DECIDE,
        )  # fmt: skip


def _row(made: Made, end_ns: int, regime: str) -> BlockReturn:
    return BlockReturn(
        time_ns=end_ns, strategy=made.candidate.strategy, parameters=made.candidate.id, source=SHADOW, regime=regime,
        net=made.gross - made.cost, gross=made.gross, cost=made.cost,
    )  # fmt: skip


def _code(strategy: Strategy, version: str) -> str:
    return strategy.digest or version
