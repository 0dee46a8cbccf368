"""Reading single words and numbers of a request, each refused in Kraken's way."""

from decimal import Decimal
from typing import TypeVar

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.orders import SelfTrade, Signal, TimeInForce
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import OrderType, Side

LARGEST = Decimal("1e15")
"""No price or volume is larger than this."""
_MOST_DECIMALS = 18
PLAIN = f"at most {LARGEST} and with at most {_MOST_DECIMALS} decimals"
"""What `is_plain` asks of a number that is not negative, in words."""

Word = TypeVar("Word", Side, OrderType, Signal, SelfTrade, TimeInForce)


def invalid(field: str) -> ExchangeError:
    """Kraken's refusal of one argument."""
    return error_for(f"EGeneral:Invalid arguments:{field}")


def word(words: type[Word], text: str, field: str) -> Word:
    """The word of `words` that `text` is.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>`.
    """
    try:
        return words(text)
    except ValueError as error:
        raise invalid(field) from error


def is_plain(number: Decimal) -> bool:
    """Whether a number is finite, not negative and of a size that prices and volumes have."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DECIMALS and 0 <= number <= LARGEST
