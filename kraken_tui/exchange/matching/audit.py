"""Whether the books balance: what must hold for any state, to the last digit."""

from decimal import Context, Decimal, localcontext

from kraken_tui.exchange.matching.funds import balance, held
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Totals, VenueState
from kraken_tui.model.lots import amount_of, cost_of

ZERO = Decimal(0)


def audit(state: VenueState, rules: Rules) -> list[str]:
    """What is wrong with the books; empty when they balance.

    Per quote currency: start + deposits + realised - fees = balance + cost basis of the coins bought. Coins: never
    less than the lots. Holds: never more than balances, and nothing without an open order.
    """
    with localcontext(Context(prec=60)):
        quotes = sorted({instrument.quote for instrument in rules.instruments.values()})
        wrong = [text for quote in quotes if (text := _unbalanced(state, rules, quote))]
        wrong += _coins(state, rules)
        return wrong + _holds(state, rules)


def _unbalanced(state: VenueState, rules: Rules, quote: str) -> str:
    totals = state.totals.get(quote, Totals())
    spot = (lots for symbol, lots in state.spot.items() if rules.instruments[symbol].quote == quote)
    basis = sum((cost_of(lots) for lots in spot), ZERO)
    booked = totals.start + totals.deposits + totals.realised - totals.fees
    there = balance(state, quote) + basis
    return "" if booked == there else f"{quote}: {booked} booked, {there} there"


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


def _holds(state: VenueState, rules: Rules) -> list[str]:
    wrong = []
    for asset, there in state.balances.items():
        hold = held(state, rules, asset)
        if hold and hold > there:
            wrong.append(f"{asset}: {hold} held, balance {there}")
        if there < ZERO and rules.account == "cash":
            wrong.append(f"{asset}: balance {there}")
    return wrong
