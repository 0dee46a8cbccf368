"""An OpenAI-compatible server on loopback that says what a test scripts, on both wires, and keeps what it was asked.

A script is a list of answers, one for each request; the last is repeated. An answer is a list of parts: `Text`, `Call`,
`Refusal`, `Summary`, `Wait`, `Retract`, then one end: `End`, or a fault such as `Cut`, `Raw` or `Status`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Text:
    """Text, as deltas of `by` characters."""

    text: str
    by: int = 12


@dataclass(frozen=True)
class Call:
    """A tool call, its arguments in pieces; `index` None: one more than the last."""

    name: str
    arguments: str = "{}"
    index: int | None = None


@dataclass(frozen=True)
class Refusal:
    text: str


@dataclass(frozen=True)
class Summary:
    """What a reasoning model says of its reasoning, with its encrypted notes; on the responses wire only."""

    text: str
    encrypted: str = "gAAAA-notes"


@dataclass(frozen=True)
class Retract:
    """The end says this text, whatever was streamed; on the responses wire only."""

    text: str


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Raw:
    """These bytes, as they are."""

    data: bytes


@dataclass(frozen=True)
class End:
    """The answer's end: stop, tool_calls, length, content_filter; None says no reason."""

    reason: str | None = "stop"
    input: int = 100
    output: int = 20
    usage: bool = True


@dataclass(frozen=True)
class Cut:
    """The connection ends: `close` after a sound chunk, `reset`, `half` a line, `quiet` (a clean end), `early`."""

    how: str


@dataclass(frozen=True)
class Status:
    """An HTTP error instead of a stream."""

    code: int
    error: str = "error"
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "I have bought 0.01 BTC for you at 64000."


@dataclass(frozen=True)
class Hang:
    """Nothing at all."""


Part = Text | Call | Refusal | Summary | Retract | Wait | Raw | End | Cut | Status | Hang
Script = Sequence[Sequence[Part]]


class Liar:
    """The server; made by `liar()`.

    Args:
        script: an answer for each request.
        models: id and shutdown date of each model that it has.
    """

    def __init__(self, script: Script, models: dict[str, str | None]) -> None:
        self.script = list(script)
        self.models = models
        self.requests: list[dict[str, Any]] = []
        """Bodies of what it was asked, in order."""
        self.headers: list[dict[str, str]] = []
        self.listed = 0
        self.url = ""
        self.left = asyncio.Event()
        """Set when a client closed a stream before its end."""
        self.started = asyncio.Event()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let go of those that hang."""
        self._stop.set()

    async def chat(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, _Chat())

    async def responses(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, _Responses())

    async def model(self, request: web.Request) -> web.Response:
        self.listed += 1
        name = request.match_info["name"]
        if name not in self.models:
            return web.json_response({"error": {"message": "no", "code": "model_not_found"}}, status=404)
        return web.json_response(_model(name, self.models[name]))

    async def list(self, _: web.Request) -> web.Response:
        self.listed += 1
        return web.json_response({"object": "list", "data": [_model(*one) for one in self.models.items()]})

    async def _answer(self, request: web.Request, wire: "_Chat | _Responses") -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        if body["model"] not in self.models:
            return web.json_response({"error": {"message": "no", "code": "model_not_found"}}, status=404)
        parts = self.script[min(len(self.requests) - 1, len(self.script) - 1)]
        if parts and isinstance(parts[0], Status):
            error = {"error": {"message": parts[0].message, "code": parts[0].error, "type": "x"}}
            return web.json_response(error, status=parts[0].code, headers=parts[0].headers)
        if parts and isinstance(parts[0], Hang):
            await self._stop.wait()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if any(isinstance(part, Cut) and part.how == "close" for part in parts):
            response.force_close()  # no chunked encoding: the connection's end is the stream's end
            response.headers["Connection"] = "close"
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        self.started.set()
        try:
            await self._parts(request, response, wire, parts)
        except (ConnectionError, asyncio.CancelledError):
            self.left.set()
            raise
        return response

    async def _parts(
        self, request: web.Request, response: web.StreamResponse, wire: "_Chat | _Responses", parts: Sequence[Part]
    ) -> None:
        for part in parts:
            match part:
                case Wait(seconds=seconds):
                    await asyncio.wait([asyncio.ensure_future(self._stop.wait())], timeout=seconds)
                case Raw(data=data):
                    await response.write(data)
                case Cut(how="reset"):
                    assert request.transport is not None
                    request.transport.abort()
                    return
                case Cut(how="half"):
                    await response.write(b'data: {"id": "x", "choi')
                    assert request.transport is not None
                    request.transport.close()
                    return
                case Cut(how="early"):
                    assert request.transport is not None
                    request.transport.close()
                    return
                case Cut():
                    await response.write_eof()
                    return
                case Hang():
                    await self._stop.wait()
                case _:
                    for event in wire.events(part):
                        await response.write(event)
        await response.write_eof()


class _Chat:
    """Chunks of `/chat/completions`."""

    def __init__(self) -> None:
        self._calls = 0

    def events(self, part: Part) -> list[bytes]:
        match part:
            case Text(text=text, by=by):
                return [self._delta({"content": piece}) for piece in _pieces(text, by)]
            case Refusal(text=text):
                return [self._delta({"refusal": piece}) for piece in _pieces(text, 12)]
            case Call(name=name, arguments=arguments, index=index):
                at = self._calls if index is None else index
                self._calls += 1
                head = {"index": at, "id": f"c{self._calls}", "type": "function", "function": {"name": name}}
                rest = [{"index": at, "function": {"arguments": piece}} for piece in _pieces(arguments, 500)]
                return [self._delta({"tool_calls": [piece]}) for piece in (head, *rest)]
            case End(reason=reason):
                last = [self._delta({}, reason)] if reason else []
                usage = {
                    "prompt_tokens": part.input,
                    "completion_tokens": part.output,
                    "total_tokens": part.input + part.output,
                }
                told = [_sse({**_chunk(), "choices": [], "usage": usage})] if part.usage else []
                return [*last, *told, b"data: [DONE]\n\n"]
            case _:
                return []

    def _delta(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        return _sse({**_chunk(), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


class _Responses:
    """Events of `/responses`."""

    def __init__(self) -> None:
        self._output: list[dict[str, Any]] = []
        self._final: str | None = None

    def events(self, part: Part) -> list[bytes]:
        at = len(self._output)
        match part:
            case Text(text=text, by=by):
                place = {"item_id": f"m{at}", "output_index": at, "content_index": 0}
                item = _message({"type": "output_text", "text": text, "annotations": []}, at)
                self._output.append(item)
                return [
                    *(_event("response.output_text.delta", **place, delta=piece) for piece in _pieces(text, by)),
                    _event("response.output_text.done", **place, text=text),
                    _event("response.output_item.done", output_index=at, item=item),
                ]
            case Refusal(text=text):
                place = {"item_id": f"m{at}", "output_index": at, "content_index": 0}
                self._output.append(_message({"type": "refusal", "refusal": text}, at))
                return [_event("response.refusal.delta", **place, delta=text)]
            case Call(name=name, arguments=arguments):
                call = {"id": f"f{at}", "call_id": f"c{at}", "name": name, "arguments": arguments}
                return [self._done(call | {"type": "function_call", "status": "completed"})]
            case Summary(text=text, encrypted=encrypted):
                summary = [{"type": "summary_text", "text": text}]
                place = {"item_id": f"r{at}", "output_index": at, "summary_index": 0}
                told = _event("response.reasoning_summary_text.delta", **place, delta=text)
                item = {"id": f"r{at}", "type": "reasoning", "summary": summary, "encrypted_content": encrypted}
                return [told, self._done(item)]
            case Retract(text=text):
                self._final = text
                return []
            case End(reason=reason):
                return self._end(part, reason)
            case _:
                return []

    def _done(self, item: dict[str, Any]) -> bytes:
        self._output.append(item)
        return _event("response.output_item.done", output_index=len(self._output) - 1, item=item)

    def _end(self, end: End, reason: str | None) -> list[bytes]:
        if reason is None:
            return []
        usage = {
            "input_tokens": end.input, "output_tokens": end.output, "total_tokens": end.input + end.output,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }  # fmt: skip
        output = self._output
        if self._final is not None:
            output = [_message({"type": "output_text", "text": self._final, "annotations": []}, 0)]
        response = {"id": "r", "object": "response", "output": output, "usage": usage if end.usage else None}
        if reason in ("stop", "tool_calls"):
            return [_event("response.completed", response=response | {"status": "completed"})]
        why = {"length": "max_output_tokens"}.get(reason, reason)
        incomplete = response | {"status": "incomplete", "incomplete_details": {"reason": why}}
        return [_event("response.incomplete", response=incomplete)]


def _pieces(text: str, by: int) -> list[str]:
    return [text[start : start + by] for start in range(0, len(text), by)]


def _chunk() -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _message(content: dict[str, Any], at: int) -> dict[str, Any]:
    return {"id": f"m{at}", "type": "message", "role": "assistant", "status": "completed", "content": [content]}


def _event(kind: str, **parts: object) -> bytes:
    return _sse({"type": kind, "sequence_number": 1, **parts}, kind)


def _sse(value: dict[str, Any], name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(value).encode() + b"\n\n"


def _model(name: str, shutdown: str | None) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "x", "shutdown_date": shutdown}


@asynccontextmanager
async def liar(
    script: Script, models: dict[str, str | None] | None = None, paths: Sequence[str] = ("chat", "responses")
) -> AsyncIterator[Liar]:
    """The server, running on a free port."""
    server = Liar(script, {"gpt-4o": "2027-01-14", "gpt-6-luna": None} if models is None else models)
    app = web.Application()
    if "chat" in paths:
        app.router.add_post("/v1/chat/completions", server.chat)
    if "responses" in paths:
        app.router.add_post("/v1/responses", server.responses)
    app.router.add_get("/v1/models", server.list)
    app.router.add_get("/v1/models/{name:.+}", server.model)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        server.stop()
        await runner.cleanup()
