"""What a round trip costs, and whether the move that an entry counts on pays for it.

A round trip pays the fee of the entry and of the exit, and where it takes, half the spread and the slippage as well.
"""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.evaluation import Check
from kraken_tui.model.trading import Side, Trade

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
ENOUGH_TRADES = 100
"""Trades from which on what was measured counts instead of what was assumed."""


class Fees(Struct, frozen=True, kw_only=True):
    """What the account pays now; percent of the notional."""

    maker: Decimal
    taker: Decimal
    opening: Decimal = ZERO
    """On top of it, to open on margin."""


class ExpectedMove(Struct, frozen=True, kw_only=True):
    """What an entry counts on."""

    percent: Decimal | None
    """In its favour, before fees; None where nobody said."""
    source: str
    """Where it comes from, such as `the lock step` or `the mean of 137 trades`."""
    traded: bool = False
    """Whether it was measured from price paid to price got, so that spread and slippage are in it."""


class Moves(Struct, frozen=True):
    """How far trades went in their favour, summed up."""

    count: int = 0
    total: Decimal = ZERO
    """Percent."""

    def plus(self, trade: Trade) -> "Moves":
        """With one trade more."""
        return Moves(self.count + 1, self.total + move_of(trade)) if trade.entry_price > ZERO else self

    @property
    def mean(self) -> Decimal:
        """Percent; 0 of none."""
        return self.total / self.count if self.count else ZERO


def move_of(trade: Trade) -> Decimal:
    """How far the price went in a trade's favour, from entry to exit, before fees; percent, below 0 for a loss."""
    return (trade.exit_price - trade.entry_price) * trade.side.sign * HUNDRED / trade.entry_price


def expected_move(declared: Decimal, said: str, moves: Moves) -> ExpectedMove:
    """What an entry counts on: what was declared, and from 100 trades on their mean move.

    Args:
        declared: percent: RATCHET_LOCK for the scanner, a strategy's own word for the autopilot.
        said: whose word that is.
        moves: of the trades that the same made.
    """
    if moves.count < ENOUGH_TRADES:
        source = f"{said}; {moves.count} of {ENOUGH_TRADES} trades are measured"
        return ExpectedMove(percent=declared, source=source)
    return ExpectedMove(percent=moves.mean, source=f"the mean of {moves.count} trades", traded=True)


def closing_fees(exposure: Decimal, fees: Fees) -> Decimal:
    """What closing so much at market would cost; quote units."""
    return exposure * fees.taker / HUNDRED


def breakeven_move(fees: Fees, side: Side = Side.BUY, *, maker_in: bool = False, margin: bool = False) -> Decimal:
    """How far the price must go in a trade's favour for the fees to be paid; percent of the entry price.

    Long: (1 + f_in) / (1 - f_out) - 1. Short: 1 - (1 - f_in) / (1 + f_out), as the exit's fee is on the exit's price;
    the exit takes.
    """
    paid_in = ((fees.maker if maker_in else fees.taker) + (fees.opening if margin else ZERO)) / HUNDRED
    paid_out = fees.taker / HUNDRED
    if side is Side.BUY:
        return ((ONE + paid_in) / (ONE - paid_out) - ONE) * HUNDRED
    return (ONE - (ONE - paid_in) / (ONE + paid_out)) * HUNDRED


class Costs(Struct, frozen=True, kw_only=True):
    """What stands between an entry and a gain; percent of the entry price."""

    fees: Decimal
    spread: Decimal
    slippage: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.fees + self.spread + self.slippage

    @property
    def text(self) -> str:
        """The same in words."""
        return (
            f"{self.total:.2f} % to break even "
            f"({self.fees:.2f} % fees, {self.spread:.2f} % spread, {self.slippage:.2f} % slippage)"
        )


def costs_of(
    fees: Fees, side: Side, spread: Decimal, slippage: Decimal, *, maker_in: bool = False, margin: bool = False
) -> Costs:
    """What a round trip costs that leaves by a taker's order, as stops and exits do.

    Args:
        fees: what the account pays.
        side: of the entry.
        spread: percent.
        slippage: of one side that takes; percent.
        maker_in: whether the entry waits at its price.
        margin: whether it opens on margin.
    """
    legs = 1 if maker_in else 2
    return Costs(
        fees=breakeven_move(fees, side, maker_in=maker_in, margin=margin),
        spread=spread * legs / 2,
        slippage=slippage * legs,
    )


def pays(expected: ExpectedMove, costs: Costs, *, decide: bool = True) -> Check:
    """Whether an expected move is more than its round trip costs.

    Args:
        expected: one that nobody named passes: whoever enters knows why.
        costs: of the round trip; spread and slippage are left out where the move was measured with them.
        decide: the switch FEES_DECIDE; off, it only says.
    """
    if expected.traded:
        costs = Costs(fees=costs.fees, spread=ZERO, slippage=ZERO)
    if expected.percent is None:
        return Check("fees", True, f"no move is counted on; {costs.text}")
    if not expected.percent.is_finite():
        return Check("fees", False, f"an expected move of {expected.percent} % is no number to count on")
    words = f"the expected move of {expected.percent:.2f} % ({expected.source})"
    if not costs.total.is_finite():
        return Check("fees", not decide, f"{words} pays for what nobody knows: there is no sound price or depth")
    if expected.percent > costs.total:
        return Check("fees", True, f"{words} pays the {costs.text}")
    if not decide:
        return Check("fees", True, f"{words} does not pay the {costs.text}, and FEES_DECIDE is off")
    return Check("fees", False, f"{words} does not pay the {costs.text}")
