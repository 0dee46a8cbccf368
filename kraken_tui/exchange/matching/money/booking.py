"""The end of a booking: lots whose coins went another way are let go, then the ledger entries are told.

Lots belong to the pair that bought them. Their coins can also leave through another pair of theirs, as the quote
currency of a third, as a fee, for a loss on margin, or out of the account; and coins that are bought while a balance
is below nothing pay that debt. Such lots leave at cost, which counts as a withdrawal from the currency that paid for
them; what another pair's sale brings counts there as a deposit (coins from outside).
"""

from decimal import Decimal

from kraken_tui.exchange.matching.money.fees import cost_unit
from kraken_tui.exchange.matching.money.lots import keep_lots
from kraken_tui.exchange.matching.state import Step
from kraken_tui.model.lots import amount_of, consume

ZERO = Decimal(0)


def tell_booked(step: Step) -> None:
    """Tell the entries of the event that was told last; call it when everything about that event is booked."""
    for asset in sorted({entry.asset for entry in step.booked}):
        _let_go(step, asset)
    step.tell_booked()


def _let_go(step: Step, asset: str) -> None:
    """Lots of no more coins than there are; pairs in the order of the alphabet, the oldest lots first."""
    symbols = sorted(symbol for symbol in step.state.spot if step.instrument(symbol).base == asset)
    if not symbols:
        return
    ours = sum((amount_of(step.state.spot[symbol]) for symbol in symbols), ZERO)
    gone = ours - max(step.state.balances[asset], ZERO)
    for symbol in symbols:
        if gone <= ZERO:
            return
        instrument, lots = step.instrument(symbol), step.state.spot[symbol]
        taken = min(gone, amount_of(lots))
        basis, left = consume(lots, taken, cost_unit(instrument))
        keep_lots(step.state.spot, symbol, left)
        step.count(instrument.quote, deposits=-basis)
        gone -= taken
