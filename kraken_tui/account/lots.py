"""First in, first out: open lots of one instrument, and what closing them realises, to the last digit."""

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.model.trading import Fill, Side, Trade

ZERO = Decimal(0)


class Lot(Struct, frozen=True):
    """What one fill opened and is still open of it."""

    amount: Decimal
    cost: Decimal
    """Quote units, without the fee."""
    fee: Decimal
    """Paid to open what is still open of it."""


class Holding(Struct, frozen=True, kw_only=True):
    """An instrument's life from flat to flat, so far."""

    symbol: str
    side: Side
    lots: tuple[Lot, ...]
    opened_ns: int
    leverage: int
    bought_amount: Decimal
    """All that was opened over the life, closed since or not."""
    bought_cost: Decimal
    sold_amount: Decimal
    sold_proceeds: Decimal
    gross: Decimal
    """Realised so far, before fees."""
    fees: Decimal
    """All fees over the life."""

    @property
    def amount(self) -> Decimal:
        """Base units still open."""
        return sum((lot.amount for lot in self.lots), ZERO)

    @property
    def open_fees(self) -> Decimal:
        """Fees paid to open what is still open."""
        return sum((lot.fee for lot in self.lots), ZERO)

    @property
    def cost(self) -> Decimal:
        """Cost basis of what is still open."""
        return sum((lot.cost for lot in self.lots), ZERO)


class Step(Struct, frozen=True):
    """What one fill did to an instrument."""

    holding: Holding | None
    """None once flat."""
    realised: Decimal
    """Before fees; quote units."""
    trade: Trade | None
    """The life that this fill ended."""


def consume(lot: Lot, amount: Decimal, cost_step: Decimal) -> tuple[Decimal, Lot | None]:
    """The cost basis of `amount` taken from `lot`, rounded to `cost_step`, and what is left: nothing gets lost."""
    if amount >= lot.amount:
        return lot.cost, None
    basis = (lot.cost * amount / lot.amount).quantize(cost_step, ROUND_HALF_EVEN)
    fee = (lot.fee * amount / lot.amount).quantize(cost_step, ROUND_HALF_EVEN)
    return basis, Lot(lot.amount - amount, lot.cost - basis, lot.fee - fee)


def apply_fill(holding: Holding | None, fill: Fill, cost_step: Decimal, reason: str) -> Step:
    """Open, add, reduce, close or turn over by one fill.

    Args:
        holding: what was open before; None for flat.
        fill: amount and cost positive.
        cost_step: the smallest step of a cost, 10 to the power of minus the pair's cost decimals.
        reason: what a trade that ends here is said to have ended for.
    """
    if holding is None or holding.side is fill.side:
        return Step(_opened(holding, fill, fill.amount, fill.cost, fill.fee), ZERO, None)
    return _reduced(holding, fill, cost_step, reason)


def _opened(holding: Holding | None, fill: Fill, amount: Decimal, cost: Decimal, fee: Decimal) -> Holding:
    lot = Lot(amount, cost, fee)
    if holding is None:
        return Holding(
            symbol=fill.symbol, side=fill.side, lots=(lot,), opened_ns=fill.time_ns, leverage=fill.leverage,
            bought_amount=amount, bought_cost=cost, sold_amount=ZERO, sold_proceeds=ZERO, gross=ZERO, fees=fee,
        )  # fmt: skip
    return replace(
        holding,
        lots=(*holding.lots, lot),
        bought_amount=holding.bought_amount + amount,
        bought_cost=holding.bought_cost + cost,
        fees=holding.fees + fee,
    )


def _reduced(holding: Holding, fill: Fill, cost_step: Decimal, reason: str) -> Step:
    closing = min(fill.amount, holding.amount)
    turns_over = fill.amount > closing
    proceeds = (fill.cost * closing / fill.amount).quantize(cost_step, ROUND_HALF_EVEN) if turns_over else fill.cost
    fee = (fill.fee * closing / fill.amount).quantize(cost_step, ROUND_HALF_EVEN) if turns_over else fill.fee
    basis, lots = _take(holding.lots, closing, cost_step)
    realised = (proceeds - basis) * holding.side.sign
    left = replace(
        holding,
        lots=lots,
        sold_amount=holding.sold_amount + closing,
        sold_proceeds=holding.sold_proceeds + proceeds,
        gross=holding.gross + realised,
        fees=holding.fees + fee,
    )
    if lots:
        return Step(left, realised, None)
    rest = fill.amount - closing
    opened = _opened(None, fill, rest, fill.cost - proceeds, fill.fee - fee) if turns_over else None
    return Step(opened, realised, _trade(left, fill.time_ns, reason))


def _take(lots: tuple[Lot, ...], amount: Decimal, cost_step: Decimal) -> tuple[Decimal, tuple[Lot, ...]]:
    basis, left = ZERO, list(lots)
    while amount > 0:
        lot = left.pop(0)
        taken, remainder = consume(lot, amount, cost_step)
        basis += taken
        amount -= min(amount, lot.amount)
        if remainder is not None:
            left.insert(0, remainder)
    return basis, tuple(left)


def _trade(holding: Holding, closed_ns: int, reason: str) -> Trade:
    return Trade(
        symbol=holding.symbol,
        side=holding.side,
        amount=holding.bought_amount,
        entry_price=holding.bought_cost / holding.bought_amount,
        exit_price=holding.sold_proceeds / holding.sold_amount,
        gross=holding.gross,
        fees=holding.fees,
        opened_ns=holding.opened_ns,
        closed_ns=closed_ns,
        reason=reason,
    )
