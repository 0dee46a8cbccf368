"""Kraken's public REST endpoints, thin: every ticker in one request, and candles. No key is known here."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from kraken_tui.exchange.errors import error_for
from kraken_tui.model.errors import ExchangeUnreachable, Misconfigured, Refused, RetryLater
from kraken_tui.model.excerpt import excerpt

USER_AGENT = "kraken-tui"
PATIENCE_S = 10.0


class TickerEntry(Struct, gc=False):
    """A pair in the answer to Ticker; Kraken's own letters, prices and amounts as text."""

    a: tuple[str, str, str]
    """Ask, whole lots, amount."""
    b: tuple[str, str, str]
    """Bid, whole lots, amount."""
    c: tuple[str, str]
    """Last trade: price, amount."""


class Candle(Struct, array_like=True, gc=False):
    """A row of OHLC."""

    time_s: int
    open: str
    high: str
    low: str
    close: str
    vwap: Any = "0"
    volume: Any = "0"
    """Text, of base units; only the five fields before it are checked."""


class DepthEntry(Struct, gc=False):
    """A pair in the answer to Depth: price and amount as text, and when the level changed."""

    bids: list[tuple[str, str, float]]
    asks: list[tuple[str, str, float]]


class _Reply(Struct):
    error: list[str]


class _Depths(_Reply):
    result: dict[str, DepthEntry] = {}


class _Tickers(_Reply):
    result: dict[str, TickerEntry] = {}


class _Candles(_Reply):
    result: dict[str, list[Any] | int | str] = {}


Reply = TypeVar("Reply", bound=_Reply)
_decode_tickers = msgspec.json.Decoder(_Tickers).decode
_decode_depths = msgspec.json.Decoder(_Depths).decode
_decode_candles = msgspec.json.Decoder(_Candles).decode

UNDECODABLE = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)
"""What text that can't be understood raises; invalid UTF-8 and deep nesting are not msgspec's own errors."""


class PublicRest:
    """A client of `/0/public`.

    Args:
        url: such as `https://api.kraken.com`.
    """

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc or url
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def tickers(self) -> dict[str, TickerEntry]:
        """Every pair's ticker by Kraken's pair id, in one request.

        Raises:
            ExchangeUnreachable: no answer, or one that is not Kraken's.
            Refused, RetryLater, Misconfigured: Kraken's own error.
        """
        return (await self._told("Ticker", {}, _decode_tickers)).result

    async def candles(self, pair: str, minutes: int = 1) -> list[Candle]:
        """The last candles of a pair, at most 720, oldest first; the last one is still open.

        Rows that are no candles are left out.

        Args:
            pair: Kraken's id or altname.
            minutes: 1, 5, 15, 30, 60, 240, 1440, 10080 or 21600.

        Raises:
            ExchangeUnreachable, Refused, RetryLater, Misconfigured: see `tickers`.
        """
        reply = await self._told("OHLC", {"pair": pair, "interval": str(minutes)}, _decode_candles)
        rows = next((rows for rows in reply.result.values() if isinstance(rows, list)), [])
        return [candle for row in rows if (candle := _candle(row)) is not None]

    async def depth(self, pair: str, count: int) -> DepthEntry:
        """The best levels of each side of a pair's book.

        Args:
            pair: Kraken's id or altname.
            count: levels of each side, 1 to 500.

        Raises:
            ExchangeUnreachable, Refused, RetryLater, Misconfigured: see `tickers`.
        """
        reply = await self._told("Depth", {"pair": pair, "count": str(count)}, _decode_depths)
        return next(iter(reply.result.values()), DepthEntry([], []))

    async def _told(self, method: str, query: Mapping[str, str], decode: Callable[[bytes], Reply]) -> Reply:
        body = await self._get(method, query)
        try:
            reply = decode(body)
        except UNDECODABLE as error:
            raise self._not_krakens(method, error) from error
        raise_errors(reply.error)
        return reply

    def _not_krakens(self, method: str, error: Exception) -> ExchangeUnreachable:
        return ExchangeUnreachable(
            f"{self.host} answered {method} with something that is not Kraken's: {excerpt(error)}"
        )

    async def _get(self, method: str, query: Mapping[str, str]) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=PATIENCE_S), headers={"User-Agent": USER_AGENT}
            )
        try:
            async with self._session.get(f"{self._url}/0/public/{method}", params=query) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise ExchangeUnreachable(f"{self.host} answered {method} with HTTP {answer.status}")
                return body
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ExchangeUnreachable(
                f"{self.host} does not answer {method}: {excerpt(error) or type(error).__name__}"
            ) from error

    async def close(self) -> None:
        """Release the connection."""
        if self._session is not None:
            await self._session.close()


def _candle(row: object) -> Candle | None:
    try:
        return msgspec.convert(row, Candle)
    except msgspec.ValidationError:
        return None


def raise_errors(errors: list[str]) -> None:
    """Raise Kraken's error; warnings (`W…`) pass. Asking again is harmless here, so what is unknown may be retried."""
    text = excerpt("; ".join(error for error in errors if not error.startswith("W")))
    if not text:
        return
    error = error_for(text)
    raise error if isinstance(error, Refused | Misconfigured) else RetryLater(text)
