"""The conversation without a screen: blocks told again, folding, what stays of an answer, what steers no terminal."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.model.command import CommandResult
from kraken_tui.model.talk import Block, BlockKind
from kraken_tui.ui import conversation
from kraken_tui.ui.conversation import Conversation, Entry, Own, window
from kraken_tui.ui.panels.blocks import copied, standing, text
from kraken_tui.ui.text import harmless
from tests.ui.fake_engine import Talking
from tests.ui.talks import every_kind, long_talk

REFUSED = CommandResult(ok=False, lines=("LINK DOWN: gone",))


def told(talking: Talking) -> Conversation:
    held = Conversation()
    held.tell(talking.talk, tuple(talking.blocks.values()))
    return held


def flat(held: Conversation) -> list[Entry]:
    return [entry for turn in held.turns() for entry in turn]


def lines(held: Conversation) -> list[str]:
    return [line for entry in flat(held) for line in entry.lines]


def test_a_block_that_is_told_again_takes_the_place_of_the_one_before() -> None:
    talking = Talking()
    talking.say(BlockKind.USER, "why?")
    id = talking.say(BlockKind.PROSE, "It", done=False)
    held = told(talking)
    talking.say(BlockKind.FOOTER, "orders sent 0")
    talking.say(BlockKind.PROSE, "It is arming.", id=id)
    held.tell(None, (talking.blocks[id], talking.blocks[2]))
    assert lines(held) == ["why?", "It is arming.", "orders sent 0"]
    assert held.talk is not None, "what is not told anew stays"


@given(st.permutations(range(12)), st.integers(1, 12))
def test_blocks_stand_in_the_order_in_which_they_began(order: list[int], size: int) -> None:
    talking = Talking()
    long_talk(talking, 3)
    held = Conversation()
    for start in range(0, 12, size):
        held.tell(None, tuple(talking.blocks[id] for id in order[start : start + size]))
    assert [entry.key for entry in flat(held)] == [f"b{id}" for id in range(12)]
    assert [len(turn) for turn in held.turns()] == [4, 4, 4]


def test_turns_that_run_beside_each_other_stand_apart_each_with_its_own_footer() -> None:
    talking = Talking()
    long_talk(talking, 2)
    blocks = [msgspec.structs.replace(block, id=id) for block, id in
              zip(talking.blocks.values(), (0, 2, 5, 7, 1, 3, 4, 6), strict=True)]  # fmt: skip
    held = Conversation()
    held.tell(talking.talk, tuple(blocks))
    assert [[entry.kind for entry in turn] for turn in held.turns()] == [
        [BlockKind.USER, BlockKind.FACT, BlockKind.PROSE, BlockKind.FOOTER]
    ] * 2
    assert [turn[0].lines[0][:10] for turn in held.turns()] == ["question 0", "question 1"]


def test_without_blocks_lines_and_answers_stand_as_they_came() -> None:
    held = Conversation()
    first, second = held.ask("status"), held.ask("buy\nmore")
    assert [entry.kind for entry in flat(held)] == [BlockKind.USER, Own.WAITING] * 2
    second.result = CommandResult(ok=False, lines=("no",))
    first.result = CommandResult(ok=True, lines=())
    assert lines(held) == ["status", "(no answer)", "buy", "more", "no"]
    assert [entry.kind for entry in flat(held)][1::2] == [Own.ANSWER, Own.REFUSED]


def test_the_engines_telling_takes_over_from_what_was_said_here() -> None:
    talking = Talking()
    talking.say(BlockKind.USER, "why BTC")
    held = told(talking)
    exchange = held.ask("why  BTC")
    assert len(held.turns()) == 2, "the same words, said before, are another line"
    talking.say(BlockKind.USER, "why BTC")
    held.tell(talking.talk, (talking.blocks[1],))
    exchange.result = CommandResult(ok=True, lines=("it arms",))
    assert lines(held) == ["why BTC", "why BTC"], "an answer that goes well is told in blocks"
    exchange.result = REFUSED
    assert lines(held) == ["why BTC", "why BTC", "LINK DOWN: gone"], "one that does not is never lost"
    talking.say(BlockKind.NOTICE, "LINK DOWN: gone")
    held.tell(talking.talk, (talking.blocks[2],))
    assert lines(held) == ["why BTC", "why BTC", "LINK DOWN: gone"], "nor said twice"


def test_an_answer_that_names_a_turn_waits_for_its_blocks() -> None:
    talking = Talking()
    talking.say(BlockKind.USER, "one")
    held = told(talking)
    held.ask("key=secret").answer(CommandResult(ok=False, lines=("refused",), turn=2))
    assert [entry.kind for entry in flat(held)] == [BlockKind.USER, BlockKind.USER, Own.WAITING]
    talking.say(BlockKind.USER, "key=***")
    talking.say(BlockKind.RECEIPT, "REFUSED: refused", row="commands/1")
    held.tell(talking.talk, (talking.blocks[1], talking.blocks[2]))
    assert lines(held) == ["one", "key=***", "REFUSED: refused"], "whatever words the engine makes of it"


def test_a_block_of_no_turn_hides_nothing_that_was_said_here() -> None:
    talking = Talking()
    talking.say(BlockKind.NOTICE, "no key")
    held = told(talking)
    held.ask("hi").answer(REFUSED)
    assert lines(held) == ["no key", "hi", "LINK DOWN: gone"]


def test_what_was_said_here_keeps_its_place_among_turns() -> None:
    talking = Talking()
    talking.say(BlockKind.USER, "one")
    held = told(talking)
    held.ask("two").result = REFUSED
    talking.say(BlockKind.USER, "three")
    held.tell(talking.talk, (talking.blocks[1],))
    assert lines(held) == ["one", "two", "LINK DOWN: gone", "three"]


def test_while_the_engine_is_busy_and_nothing_moves_it_says_so() -> None:
    talking = Talking(busy=True, state="thinking")
    talking.say(BlockKind.USER, "why?")
    held = told(talking)
    assert flat(held)[-1].kind is Own.WAITING and flat(held)[-1].lines == ("thinking",)
    id = talking.say(BlockKind.PROSE, "It", done=False)
    held.tell(talking.talk, (talking.blocks[id],))
    assert flat(held)[-1].lines == ("It",), "the answer itself moves"
    held.tell(msgspec.structs.replace(talking.talk, busy=False), ())
    assert flat(held)[-1].lines == ("It",)


def test_another_engine_begins_anew() -> None:
    talking = Talking()
    every_kind(talking)
    held = told(talking)
    held.ask("lost")
    held.forget()
    assert held.turns() == [] and held.talk is None


@given(st.lists(st.integers(1, 70), max_size=60), st.integers(0, 60))
def test_what_is_shown_is_bounded_whole_and_counted(sizes: list[int], back: int) -> None:
    turns = [
        tuple(Entry(key=f"{turn}.{n}", kind=BlockKind.FACT, author="", lines=()) for n in range(size))
        for turn, size in enumerate(sizes)
    ]
    shown = window(turns, back)
    assert len(shown.entries) <= conversation.SHOWN_BLOCKS
    turn_count = len(turns) - shown.older - shown.newer
    assert turn_count <= conversation.SHOWN_TURNS
    kept = [entry for turn in turns[shown.older : len(turns) - shown.newer] for entry in turn]
    assert list(shown.entries) == kept[shown.cut :]
    assert turn_count or not turns or back >= len(turns)
    assert not shown.cut or turn_count == 1


def test_the_conversation_itself_is_bounded() -> None:
    talking = Talking()
    long_talk(talking, 400)
    held = told(talking)
    for number in range(300):
        held.ask(f"line {number}")
    assert len(held._blocks) == len(held._turns) == len(held._ids) == conversation.KEPT_BLOCKS
    assert len(held._exchanges) == conversation.KEPT_EXCHANGES


HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGk=\x07clip",
    "\x1b]0;title\x1b\\title",
    "\x9b2Jclear",
    "\x1bP+q\x1b\\dcs",
    "\x1bcreset",
    "a\x00b\x07c\x7f\u202etxt",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", list(BlockKind))
def test_nothing_of_a_block_steers_the_terminal(kind: BlockKind, hostile: str) -> None:
    talking = Talking()
    talking.say(kind, f"{hostile}\n[bold red]not markup[/] [@click=app.quit]x[/]", row=hostile)
    entry = flat(told(talking))[0]
    for words in (text(entry, "jimmy", "Zyn").plain, *standing(entry, 0), copied(entry, "jimmy", "Zyn")):
        assert all(sign.isprintable() or sign == "\n" for sign in words)
        assert "31m" not in words and "aGk=" not in words and "evil" not in words
    assert "[bold red]not markup[/] [@click=app.quit]x[/]" in text(entry, "jimmy", "Zyn").plain


@given(st.text())
def test_any_text_comes_out_printable(words: str) -> None:
    assert all(line.isprintable() for line in harmless(words))


@given(st.text(st.characters(categories=("L", "N", "P", "Zs"), max_codepoint=0x2FF), min_size=1))
def test_ordinary_text_stays_as_it_is(words: str) -> None:
    assert "".join(harmless(words)) == "".join(" " if sign.isspace() else sign for sign in words)


def test_a_block_without_end_is_cut_and_says_so() -> None:
    talking = Talking()
    talking.say(BlockKind.FACT, *(f"line {n}" for n in range(5000)))
    talking.say(BlockKind.FACT, "\n".join("x" for _ in range(5000)))
    talking.say(BlockKind.FACT, "y" * 1_000_000)
    many, tall, wide = flat(told(talking))
    assert len(many.lines) == len(tall.lines) == conversation.LONGEST_LINES + 1
    assert many.lines[-1] == "… 4,800 more lines are not shown"
    assert len(wide.lines[0]) < conversation.LONGEST_LINE + 20 and wide.lines[0].endswith("(cut)")


LABELS = {
    BlockKind.USER: "jimmy ",
    BlockKind.PROSE: "Zyn · commentary, not a record\n",
    BlockKind.TOOL: "tool ",
    BlockKind.FACT: "FACT",
    BlockKind.RECEIPT: "RECEIPT J-9",
    BlockKind.NOTICE: "NOTICE",
    BlockKind.FOOTER: "LEDGER",
}


@pytest.mark.parametrize("kind", list(LABELS))
def test_every_kind_says_in_words_what_it_is(kind: BlockKind) -> None:
    talking = Talking()
    talking.say(kind, "RECEIPT 1  bought", "FACT", row="J-9")
    words = text(flat(told(talking))[0], "jimmy", "Zyn").plain
    assert words.startswith(LABELS[kind])
    assert sum(words.startswith(label) for label in LABELS.values()) == 1


def test_a_tool_says_while_it_runs_and_prose_while_it_grows() -> None:
    talking = Talking()
    talking.say(BlockKind.TOOL, "price(BTC/USD)", done=False)
    talking.say(BlockKind.PROSE, "It", done=False)
    tool, prose = (text(entry, "jimmy", "Zyn").plain for entry in flat(told(talking)))
    assert tool == "tool price(BTC/USD) · running …"
    assert prose.endswith("It …")
    talking.say(BlockKind.TOOL, "price(BTC/USD)", "answered")
    assert text(flat(told(talking))[-1], "jimmy", "Zyn").plain == "tool price(BTC/USD) · answered"


@pytest.mark.parametrize(("author", "name"), [("screen", "jimmy"), ("jimmy", "jimmy"), ("cli ask", "cli ask")])
def test_what_was_typed_on_a_screen_is_the_operators(author: str, name: str) -> None:
    entry = Entry(key="x", kind=BlockKind.USER, author=author, lines=("hi",))
    assert text(entry, "jimmy", "Zyn").plain == f"{name} hi"


def test_a_card_counts_down_and_waits_no_longer_than_it_may() -> None:
    block = Block(id=1, seq=1, turn=1, time_ns=0, kind=BlockKind.PROPOSAL, author="", lines=("buy",), done=False,
                  row="P-1", expires_ns=100 * SECOND)  # fmt: skip
    held = Conversation()
    held.tell(None, (block,))
    card = flat(held)[0]
    assert standing(card, 58 * SECOND) == ("PROPOSAL P-1 · 42 s left", "y confirm · n reject")
    assert card.is_waiting(100 * SECOND - 1) and not card.is_waiting(100 * SECOND)
    assert standing(card, 100 * SECOND) == ("PROPOSAL P-1 · EXPIRED", "")
    held.tell(None, (msgspec.structs.replace(block, done=True),))
    assert standing(flat(held)[0], 0) == ("PROPOSAL P-1 · settled", "")
