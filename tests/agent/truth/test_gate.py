"""One answer through the gate: what is cut off, too long, behind a lie, or named by a placeholder."""

import ast
from pathlib import Path

import pytest

import kraken_tui
from kraken_tui.agent.trade_result_validator import ProseGate, Untrusted, Words, rows_of
from tests.agent.truth.corpora import NOW_NS, SYMBOLS, facts, gate


def test_sentences_are_shown_as_soon_as_they_are_whole() -> None:
    judge = gate([])
    assert judge.feed(Untrusted("I would wa")) == []
    (verdict,) = judge.feed(Untrusted("it. Then I wo"))
    assert verdict.text == "I would wait."
    (rest,) = judge.end(complete=True)
    assert rest.withheld is not None


def test_what_is_cut_off_is_withheld_though_it_would_pass() -> None:
    judge = gate([])
    assert judge.feed(Untrusted("I would wait")) == []
    (verdict,) = judge.end(complete=False)
    assert (verdict.text, verdict.rule) == ("", "incomplete")


def test_after_a_withheld_sentence_nothing_is_shown() -> None:
    judge = gate([])
    found = judge.feed(Untrusted("I would wait. The buy? Finished. I would wait. ")) + judge.end(complete=True)
    assert [one.text for one in found] == ["I would wait.", "", "", ""]
    assert [one.rule for one in found][2:] == ["after a withheld sentence"] * 2


def test_a_sentence_without_an_end_is_withheld_before_it_fills_the_memory() -> None:
    judge = gate([])
    found = judge.feed(Untrusted("word " * 100_000))
    assert {one.rule for one in found} == {"length", "after a withheld sentence"}


def test_placeholders_become_the_rows_that_they_name() -> None:
    judge = ProseGate([], SYMBOLS, NOW_NS, Words("Zyn", "jimmy"), rows={"R:7": "SOLD 0.01 BTC at 64000.1 (OABC12)"})
    assert [one.text for one in judge.feed(Untrusted("See [[R:7]].\n"))] == ["See SOLD 0.01 BTC at 64000.1 (OABC12)."]
    judge.learn([], rows={"F:price": "BTC/USD 64010.5"})
    assert [one.text for one in judge.feed(Untrusted("Here are the figures: [[F:price]].\n"))] == [
        "\nHere are the figures: BTC/USD 64010.5."
    ]


@pytest.mark.parametrize("said", ["See [[R:8]].", "I sold it: [[R:7]].", "[[R:7]] is wrong.", "See [[R:7]] [[X:7]]."])
def test_placeholders_that_nobody_knows_or_that_come_with_a_claim_are_withheld(said: str) -> None:
    judge = ProseGate([], SYMBOLS, NOW_NS, Words("Zyn", "jimmy"), rows={"R:7": "SOLD"})
    assert all(one.rule for one in judge.feed(Untrusted(said)) + judge.end(complete=True))


def test_a_verdict_becomes_a_row_with_the_words_of_the_model() -> None:
    judge = gate(facts())
    rows = rows_of(judge.feed(Untrusted("I would wait. I sold it. ")), 3, "Zyn", NOW_NS)
    assert [(row.turn, row.author, row.rule, row.text) for row in rows] == [
        (3, "Zyn", "", "I would wait."),
        (3, "Zyn", rows[1].rule, " I sold it."),
    ]
    assert rows[1].rule


def test_only_the_gate_and_the_log_read_untrusted_text() -> None:
    package = Path(kraken_tui.__file__).parent
    readers = set()
    for file in package.rglob("*.py"):
        text = file.read_text()
        if "revealed" not in text and "_Untrusted__text" not in text:
            continue
        nodes = list(ast.walk(ast.parse(text)))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        if "revealed" in names or "_Untrusted__text" in attributes:
            readers.add(file.relative_to(package).as_posix())
    assert readers == {"agent/truth/gate.py", "agent/truth/rows.py", "agent/truth/untrusted.py"}
