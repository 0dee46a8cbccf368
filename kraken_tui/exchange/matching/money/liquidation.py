"""Margin calls and liquidation, by the margin level of each quote currency.

Below the highest `margin_call` of the pairs held the account is warned, once until the level has recovered. Below the
highest `margin_stop`, where `Policies.liquidates` is set, the venue closes positions, the oldest first, each whole,
with market orders of its own, until the level is back, nothing is left, or nothing trades; then the next update goes
on. Price protection does not apply to them, they pay the taker's fee, and our own orders in their way are cancelled.
Where the market has jumped, a loss can be larger than what is there: the balance then is below nothing, and stays so.
"""

from kraken_tui.exchange.matching.market.liquidity import standing
from kraken_tui.exchange.matching.messages import Accepted, MarginCalled
from kraken_tui.exchange.matching.money.lots import Lot
from kraken_tui.exchange.matching.money.margin import margin_level, quotes_in_use
from kraken_tui.exchange.matching.orders import OrderRecord, SelfTrade
from kraken_tui.exchange.matching.state import Step
from kraken_tui.exchange.matching.trading.execution import keep, tradable
from kraken_tui.exchange.matching.trading.taking import activate
from kraken_tui.exchange.matching.trading.triggers import settle_spawned
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderType


def liquidate_where_due(step: Step) -> None:
    """Warn and liquidate as the present margin levels ask for; call it when prices or time have moved."""
    state = step.state
    if not state.margin and not state.margin_called:
        return
    for quote in sorted({*quotes_in_use(state, step.rules), *state.margin_called}):
        _warn(step, quote)
        if step.rules.policies.liquidates and _liquidate(step, quote):
            _warn(step, quote)


def _pairs_held(step: Step, quote: str) -> list[Instrument]:
    held = (step.instrument(symbol) for symbol in step.state.margin)
    return [instrument for instrument in held if instrument.quote == quote]


def _warn(step: Step, quote: str) -> None:
    state, level = step.state, margin_level(step.state, step.rules, quote)
    warned = quote in state.margin_called
    below = level is not None and level < max(pair.margin_call for pair in _pairs_held(step, quote))
    if below and not warned and level is not None:
        state.margin_called = (*state.margin_called, quote)
        step.events.append(MarginCalled(quote, level))
    elif warned and not below:
        state.margin_called = tuple(other for other in state.margin_called if other != quote)


def _is_due(step: Step, quote: str) -> bool:
    level = margin_level(step.state, step.rules, quote)
    return level is not None and level < max(pair.margin_stop for pair in _pairs_held(step, quote))


def _liquidate(step: Step, quote: str) -> bool:
    """Close positions while that is due and possible; whether any order was placed."""
    stuck: set[str] = set()
    placed = False
    while _is_due(step, quote) and (oldest := _oldest(step, quote, stuck)) is not None:
        symbol, lot = oldest
        _close(step, symbol, lot)
        placed = True
        left = step.state.margin.get(symbol)
        if left and left[0].id == lot.id:
            stuck.add(symbol)
    return placed


def _oldest(step: Step, quote: str, stuck: set[str]) -> tuple[str, Lot] | None:
    first = [
        (lots[0].opened_ns, lots[0].id, symbol)
        for symbol, lots in step.state.margin.items()
        if symbol not in stuck and step.instrument(symbol).quote == quote and _can_close(step, symbol, lots[0])
    ]
    if not first:
        return None
    symbol = min(first)[2]
    return symbol, step.state.margin[symbol][0]


def _can_close(step: Step, symbol: str, lot: Lot) -> bool:
    market = tradable(step, symbol)
    if market is None:
        return False
    levels = standing(market, lot.side.opposite, step.instrument(symbol), step.rules.impact)
    return next(levels, None) is not None


def _close(step: Step, symbol: str, lot: Lot) -> None:
    order = OrderRecord(
        id=step.next_id("O"), symbol=symbol, side=lot.side.opposite, type=OrderType.MARKET, amount=lot.amount,
        leverage=lot.leverage, reduce_only=True, liquidated=True, self_trade=SelfTrade.CANCEL_OLDEST,
        place=step.next_number(), opened_ns=step.now_ns,
    )  # fmt: skip
    step.events.append(Accepted(keep(step, order)))
    activate(step, order)
    settle_spawned(step)
