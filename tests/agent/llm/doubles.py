"""The other rooms, as a turn needs them: a gate that knows a few lies, tools that count, a transcript that keeps."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from kraken_tui.agent.llm.client import Patience
from kraken_tui.agent.llm.ports import Verdict
from kraken_tui.agent.llm_agent import LlmAgent, Room, llm_agent
from kraken_tui.clock import SECOND, SEEDED_START_NS, stopwatch_ns
from kraken_tui.config.home import Home
from kraken_tui.config.model_key import ModelKey
from kraken_tui.config.settings import Settings
from kraken_tui.model.fact import Fact, ToolResult

KEY = "sk-proj-thisIsTheModelKey0123456789"
SECRET = "bm90LWEtcmVhbC1zZWNyZXQtYnV0LWxvbmcgZW5vdWdo"
QUICK = Patience(connect_s=3, read_s=1.5, request_s=3, answer_s=20, retry_after_s=0.3)


class Sealed:
    """Text that nothing but the gate opens."""

    def __init__(self, text: str) -> None:
        self.__text = text

    @property
    def length(self) -> int:
        return len(self.__text)

    def open(self) -> str:
        return self.__text

    def __str__(self) -> NoReturn:
        raise TypeError

    def __repr__(self) -> NoReturn:
        raise TypeError


@dataclass(frozen=True)
class Said:
    """A verdict."""

    text: str
    withheld: Any
    rule: str


class Gate:
    """Withholds sentences that claim, numbers that no tool told, and all that follows them."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.numbers = {str(fact.value) for fact in facts}
        self._text, self._tainted = "", False

    def learn(self, facts: Sequence[Fact]) -> None:
        self.numbers |= {str(fact.value) for fact in facts}

    def feed(self, text: Sealed, now_ns: int | None = None) -> list[Verdict]:
        self._text += text.open()
        *whole, self._text = re.split(r"(?<=[.!?])(?=\s)", self._text)
        return [self._judge(sentence) for sentence in whole]

    def end(self, *, complete: bool) -> list[Verdict]:
        rest, self._text = self._text, ""
        if not rest.strip():
            return []
        return [self._judge(rest) if complete else Said("", Sealed(rest), "incomplete")]

    def _judge(self, sentence: str) -> Verdict:
        lies = re.search(r"\b(bought|sold|filled|placed|done|closed)\b|[✅\x1b]", sentence, re.IGNORECASE)
        numbers = re.findall(r"\d+(?:\.\d+)?", sentence)
        self._tainted = self._tainted or bool(lies) or any(number not in self.numbers for number in numbers)
        return Said("", Sealed(sentence), "claim") if self._tainted else Said(sentence, None, "")


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    parameters: dict[str, Any]
    proposes: bool = False


def _schema(*names: str) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, "required": list(names), "additionalProperties": False}


PRICE = Tool("price", "Last price of a pair.", _schema("symbol"))
PROPOSE = Tool("propose_buy", "Propose to buy.", _schema("symbol", "amount", "comment"), proposes=True)
FACT = Fact(
    kind="price", name="last price", asset="BTC/USD", unit="USD", value=Decimal("64010.5"), as_of_ns=SEEDED_START_NS
)
PRICED = ToolResult(ok=True, lines=("BTC/USD last 64010.5 USD",), facts=(FACT,), data={"last": "64010.5"})
PROPOSED = ToolResult(ok=True, lines=("P-1 waits",), data={"state": "waiting"}, row="P-1")


@dataclass
class Tools:
    """Counts calls; nothing here sends an order, and `exchange_calls` says so."""

    answers: dict[str, ToolResult] = field(default_factory=lambda: {"price": PRICED, "propose_buy": PROPOSED})
    during: Callable[[], Awaitable[object]] | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    ended: int = 0
    exchange_calls: int = 0

    def known(self) -> Sequence[Tool]:
        return PRICE, PROPOSE

    async def call(self, name: str, arguments: str, turn: Any) -> ToolResult:
        assert turn.said and name in ("price", "propose_buy")
        self.calls.append((name, arguments))
        if self.during is not None:
            await self.during()
        self.ended += 1
        try:
            symbol = json.loads(arguments)["symbol"]
        except (ValueError, KeyError, TypeError):
            return ToolResult(ok=False, lines=("symbol is missing",))
        if symbol == "NOPE/USD":
            return ToolResult(ok=False, lines=("no such pair",))
        return self.answers[name]


@dataclass
class Transcript:
    """What a screen would show, in order."""

    blocks: list[tuple[str, str]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    prose_ns: list[int] = field(default_factory=list)

    def prose(self, turn: int, verdict: Any) -> None:
        assert turn and not verdict.rule and verdict.withheld is None
        self.prose_ns.append(stopwatch_ns())
        self._add("prose", verdict.text)

    def tool(self, turn: int, name: str, arguments: Mapping[str, object], known: Mapping[str, Collection[str]]) -> int:
        assert turn and name in known
        self._add("tool", name)
        return len(self.blocks)

    def tool_ends(self, block: int, *, ok: bool) -> None:
        assert block
        self._add("answered" if ok else "has no answer", "")

    def fact(self, turn: int, result: ToolResult) -> None:
        self._add("fact", "\n".join(result.lines))

    def notice(self, turn: int, *lines: str) -> None:
        self._add("notice", "\n".join(lines))

    def status(self, **changes: str | int | bool) -> None:
        self.states.append(changes)

    def _add(self, kind: str, text: str) -> None:
        self.blocks.append((kind, text))
        self.heard.set()

    def of(self, kind: str) -> list[str]:
        return [text for one, text in self.blocks if one == kind]

    @property
    def prose_text(self) -> str:
        return "".join(self.of("prose")).strip()

    @property
    def everything(self) -> str:
        return "\n".join(text for _, text in self.blocks)


class Standing:
    """A clock that stands until it is set."""

    def __init__(self, now_ns: int = SEEDED_START_NS) -> None:
        self.now = now_ns

    def now_ns(self) -> int:
        return self.now

    async def sleep_until(self, time_ns: int) -> None:
        raise AssertionError("nothing of a turn waits on the engine's clock")

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing of a turn waits on the engine's clock")


NOVEMBER_NS = 1_795_219_200 * SECOND
"""2026-11-21T00:00:00Z."""


@dataclass(frozen=True)
class Context:
    turn: int
    said: str
    author: str = "jimmy"
    role: str = "control"


@dataclass
class Stage:
    """An agent with its doubles."""

    agent: LlmAgent
    tools: Tools
    transcript: Transcript
    clock: Standing
    verdicts: list[tuple[int, Verdict, bool]]
    turn: int = 0

    async def ask(self, said: str) -> Any:
        self.turn += 1
        return await self.agent.answer(Context(self.turn, said))

    @property
    def withheld(self) -> str:
        return "".join(one.withheld.open() for _, one, _ in self.verdicts if one.withheld is not None)  # type: ignore[attr-defined]


def informs(said: str) -> bool:
    """Whether it is a question: a positive match, as in the gate."""
    return said.endswith("?")


def stage(
    tmp_path: Path, url: str, *, patience: Patience = QUICK, key: str | None = KEY, tools: Tools | None = None,
    now_ns: int = NOVEMBER_NS, **settings: Any,
) -> Stage:  # fmt: skip
    tools, transcript, clock = tools or Tools(), Transcript(), Standing(now_ns)
    verdicts: list[tuple[int, Verdict, bool]] = []
    room = Room(
        tools=tools, transcript=transcript, open_gate=lambda facts, now_ns: Gate(facts), informs=informs, seal=Sealed,
        witness=lambda turn, verdict, shown: verdicts.append((turn, verdict, shown)),
        masked=lambda text: text.replace(SECRET, "***").replace(KEY, "***"),
    )  # fmt: skip
    asked = Settings(ASSISTANT_BASE_URL=url, **settings)
    model_key = None if key is None else ModelKey("OPENAI_API_KEY", key)
    agent = llm_agent(asked, Home(tmp_path), model_key, room, clock, patience)
    return Stage(agent, tools, transcript, clock, verdicts)


def wire(name: str) -> dict[str, Any]:
    """Settings that ask over one wire."""
    return {"ASSISTANT_WIRE": name}
