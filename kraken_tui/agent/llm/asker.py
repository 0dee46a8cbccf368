"""Sends a turn's requests: within the budget, to the model that still answers, with every token counted."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date, tzinfo
from typing import Protocol

from kraken_tui.agent.llm.budget import Budget
from kraken_tui.agent.llm.events import Delta, Event, Failure, FailureKind, Finished, Request, Said, ToolCall
from kraken_tui.agent.llm.history import as_json, estimate
from kraken_tui.agent.llm.models import Usage
from kraken_tui.agent.llm.providers import Profile, is_free
from kraken_tui.agent.llm.shutdown import Choice, announced, choose, shutdown_day, succeed
from kraken_tui.clock import Clock
from kraken_tui.risk.trading_day import trading_day


class Client(Protocol):
    """What asks a model: `ModelClient`."""

    def answer(self, request: Request, profile: Profile | None = None) -> AsyncGenerator[Event, None]:
        """The events of one answer."""
        ...

    async def shutdown_text(self, model: str) -> str | Failure:
        """The day on which the provider ends a model, as it writes it."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class Asker:
    """The model as a turn sees it.

    Args:
        client: sends requests.
        profile: the model that the settings name.
        budget: what may be spent.
        zone: whose midnight begins a day.
        clock: tells the time.
    """

    def __init__(self, client: Client, profile: Profile, budget: Budget, zone: tzinfo, clock: Clock) -> None:
        self.profile = profile
        """As the settings name it."""
        self._client = client
        self._budget = budget
        self._zone = zone
        self._clock = clock
        self._ends: date | None = announced(profile.model)
        self._looked = self._told_on = ""
        self._gone = False

    @property
    def current(self) -> Profile:
        """The model that is asked today."""
        return succeed(self.profile, "").profile if self._gone else self._choice().profile

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """The events of one answer; of a model that is no longer there, its successor's."""
        if self._budget.stop():
            yield Failure(kind=FailureKind.BUDGET)
            return
        profile = self.current
        async with aclosing(self._counted(request, profile)) as events:
            async for event in events:
                if not self._is_gone(event, profile):
                    yield event
        if self.current.model == profile.model:
            return
        async with aclosing(self._counted(request, self.current)) as events:
            async for event in events:
                yield event

    async def note(self) -> str:
        """What the operator should know of the model, once a day; asks the provider when it ends. Empty: nothing."""
        today = self._today().isoformat()
        if self._looked != today:
            told = await self._client.shutdown_text(self.profile.model)
            self._looked = today
            if isinstance(told, str):
                self._ends = shutdown_day(told) or announced(self.profile.model)
            elif told.kind is FailureKind.NO_MODEL and self._ends is not None and self._ends <= self._today():
                self._gone = bool(self.profile.successor)
        note = succeed(self.profile, "is not there any more").note if self._gone else self._choice().note
        if not note or self._told_on == today:
            return ""
        self._told_on = today
        return note

    def _choice(self) -> Choice:
        return choose(self.profile, self._ends, self._today())

    def _is_gone(self, event: Event, profile: Profile) -> bool:
        """Whether this is the first time that the provider does not know the model, and another can be asked."""
        is_missing = isinstance(event, Failure) and event.kind is FailureKind.NO_MODEL
        if is_missing and succeed(profile, "").profile.model != profile.model:
            self._gone = True
            return True
        return False

    def _today(self) -> date:
        return date.fromisoformat(trading_day(self._clock.now_ns(), self._zone))

    async def _counted(self, request: Request, profile: Profile) -> AsyncGenerator[Event, None]:
        """Every request is paid for, also one that nobody waited for to its end."""
        heard, usage, began = 0, None, False
        try:
            async with aclosing(self._client.answer(request, profile)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        heard += event.text.length
                    elif isinstance(event, ToolCall):
                        heard += event.length
                    elif isinstance(event, Finished):
                        usage = event.usage
                    began = began or not isinstance(event, Failure) or event.kind is FailureKind.CUT
                    yield event
        finally:
            if usage is None and began:
                usage = Usage(input=_size(request), output=heard // 3 + 4, estimated=True)
            if usage is not None:
                await self._budget.spend(profile.model, usage, free=is_free(profile))


def _size(request: Request) -> int:
    """Tokens that a request may have."""
    tools = sum(estimate(tool.description) + estimate(as_json(tool.parameters)) for tool in request.tools)
    texts = sum(estimate(item.text if isinstance(item, Said) else as_json(str(item))) for item in request.items)
    return estimate(request.instructions) + tools + texts
