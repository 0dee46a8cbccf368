"""How much to trade, or why not at all."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.config.settings import Settings
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from kraken_tui.risk.heat import Heat

SMALLEST_SHARE = Decimal("0.25")
"""An entry cut below this share of its size would hold a place among the most trades and earn nothing."""


class Means(Struct, frozen=True, kw_only=True):
    """What the account can put up for one entry."""

    equity: Decimal
    """Quote units."""
    free: Decimal
    """Cash not held by orders (cash account), or free margin; quote units."""
    margin: bool
    """Whether positions may be opened on margin."""
    taker_fee: Decimal
    """What the account pays to take; percent."""


class Bounds(Struct, frozen=True, kw_only=True):
    """What else keeps an entry small."""

    share: Decimal = Decimal(1)
    """Of what risk asks for: less while the equity is below its high-water mark (`risk.drawdown`)."""
    active_risk: Decimal | None = None
    """What may still be put at risk over all positions; quote units (`risk.active_risk`)."""
    amount: Decimal | None = None
    """The most that the book takes at a bearable slippage; base units (`risk.slippage`)."""


NO_BOUNDS = Bounds()


def size_entry(
    intent: Enter,
    instrument: Instrument,
    group: str,
    means: Means,
    heat: Heat,
    settings: Settings,
    bounds: Bounds = NO_BOUNDS,
) -> OrderRequest | Declined:
    """The order for an entry, or the reason why there is none.

    Amount = capital x RISK_PER_TRADE / |price - stop|, with the notional at most capital x effective leverage / most
    active trades, both times the share of the drawdown; then at most what the heat limits, the free funds, the active
    risk and the book leave; cut to the lot. What is left must be a quarter of what was asked for. The price is the
    limit where the entry rests at one. An intent that names an amount gets no more than that.

    Args:
        intent: price and stop in quote units.
        instrument: the pair's rules.
        group: the ticker's group, for its heat limit.
        means: what the account can put up.
        heat: measured over positions and entries on their way, in percent of the same capital.
        settings: RISK_PER_TRADE, MAX_CAPITAL (capital is equity, or that much of it in LIVE), leverage, HEAT.
        bounds: what else keeps it small.
    """
    if block := heat.block(group):
        return Declined(f"heat: {block}")
    price, asked = intent.limit_price or intent.price, intent.amount
    if reason := _impossible(intent, price, means, bounds):
        return Declined(reason)
    distance = (price - intent.stop_price) * intent.side.sign
    short = intent.side is Side.SELL
    leverage = instrument.effective_leverage(settings.leverage, short=short) if means.margin else 1
    if short and leverage < 2:
        return Declined("a short needs margin, which this pair or account does not offer")
    wanted = bounds.share * _wanted(settings, settings.capital(means.equity), leverage, distance, price)
    if asked is not None:
        wanted = min(wanted, asked * price)
    notional = min(wanted, _left(means, leverage, heat, group, settings), *_bounded(bounds, distance, price))
    if notional < wanted * SMALLEST_SHARE:
        return Declined(f"only {notional:.2f} of {wanted:.2f} {instrument.quote} is left: too little for a place")
    amount = instrument.amount_down(asked if asked is not None and asked * price <= notional else notional / price)
    if reason := _too_small(amount, price, instrument):
        return Declined(reason)
    return OrderRequest(
        symbol=intent.symbol,
        side=intent.side,
        type=OrderType.MARKET if intent.limit_price is None else OrderType.LIMIT,
        amount=amount,
        price=intent.limit_price,
        leverage=leverage,
        stop_price=intent.stop_price,
    )


def _impossible(intent: Enter, price: Decimal, means: Means, bounds: Bounds) -> str:
    """Why no size could be right; empty where one may be."""
    stop = intent.stop_price
    if not (price.is_finite() and stop.is_finite()):
        return f"price {price} and stop {stop} must be numbers"
    if price <= 0 or stop <= 0 or (price - stop) * intent.side.sign <= 0:
        return f"stop {stop} is not on the losing side of {price}"
    if not means.equity.is_finite() or means.equity <= 0:
        return "no equity"
    return "" if bounds.share > 0 else "the drawdown leaves entries no size"


def _wanted(settings: Settings, capital: Decimal, leverage: int, distance: Decimal, price: Decimal) -> Decimal:
    """What risk asks for with the stop at this distance; quote units."""
    risked = capital * Decimal(str(settings.risk_percent)) / 100
    return min(risked / distance * price, capital * leverage / max(1, settings.HEAT.trades))


def _left(means: Means, leverage: int, heat: Heat, group: str, settings: Settings) -> Decimal:
    """What free funds and heat limits leave; quote units."""
    # The price may move and fees are due between sizing and the fill: two percent stay unspent.
    fee = means.taker_fee / 100
    carried = means.free * leverage / (1 + fee * leverage) * Decimal("0.98")
    rooms = [usage.room(settings.capital(means.equity)) for usage in heat.of(group)]
    return max(Decimal(0), min([carried, *rooms]))


def _bounded(bounds: Bounds, distance: Decimal, price: Decimal) -> list[Decimal]:
    """What active risk and the book leave, where they are limited; quote units."""
    rooms = [] if bounds.active_risk is None else [max(Decimal(0), bounds.active_risk) / distance * price]
    return rooms if bounds.amount is None else [*rooms, bounds.amount * price]


def _too_small(amount: Decimal, price: Decimal, instrument: Instrument) -> str:
    if amount < instrument.order_min:
        return f"{amount} {instrument.base} is below the smallest order, {instrument.order_min}"
    if amount * price < instrument.cost_min:
        return f"{amount * price:.2f} {instrument.quote} is below the smallest cost, {instrument.cost_min}"
    return ""
