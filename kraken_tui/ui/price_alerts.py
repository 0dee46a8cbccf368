"""Prices that the operator wants to be told of: how they are written, and when they are reached."""

import re
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from kraken_tui.ui.columns import Columns
from kraken_tui.ui.text import number, price

MOST = 100
EXAMPLE = "above 60000, below 58,000, or the price alone"
FARTHEST = 100
"""An alert that is so many times the price, or such a part of it, is taken for a slip."""
THOUSANDS = re.compile(r"\$?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


class PriceAlert(Struct, frozen=True, forbid_unknown_fields=True):
    """A price of a ticker, and from which side it is reached."""

    symbol: str
    above: bool
    price: str
    """Decimal text."""

    @property
    def words(self) -> str:
        """`above 60000`."""
        return f"{'above' if self.above else 'below'} {self.price}"

    def is_reached(self, at: float) -> bool:
        """Whether a price of `at` is there, or beyond."""
        level = Decimal(self.price)
        return Decimal(at) >= level if self.above else Decimal(at) <= level


def parse(symbol: str, text: str, at: float) -> PriceAlert:
    """The alert that `text` asks for; a price alone is waited for from where the ticker stands.

    Raises:
        ValueError: it is no price, may be meant as another one, or is absurdly far; or the ticker, at `at`, is there
            already; 0: it has no price.
    """
    word, _, rest = text.strip().lower().partition(" ")
    side = {"above": True, ">": True, "below": False, "<": False}.get(word)
    written = (rest if side is not None else text).strip()
    level = number(written)
    if level is None or level <= 0:
        raise ValueError(f"“{text.strip()[:40]}” is no price; {EXAMPLE}")
    if "," in written and not THOUSANDS.fullmatch(written):
        raise ValueError(f"“{written}” can be read in two ways: a comma parts thousands, decimals stand behind a point")
    if at and not Decimal(at) / FARTHEST <= level <= Decimal(at) * FARTHEST:
        raise ValueError(f"{level:f} is more than {FARTHEST} times away from the price of {symbol}")
    if side is None and not at:
        raise ValueError(f"{symbol} has no price now: say above or below")
    made = PriceAlert(symbol, level > Decimal(at) if side is None else side, f"{level:f}")
    if at and made.is_reached(at):
        raise ValueError(f"{symbol} is {made.words} already")
    return made


def check(alerts: Iterable[PriceAlert]) -> None:
    """Refuse what no screen has written.

    Raises:
        ValueError: a price is none.
    """
    for alert in alerts:
        level = number(alert.price)
        if level is None or level <= 0:
            raise ValueError(f"the price alert of {alert.symbol!r} is {alert.price!r}, which is no price")


def last_price(columns: Columns | None, symbol: str) -> tuple[float, str]:
    """Where a ticker stands, and that as text; 0 and `—` where it has no price."""
    symbols = columns.roster.symbols if columns is not None else ()
    if columns is None or symbol not in symbols:
        return 0.0, price(0.0, 0)
    place = symbols.index(symbol)
    return columns.price[place], price(columns.price[place], columns.roster.price_decimals[place])


def reached(alerts: Iterable[PriceAlert], columns: Columns) -> list[tuple[PriceAlert, str]]:
    """Alerts whose price is reached, and where their tickers stand; a ticker without a price reaches none."""
    found = []
    for alert in alerts:
        at, text = last_price(columns, alert.symbol)
        if at and alert.is_reached(at):
            found.append((alert, text))
    return found
