"""What went wrong with a request, as our exceptions: by Kraken's own strings, never by ccxt's classes.

ccxt's classes mislead: an invalid nonce and a rate limit are its `NetworkError`, most refusals of orders a bare
`ExchangeError`, and a warning beside a result raises and loses the result. So the strings are read before ccxt sees
them, and what remains is whether the request may have been done.
"""

import socket

import aiohttp

from kraken_tui.exchange.errors import error_of
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, RetryLater
from kraken_tui.model.excerpt import excerpt

INVALID_NONCE = "EAPI:Invalid nonce"
REST_LIMIT = "EAPI:Rate limit exceeded"
TRADING_LIMIT = "EOrder:Rate limit exceeded"
NOT_SENT = "was not sent"
LOCKOUT = "EGeneral:Temporary lockout"

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What ccxt, or a decoder, stumbles with over an answer that is not Kraken's."""
CONNECTION = (aiohttp.ClientError, OSError, TimeoutError)
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, ConnectionRefusedError, socket.gaierror)


class KrakenSaid(Exception):
    """Kraken answered with error strings."""

    def __init__(self, strings: tuple[str, ...]) -> None:
        super().__init__("; ".join(strings))
        self.strings = strings


class NotKrakens(Exception):
    """An HTTP answer that is not Kraken's: a proxy's page, or an envelope in no known form."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


def failure_of(error: Exception, method: str, *, may_have_arrived: bool) -> ExchangeError:
    """What to raise for a request that would change something.

    Args:
        error: what its sending, or the reading of its answer, ended with.
        method: Kraken's name of the call, for the text.
        may_have_arrived: False where no byte of it was sent.
    """
    if isinstance(error, KrakenSaid):
        return error_of(error.strings)
    if not may_have_arrived or isinstance(error, _NEVER_CONNECTED):
        return RetryLater(f"{method} {NOT_SENT}: {_words(error)}")
    if isinstance(error, NotKrakens) and error.status == 429:  # the edge throttles; the API never saw it
        return RetryLater(f"{method} was turned away: HTTP 429")
    return OutcomeUnknown(f"{method} has no answer that can be read: {_words(error)}")


def reading_failure_of(error: ExchangeError) -> ExchangeError:
    """The same for a request that only reads: whatever became of it, it may be asked again."""
    return RetryLater(error.text) if isinstance(error, OutcomeUnknown) else error


def _words(error: Exception) -> str:
    return "it took too long" if isinstance(error, TimeoutError) else excerpt(error) or type(error).__name__
