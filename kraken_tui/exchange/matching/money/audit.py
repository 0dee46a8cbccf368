"""Whether the books balance: what must hold for any state, to the last digit."""

from decimal import Decimal, localcontext

from kraken_tui.exchange.matching.exact import EXACT
from kraken_tui.exchange.matching.money.fees import DAY_NS
from kraken_tui.exchange.matching.money.funds import balance, held
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Totals, VenueState
from kraken_tui.model.lots import amount_of, cost_of

ZERO = Decimal(0)


def audit(state: VenueState, rules: Rules) -> list[str]:
    """What is wrong with the books; empty when they balance.

    - Per currency: start + deposits + realised - fees + traded = balance + cost basis of the coins bought with it, so
      nothing is created or lost. (An account kept from before coins were counted is checked in its quote currencies.)
    - Coins: never less than the lots, and no lot without coins.
    - Positions: all lots of a pair on one side, none larger than when it opened.
    - Holds: never more than balances. A loss on margin can take what an order holds, so on a margin account this goes
      for currencies that are nobody's quote, and only a cash account's balances are never below nothing.
    - Volumes: none below nothing, none of a day to come.
    """
    with localcontext(EXACT):
        quotes = {instrument.quote for instrument in rules.instruments.values()}
        wrong = [text for asset in sorted(quotes | set(state.totals)) if (text := _unbalanced(state, rules, asset))]
        wrong += _coins(state, rules)
        wrong += _positions(state)
        wrong += _holds(state, rules, quotes)
        return wrong + _volumes(state)


def _unbalanced(state: VenueState, rules: Rules, asset: str) -> str:
    totals = state.totals.get(asset, Totals())
    spot = (lots for symbol, lots in state.spot.items() if rules.instruments[symbol].quote == asset)
    basis = sum((cost_of(lots) for lots in spot), ZERO)
    booked = totals.start + totals.deposits + totals.realised - totals.fees + totals.traded
    there = balance(state, asset) + basis
    return "" if booked == there else f"{asset}: {booked} booked, {there} there"


def _coins(state: VenueState, rules: Rules) -> list[str]:
    ours: dict[str, Decimal] = {}
    for symbol, lots in state.spot.items():
        base = rules.instruments[symbol].base
        ours[base] = ours.get(base, ZERO) + amount_of(lots)
    return [
        f"{base}: lots of {amount}, balance {balance(state, base)}"
        for base, amount in ours.items()
        if balance(state, base) < amount
    ]


def _positions(state: VenueState) -> list[str]:
    wrong = [
        f"{symbol}: margin lots on both sides"
        for symbol, lots in state.margin.items()
        if any(lot.side is not lots[0].side for lot in lots)
    ]
    everything = (pair for book in (state.spot, state.margin) for pair in book.items())
    return wrong + [
        f"{symbol}: a lot of {lot.amount} that opened with {lot.opened_amount}"
        for symbol, lots in everything
        for lot in lots
        if lot.amount <= ZERO or (lot.opened_amount and lot.amount > lot.opened_amount)
    ]


def _holds(state: VenueState, rules: Rules, quotes: set[str]) -> list[str]:
    wrong = []
    for asset, there in state.balances.items():
        hold = held(state, rules, asset)
        can_be_lost = rules.account == "margin" and asset in quotes
        if hold > max(there, ZERO) and not can_be_lost:
            wrong.append(f"{asset}: {hold} held, balance {there}")
        if there < ZERO and not can_be_lost:
            wrong.append(f"{asset}: balance {there}")
    return wrong


def _volumes(state: VenueState) -> list[str]:
    today = state.time_ns // DAY_NS
    return [
        f"volume of day {day}: {cost}"
        for day, cost in state.volumes.items()
        if cost < ZERO or day > today or not cost.is_finite()
    ]
