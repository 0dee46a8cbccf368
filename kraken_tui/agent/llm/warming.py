"""Does in a thread what the first answer would wait for: what the `openai` package builds, most of a second's work, and
the words and weights that the gate reads. The engine's loop goes on meanwhile.
"""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from kraken_tui.agent.llm.models import Wire
from kraken_tui.agent.truth.evidence import weights
from kraken_tui.agent.truth.vocabulary import vocabulary

if TYPE_CHECKING:
    import httpx2

CHUNK = {
    "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
    "choices": [{"index": 0, "delta": {"content": "a", "tool_calls": []}, "finish_reason": "stop"}],
}  # fmt: skip
EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "a"},
    {"type": "response.completed", "response": {"id": "r", "object": "response", "output": [], "status": "completed"}},
)


def warm(wire: Wire) -> None:
    """Read an invented answer once, and what the gate goes by; no socket is opened."""
    asyncio.run(_read(wire))
    vocabulary()
    weights()


async def _read(wire: Wire) -> None:
    import httpx2
    from openai import AsyncOpenAI

    events = (CHUNK,) if wire is Wire.CHAT else EVENTS
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()

    def answer(_: "httpx2.Request") -> "httpx2.Response":
        return httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, content=body)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        client = AsyncOpenAI(api_key="none", base_url="http://127.0.0.1/v1", http_client=http)
        create: Any = client.chat.completions.create if wire is Wire.CHAT else client.responses.create
        asked: dict[str, Any] = {"messages": []} if wire is Wire.CHAT else {"input": []}
        async for _ in await create(model="m", stream=True, **asked):
            pass
