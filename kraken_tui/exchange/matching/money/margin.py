"""Margin: positions as FIFO lots, equity, free margin, and the fee for time.

Collateral is the quote balance; coins do not count. Equity marks positions where they could be closed now: longs at
the bid, shorts at the ask.
"""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import RolledOver
from kraken_tui.exchange.matching.money.booking import tell_booked
from kraken_tui.exchange.matching.money.fees import fee_of
from kraken_tui.exchange.matching.money.funds import available, balance
from kraken_tui.exchange.matching.money.lots import Lot, Lots
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


def opposing(state: VenueState, symbol: str, side: Side) -> Lots:
    """The margin lots that an order of `side` would close."""
    lots = state.margin.get(symbol, ())
    return lots if lots and lots[0].side is not side else ()


def closes_only(order: OrderRecord, rules: Rules) -> bool:
    """Whether an order may only reduce a margin position."""
    is_child = order.parent_id is not None
    return order.leverage > 1 and (order.reduce_only or (is_child and rules.policies.children_reduce_only))


def opening_amount(state: VenueState, order: OrderRecord, rules: Rules) -> Decimal:
    """How much of what remains of a margin order would open a position."""
    if closes_only(order, rules):
        return ZERO
    return max(ZERO, order.remaining - amount_of(opposing(state, order.symbol, order.side)))


def _lots_in(state: VenueState, rules: Rules, quote: str) -> list[tuple[str, Lot]]:
    return [
        (symbol, lot)
        for symbol, lots in state.margin.items()
        if rules.instruments[symbol].quote == quote
        for lot in lots
    ]


def unrealised(state: VenueState, rules: Rules, quote: str) -> Decimal:
    """What closing every margin position at the last good prices would realise, before fees; quote units."""
    total = ZERO
    for symbol, lot in _lots_in(state, rules, quote):
        mark = state.markets[symbol].best(lot.side.opposite)
        total += (mark * lot.amount - lot.cost) * lot.side.sign
    return total


def used_margin(state: VenueState, rules: Rules, quote: str) -> Decimal:
    """Cost of the open margin lots over their leverage; quote units."""
    return sum((lot.cost / lot.leverage for _, lot in _lots_in(state, rules, quote)), ZERO)


def equity(state: VenueState, rules: Rules, quote: str) -> Decimal:
    """Quote balance and unrealised P&L of margin positions."""
    return balance(state, quote) + unrealised(state, rules, quote)


def free_margin(state: VenueState, rules: Rules, quote: str) -> Decimal:
    """What may still carry new positions: equity less used margin, less what spot orders hold."""
    spot_free = available(state, rules, quote)
    return spot_free + unrealised(state, rules, quote) - used_margin(state, rules, quote)


def spendable(state: VenueState, rules: Rules, quote: str) -> Decimal:
    """What a spot buy may take: what is available, and no collateral that margin positions need."""
    free = available(state, rules, quote)
    return min(free, free_margin(state, rules, quote)) if _lots_in(state, rules, quote) else free


def quotes_in_use(state: VenueState, rules: Rules) -> list[str]:
    """The quote currencies of the open margin positions, in the order of the alphabet."""
    return sorted({rules.instruments[symbol].quote for symbol in state.margin})


def margin_level(state: VenueState, rules: Rules, quote: str) -> Decimal | None:
    """Equity over used margin, in percent; None while no margin is used in that currency."""
    used = used_margin(state, rules, quote)
    return equity(state, rules, quote) / used * 100 if used else None


def roll_over(step: Step) -> None:
    """Charge every margin lot for each period that has begun since it last paid.

    The rate is fixed when the lot opens (`Fees.margin` of that moment), the period is `Fees.rollover_ns`; it is
    charged on the cost that is still open. Each lot gets one ledger entry for all that it owes at that moment (so one
    per period where time passes in shorter steps), with amount 0 and the charge as fee; none where that is nothing.
    """
    for symbol, lots in list(step.state.margin.items()):
        due = [lot for lot in lots if lot.next_rollover_ns <= step.now_ns]
        if due:
            _charge(step, symbol, lots)


def _charge(step: Step, symbol: str, lots: Lots) -> None:
    instrument, fees = step.instrument(symbol), step.rules.fees
    charged, kept = ZERO, []
    for lot in lots:
        periods = max(0, 1 + (step.now_ns - lot.next_rollover_ns) // fees.rollover_ns)
        percent = fees.margin if lot.rollover_percent is None else lot.rollover_percent
        fee = periods * fee_of(lot.cost, percent, instrument)
        charged += fee
        next_ns = lot.next_rollover_ns + periods * fees.rollover_ns
        kept.append(replace(lot, fee=lot.fee + fee, next_rollover_ns=next_ns))
        if fee:
            step.book("rollover", instrument.quote, ZERO, lot.id, fee=fee)
    step.state.margin[symbol] = tuple(kept)
    step.count(instrument.quote, fees=charged, margin_fees=charged)
    step.events.append(RolledOver(symbol, charged, step.now_ns))
    tell_booked(step)
