"""Requests to Kraken: in their lane, signed, counted; what goes wrong comes out as one of our exceptions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from kraken_tui.clock import Clock
from kraken_tui.exchange.live.budgets import CALL, Budgets
from kraken_tui.exchange.live.ccxt_errors import (
    CONNECTION,
    INVALID_NONCE,
    LOCKOUT,
    REST_LIMIT,
    KrakenSaid,
    NotKrakens,
    failure_of,
    reading_failure_of,
)
from kraken_tui.exchange.live.http_session import FLIGHT, Flight
from kraken_tui.exchange.live.request_lane import PATIENCE_S, RequestLane
from kraken_tui.exchange.live.signed_kraken import CCXT_ERRORS, SignedKraken
from kraken_tui.exchange.port import Lane
from kraken_tui.model.errors import ExchangeError, Misconfigured, RetryLater

Envelope = dict[str, Any]

READ_ATTEMPTS = 3
_READ_PAUSE = wait_exponential(multiplier=0.5, max=4)
_FAILURES = (KrakenSaid, NotKrakens, *CONNECTION, *CCXT_ERRORS)
_NONCE_USED = (
    f"{INVALID_NONCE}, even weeks ahead: another program uses this API key, or used it with longer nonces; "
    "make a key for this program alone"
)


class KrakenCalls:
    """Asks Kraken, one private request at a time.

    Failures are handed on as values until the frames that hold headers are left: a traceback never shows them.

    Args:
        kraken: signs and sends.
        clock: waits between attempts.
        budgets: where requests are counted.
    """

    def __init__(self, kraken: SignedKraken, clock: Clock, budgets: Budgets) -> None:
        self._kraken = kraken
        self._clock = clock
        self._budgets = budgets
        self._lane = RequestLane(clock, budgets)

    async def change(self, method: str, fields: Mapping[str, Any], lane: Lane) -> Envelope:
        """A request that changes something: sent once.

        Raises:
            Refused, RetryLater, Misconfigured: it was not done.
            OutcomeUnknown: it may have been done.
        """
        answer = await self._private(method, fields, lane, 0.0)
        if isinstance(answer, ExchangeError):
            raise answer
        return answer

    async def read(self, method: str, fields: Mapping[str, Any] | None = None, cost: float = CALL) -> Envelope:
        """A request that changes nothing: asked again a few times where that may help.

        Raises:
            Refused, RetryLater, Misconfigured: there is no answer.
        """
        return await self._insisting(lambda: self._private(method, fields or {}, Lane.POLL, cost))

    async def public(self, method: str, patience_s: float = PATIENCE_S[Lane.POLL]) -> Envelope:
        """A public method without parameters; needs no turn, as nothing is signed."""
        return await self._insisting(lambda: self._bounded(method, patience_s))

    async def _insisting(self, ask: Callable[[], Awaitable[Envelope | ExchangeError]]) -> Envelope:
        async def once() -> Envelope:
            answer = await ask()
            if isinstance(answer, ExchangeError):
                raise reading_failure_of(answer)
            return answer

        attempts = AsyncRetrying(
            stop=stop_after_attempt(READ_ATTEMPTS),
            wait=_READ_PAUSE,
            retry=retry_if_exception(_may_help),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return await attempts(once)

    async def _bounded(self, method: str, patience_s: float) -> Envelope | ExchangeError:
        try:
            async with asyncio.timeout(patience_s):
                return await self._attempt("publicGet", method, {}, Flight())
        except TimeoutError as error:
            return failure_of(error, method, may_have_arrived=True)

    async def _private(
        self, method: str, fields: Mapping[str, Any], lane: Lane, cost: float
    ) -> Envelope | ExchangeError:
        flights: list[Flight] = []
        try:
            answer = await self._lane.run(lane, lambda: self._signed(method, fields, flights), cost)
        except TimeoutError as error:
            return failure_of(error, method, may_have_arrived=not flights or flights[-1].may_have_arrived)
        if isinstance(answer, ExchangeError) and answer.text.startswith(REST_LIMIT):
            self._budgets.rest_is_full(self._clock.now_ns())
        elif cost and not isinstance(answer, ExchangeError):
            self._budgets.rest_had_room()
        return answer

    async def _signed(self, method: str, fields: Mapping[str, Any], flights: list[Flight]) -> Envelope | ExchangeError:
        """Send; again with a nonce further ahead where Kraken refuses the nonce, for then it has done nothing."""
        while True:
            flights.append(Flight())
            answer = await self._attempt("privatePost", method, fields, flights[-1])
            if not (isinstance(answer, Misconfigured) and answer.text.startswith(INVALID_NONCE)):
                return answer
            if not self._kraken.nonces.jump():
                return Misconfigured(_NONCE_USED)

    async def _attempt(
        self, access: str, method: str, fields: Mapping[str, Any], flight: Flight
    ) -> Envelope | ExchangeError:
        on_its_way = FLIGHT.set(flight)
        try:
            answer: Envelope = await getattr(self._kraken, access + method)(dict(fields))
            return answer
        except _FAILURES as error:
            return failure_of(error, method, may_have_arrived=flight.may_have_arrived)
        finally:
            FLIGHT.reset(on_its_way)


def _may_help(error: BaseException) -> bool:
    """Whether to ask again soon; while limited or locked out each attempt makes it longer."""
    return isinstance(error, RetryLater) and not error.text.startswith((LOCKOUT, REST_LIMIT))
