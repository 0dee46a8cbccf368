"""First in, first out: open lots of one instrument, and what closing them realises, to the last digit."""

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.model.lots import ZERO, Lot, amount_of, consume, cost_of, fees_of, share_of
from kraken_tui.model.trading import Fill, Side, Trade


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
        return amount_of(self.lots)

    @property
    def open_fees(self) -> Decimal:
        """Fees paid to open what is still open."""
        return fees_of(self.lots)

    @property
    def cost(self) -> Decimal:
        """Cost basis of what is still open."""
        return cost_of(self.lots)


class Step(Struct, frozen=True):
    """What one fill did to an instrument."""

    holding: Holding | None
    """None once flat."""
    realised: Decimal
    """Before fees; quote units."""
    trade: Trade | None
    """The life that this fill ended."""
    fee: Decimal
    """All that this fill paid, a fee in coins at the fill's price; quote units."""


def apply_fill(holding: Holding | None, fill: Fill, cost_step: Decimal, reason: str) -> Step:
    """Open, add, reduce, close or turn over by one fill.

    Args:
        holding: what was open before; None for flat.
        fill: amount and cost positive.
        cost_step: the smallest step of a cost, 10 to the power of minus the pair's cost decimals.
        reason: what a trade that ends here is said to have ended for.
    """
    fill = fee_in_quote(fill, cost_step)
    if holding is None or holding.side is fill.side:
        return Step(_opened(holding, fill, fill.amount, fill.cost, fill.fee), ZERO, None, fill.fee)
    return _reduced(holding, fill, cost_step, reason)


def part_of(fill: Fill, amount: Decimal, cost_step: Decimal) -> Fill:
    """The part of a fill that moved `amount` coins of ours, at most all of them, with its share of cost and fee.

    What the fill moved is more or less than it traded where its fee was taken in coins.
    """
    whole = fee_in_quote(fill, cost_step)
    amount = min(amount, whole.amount)
    cost, fee = (share_of(total, amount, whole.amount, cost_step) for total in (whole.cost, whole.fee))
    return replace(whole, amount=amount, cost=cost, fee=fee)


def fee_in_quote(fill: Fill, cost_step: Decimal) -> Fill:
    """The same change of coins and cash, told with its fee in quote units.

    A buy of 1 that pays 0.004 of it as fee bought 0.996; a sell of 1 that pays 0.004 besides sold 1.004. The fee is
    valued at the fill's own price, and cost and fee together stay what was paid.
    """
    if not fill.fee_coin:
        return fill
    fee = (fill.fee_coin * fill.price).quantize(cost_step, ROUND_HALF_EVEN)
    sign = fill.side.sign
    return replace(
        fill, amount=fill.amount - sign * fill.fee_coin, cost=fill.cost - sign * fee, fee=fill.fee + fee, fee_coin=ZERO
    )


def _opened(holding: Holding | None, fill: Fill, amount: Decimal, cost: Decimal, fee: Decimal) -> Holding:
    lot = Lot(amount=amount, cost=cost, fee=fee)
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
    proceeds = share_of(fill.cost, closing, fill.amount, cost_step)
    fee = share_of(fill.fee, closing, fill.amount, cost_step)
    basis, lots = consume(holding.lots, closing, cost_step)
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
        return Step(left, realised, None, fill.fee)
    rest = fill.amount - closing
    opened = _opened(None, fill, rest, fill.cost - proceeds, fill.fee - fee) if turns_over else None
    return Step(opened, realised, _trade(left, fill.time_ns, reason), fill.fee)


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
