"""The conversation as typed blocks, and the only maker of them.

Receipts, facts, proposals and footers are rendered from their rows, and nothing here takes a text for one; prose comes
only as a verdict that released it. What goes into a block is one printable line after another: nothing of it steers a
terminal. It is never markup either: a screen shows it as plain text.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Protocol

from msgspec.structs import replace

from kraken_tui.agent.records import (
    TurnCounts,
    fact_lines,
    footer_line,
    proposal_lines,
    receipt_lines,
)
from kraken_tui.clock import Clock
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.numerals import plain_number
from kraken_tui.model.plain import plain
from kraken_tui.model.proposal import ProposalState
from kraken_tui.model.talk import Block, BlockKind, Talk
from kraken_tui.store.audit_reading import CommandRow

MOST_BLOCKS = 400
"""Kept; of older turns only what was said, what was done and the footer, and then nothing."""
MOST_UNFOLDED = 40
"""Turns that are kept whole."""
MOST_LINES = 200
LONGEST_LINE = 2_000
APP = "kraken-tui"
FOLDED_AWAY = frozenset({BlockKind.PROSE, BlockKind.TOOL, BlockKind.FACT, BlockKind.NOTICE})


class Released(Protocol):
    """A verdict of the gate."""

    @property
    def text(self) -> str:
        """What may be shown; empty where it was withheld."""
        ...

    @property
    def rule(self) -> str:
        """What withheld it; empty where it passed."""
        ...


class Transcript:
    """Keeps the blocks that screens are shown.

    Args:
        assistant: its name.
        operator: his name.
        clock: stamps blocks.
        masked: text without secrets.
        words: what may be shown of a tool's arguments besides numbers: symbols, names of strategies.
    """

    def __init__(
        self,
        assistant: str,
        operator: str,
        clock: Clock,
        masked: Callable[[str], str] = lambda text: text,
        words: Collection[str] = (),
    ) -> None:
        self.on_block: Callable[[Block], None] = lambda block: None
        """Told each telling of each block."""
        self._clock = clock
        self._masked = masked
        self._words = frozenset(words)
        self._blocks: dict[int, Block] = {}
        self._seq = self._last_id = self._turn = 0
        self._proposals: dict[str, int] = {}
        self._footed: list[int] = []
        self._talk = Talk(
            seq=0,
            assistant=plain(assistant),
            operator=plain(operator),
            state="",
            busy=False,
            model="",
            tokens=0,
            cost="",
        )

    def begin(self) -> int:
        """A new turn; returns its number."""
        self._turn += 1
        return self._turn

    def user(self, turn: int, author: str, text: str) -> Block:
        """The operator's own words, or those of a program that asks."""
        first = text.split(maxsplit=1)[:1]
        speaker = author.removesuffix(f" {first[0]}") if first else author  # "cli orders" says "orders"
        return self._add(turn, BlockKind.USER, speaker, text.splitlines())

    def prose(self, turn: int, verdict: Released) -> Block | None:
        """What the gate made of a sentence of the model; None where it shows nothing of it."""
        if verdict.rule or not verdict.text:
            return None
        growing = self._last_of(turn)
        if growing is not None and growing.kind is BlockKind.PROSE and not growing.done:
            return self._tell(replace(growing, lines=self._bounded(_continued(growing.lines, verdict.text))))
        lines = verdict.text.lstrip().splitlines()
        return self._add(turn, BlockKind.PROSE, self._talk.assistant, lines, done=False)

    def prose_ends(self, turn: int) -> None:
        """Nothing is added to the turn's prose any more."""
        growing = self._last_of(turn)
        if growing is not None and growing.kind is BlockKind.PROSE and not growing.done:
            self._tell(replace(growing, done=True))

    def tool(
        self, turn: int, name: str, arguments: Mapping[str, object], known: Mapping[str, Collection[str]]
    ) -> Block:
        """A tool begins. The model chose the name and the arguments, so only what can't claim anything is shown.

        Args:
            turn: of the conversation.
            name: shown where it is a known tool's.
            arguments: numbers and known words among them are shown, under a known name.
            known: the parameters of each tool.
        """
        if name not in known:
            return self._add(turn, BlockKind.TOOL, APP, ["a tool that does not exist"], done=False)
        shown = [f"{key} {arguments[key]}" for key in known[name] if self._is_plain(arguments.get(key))]
        line = f"{name} ({', '.join(shown)})" if shown else name
        return self._add(turn, BlockKind.TOOL, APP, [line], done=False)

    def tool_ends(self, block: Block, *, ok: bool) -> Block:
        """A tool has answered."""
        shown = self._blocks.get(block.id, block)
        verdict = "answered" if ok else "has no answer"
        return self._tell(replace(shown, lines=(*shown.lines, verdict), done=True))

    def fact(self, turn: int, result: ToolResult) -> Block:
        """What a tool answered."""
        return self._add(turn, BlockKind.FACT, APP, fact_lines(result), row=result.row)

    def proposal(self, turn: int, state: ProposalState) -> Block:
        """A proposal as it stands; told again in its own block where it has one."""
        id, done = state.proposal.id, state.state != "waiting"
        shown = self._blocks.get(self._proposals.get(id, 0))
        if shown is not None:
            return self._tell(replace(shown, lines=self._bounded(proposal_lines(state)), done=done))
        block = self._add(
            turn, BlockKind.PROPOSAL, state.proposal.author, proposal_lines(state), done=done, row=id,
            expires_ns=state.proposal.expires_ns,
        )  # fmt: skip
        self._proposals[id] = block.id
        return block

    def receipt(self, turn: int, row: CommandRow) -> Block:
        """What came of a command, from its row of the audit."""
        return self._add(turn, BlockKind.RECEIPT, row.author, receipt_lines(row), row=f"commands/{row.id}")

    def notice(self, turn: int, *lines: str) -> Block:
        """The app's own words: what was withheld, what is missing. Never what was done."""
        return self._add(turn, BlockKind.NOTICE, APP, lines)

    def footer(self, turn: int, counts: TurnCounts) -> Block:
        """The end of a turn, as the journal counts it."""
        self.prose_ends(turn)
        block = self._add(turn, BlockKind.FOOTER, APP, [footer_line(counts)])
        self._footed.append(turn)
        self._fold()
        return block

    def status(self, **changes: str | int | bool) -> None:
        """State, busy, model, tokens or cost of the assistant."""
        talk = replace(
            self._talk, **{name: plain(value) if isinstance(value, str) else value for name, value in changes.items()}
        )
        if talk != self._talk:
            self._seq += 1
            self._talk = replace(talk, seq=self._seq)

    def after(self, seq: int) -> tuple[Talk | None, tuple[Block, ...]]:
        """What was told after `seq`, oldest telling first; all of it where `seq` is of another engine's run."""
        if seq == self._seq:
            return None, ()
        wanted = -1 if seq > self._seq else seq
        blocks = sorted((block for block in self._blocks.values() if block.seq > wanted), key=lambda block: block.seq)
        return replace(self._talk, seq=self._seq), tuple(blocks)

    def blocks(self, turn: int | None = None) -> tuple[Block, ...]:
        """What is kept, in the order in which blocks began; of one turn where one is named."""
        return tuple(block for block in self._blocks.values() if turn in (None, block.turn))

    def _add(
        self, turn: int, kind: BlockKind, author: str, lines: Collection[str], *, done: bool = True, row: str = "",
        expires_ns: int = 0,
    ) -> Block:  # fmt: skip
        if kind is not BlockKind.PROSE:
            self.prose_ends(turn)
        self._last_id += 1
        block = Block(
            id=self._last_id, seq=0, turn=turn, time_ns=self._clock.now_ns(), kind=kind, author=plain(author),
            lines=self._bounded(lines), done=done, row=plain(row), expires_ns=expires_ns,
        )  # fmt: skip
        told = self._tell(block)
        while len(self._blocks) > MOST_BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        return told

    def _tell(self, block: Block) -> Block:
        self._seq += 1
        told = replace(block, seq=self._seq)
        if block.id == self._last_id or block.id in self._blocks:
            self._blocks[block.id] = told
        self.on_block(told)
        return told

    def _bounded(self, lines: Collection[str]) -> tuple[str, ...]:
        kept = [self._clean(line) for line in islice(lines, MOST_LINES)]
        more = len(lines) - len(kept)
        return (*kept, f"({more} more lines)") if more > 0 else tuple(kept)

    def _clean(self, line: str) -> str:
        text = plain(self._masked(line))
        return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} (cut)"

    def _is_plain(self, value: object) -> bool:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return text in self._words or (len(text) <= 24 and plain_number(text) is not None)

    def _last_of(self, turn: int) -> Block | None:
        return next((block for block in reversed(self._blocks.values()) if block.turn == turn), None)

    def _fold(self) -> None:
        """Of turns that ended long ago, drop what is neither said nor done."""
        while len(self._footed) > MOST_UNFOLDED:
            turn = self._footed.pop(0)
            for id in [row.id for row in self._blocks.values() if row.turn == turn and row.kind in FOLDED_AWAY]:
                del self._blocks[id]
        kept = {row.row for row in self._blocks.values() if row.kind is BlockKind.PROPOSAL}
        self._proposals = {id: block for id, block in self._proposals.items() if id in kept}


def _continued(lines: tuple[str, ...], text: str) -> list[str]:
    """A sentence behind others: on a line of its own where it brings the break, or the line would be too long."""
    *before, last = lines or ("",)
    first, *rest = text.splitlines()
    if len(last) + len(first) >= LONGEST_LINE:
        return [*before, last, first.lstrip(), *rest]
    space = " " if last and first and not first[0].isspace() else ""
    return [*before, last + space + first, *rest]
