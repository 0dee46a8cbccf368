"""ask, confirm and reject from the command line: what is sent, in which role, what is printed, how it ends."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kraken_tui.cli.asking import block_lines
from kraken_tui.model.command import Command, Confirm, Reject
from kraken_tui.model.talk import Block, BlockKind
from tests.cli.programs import Ended, pretended

Inside = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def test_confirm_and_reject_are_the_operators_own_and_ask_has_not_the_role_that_commands(
    home: Path, inside: Inside
) -> None:
    with pretended(home):
        for word, id, command in (("confirm", "p-17", Confirm("P-17")), ("reject", "P-3", Reject("P-3"))):
            ended = inside(word, id, "--home", str(home))
            assert (ended.code, ended.err) == (0, "")
            author, told = ended.out.splitlines()
            assert author == f"asked by cli {word}"
            assert msgspec.json.decode(told, type=Command) == command
        asked = inside("ask", "buy btc 0.01", "--home", str(home))
        wished = inside("ask", "flatten now", "--json", "--home", str(home))
    assert (asked.code, wished.code) == (5, 5)
    assert asked.out == "The role propose can't ask this of this engine; nothing was done.\n"
    assert json.loads(wished.out)["ok"] is False


def test_a_refused_confirm_ends_with_five(home: Path, inside: Inside) -> None:
    with pretended(home, "sticks"):
        ended = inside("confirm", "P-1", "--home", str(home))
    assert ended.code == 5
    assert ended.err == "kraken-tui: confirm: not done, or not as asked; see above\n"


@pytest.mark.parametrize("words", [("ask", "status"), ("confirm", "P-1"), ("reject", "P-1")])
def test_without_an_engine_nothing_is_asked(home: Path, inside: Inside, words: tuple[str, ...]) -> None:
    ended = inside(*words, "--home", str(home))
    assert (ended.code, ended.out) == (2, "")
    assert "no engine runs" in ended.err


def test_an_empty_question_is_bad_usage(home: Path, inside: Inside) -> None:
    assert inside("ask", "  ", "--home", str(home)).code == 2


def test_an_engine_lost_in_the_middle_of_a_confirm_says_that_it_is_not_done_twice(
    home: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.control.client.TRADED_WITHIN_S", 0.3)
    with pretended(home, "hangs"):
        ended = inside("confirm", "P-1", "--home", str(home))
    assert ended.code == 1
    assert "it is not done twice" in ended.err


def test_each_line_names_who_speaks_and_on_what_ground() -> None:
    blocks = tuple(
        Block(id=id, seq=id, turn=1, time_ns=1, kind=kind, author=author, lines=("x\x1b[31m", "y"))
        for id, kind, author in ((2, BlockKind.FOOTER, "kraken-tui"), (1, BlockKind.PROSE, "Zyn"))
    )
    assert block_lines(blocks) == [
        "Zyn [prose] x[31m", "Zyn [prose] y", "kraken-tui [footer] x[31m", "kraken-tui [footer] y",
    ]  # fmt: skip
