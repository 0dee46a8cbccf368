"""What the model sees of a conversation: rules, what was said and shown, what tools answered. Nothing withheld."""

import json
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from kraken_tui.agent.llm.events import Item, Said
from kraken_tui.model.fact import ToolResult

MOST_TOKENS = 10_000
"""Of earlier turns in a request."""
MOST_TURNS = 40
MOST_FOLDED = 12
LONGEST_SAID = 4_000
LONGEST_SHOWN = 4_000
LONGEST_ANSWER = 6_000
"""Characters of one tool's answer."""
MOST_VALUES = 40
"""Of one answer whose names are told, for `work_out`."""
LONGEST_RECORDS = 3_000
"""Characters of an earlier turn's records."""


class PastTurn(Struct, frozen=True, kw_only=True):
    """A turn that is over."""

    said: str
    shown: str
    """The model's words that were released; empty: none were."""
    records: tuple[str, ...]
    """What tools answered, as JSON."""


class History:
    """The conversation so far, bounded: older turns are folded into a line each, and then into a number.

    Args:
        instructions: the system prompt.
        masked: text without secrets.
        most_tokens: of earlier turns.
    """

    def __init__(self, instructions: str, masked: Callable[[str], str], most_tokens: int = MOST_TOKENS) -> None:
        self._masked = masked
        self._most = most_tokens
        self._turns: deque[tuple[PastTurn, int]] = deque()
        self._tokens = 0
        self._folded: deque[str] = deque(maxlen=MOST_FOLDED)
        self._count = 0
        self.instructions = masked(instructions)

    def items(self, said: str) -> tuple[Item, ...]:
        """The messages before a turn's first answer: earlier turns, then what is said now."""
        items: list[Item] = []
        if self._count:
            items += [Said(role="user", text=self._fold_text()), Said(role="assistant", text="(folded)")]
        for turn, _ in self._turns:
            items += _messages(turn)
        return (*items, Said(role="user", text=self._clean(said, LONGEST_SAID)))

    def add(self, said: str, shown: str, results: Sequence[tuple[str, ToolResult]]) -> None:
        """A turn is over.

        Args:
            said: the user's words.
            shown: the model's words that were released.
            results: what tools answered, with the tools' names.
        """
        turn = PastTurn(
            said=self._clean(said, LONGEST_SAID),
            shown=self._clean(shown, LONGEST_SHOWN),
            records=_bounded([self.answer(result, name) for name, result in results]),
        )
        tokens = sum(estimate(item.text) for item in _messages(turn))
        self._turns.append((turn, tokens))
        self._tokens += tokens
        while len(self._turns) > MOST_TURNS or (self._tokens > self._most and len(self._turns) > 1):
            old, size = self._turns.popleft()
            self._tokens -= size
            self._count += 1
            self._folded.append(old.said[:80])

    def answer(self, result: ToolResult, tool: str = "") -> str:
        """A tool's answer as the model reads it: JSON, without secrets, of bounded length.

        Args:
            result: the answer.
            tool: its name, in the record of an earlier turn; empty: of this turn, whose values can be worked with.
        """
        told: dict[str, object] = {"tool": tool} if tool else {}
        told |= {"ok": result.ok, "row": result.row, "lines": list(result.lines), "data": result.data}
        if result.facts and not tool:
            told["values"] = [fact.handle for fact in result.facts[:MOST_VALUES]]
        text = self._masked(as_json(told))
        if len(text) <= LONGEST_ANSWER:
            return text
        lines, size = [], 0
        for line in (self._masked(line) for line in result.lines):
            size += len(as_json(line)) + 1
            if size > LONGEST_ANSWER - 200:
                break
            lines.append(line)
        return as_json({"ok": result.ok, "row": result.row[:80], "lines": lines, "cut": "the rest was too long"})

    def _fold_text(self) -> str:
        first = "; ".join(as_json(said) for said in self._folded)
        return f"[from the app] {self._count} earlier turns are folded. The newest of them began: {first}"

    def _clean(self, text: str, longest: int) -> str:
        text = self._masked(text)
        return text if len(text) <= longest else f"{text[:longest]} (cut)"


def estimate(text: str) -> int:
    """Tokens that `text` may have, rather too many: three bytes each."""
    return len(text.encode("utf-8", "replace")) // 3 + 4


def as_json(value: object) -> str:
    """JSON as the model reads it: short."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _messages(turn: PastTurn) -> list[Said]:
    """One message of the user and one of the assistant, as some servers want them to alternate."""
    records = f"\n[records of the app] [{','.join(turn.records)}]" if turn.records else ""
    return [
        Said(role="user", text=f"{turn.said}{records}"),
        Said(role="assistant", text=turn.shown or "(no words shown)"),
    ]


def _bounded(records: Sequence[str]) -> tuple[str, ...]:
    kept, size = [], 0
    for record in records:
        size += len(record)
        if size > LONGEST_RECORDS:
            break
        kept.append(record)
    return tuple(kept)
