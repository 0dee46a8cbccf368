"""Tries the model's provider, part by part: its models, one round with a tool, and when the model ends."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from typing import Any

from msgspec import Struct

from kraken_tui.agent.llm.client import ModelClient, Patience
from kraken_tui.agent.llm.events import Called, Failure, FailureKind, Finished, Request, Said, ToolCall
from kraken_tui.agent.llm.faults import failure_text
from kraken_tui.agent.llm.providers import Profile
from kraken_tui.agent.llm.shutdown import announced, choose, shutdown_day, succeed
from kraken_tui.clock import stopwatch_ns
from kraken_tui.config.model_key import ModelKey

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(Struct, frozen=True, kw_only=True):
    """One part that was tried."""

    level: str
    """ok, warning or wrong."""
    what: str
    detail: str


class Unread:
    """A model's text of which nothing but the length is kept."""

    def __init__(self, text: str) -> None:
        self.length = len(text)


class Probe(Struct, frozen=True, kw_only=True):
    """A tool that does nothing."""

    name: str = "probe"
    description: str = "Answers pong. Call it once with word ping."
    parameters: dict[str, Any]
    proposes: bool = False


PROBE = Probe(
    parameters={
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["ping"]}},
        "required": ["word"],
        "additionalProperties": False,
    }
)


async def examine(
    profile: Profile, key: ModelKey | None, today: date, patience: Patience | None = None
) -> AsyncIterator[Finding]:
    """What works and what does not, a finding at a time; ends with the first that makes the rest pointless.

    Args:
        profile: whom to ask.
        key: None: there is none.
        today: to tell how far a shutdown is.
        patience: how long to wait.
    """
    if profile.needs_key and key is None:
        where = f"set {profile.key_env} in the environment, or write it into .env (chmod 600)"
        yield _wrong("key", f"there is none: {where}; without it the chat answers by its grammar alone")
        return
    yield Finding(level=OK, what="key", detail="there is one" if key is not None else "none is needed")
    client = ModelClient(profile, key, Unread, patience)
    try:
        models = await client.models()
        if isinstance(models, Failure):
            yield _wrong("server", failure_text(models, profile))
            return
        yield Finding(level=OK, what="server", detail=f"{profile.base_url} answers; models: {len(models)}")
        current, found = await _model(client, profile, models, today)
        yield found
        if found.level != WRONG:
            yield await _round_trip(client, current)
    finally:
        await client.close()


async def _model(client: ModelClient, profile: Profile, models: list[str], today: date) -> tuple[Profile, Finding]:
    told = await client.shutdown_text(profile.model)
    day = (shutdown_day(told) if isinstance(told, str) else None) or announced(profile.model)
    choice = choose(profile, day, today)
    if choice.profile.model == profile.model and profile.model not in models and not isinstance(told, str):
        choice = succeed(profile, "is not among its models")
    if choice.profile.model == profile.model and choice.note and profile.model not in models:
        return profile, _wrong("model", choice.note)
    if choice.note:
        return choice.profile, Finding(level=WARNING, what="model", detail=choice.note)
    ends = f"is switched off on {day}" if day is not None else "no end is announced"
    return profile, Finding(level=OK, what="model", detail=f"{profile.model}, {profile.wire} wire; {ends}")


async def _round_trip(client: ModelClient, profile: Profile) -> Finding:
    """A question, a tool call, its answer, and the answer to that."""
    began_ns = stopwatch_ns()
    request = Request(
        instructions="You test a connection. Call probe with word ping, then write one short sentence.",
        items=(Said(role="user", text="Please test."),),
        tools=(PROBE,),
    )
    calls, end = await _heard(client, request, profile)
    if isinstance(end, Failure):
        return _wrong("tool round", failure_text(end, profile))
    if not any(call.tool((PROBE,)) for call in calls):
        return _wrong("tool round", f"{profile.model} did not call the tool: it can't work here; try another model")
    called = Called(id="call_1", name=PROBE.name, arguments='{"word":"ping"}', answer='{"ok":true,"word":"pong"}')
    _, end = await _heard(client, Request(instructions=request.instructions, items=(*request.items, called)), profile)
    if isinstance(end, Failure):
        return _wrong("tool round", failure_text(end, profile))
    if not end.complete:
        return _wrong("tool round", failure_text(Failure(kind=FailureKind.CUT), profile))
    took_ms = (stopwatch_ns() - began_ns) // 1_000_000
    return Finding(level=OK, what="tool round", detail=f"{profile.model} called a tool and answered, {took_ms} ms")


async def _heard(client: ModelClient, request: Request, profile: Profile) -> tuple[list[ToolCall], Failure | Finished]:
    calls: list[ToolCall] = []
    end: Failure | Finished = Failure(kind=FailureKind.CUT)
    async with aclosing(client.answer(request, profile)) as events:
        async for event in events:
            if isinstance(event, ToolCall):
                calls.append(event)
            elif isinstance(event, Failure | Finished):
                end = event
    return calls, end


def _wrong(what: str, detail: str) -> Finding:
    return Finding(level=WRONG, what=what, detail=detail)
