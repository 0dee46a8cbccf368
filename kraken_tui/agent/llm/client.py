"""Asks a model over either wire, through the `openai` package, which is imported when the first question is asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kraken_tui.agent.llm.chat_wire import chat_arguments, read_chat
from kraken_tui.agent.llm.events import Event, Failure, FailureKind, Finished, Request
from kraken_tui.agent.llm.faults import failure_of
from kraken_tui.agent.llm.models import Wire
from kraken_tui.agent.llm.pacing import paced
from kraken_tui.agent.llm.ports import Seal
from kraken_tui.agent.llm.providers import Profile, check_address, is_local
from kraken_tui.agent.llm.reading import TooLong, text_of, too_long
from kraken_tui.agent.llm.responses_wire import read_responses, responses_arguments
from kraken_tui.agent.llm.warming import warm
from kraken_tui.clock import SECOND, stopwatch_ns
from kraken_tui.config.model_key import ModelKey

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

STREAM_ERRORS = (ValueError, TypeError, AttributeError, KeyError, RecursionError, OSError)
"""What the package raises, beside its own errors, over a stream of nonsense."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long a provider is waited for, in real seconds."""

    connect_s: float = 5.0
    read_s: float = 20.0
    """Between two pieces of an answer."""
    request_s: float = 30.0
    """For everything else of a request: a free connection, sending it."""
    answer_s: float = 150.0
    """For an answer from question to end, retries and all."""
    retry_after_s: float = 5.0
    """A longer wait that a provider asks for is told to the operator at once."""
    retries: int = 2
    most_tokens: int = 4_000
    """Of one answer, thoughts included."""


class ModelClient:
    """One provider's models.

    Args:
        profile: whose, where, and which wire.
        key: None where the provider needs none.
        seal: makes a model's text untrusted, the moment that it arrives.
        patience: how long it is waited for.

    Raises:
        UsageError: the profile's address can be overheard.
    """

    def __init__(self, profile: Profile, key: ModelKey | None, seal: Seal, patience: Patience | None = None) -> None:
        check_address(profile)
        self._profile = profile
        self._key = key
        self._seal = seal
        self._patience = patience or Patience()
        self._client: AsyncOpenAI | None = None

    async def answer(self, request: Request, profile: Profile | None = None) -> AsyncGenerator[Event, None]:
        """The events of one answer; the last is a Failure or Finished. Closing the iterator ends the request.

        Args:
            request: what is asked.
            profile: the same provider with another model; None: the one that it was made for.
        """
        profile = profile or self._profile
        client = await self._ready()
        began, until_ns = False, stopwatch_ns() + int(self._patience.answer_s * SECOND)
        try:
            async with aclosing(self._events(client, profile, request, until_ns)) as events:
                async for event in events:
                    began = True
                    yield event
        except TooLong:
            yield too_long(None)
        except TimeoutError:
            yield Failure(kind=FailureKind.CUT if began else FailureKind.DEAD)
        except (_openai_error(), *STREAM_ERRORS) as error:
            yield failure_of(error, began=began)

    async def shutdown_text(self, model: str) -> str | Failure:
        """The day on which the provider ends `model`, as it writes it; empty: it names none."""
        client = await self._ready()
        try:
            async with asyncio.timeout(self._patience.request_s):
                return text_of(await client.models.retrieve(model), "shutdown_date")
        except TimeoutError:
            return Failure(kind=FailureKind.DEAD)
        except (_openai_error(), *STREAM_ERRORS) as error:
            return failure_of(error, began=False)

    async def models(self) -> list[str] | Failure:
        """The ids of the models that the provider has, as it writes them; a few thousand at most."""
        client = await self._ready()
        try:
            async with asyncio.timeout(self._patience.request_s):
                page = await client.models.list()
                return [text_of(model, "id") for model in page.data[:5_000]]
        except TimeoutError:
            return Failure(kind=FailureKind.DEAD)
        except (_openai_error(), *STREAM_ERRORS) as error:
            return failure_of(error, began=False)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _ready(self) -> "AsyncOpenAI":
        """The package's client; importing it takes most of a second, so a thread does it."""
        if self._client is None:
            self._client = await asyncio.to_thread(_made, self._profile, self._key, self._patience)
        return self._client

    async def _events(
        self, client: "AsyncOpenAI", profile: Profile, request: Request, until_ns: int
    ) -> AsyncGenerator[Event, None]:
        read: Callable[..., AsyncGenerator[Event, None]]
        resource: Any
        if profile.wire is Wire.CHAT:
            resource, read, empty = client.chat.completions, read_chat, "messages"
            arguments = chat_arguments(profile, request, self._patience.most_tokens)
        else:
            resource, read, empty = client.responses, read_responses, "input"
            arguments = responses_arguments(profile, request, self._patience.most_tokens)
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(_left_s(until_ns)):
                # As a body of its own: the package looks through every message for what to rename, 80 ms of the loop.
                stream = await resource.create(model=profile.model, stream=True, extra_body=arguments, **{empty: []})
            stack.push_async_callback(stream.close)
            chunks = await stack.enter_async_context(aclosing(paced(stream)))
            events = await stack.enter_async_context(aclosing(read(chunks, self._seal)))
            while True:
                async with asyncio.timeout(_left_s(until_ns)):
                    event = await anext(events, None)
                if event is None:
                    return
                yield event
                if isinstance(event, Failure | Finished):
                    return


def _left_s(until_ns: int) -> float:
    return max(0.0, (until_ns - stopwatch_ns()) / SECOND)


def _openai_error() -> type[Exception]:
    from openai import OpenAIError

    return OpenAIError


def _made(profile: Profile, key: ModelKey | None, patience: Patience) -> "AsyncOpenAI":
    import httpx2
    from openai import AsyncOpenAI

    timeout = httpx2.Timeout(patience.request_s, connect=patience.connect_s, read=patience.read_s)
    # No redirect is followed, and no proxy of the environment stands between this computer and itself.
    http = httpx2.AsyncClient(
        timeout=timeout, follow_redirects=False, trust_env=not is_local(profile),
        event_hooks={"response": [_no_long_waits(patience.retry_after_s)]},
    )  # fmt: skip
    client = AsyncOpenAI(
        api_key=key.text if key is not None else "none", base_url=profile.base_url, timeout=timeout,
        max_retries=patience.retries, http_client=http,
    )  # fmt: skip
    _ = client.models
    warm(profile.wire)
    return client


def _no_long_waits(longest_s: float) -> Callable[["httpx2.Response"], Any]:
    async def hook(response: "httpx2.Response") -> None:
        from kraken_tui.agent.llm.faults import wait_of

        wait_s = wait_of(response.headers)
        if wait_s is not None and wait_s > longest_s:
            response.headers["x-should-retry"] = "false"

    return hook
