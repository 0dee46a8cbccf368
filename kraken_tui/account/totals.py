"""The account in money: equity, P&L and what is free, at the prices at which positions could be closed now."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Position, Side

ZERO = Decimal(0)
Quotes = Callable[[str], Quote | None]
"""The quote of a symbol now; None while there is no sound one."""


class Totals(Struct, frozen=True, kw_only=True):
    """The account in money; quote units."""

    balance: Decimal
    """Quote currency, held or not."""
    free: Decimal
    """Quote currency not held by orders, less margin in use."""
    realised: Decimal
    """Over all trades ever, before fees."""
    unrealised: Decimal
    """Before fees, at the prices at which positions could be closed now."""
    fees: Decimal
    """All fees ever, of fills and of margin."""
    equity: Decimal
    exposure: Decimal
    """Notional of what is open."""
    margin_used: Decimal = ZERO
    """What open margin positions bind."""

    @property
    def profit(self) -> Decimal:
        """P&L since the first fill, after all fees."""
        return self.realised + self.unrealised - self.fees


class Money(Struct, frozen=True, kw_only=True):
    """What an account has in money, positions apart; quote units."""

    balance: Decimal
    free: Decimal
    """Not held by orders."""
    realised: Decimal
    fees: Decimal
    margin_used: Decimal | None = None
    """As the exchange tells it; None where it has not since the last fill, and is reckoned."""


def totals_of(money: Money, rows: Sequence[Position], quotes: Quotes, *, margin: bool) -> Totals:
    """The account in money; a position without a price counts at cost.

    On a cash account the coins of our positions are equity; on margin only their unrealised P&L is (Kraken: equity =
    trade balance + unrealised).
    """
    marks = {row.symbol: mark(row, quotes(row.symbol)) for row in rows}
    unrealised = sum((row.profit_at(marks[row.symbol]) for row in rows), ZERO)
    spot = sum((row.cost for row in rows if row.leverage < 2), ZERO)
    reckoned = sum((row.cost / row.leverage for row in rows if row.leverage >= 2), ZERO)
    used = reckoned if money.margin_used is None else money.margin_used
    equity = money.balance + spot + unrealised
    return Totals(
        balance=money.balance,
        free=min(money.free, equity - spot - used) if margin else money.free,
        realised=money.realised,
        unrealised=unrealised,
        fees=money.fees,
        equity=equity,
        exposure=sum((row.amount * marks[row.symbol] for row in rows), ZERO),
        margin_used=used,
    )


def breakeven(position: Position, taker_fee_percent: Decimal) -> Decimal:
    """The exit price at which the round trip nets zero: fees paid so far and the taker fee of the exit included.

    Long: p x amount x (1 - f) = cost + fees. Short: p x amount x (1 + f) = cost - fees.
    """
    fee = taker_fee_percent / 100
    if position.side is Side.BUY:
        return (position.cost + position.fees) / (position.amount * (1 - fee))
    return max(ZERO, (position.cost - position.fees) / (position.amount * (1 + fee)))


def mark(position: Position, quote: Quote | None) -> Decimal:
    """The price at which a position could be closed now; its entry price while there is no quote."""
    if quote is None:
        return position.entry_price
    return quote.bid if position.side is Side.BUY else quote.ask


def money(amount: Decimal) -> str:
    """Quote units with two decimals and a sign that is never `-0.00`."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return f"{rounded + 0:.2f}" if rounded else "0.00"
