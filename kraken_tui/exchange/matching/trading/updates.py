"""An update of a market: triggers first, in the order of their places; then what rests, by price and place."""

import heapq

from kraken_tui.exchange.matching.market.liquidity import refreshed
from kraken_tui.exchange.matching.messages import MarketUpdate
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.execution import tradable
from kraken_tui.exchange.matching.trading.self_trade import price_priority
from kraken_tui.exchange.matching.trading.taking import match_resting, meets_market
from kraken_tui.exchange.matching.trading.triggers import settle_spawned, waiting_in, wake


def update_market(step: Step, update: MarketUpdate) -> None:
    """Put in what stands now, and match our orders against it."""
    state, symbol = step.state, update.symbol
    market = refreshed(state.markets.get(symbol), update.quote, update.bids, update.asks, update.index)
    if market is None:
        return
    state.markets[symbol] = market
    if not any(order.symbol == symbol for order in state.orders.values()) or tradable(step, symbol) is None:
        return
    for order_id in waiting_in(step, symbol):
        order = state.orders.get(order_id)
        if order is not None and order.is_waiting:
            wake(step, order)
            settle_spawned(step)
    _match_all(step, symbol)


def _match_all(step: Step, symbol: str) -> None:
    """Each resting order in turn; an iceberg's next slice has a turn of its own, behind the others of its price."""
    orders, market = step.state.orders, step.state.markets[symbol]
    queue = [
        (price_priority(order), order.id)
        for order in orders.values()
        if order.symbol == symbol and order.stands and meets_market(order, market)
    ]
    heapq.heapify(queue)
    while queue:
        _, order_id = heapq.heappop(queue)
        before = orders.get(order_id)
        if before is None:
            continue
        match_resting(step, before)
        settle_spawned(step)
        after = orders.get(order_id)
        if after is not None and after.place != before.place:
            heapq.heappush(queue, (price_priority(after), after.id))
