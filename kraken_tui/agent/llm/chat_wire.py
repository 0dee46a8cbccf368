"""The wire `/chat/completions`: how a request is written, and how its stream is read."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Any

from kraken_tui.agent.llm.events import (
    Called,
    Declined,
    Event,
    Failure,
    FailureKind,
    Finished,
    Item,
    Request,
    Said,
    ToolCall,
    function_schema,
)
from kraken_tui.agent.llm.models import Usage
from kraken_tui.agent.llm.ports import Untrusted
from kraken_tui.agent.llm.providers import Profile
from kraken_tui.agent.llm.reading import (
    LONGEST_CALL,
    MOST_CALLS,
    Reading,
    TooLong,
    checked,
    list_of,
    part,
    text_of,
    usage_of,
)

COMPLETE = ("stop", "tool_calls")
CUT_SHORT = ("length", "content_filter")


def chat_arguments(profile: Profile, request: Request, most_tokens: int) -> dict[str, Any]:
    """What `chat.completions.create` is called with. No temperature: reasoning models refuse one."""
    told: dict[str, Any] = {
        "model": profile.model,
        "messages": _messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens" if profile.name == "openai" else "max_tokens": most_tokens,
    }
    if request.tools:
        strict = {"strict": True} if profile.supports_strict else {}
        told["tools"] = [{"type": "function", "function": function_schema(tool) | strict} for tool in request.tools]
        told["parallel_tool_calls"] = False
    if profile.effort:
        told["reasoning_effort"] = profile.effort
    return told


def _messages(request: Request) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.instructions}]
    for item in request.items:
        messages += _message(item, messages[-1])
    return messages


def _message(item: Item, last: dict[str, Any]) -> list[dict[str, Any]]:
    match item:
        case Said(role=role, text=text):
            return [{"role": role, "content": text}]
        case Called():
            call = {"id": item.id, "type": "function", "function": {"name": item.name, "arguments": item.arguments}}
            answer = {"role": "tool", "tool_call_id": item.id, "content": item.answer}
            if last["role"] == "assistant" and "tool_calls" not in last:
                last["tool_calls"] = [call]  # the words and the call of one answer are one message
                return [answer]
            return [{"role": "assistant", "content": None, "tool_calls": [call]}, answer]
        case _:
            return []  # this wire has no thoughts


async def read_chat(stream: AsyncIterable[Any], seal: Callable[[str], Untrusted]) -> AsyncGenerator[Event, None]:
    """The events of a stream of chunks; of several choices only the first.

    Raises:
        TooLong: it does not end. What else the client raises is passed on.
    """
    reading, calls, reason = Reading(seal), _Calls(), ""
    async for chunk in stream:
        reading.usage = _usage(chunk) or reading.usage
        for choice in list_of(chunk, "choices"):
            if part(choice, "index") not in (0, None):
                continue
            for event in reading.text(text_of(choice, "delta", "content")):
                yield event
            reading.refusal(text_of(choice, "delta", "refusal"))
            calls.hear(list_of(choice, "delta", "tool_calls"))
            reason = text_of(choice, "finish_reason") or reason
    for last in _ending(reading, calls, reason):
        yield last


def _ending(reading: Reading, calls: "_Calls", reason: str) -> list[Event]:
    """A stream that was closed early raises nothing in the client: what says no reason has not ended."""
    if not reason:
        return [Failure(kind=FailureKind.CUT)]
    events: list[Event] = []
    if (refusal := reading.refused()) is not None:
        events.append(Declined(refusal))
    if reason in COMPLETE:
        events += checked(calls.whole())
    name = reason if reason in (*COMPLETE, *CUT_SHORT) else "other"
    return [*events, Finished(complete=reason in COMPLETE, reason=name, usage=reading.usage)]


def _usage(chunk: Any) -> Usage | None:
    return usage_of(part(chunk, "usage"), "prompt_tokens", "completion_tokens", "prompt_tokens_details")


class _Calls:
    """Tool calls as their pieces come. Some servers give each call of an answer the same index, and another id."""

    def __init__(self) -> None:
        self._calls: list[dict[str, str]] = []
        self._at: dict[int, int] = {}

    def hear(self, pieces: list[Any]) -> None:
        for piece in pieces:
            index = part(piece, "index")
            call = self._call(index if isinstance(index, int) else 0, text_of(piece, "id"))
            call["name"] += text_of(piece, "function", "name")
            call["arguments"] += text_of(piece, "function", "arguments")
            if len(call["name"]) + len(call["arguments"]) > LONGEST_CALL:
                raise TooLong

    def _call(self, index: int, name: str) -> dict[str, str]:
        at = self._at.get(index)
        if at is None or (name and self._calls[at]["id"] and name != self._calls[at]["id"]):
            self._at[index] = at = len(self._calls)
            self._calls.append({"id": name, "name": "", "arguments": ""})
            if len(self._calls) > MOST_CALLS:
                raise TooLong
        return self._calls[at]

    def whole(self) -> list[ToolCall]:
        return [ToolCall(call["name"], call["arguments"]) for call in self._calls]
