"""The conversation as a screen holds it: the engine's blocks, and what was said here that no block tells of."""

from bisect import insort
from enum import StrEnum

from msgspec import Struct

from kraken_tui.model.command import CommandResult
from kraken_tui.model.talk import Block, BlockKind, Talk
from kraken_tui.ui.text import harmless

KEPT_BLOCKS = 1000
KEPT_EXCHANGES = 200
SHOWN_TURNS = 12
SHOWN_BLOCKS = 48
"""What stands on the screen at once; the rest is folded into a line."""

LONGEST_LINES = 200
LONGEST_LINE = 8000
"""Of a block; what is longer is cut, and says so."""


class Own(StrEnum):
    """What this screen says itself, beside the kinds of the engine's blocks."""

    ANSWER = "answer"
    """The engine's answer to a line, where it tells no blocks."""
    REFUSED = "refused"
    """The same, and it says no."""
    WAITING = "waiting"
    """An answer is awaited."""


class Entry(Struct, frozen=True, kw_only=True):
    """One piece of the conversation, fit to be shown."""

    key: str
    kind: BlockKind | Own
    author: str
    lines: tuple[str, ...]
    done: bool = True
    row: str = ""
    expires_ns: int = 0

    def is_waiting(self, now_ns: int) -> bool:
        """Whether it is a proposal that can still be confirmed."""
        open_still = not self.expires_ns or now_ns < self.expires_ns
        return self.kind is BlockKind.PROPOSAL and bool(self.row) and not self.done and open_still


class Exchange:
    """A line that was said on this screen, and its answer.

    Attributes:
        turn: of the engine's conversation that it became; 0: of none so far.
    """

    def __init__(self, number: int, text: str, after: int) -> None:
        self.number = number
        self.text = text
        self.after = after
        self.result: CommandResult | None = None
        self.turn = 0

    def answer(self, result: CommandResult) -> None:
        """The engine has answered; where it names a turn, blocks tell the rest."""
        self.result = result
        self.turn = result.turn or self.turn


class Window(Struct, frozen=True):
    """The part of the conversation that is shown."""

    entries: tuple[Entry, ...]
    older: int
    """Turns before it."""
    newer: int
    """Turns after it."""
    cut: int
    """Blocks of its first turn that are left out."""


class Conversation:
    """Bounded. The engine's blocks by their ids; a block that is told again takes the place of the one before.

    Attributes:
        talk: what the engine says beside the blocks; None where it tells none.
    """

    def __init__(self) -> None:
        self.talk: Talk | None = None
        self._ids: list[int] = []
        self._blocks: dict[int, Entry] = {}
        self._turns: dict[int, int] = {}
        self._exchanges: list[Exchange] = []
        self._said = 0

    def forget(self) -> None:
        """Another engine speaks: nothing of the one before belongs to it."""
        self.__init__()  # type: ignore[misc]

    def tell(self, talk: Talk | None, blocks: tuple[Block, ...]) -> None:
        """Take what the engine told."""
        self.talk = talk or self.talk
        for block in sorted(blocks, key=lambda block: block.id):
            entry = _entry(block)
            if block.id not in self._blocks:
                insort(self._ids, block.id)
                self._match(block)
            self._blocks[block.id], self._turns[block.id] = entry, block.turn
        for old in self._ids[:-KEPT_BLOCKS]:
            del self._blocks[old], self._turns[old]
        del self._ids[:-KEPT_BLOCKS]

    def ask(self, text: str) -> Exchange:
        """A line is said on this screen."""
        self._said += 1
        exchange = Exchange(self._said, text, self._ids[-1] if self._ids else -1)
        self._exchanges = [*self._exchanges[1 - KEPT_EXCHANGES :], exchange]
        return exchange

    def turns(self) -> list[tuple[Entry, ...]]:
        """Every turn that is known, the oldest first."""
        placed = []
        for turn, ids in self._by_turn():
            entries = tuple(self._blocks[id] for id in ids)
            placed.append((float(entries[0].key[1:]), entries + self._failed(turn, entries)))
        told = set(self._turns.values()) - {0}
        placed += [(one.after + 0.5, self._own(one)) for one in self._exchanges if one.turn not in told]
        turns = [entries for _, entries in sorted(placed, key=lambda one: one[0])]
        if (last := self._working(turns)) is not None:
            turns[-1:] = [(*turns[-1], last)] if turns else [(last,)]
        return turns

    def _by_turn(self) -> list[tuple[int, list[int]]]:
        """Each turn's blocks together, also where turns ran beside each other: a footer speaks of what is above it."""
        found: dict[tuple[int, int], list[int]] = {}
        for id in self._ids:
            turn = self._turns[id]
            found.setdefault((turn, 0 if turn else id), []).append(id)
        return [(turn, ids) for (turn, _), ids in found.items()]

    def _match(self, block: Block) -> None:
        """The engine tells of a line that was said here: its own telling takes over."""
        if block.kind is not BlockKind.USER:
            return
        said = " ".join(" ".join(block.lines).split())
        for exchange in self._exchanges:
            if not exchange.turn and exchange.after < block.id and " ".join(exchange.text.split()) == said:
                exchange.turn = block.turn
                return

    def _own(self, exchange: Exchange) -> tuple[Entry, ...]:
        asked = _made(f"s{exchange.number}", BlockKind.USER, "", tuple(exchange.text.splitlines()))
        return asked, _answer(exchange)

    def _failed(self, turn: int, told: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Answers that say no, as of a lost engine, and that no block of the turn repeats."""
        known = {line for entry in told for line in entry.lines}
        answers = [_answer(one) for one in self._exchanges if one.turn == turn != 0]
        return tuple(one for one in answers if one.kind is Own.REFUSED and not known.issuperset(one.lines))

    def _working(self, turns: list[tuple[Entry, ...]]) -> Entry | None:
        """What is awaited while the engine is busy and nothing of its answer moves yet."""
        if self.talk is None or not self.talk.busy:
            return None
        last = turns[-1][-1] if turns else None
        if last is not None and (last.kind is Own.WAITING or (not last.done and last.kind is not BlockKind.PROPOSAL)):
            return None
        return _made("w", Own.WAITING, "", (self.talk.state,))


def window(turns: list[tuple[Entry, ...]], back: int = 0) -> Window:
    """The part of the conversation that ends `back` turns before the newest."""
    end = max(0, len(turns) - back)
    start, count = end, 0
    while start and end - start < SHOWN_TURNS and (start == end or count + len(turns[start - 1]) <= SHOWN_BLOCKS):
        start -= 1
        count += len(turns[start])
    entries = tuple(entry for turn in turns[start:end] for entry in turn)[-SHOWN_BLOCKS:]
    return Window(entries, start, len(turns) - end, count - len(entries))


def _entry(block: Block) -> Entry:
    made = _made(f"b{block.id}", block.kind, block.author, block.lines)
    return Entry(
        key=made.key, kind=block.kind, author=made.author, lines=made.lines, done=block.done,
        row=" ".join(harmless(block.row)), expires_ns=block.expires_ns,
    )  # fmt: skip


def _answer(exchange: Exchange) -> Entry:
    key, result = f"a{exchange.number}", exchange.result
    if result is None or result.turn:
        return _made(key, Own.WAITING, "", ())
    return _made(key, Own.ANSWER if result.ok else Own.REFUSED, "", result.lines or ("(no answer)",))


def _made(key: str, kind: BlockKind | Own, author: str, lines: tuple[str, ...]) -> Entry:
    """An entry of text from elsewhere, made harmless and not too long."""
    shown = [line for text in lines[: LONGEST_LINES + 1] for line in harmless(text[: LONGEST_LINE * 2])]
    if len(shown) > LONGEST_LINES or len(lines) > LONGEST_LINES:
        more = len(shown) + max(0, len(lines) - LONGEST_LINES - 1) - LONGEST_LINES
        shown[LONGEST_LINES:] = [f"… {more:,} more lines are not shown"]
    cut = tuple(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} … (cut)" for line in shown)
    return Entry(key=key, kind=kind, author=" ".join(harmless(author)), lines=cut)
