"""Rules for pairs that the books know and the market does not list any more."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill


def unlisted(fills: Sequence[Fill], listed: Iterable[Instrument]) -> list[Instrument]:
    """An instrument for each pair that was filled and is not listed: taken out of GROUPS, halted, or gone.

    What was bought and sold stays booked, and what is held stays known. The rules are read off the fills: steps as fine
    as the finest that was seen, no smallest order, no margin; the exchange itself refuses what it does not take.
    """
    known = {row.symbol for row in listed}
    symbols = dict.fromkeys(fill.symbol for fill in fills if fill.symbol not in known)
    return [_rules(symbol, [fill for fill in fills if fill.symbol == symbol]) for symbol in symbols]


def _rules(symbol: str, fills: Sequence[Fill]) -> Instrument:
    base, quote = symbol.split("/")
    prices = _decimals(fill.price for fill in fills)
    return Instrument(
        symbol=symbol, id=base + quote, altname=base + quote, base=base, quote=quote,
        price_decimals=prices, tick=Decimal(1).scaleb(-prices),
        lot_decimals=_decimals(fill.amount for fill in fills), cost_decimals=_decimals(fill.cost for fill in fills),
        order_min=Decimal(0), cost_min=Decimal(0), status="unlisted",
    )  # fmt: skip


def _decimals(numbers: Iterable[Decimal]) -> int:
    return max(max(0, -int(number.as_tuple().exponent)) for number in numbers)
