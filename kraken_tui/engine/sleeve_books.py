"""The engine's own trades as learning counts them: by candidate and block, and what a sleeve may still lose."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account.account_state import AccountState, Totals
from kraken_tui.engine.decider import Decider
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.learning.sleeve import room_of
from kraken_tui.learning.views import InForce
from kraken_tui.model.intent import AUTOPILOT
from kraken_tui.model.memory import BlockReturn, Source
from kraken_tui.model.trading import Position, Trade
from kraken_tui.risk.fees import Fees

ZERO, HUNDRED = Decimal(0), Decimal(100)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What learning sees of the engine."""

    account: AccountState
    totals: Callable[[], Totals]
    unrealised: Callable[[Position], Decimal]
    """Of a position, net of all fees; quote units."""
    owner_of: Callable[[str], str]
    fees: Callable[[], Fees]
    exchange: Callable[[], str]
    """Its system status."""


class SleeveBooks:
    """Knows what belongs to which candidate.

    Args:
        around: the engine.
        decider: who is in charge of a symbol, and by which candidate.
        source: what the engine's own returns are called.
    """

    def __init__(self, around: Surroundings, decider: Decider, source: Source) -> None:
        self.around = around
        self.begin_ns = 0
        """Of this block."""
        self.before: dict[str, Decimal] = {}
        """What open positions had made when the block began."""
        self._decider = decider
        self._source = source
        self._granted: dict[str, Decimal] = {}
        """What an entry that the gate let through since the last close could lose, by symbol."""

    def ruled(self, question: Question, answer: Answer) -> None:
        """The gate has ruled: what it let through is at stake before it is filled."""
        order, intent = answer.order, question.intent
        if order is not None and intent.owner == AUTOPILOT and order.stop_price is not None:
            price, fee = order.price or intent.price, question.around.conditions.fees.taker
            loss = abs(price - order.stop_price) + (price + max(price, order.stop_price)) * fee / HUNDRED
            self._granted[order.symbol] = order.amount * loss

    def closed(self) -> None:
        """A span has closed: what still rests of the autopilot's entries is withdrawn."""
        self._granted.clear()

    def next_block(self, begin_ns: int) -> None:
        """A block begins."""
        self.begin_ns = begin_ns
        self.before = {row.symbol: self.around.unrealised(row) for row in self.around.account.positions()}

    def room(self, row: InForce) -> Decimal | None:
        """What a candidate's sleeve may still lose in this block; None where no bound was declared."""
        if row.bound is None:
            return None
        made = sum((trade.net for trade in self.ended(None) if self.is_by(trade, row)), ZERO)
        stakes = {symbol: loss for symbol, loss in self._granted.items() if self._is_mine(symbol, row)}
        for held in self.around.account.positions():
            if self.around.owner_of(held.symbol) == AUTOPILOT and self._is_mine(held.symbol, row):
                now = self.around.unrealised(held)
                made += now - self.before.get(held.symbol, ZERO)
                stakes[held.symbol] = max(stakes.get(held.symbol, ZERO), self._at_stake(held, now))
        return room_of(row.bound, row.share, self.around.totals().equity, made, sum(stakes.values(), ZERO))

    def ended(self, end_ns: int | None) -> list[Trade]:
        """The autopilot's trades that ended in this block, until `end_ns` where that is given."""
        found = []
        for trade in reversed(self.around.account.trades):
            if trade.closed_ns <= self.begin_ns:
                break
            if trade.owner == AUTOPILOT and (end_ns is None or trade.closed_ns <= end_ns):
                found.append(trade)
        return found[::-1]

    def is_by(self, trade: Trade, row: InForce) -> bool:
        """Whether a trade is a candidate's."""
        strategy = strategy_of(trade)
        return strategy == row.candidate.strategy and self._decider.adopted.row(strategy, trade.symbol) is row

    def row_of(self, trade: Trade) -> InForce | None:
        """The adopted candidate that a trade is of."""
        return self._decider.adopted.row(strategy_of(trade), trade.symbol)

    def returns(
        self, ended: Sequence[Trade], end_ns: int, regime: str, parameters: Callable[[str], str]
    ) -> list[BlockReturn]:
        """What the engine's own trades made, by strategy, beside what the shadows did."""
        equity = float(self.around.totals().equity)
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for trade in ended:
            gross, fees = sums.get(strategy_of(trade), (ZERO, ZERO))
            sums[strategy_of(trade)] = gross + trade.gross, fees + trade.fees
        return [
            BlockReturn(
                time_ns=end_ns, strategy=name, parameters=parameters(name), source=self._source, regime=regime,
                net=float(gross - fees) / equity, gross=float(gross) / equity, cost=float(fees) / equity,
            )
            for name, (gross, fees) in sums.items()
            if equity > 0
        ]  # fmt: skip

    def _is_mine(self, symbol: str, row: InForce) -> bool:
        strategy = row.candidate.strategy
        return self._decider.in_charge(symbol) == strategy and self._decider.adopted.row(strategy, symbol) is row

    def _at_stake(self, held: Position, now: Decimal) -> Decimal:
        """What a position would lose from here down to its stop."""
        if held.stop_price is None:
            return ZERO
        closing = held.stop_price * held.amount * self.around.fees().taker / HUNDRED
        return max(ZERO, now - held.profit_at(held.stop_price) + held.fees + closing)


def strategy_of(trade: Trade) -> str:
    """The strategy that entered an autopilot's trade."""
    return trade.entered_for.partition(":")[0].strip()
