"""The transcript: every record on it is rendered from its row, nothing of it steers a terminal, and it is bounded."""

import inspect
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from kraken_tui.agent.records import STATES, TurnCounts, footer_line, proposal_lines, receipt_lines
from kraken_tui.agent.transcript import LONGEST_LINE, MOST_BLOCKS, MOST_LINES, MOST_UNFOLDED, Transcript
from kraken_tui.model.fact import ToolResult
from kraken_tui.model.proposal import Proposal, ProposalState
from kraken_tui.model.talk import Block, BlockKind
from kraken_tui.store.audit_reading import CommandRow
from tests.agent.proposal_samples import BUY, CARD, Time

EVIL = "\x1b]0;pwned\x07\x1b[31mred\u202etxt\r\nforged [b]bold[/b]\x00"
KNOWN = {"price": ("symbol", "count", "note")}


class Verdict(Struct):
    text: str
    rule: str = ""


def transcript() -> Transcript:
    return Transcript("Zyn", "jimmy", Time(), words=("BTC/USD",))


def counts(sent: int | None = 0, waiting: tuple[str, ...] = (), unanswered: int = 0) -> TurnCounts:
    return TurnCounts(mode="PAPER", sent=sent, waiting=waiting, unanswered=unanswered)


def row(number: int = 1, *lines: str, ok: bool = True) -> CommandRow:
    return CommandRow(id=number, author="screen", kind="Buy", ok=ok, lines=lines, time_ns=1)


def state(state: str = "waiting", told: tuple[str, ...] = (), id: str = "P-1") -> ProposalState:
    proposal = Proposal(
        id=id, mode="PAPER", author="Zyn", command=BUY, lines=CARD, unsaid=("size", "stop"), reference="60000",
        made_ns=0, expires_ns=60,
    )  # fmt: skip
    return ProposalState(proposal=proposal, state=state, by="screen", told=told)


def test_a_turn_from_its_words_to_its_footer() -> None:
    talk = transcript()
    turn = talk.begin()
    talk.user(turn, "screen", "buy btc")
    talk.receipt(turn, row(7, "BTC/USD: buy accepted (OABC)"))
    talk.footer(turn, counts(1))
    assert [(block.kind, block.row, block.lines) for block in talk.blocks(turn)] == [
        (BlockKind.USER, "", ("buy btc",)),
        (BlockKind.RECEIPT, "commands/7", ("BTC/USD: buy accepted (OABC)",)),
        (BlockKind.FOOTER, "", ("PAPER - this turn: 1 order sent | 0 proposals waiting",)),
    ]


def test_a_command_line_that_says_its_own_name_is_not_named_twice() -> None:
    talk = transcript()
    for author, said in (("cli orders", "orders"), ("cli confirm", "confirm P-13"), ("screen", "status"), ("cli", "")):
        talk.user(talk.begin(), author, said)
    assert [block.author for block in talk.blocks()] == ["cli", "cli", "screen", "cli"]


@pytest.mark.parametrize("name", ["receipt", "fact", "footer", "proposal", "prose"])
def test_no_record_is_made_of_a_text(name: str) -> None:
    method = getattr(Transcript, name)
    hints = get_type_hints(method)
    given_types = [hints[each] for each in inspect.signature(method).parameters if each != "self"]
    assert given_types[0] is int and len(given_types) == 2
    assert str not in given_types


def test_the_footers_words() -> None:
    assert footer_line(counts(0)) == "PAPER - this turn: 0 orders sent | 0 proposals waiting"
    assert footer_line(counts(2, ("P-17",), 1)) == (
        "PAPER - this turn: 2 orders sent | 1 of unknown outcome | 1 proposal waiting (P-17)"
    )
    assert "not known" in footer_line(counts(None))


def test_a_proposal_is_told_again_in_its_own_block() -> None:
    talk = transcript()
    turn = talk.begin()
    first = talk.proposal(turn, state())
    assert first.lines[2:] == (
        "NOT IN YOUR WORDS: size, stop",
        "P-1 by Zyn waits: confirm P-1 does it, reject P-1 drops it",
    )
    later = talk.begin()
    again = talk.proposal(later, state("done", ("BTC/USD: buy accepted (OABC)",)))
    assert (again.id, again.turn, again.seq > first.seq) == (first.id, first.turn, True)
    assert again.lines[-1] == "BTC/USD: buy accepted (OABC)"
    assert (first.done, again.done, again.row) == (False, True, "P-1")
    for each in STATES:
        assert proposal_lines(state(each))


def test_sentences_run_on_and_break_where_the_answer_did() -> None:
    talk = transcript()
    turn = talk.begin()
    for text in ("\n One.", " Two.", "Three.", "\n\n- Four.", "\n- Five."):
        talk.prose(turn, Verdict(text))
    (block,) = talk.blocks(turn)
    assert block.lines == ("One. Two. Three.", "", "- Four.", "- Five.")
    for _ in range(400):
        talk.prose(turn, Verdict(" A limit order waits in the book."))
    (block,) = talk.blocks(turn)
    assert sum(line.count("waits") for line in block.lines) == 400 and not any("(cut)" in line for line in block.lines)


def test_prose_grows_in_one_block_until_something_else_is_shown_and_withheld_text_is_not() -> None:
    talk = transcript()
    turn = talk.begin()
    talk.prose(turn, Verdict("A stop-loss closes a position."))
    assert talk.prose(turn, Verdict("I have bought 0.01 BTC.", "claim")) is None
    assert talk.prose(turn, Verdict("")) is None
    grown = talk.prose(turn, Verdict("It rests at the exchange."))
    assert grown is not None and not grown.done
    assert grown.lines == ("A stop-loss closes a position. It rests at the exchange.",)
    talk.fact(turn, ToolResult(ok=True, lines=("BTC is at 60000",)))
    talk.prose(turn, Verdict("So it is."))
    talk.footer(turn, counts())
    kinds = [(block.kind, block.done) for block in talk.blocks(turn)]
    assert kinds == [
        (BlockKind.PROSE, True), (BlockKind.FACT, True), (BlockKind.PROSE, True), (BlockKind.FOOTER, True),
    ]  # fmt: skip
    assert not any("bought" in line for block in talk.blocks() for line in block.lines)


def test_a_tool_call_shows_nothing_that_could_claim_anything() -> None:
    talk = transcript()
    turn = talk.begin()
    lies = {"symbol": "BTC/USD", "count": 3, "note": "I bought 0.01 BTC", "order filled": "yes", "FILLED": 5}
    assert talk.tool(turn, "price", lies, KNOWN).lines == ("price (symbol BTC/USD, count 3)",)
    assert talk.tool(turn, "price", {"symbol": "FILLED", "count": True}, KNOWN).lines == ("price",)
    lie = talk.tool(turn, "i_have_bought_your_bitcoin", {"symbol": "BTC/USD"}, KNOWN)
    assert lie.lines == ("a tool that does not exist",)
    assert talk.tool_ends(lie, ok=False).lines[-1] == "has no answer"


def test_nothing_of_it_steers_a_terminal_and_secrets_are_masked() -> None:
    talk = Transcript(EVIL, EVIL, Time(), lambda text: text.replace("hunter2", "***"))
    turn = talk.begin()
    talk.user(turn, EVIL, EVIL + "hunter2")
    talk.prose(turn, Verdict(EVIL))
    talk.fact(turn, ToolResult(ok=True, lines=(EVIL,), row=EVIL))
    talk.receipt(turn, row(1, EVIL))
    talk.proposal(turn, state("done", (EVIL,)))
    talk.notice(turn, EVIL)
    talk.status(state=EVIL, cost=EVIL)
    talk.footer(turn, counts())
    told, blocks = talk.after(-1)
    assert told is not None
    texts = [text for block in blocks for text in (*block.lines, block.author, block.row)]
    texts += [told.assistant, told.operator, told.state, told.cost]
    assert all(text.isprintable() for text in texts)
    assert not any("hunter2" in text for text in texts)


def test_a_screen_gets_each_block_once_in_its_newest_telling() -> None:
    talk = transcript()
    turn = talk.begin()
    talk.user(turn, "screen", "hello")
    talk.prose(turn, Verdict("One."))
    told, blocks = talk.after(-1)
    assert told is not None and [block.kind for block in blocks] == [BlockKind.USER, BlockKind.PROSE]
    assert talk.after(told.seq) == (None, ())
    talk.prose(turn, Verdict("Two."))
    talk.status(busy=True)
    later, changed = talk.after(told.seq)
    assert later is not None and later.busy and later.seq > told.seq
    assert [block.lines for block in changed] == [("One. Two.",)]
    talk.status(busy=True)
    assert talk.after(later.seq) == (None, ())
    restarted, everything = talk.after(10_000)
    assert restarted is not None and len(everything) == 2


def test_it_is_bounded_and_old_turns_keep_what_was_said_and_done() -> None:
    talk = transcript()
    for number in range(1_000):
        turn = talk.begin()
        talk.user(turn, "screen", "x" * 5_000)
        talk.tool_ends(talk.tool(turn, "price", {}, KNOWN), ok=True)
        talk.fact(turn, ToolResult(ok=True, lines=("y",) * 500))
        talk.prose(turn, Verdict("Well."))
        talk.receipt(turn, row(number))
        talk.footer(turn, counts())
    blocks = talk.blocks()
    assert len(blocks) <= MOST_BLOCKS
    assert all(len(block.lines) <= MOST_LINES + 1 for block in blocks)
    assert all(len(line) <= LONGEST_LINE + 6 for block in blocks for line in block.lines)
    kinds: dict[int, set[BlockKind]] = {}
    for block in blocks:
        kinds.setdefault(block.turn, set()).add(block.kind)
    recent, old = sorted(kinds)[-MOST_UNFOLDED:], sorted(kinds)[1:-MOST_UNFOLDED]
    assert old and all(kinds[each] == {BlockKind.USER, BlockKind.RECEIPT, BlockKind.FOOTER} for each in old)
    assert all(BlockKind.FACT in kinds[each] for each in recent)
    assert len(talk._proposals) <= MOST_BLOCKS


def test_a_block_that_is_no_longer_kept_is_not_brought_back() -> None:
    talk = transcript()
    turn = talk.begin()
    tool = talk.tool(turn, "price", {}, KNOWN)
    talk.footer(turn, counts())
    for _ in range(MOST_UNFOLDED + 1):
        talk.footer(talk.begin(), counts())
    talk.tool_ends(tool, ok=True)
    assert tool.id not in [block.id for block in talk.blocks()]


lines = st.lists(st.text(max_size=80), max_size=5).map(tuple)
rows = st.builds(CommandRow, id=st.integers(1), author=st.text(max_size=9), kind=st.just("Buy"), ok=st.booleans(), lines=lines, time_ns=st.just(1))  # fmt: skip # noqa: E501


@given(st.lists(rows, max_size=8))
@settings(max_examples=80, deadline=None)
def test_every_receipt_is_a_fresh_rendering_of_its_row(ledger: list[CommandRow]) -> None:
    talk = transcript()
    by_row = {f"commands/{each.id}": each for each in ledger}
    for each in by_row.values():
        talk.receipt(talk.begin(), each)
    shown = [block for block in talk.blocks() if block.kind is BlockKind.RECEIPT]
    assert len(shown) == len(by_row)
    for block in shown:
        fresh = transcript().receipt(1, by_row[block.row])
        assert (block.lines, len(block.lines)) == (fresh.lines, len(receipt_lines(by_row[block.row])))
        assert isinstance(block, Block)
