"""Kraken's public trades, all of its past, a page at a time. No key is known here.

`GET /0/public/Trades?pair=&since=&count=` answers the first trades after `since` (nanoseconds), a thousand at most, and
`last`, the time of the last of them, as the next `since`. About one request a second and address is allowed.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential

from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.public_rest import UNDECODABLE, PublicRest, raise_errors
from kraken_tui.model.errors import ExchangeUnreachable, RetryLater

LATEST_S = 4_102_444_800
"""2100."""
PAGE = 1000
"""Trades in a page at most."""
KRAKEN = "https://api.kraken.com"
KRAKENS_PACE_S = 1.0
ATTEMPTS = 12
"""Of one page: with the pauses between them five minutes."""
_PAUSE = wait_exponential(multiplier=1, min=1, max=45)


class PublicTrade(Struct, array_like=True, frozen=True, gc=False):
    """A row of Trades."""

    price: str
    volume: str
    time_s: Decimal
    side: Literal["b", "s"]
    """Whether the taker bought or sold."""
    type: Literal["m", "l"]
    """Whether the taker's order was a market or a limit order."""
    misc: str
    id: int
    """Kraken's number of the trade within its pair, rising."""

    @property
    def time_ns(self) -> int:
        """When it was made; Kraken tells less than nanoseconds here."""
        return int(self.time_s * SECOND)


class TradesPage(Struct, frozen=True):
    """An answer."""

    trades: list[PublicTrade]
    """Oldest first."""
    last_ns: int
    """What follows begins after this time."""


class _Answer(Struct):
    error: list[str]
    result: dict[str, list[PublicTrade] | str | int] = {}


_decode = msgspec.json.Decoder(_Answer).decode


class PublicTrades(PublicRest):
    """A client of Trades alone.

    Args:
        url: such as `https://api.kraken.com`.
    """

    async def page(self, pair: str, since_ns: int, count: int = PAGE) -> TradesPage:
        """The first trades of a pair after a time.

        Args:
            pair: Kraken's id or altname.
            since_ns: nanoseconds since the epoch.
            count: how many at most, up to 1,000.

        Raises:
            ExchangeUnreachable: no answer, or one that is not Kraken's.
            Refused, RetryLater, Misconfigured: Kraken's own error.
        """
        body = await self._get("Trades", {"pair": pair, "since": str(since_ns), "count": str(count)})
        try:
            reply = _decode(body)
            raise_errors(reply.error)
            last_ns = int(reply.result.pop("last"))  # type: ignore[arg-type]
            (trades,) = reply.result.values()
        except (*UNDECODABLE, KeyError) as error:
            raise self._not_krakens("Trades", error) from error
        if not isinstance(trades, list) or not all(_is_sound(trade) for trade in trades):
            raise self._not_krakens("Trades", ValueError("a trade without a price, an amount or a time"))
        return TradesPage(trades, last_ns)


def _is_sound(trade: PublicTrade) -> bool:
    try:
        is_priced = 0 < float(trade.price) < math.inf and 0 <= float(trade.volume) < math.inf
        return is_priced and 0 < trade.time_s < LATEST_S and abs(trade.id) < 1 << 63
    except ValueError:
        return False


class Pace:
    """How long to wait between two requests: longer after each refusal for their rate, shorter again with each answer.

    Args:
        usual_s: at the start, and the least.
    """

    MOST_S = 8.0

    def __init__(self, usual_s: float) -> None:
        self._usual_s = usual_s
        self.pause_s = usual_s

    def slower(self) -> None:
        """A request was refused: half as long again, and a second at least."""
        self.pause_s = min(self.MOST_S, max(KRAKENS_PACE_S, 1.5 * self.pause_s))

    def answered(self) -> None:
        """A request was answered: two hundredths faster."""
        self.pause_s = max(self._usual_s, 0.98 * self.pause_s)


class PatientTrades:
    """Reads pages at a pace that Kraken bears, again where that fails: asking for trades changes nothing.

    Args:
        client: asks.
        clock: waits.
        usual_s: seconds between two requests.
        tell: told why it waits.
    """

    def __init__(self, client: PublicTrades, clock: Clock, usual_s: float, tell: Callable[[str], None]) -> None:
        self._client = client
        self._clock = clock
        self._pace = Pace(usual_s)
        self._next_ns = 0
        self._tell = tell

    async def page(self, pair: str, since_ns: int) -> TradesPage:
        """See `PublicTrades.page`.

        Raises:
            ExchangeUnreachable: for minutes there was no answer, or only refusals that will pass.
            Refused, Misconfigured: Kraken's own error.
        """
        asking = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception_type((RetryLater, ExchangeUnreachable)),
            wait=_PAUSE,
            stop=stop_after_attempt(ATTEMPTS),
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            return await asking(self._ask, pair, since_ns)
        except RetryLater as error:
            raise ExchangeUnreachable(f"{self._client.host} refuses for minutes: {error.text}") from error

    async def _ask(self, pair: str, since_ns: int) -> TradesPage:
        await self._clock.sleep_until(self._next_ns)
        self._next_ns = self._clock.now_ns() + int(self._pace.pause_s * SECOND)
        try:
            page = await self._client.page(pair, since_ns)
        except RetryLater:
            self._pace.slower()
            raise
        self._pace.answered()
        return page

    def _before_sleep(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        pause_s = state.next_action.sleep if state.next_action is not None else 0.0
        self._tell(f"{error}; asked again in {pause_s:.0f} s")


def usual_pace_s(url: str) -> float:
    """Seconds between two requests: a second at Kraken, none where somebody else answers."""
    return KRAKENS_PACE_S if url.rstrip("/") == KRAKEN else 0.0
