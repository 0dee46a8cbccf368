"""The wire `/responses`: how a request is written, and how its stream is read. Nothing is stored over there."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
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
    Thought,
    ToolCall,
    function_schema,
)
from kraken_tui.agent.llm.models import Usage
from kraken_tui.agent.llm.ports import Untrusted
from kraken_tui.agent.llm.providers import Profile
from kraken_tui.agent.llm.reading import Reading, checked, list_of, part, text_of, usage_of

FAILURES = {
    "rate_limit_exceeded": FailureKind.LIMITED,
    "insufficient_quota": FailureKind.QUOTA,
    "model_not_found": FailureKind.NO_MODEL,
    "invalid_prompt": FailureKind.REFUSED,
}
REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


class Contradicted(ValueError):
    """The stream's end says another text than the stream did."""


def responses_arguments(profile: Profile, request: Request, most_tokens: int) -> dict[str, Any]:
    """What `responses.create` is called with. No temperature: reasoning models refuse one."""
    told: dict[str, Any] = {
        "model": profile.model,
        "instructions": request.instructions,
        "input": [one for item in request.items for one in _items(item)],
        "stream": True,
        "store": False,
        "max_output_tokens": most_tokens,
    }
    if request.tools:
        told["tools"] = [
            {"type": "function", "strict": profile.supports_strict} | function_schema(tool) for tool in request.tools
        ]
        told["parallel_tool_calls"] = False
    if profile.effort:
        told["reasoning"] = {"effort": profile.effort}
        told["include"] = ["reasoning.encrypted_content"]
    return told


def _items(item: Item) -> list[dict[str, Any]]:
    match item:
        case Said(role=role, text=text):
            return [{"role": role, "content": text}]
        case Called():
            return [
                {"type": "function_call", "call_id": item.id, "name": item.name, "arguments": item.arguments},
                {"type": "function_call_output", "call_id": item.id, "output": item.answer},
            ]
        case Thought(encrypted=encrypted):
            return [{"type": "reasoning", "summary": [], "encrypted_content": encrypted}]


async def read_responses(stream: AsyncIterable[Any], seal: Callable[[str], Untrusted]) -> AsyncGenerator[Event, None]:
    """The events of a stream of response events. Summaries of the model's reasoning are not read at all.

    Raises:
        TooLong: it does not end.
        Contradicted: it takes back what it streamed. What else the client raises is passed on.
    """
    answer = _Answer(seal)
    async for told in stream:
        for event in answer.hear(told):
            yield event
            if isinstance(event, Failure | Finished):
                return
    yield Failure(kind=FailureKind.CUT)


class _Answer:
    """One response as its events come."""

    def __init__(self, seal: Callable[[str], Untrusted]) -> None:
        self._reading = Reading(seal)
        self._texts: dict[tuple[object, object], str] = {}
        self._calls: list[ToolCall] = []
        self._thoughts: list[Thought] = []

    def hear(self, told: Any) -> Iterator[Event]:
        match text_of(told, "type"):
            case "response.output_text.delta":
                yield from self._text(_place(told), text_of(told, "delta"))
            case "response.output_text.done":
                yield from self._whole_text(_place(told), text_of(told, "text"))
            case "response.refusal.delta":
                self._reading.refusal(text_of(told, "delta"))
            case "response.refusal.done" if self._reading.refused() is None:
                self._reading.refusal(text_of(told, "refusal"))
            case "response.output_item.done":
                self._item(part(told, "item"))
            case "response.completed":
                yield from self._completed(part(told, "response"))
            case "response.incomplete":
                reason = text_of(told, "response", "incomplete_details", "reason")
                usage = _usage(part(told, "response"))
                yield Finished(complete=False, reason=REASONS.get(reason, "other"), usage=usage)
            case "response.failed":
                yield _failure(text_of(told, "response", "error", "code"))
            case "error":
                yield _failure(text_of(told, "code"))

    def _text(self, place: tuple[object, object], text: str) -> Iterator[Event]:
        if place not in self._texts and self._texts:
            yield from self._reading.text("\n")  # another message: its first sentence is not the last one's end
        self._texts[place] = self._texts.get(place, "") + text
        yield from self._reading.text(text)

    def _whole_text(self, place: tuple[object, object], text: str) -> Iterator[Event]:
        if not self._texts.get(place):
            yield from self._text(place, text)
        elif self._texts[place] != text:
            raise Contradicted

    def _item(self, item: Any) -> None:
        if text_of(item, "type") == "function_call":
            self._calls.append(ToolCall(text_of(item, "name"), text_of(item, "arguments")))
            checked(self._calls)
        elif text_of(item, "type") == "reasoning" and (encrypted := text_of(item, "encrypted_content")):
            self._thoughts.append(Thought(encrypted))

    def _completed(self, response: Any) -> Iterator[Event]:
        if text_of(response, "status") not in ("completed", ""):
            yield Finished(complete=False, reason="other", usage=_usage(response))
            return
        final = "".join(text for item in list_of(response, "output") for text in _texts(item))
        if final and self._texts and final != "".join(self._texts.values()):
            raise Contradicted
        if final and not self._texts:
            yield from self._text((0, 0), final)
        if (refusal := self._reading.refused()) is not None:
            yield Declined(refusal)
        yield from self._thoughts
        yield from self._calls
        yield Finished(complete=True, reason="tool_calls" if self._calls else "stop", usage=_usage(response))


def _place(told: Any) -> tuple[object, object]:
    return part(told, "output_index"), part(told, "content_index")


def _texts(item: Any) -> Iterator[str]:
    if text_of(item, "type") == "message":
        for content in list_of(item, "content"):
            if text_of(content, "type") == "output_text":
                yield text_of(content, "text")


def _failure(code: str) -> Failure:
    return Failure(kind=FAILURES.get(code, FailureKind.BROKEN))


def _usage(response: Any) -> Usage | None:
    return usage_of(part(response, "usage"), "input_tokens", "output_tokens", "input_tokens_details")
