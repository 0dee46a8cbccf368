"""What margin and everything else comes to in one currency: Kraken's TradeBalance.

Collateral is the quote balance alone, as everywhere in this core; coins count in `total` only.
"""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.exchange.matching.money.funds import balance
from kraken_tui.exchange.matching.money.margin import equity, margin_level, unrealised, used_margin
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


class TradeBalance(Struct, frozen=True, kw_only=True):
    """Kraken's TradeBalance; all in units of one quote currency, not rounded."""

    eb: Decimal
    """Equivalent balance: the currency itself, and every asset with a pair to it at that pair's bid."""
    tb: Decimal
    """Trade balance: the collateral."""
    m: Decimal
    """Margin used by open positions."""
    n: Decimal
    """Unrealised P&L of open positions, before fees."""
    c: Decimal
    """Cost basis of open positions."""
    v: Decimal
    """What open positions are worth now."""
    e: Decimal
    """Equity: `tb` + `n`."""
    mf: Decimal
    """Free margin: `e` - `m`. New positions get this less what spot orders hold."""
    ml: Decimal | None
    """Margin level: `e` / `m`, in percent; None without positions."""
    uv: Decimal
    """Value of what open orders have not filled, at their limit, trigger, or the price that they would meet."""


def trade_balance(state: VenueState, rules: Rules, quote: str) -> TradeBalance:
    """The account as it stands in `quote`, at the last good prices. Assets without a pair to it count for nothing."""
    lots = [
        (state.markets[symbol].best(lot.side.opposite), lot)
        for symbol, position in state.margin.items()
        if rules.instruments[symbol].quote == quote
        for lot in position
    ]
    used, whole = used_margin(state, rules, quote), equity(state, rules, quote)
    return TradeBalance(
        eb=_equivalent(state, rules, quote),
        tb=balance(state, quote),
        m=used,
        n=unrealised(state, rules, quote),
        c=sum((lot.cost for _, lot in lots), ZERO),
        v=sum((mark * lot.amount for mark, lot in lots), ZERO),
        e=whole,
        mf=whole - used,
        ml=margin_level(state, rules, quote),
        uv=sum((_unexecuted(state, order) for order in _orders_in(state, rules, quote)), ZERO),
    )


def _equivalent(state: VenueState, rules: Rules, quote: str) -> Decimal:
    bids = {
        instrument.base: state.markets[symbol].best(Side.SELL)
        for symbol, instrument in rules.instruments.items()
        if instrument.quote == quote and symbol in state.markets
    }
    coins = (amount * bids[asset] for asset, amount in state.balances.items() if asset in bids)
    return balance(state, quote) + sum(coins, ZERO)


def _orders_in(state: VenueState, rules: Rules, quote: str) -> list[OrderRecord]:
    return [order for order in state.orders.values() if rules.instruments[order.symbol].quote == quote]


def _unexecuted(state: VenueState, order: OrderRecord) -> Decimal:
    price = order.limit_price or order.trigger_price
    if price is None:
        market = state.markets.get(order.symbol)
        price = ZERO if market is None else market.best(order.side)
    return price * order.remaining
