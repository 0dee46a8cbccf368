"""The corpora as values: facts that tools returned, honest sentences, lies."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from kraken_tui.agent.tools.operands import operands_of
from kraken_tui.agent.tools.reckoning import reckoned
from kraken_tui.agent.truth.gate import ProseGate, Verdict, Words
from kraken_tui.agent.truth.sentences import Sentences
from kraken_tui.agent.truth.untrusted import Untrusted
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.fact import Fact
from kraken_tui.model.roles import CONTROL

FOLDER = Path(__file__).with_name("corpus")
NOW_NS = 1_767_225_600_000_000_000
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "DOGE/USD", "ADA/USD", "LINK/USD")


def facts() -> list[Fact]:
    rows = [line.split("|") for line in _lines("facts.txt")]
    return [
        Fact(kind=kind.strip(), name=name.strip(), asset=asset.strip(), unit=unit.strip(), value=Decimal(value.strip()),
             as_of_ns=NOW_NS)
        for kind, name, asset, unit, value in rows
    ]  # fmt: skip


def answers(file: str) -> list[str]:
    """Answers of a corpus file, without the names of their patterns."""
    return [line.partition(" | ")[2] if _is_named(line) else line for line in _lines(file)]


def sentences(answer: str) -> list[str]:
    """The sentences of an answer, each by itself."""
    cut = Sentences()
    return [one.strip() for one in (*cut.feed(answer), cut.rest()) if one.strip()]


def worked_out(file: str) -> list[tuple[str, list[Fact]]]:
    """Answers of a corpus file, each with the facts, and with the figures that were worked out of them before it."""
    known = facts()
    lines = [line.partition(" | ") for line in _lines(file)]
    found = []
    for before, _, answer in lines:
        worked = [one.partition(": ") for one in before.split("; ")]
        found.append((answer, [*known, *(figure(how, of.split(", ")) for how, _, of in worked)]))
    return found


def figure(how: str, of: Sequence[str]) -> Fact:
    """What facts, and numbers of the operator's message, come to."""
    said = " and ".join(one for one in of if any(each.isdigit() for each in one[:2]))
    turn = TurnContext(turn=1, said=said, author="screen", role=CONTROL, facts=tuple(facts()))
    return reckoned(how, operands_of(of, turn, NOW_NS))


def patterns(file: str) -> set[str]:
    return {line[:3] for line in _lines(file) if _is_named(line)}


def lies_by_pattern(file: str) -> dict[str, list[str]]:
    """Its lies by the pattern that each is of."""
    found: dict[str, list[str]] = {}
    for line in _lines(file):
        if _is_named(line):
            found.setdefault(line[:3], []).append(line.partition(" | ")[2])
    return found


def gate(known: Sequence[Fact], now_ns: int = NOW_NS) -> ProseGate:
    return ProseGate(known, SYMBOLS, now_ns, Words("Zyn", "jimmy"))


def verdicts(answer: str, known: Sequence[Fact]) -> list[Verdict]:
    judge = gate(known)
    return judge.feed(Untrusted(answer)) + judge.end(complete=True)


def shown(answer: str, known: Sequence[Fact]) -> list[str]:
    return [one.text for one in verdicts(answer, known) if not one.rule]


def passes(answer: str, known: Sequence[Fact]) -> bool:
    return all(not one.rule for one in verdicts(answer, known))


def _is_named(line: str) -> bool:
    return line[3:6] == " | " and line[0].isupper() and line[1:3].isdigit()


def _lines(file: str) -> list[str]:
    lines = (FOLDER / file).read_text().split("\n")
    return [line for line in lines if line.strip() and not line.startswith("# ")]
