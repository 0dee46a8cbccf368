"""How figures are spelled in a report; what is undefined is a dash."""

import math
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.learning.equity_curve import DAY

UNDEFINED = "–"
HOUR = 60 * MINUTE
CENT = Decimal("0.01")


def money(value: Decimal | float | None) -> str:
    """With thousands' separators and two decimals; four significant digits below 1."""
    if value is None:
        return UNDEFINED
    if 0 < abs(float(value)) < 1:
        places = min(12, 3 - math.floor(math.log10(abs(float(value)))))
        return signed(f"{value:,.{places}f}")
    return signed(f"{value:,.2f}")


def price(value: Decimal) -> str:
    """With ten significant digits at most, no exponent and no zeros at the end."""
    places = max(0, 9 - value.adjusted()) if value else 0
    shown = f"{value:,.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(value: float | None) -> str:
    """A fraction as percent."""
    return UNDEFINED if value is None else signed(f"{value * 100:,.2f}") + " %"


def plain_number(value: float | None) -> str:
    """A ratio."""
    return UNDEFINED if value is None else signed(f"{value:,.2f}")


def signed(number: str) -> str:
    """With a true minus, and no minus before a zero."""
    if not number.startswith("-"):
        return number
    return "−" + number[1:] if any(sign in "123456789" for sign in number) else number[1:]


def duration(length_ns: int | None) -> str:
    """In its two largest units."""
    if length_ns is None:
        return UNDEFINED
    units = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND))
    at = next((at for at, (_, size) in enumerate(units) if length_ns >= size), len(units) - 1)
    if at == len(units) - 1:
        return f"{length_ns / SECOND:.3g} s"
    (name, size), (lower, less) = units[at], units[at + 1]
    whole, rest = length_ns // size, length_ns % size // less
    return f"{whole} {name} {rest} {lower}" if rest else f"{whole} {name}"


def moment(time_ns: int, zone: tzinfo = UTC) -> str:
    """Date and time to the second."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, zone):%Y-%m-%d %H:%M:%S}"


def is_utc(zone: tzinfo) -> bool:
    """Whether it is UTC, whoever made it: `ZoneInfo("UTC")` is not `datetime.UTC`."""
    return str(zone) == str(UTC)
