"""What an engine tells its trading memory, in the words of the engine: trades, decisions, errors, what was said.

Where each is called is told by its docstring. Every call takes microseconds and none waits for a disk.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import Clock
from kraken_tui.model.evaluation import Evaluation
from kraken_tui.model.intent import AUTOPILOT
from kraken_tui.model.memory import (
    AdoptionRecord,
    BlockReturn,
    DecisionRecord,
    ErrorRecord,
    InsightRecord,
    LearningState,
    ParameterChange,
    TradeRecord,
    TrialRecord,
    Utterance,
)
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.model.vote import Call
from kraken_tui.store.telemetry_db import TelemetryDb

KINDS = {"stop hit": "stop", "target": "target", "closed by hand": "by hand"}
"""Of a trade's end, by the reason that the account gives."""


class _Life(Struct, frozen=True):
    """A position's life so far."""

    side: Side
    opened_ns: int
    regime: str
    orders: tuple[str, ...]
    slipped: Decimal | None
    """Quote units; None once a fill's price of decision was not known."""
    worst: Decimal
    best: Decimal


class MemoryRecorder:
    """Knows of each open position what its trade's row will tell.

    A position that was open before this run has no excursions and no slippage: what was missed is not known.

    Args:
        memory: where the rows go.
        clock: the engine's.
        group: of a symbol.
    """

    def __init__(self, memory: TelemetryDb, clock: Clock, group: Callable[[str], str]) -> None:
        self._memory = memory
        self._clock = clock
        self._group = group
        self._lives: dict[str, _Life] = {}

    def entered(self, fill: Fill, *, is_first: bool, decided: Decimal | None = None, regime: str = "") -> None:
        """A fill of an entry was booked: call it where fills are booked, for each.

        Args:
            fill: the execution.
            is_first: whether the symbol was flat before it.
            decided: the price that the entry was decided at.
            regime: as the decision saw it.
        """
        slipped = None if decided is None else (fill.price - decided) * fill.amount * fill.side.sign
        if is_first:
            self._lives[fill.symbol] = _Life(
                fill.side, fill.time_ns, regime, (fill.order_id,), slipped, fill.price, fill.price
            )
        elif life := self._lives.get(fill.symbol):
            both = None if life.slipped is None or slipped is None else life.slipped + slipped
            orders = tuple(dict.fromkeys((*life.orders, fill.order_id)))
            self._lives[fill.symbol] = replace(life, slipped=both, orders=orders)
            self.seen(fill.symbol, fill.price)

    def seen(self, symbol: str, price: Decimal) -> None:
        """A price was seen: call it once a scan for each held symbol, with what closing would get."""
        if life := self._lives.get(symbol):
            low, high = min(price, life.worst, life.best), max(price, life.worst, life.best)
            worst, best = (low, high) if life.side is Side.BUY else (high, low)
            if (worst, best) != (life.worst, life.best):
                self._lives[symbol] = replace(life, worst=worst, best=best)

    def record_trade(
        self, trade: Trade, *, exit_orders: Sequence[str] = (), exit_kind: str = "", decided: Decimal | None = None
    ) -> TradeRecord:
        """A position was closed: call it where its last fill was booked, and at the start for each trade of the
        journal: those that are written down already stay one row each.

        Args:
            trade: the account's.
            exit_orders: the exchange's ids, as far as they are known.
            exit_kind: stop, target, exit, flatten or by hand; told by the trade's reason where empty.
            decided: the price that the exit was decided at; a stop's trigger.
        """
        record = record_of(trade, self._group(trade.symbol), exit_kind, tuple(exit_orders))
        self.seen(trade.symbol, trade.exit_price)
        life = self._lives.get(trade.symbol)
        if life is not None and life.side is trade.side and life.opened_ns == trade.opened_ns:
            del self._lives[trade.symbol]
            left = None if decided is None else (decided - trade.exit_price) * trade.amount * trade.side.sign
            record = replace(
                record, regime=life.regime, entry_orders=life.orders, worst_price=life.worst, best_price=life.best,
                slippage=None if life.slipped is None or left is None else life.slipped + left,
            )  # fmt: skip
        self._memory.record_together(record)
        return record

    def record_decision(self, made: Evaluation, *, candle_ns: int = 0, regime: str = "", parameters: str = "") -> None:
        """A decision was weighed: call it beside each `EvaluationLog.record`."""
        self._memory.record(
            DecisionRecord(
                id=made.id, time_ns=made.time_ns, candle_ns=candle_ns, symbol=made.symbol, owner=made.owner,
                strategy=made.strategy, action=made.action, reason=made.reason, verdict=made.verdict, shadow=False,
                price=made.price, regime=regime, parameters=parameters,
            )
        )  # fmt: skip

    def record_shadow(self, acts: Sequence[tuple[Call, str, str]]) -> None:
        """What shadows did that did not trade: call it at a close, with what each of them did.

        Args:
            acts: a call, what was done by it (enter long, enter short, exit), and what names the candidate.
        """
        now_ns = self._clock.now_ns()
        self._memory.record(*(
            DecisionRecord(
                id=f"{call.time_ns} {call.symbol} {candidate}", time_ns=now_ns, candle_ns=call.time_ns,
                symbol=call.symbol, owner=AUTOPILOT, strategy=call.strategy, action=action, reason=call.text,
                verdict="", shadow=True, price=repr(call.price), regime=call.symbol_regime, parameters=candidate,
            )
            for call, action, candidate in acts
        ))  # fmt: skip

    def record_error(self, source: str, text: str) -> None:
        """Something went wrong: call it where the operator is told of a worker's end, a refusal, a broken rule."""
        self._memory.record(ErrorRecord(time_ns=self._clock.now_ns(), source=source, text=text))

    def record_said(self, author: str, kind: str, text: str) -> None:
        """Something was shown in the chat: call it with what was released, never with what was withheld."""
        self._memory.record(Utterance(time_ns=self._clock.now_ns(), author=author, kind=kind, text=text))

    def record_parameter(self, name: str, before: object, after: object, *, author: str, reason: str) -> None:
        """A parameter changed: call it where a setting takes effect."""
        change = ParameterChange(
            time_ns=self._clock.now_ns(), name=name, before=str(before), after=str(after), author=author, reason=reason
        )
        self._memory.record_together(change)

    def record_trials(self, trials: Sequence[TrialRecord]) -> None:
        """Trials of a search: all of them, the refused and the failed too."""
        self._memory.record_together(*trials)

    def record_adoption(self, adoption: AdoptionRecord) -> None:
        """Something was adopted, or reverted (the same id again)."""
        self._memory.record_together(adoption)

    def record_blocks(self, returns: Sequence[BlockReturn], states: Sequence[LearningState]) -> None:
        """A block of time ended: its returns, with the states that have seen them, in one transaction."""
        self._memory.record_together(*returns, *states)

    def record_insights(self, insights: Sequence[InsightRecord]) -> None:
        """Insights that are new or have changed."""
        self._memory.record_together(*insights)


def record_of(trade: Trade, group: str = "", exit_kind: str = "", exit_orders: tuple[str, ...] = ()) -> TradeRecord:
    """A trade's row, with what its own words tell."""
    strategy = trade.entered_for.partition(":")[0].strip() if trade.owner == AUTOPILOT else trade.owner
    return TradeRecord(
        id=name_of(trade), symbol=trade.symbol, side=trade.side,
        amount=trade.amount, entry_price=trade.entry_price, exit_price=trade.exit_price, gross=trade.gross,
        fees=trade.fees, net=trade.net, opened_ns=trade.opened_ns, closed_ns=trade.closed_ns, owner=trade.owner,
        strategy=strategy or trade.owner, entered_for=trade.entered_for, reason=trade.reason,
        exit_kind=exit_kind or KINDS.get(trade.reason, "exit"), symbol_group=group, exit_orders=exit_orders,
    )  # fmt: skip


def name_of(trade: Trade) -> str:
    """Of its row: ticker, beginning and end, which the journal's fills tell the same after any restart."""
    return f"{trade.symbol} {trade.opened_ns} {trade.closed_ns}"
