"""How much worse than the best price an amount would trade, by what is shown of the book.

Only the best price is known. What stands behind it is a stated model, the same that fills orders on paper: slices, each
`worse` percent worse than the one before, each as large as what is shown, and at least `depth` in quote units.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Side

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)


class Book(Struct, frozen=True, kw_only=True):
    """What is believed of the book behind the best price."""

    depth: Decimal = Decimal(5000)
    """Quote units in a slice, at least."""
    worse: Decimal = Decimal("0.02")
    """Percent from one slice to the next."""
    slices: int = 10
    """Beyond these nothing is believed to stand."""


def is_sound(quote: Quote | None) -> bool:
    """Whether both prices are there and not crossed."""
    if quote is None or not (quote.bid.is_finite() and quote.ask.is_finite()):
        return False
    return ZERO < quote.bid <= quote.ask


def spread_percent(quote: Quote) -> Decimal:
    """The distance of a sound quote's prices, in percent of their mid."""
    return (quote.ask - quote.bid) * 2 * HUNDRED / (quote.ask + quote.bid)


def slippage_percent(amount: Decimal, quote: Quote, side: Side, book: Book) -> Decimal | None:
    """How much worse than the best price `amount` would trade on average; percent.

    Args:
        amount: base units.
        quote: a sound one.
        side: of the order that takes.
        book: what is believed of the rest.

    Returns:
        None where more is asked for than is believed to stand there.
    """
    left, paid = amount, ZERO
    for worse, there in _slices(quote, side, book):
        taken = min(left, there)
        left, paid = left - taken, paid + taken * worse
        if left <= ZERO:
            return paid / amount if amount > ZERO else ZERO
    return None


def most_amount(percent: Decimal, quote: Quote, side: Side, book: Book) -> Decimal:
    """The largest amount whose slippage is at most `percent`; base units, at most what is believed to stand there."""
    most, spare = ZERO, ZERO
    for worse, there in _slices(quote, side, book):
        if worse <= percent:
            most, spare = most + there, spare + there * (percent - worse)
            continue
        taken = min(there, spare / (worse - percent))
        most, spare = most + taken, spare - taken * (worse - percent)
        if taken < there:
            break
    return most


def _slices(quote: Quote, side: Side, book: Book) -> Iterator[tuple[Decimal, Decimal]]:
    """Of each slice how much worse than the best price it is, in percent, and how much stands there."""
    best, shown = (quote.ask, quote.ask_amount) if side is Side.BUY else (quote.bid, quote.bid_amount)
    behind = max(shown, book.depth / best)
    step = ONE + side.sign * book.worse / HUNDRED
    for number in range(book.slices):
        yield (step**number - ONE) * side.sign * HUNDRED, shown if number == 0 and shown > ZERO else behind
