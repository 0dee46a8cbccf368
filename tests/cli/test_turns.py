"""Flattens take turns, and one that waited while another ended flat has its answer."""

import asyncio
from pathlib import Path

import pytest

from kraken_tui.cli.turns import Turns
from kraken_tui.model.command import CommandResult
from kraken_tui.model.errors import HomeLocked, UsageError

FLAT = CommandResult(ok=True, lines=("Flat: 1 closed",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path


@pytest.mark.parametrize(("result", "is_answered"), [(FLAT, True), (CommandResult(ok=False, lines=("left",)), False)])
async def test_who_waited_takes_the_answer_of_one_that_ended_flat(
    root: Path, result: CommandResult, is_answered: bool
) -> None:
    said: list[str] = []
    waits = asyncio.Event()

    def say(text: str) -> None:
        said.append(text)
        waits.set()

    first, second = Turns(root), Turns(root)

    async def wait() -> CommandResult | None:
        async with second.mine(10, say):
            return second.answer()

    async with first.mine(1, say):
        assert first.answer() is None
        waiting = asyncio.ensure_future(wait())
        async with asyncio.timeout(5):
            await waits.wait()
        first.ended(result)
    answer = await waiting
    assert (answer is not None) == is_answered
    assert answer is None or FLAT.lines[0] in answer.lines
    assert len(said) == 1 and "is at work" in said[0]


async def test_one_asked_for_later_does_it_again(root: Path) -> None:
    first = Turns(root)
    async with first.mine(1, print):
        first.ended(FLAT)
    later = Turns(root)
    async with later.mine(1, print):
        assert later.answer() is None


async def test_patience_ends_and_a_home_without_books_is_refused(root: Path, tmp_path: Path) -> None:
    async with Turns(root).mine(1, print):
        with pytest.raises(HomeLocked, match="this one did nothing"):
            async with Turns(root).mine(0, print):
                pass
    with pytest.raises(UsageError, match="Is --home right"):
        async with Turns(tmp_path / "other").mine(0, print):
            pass


async def test_a_damaged_answer_is_none(root: Path) -> None:
    (root / "state" / "flatten.json").write_bytes(b"{")
    turns = Turns(root)
    async with turns.mine(1, print):
        assert turns.answer() is None
        turns.ended(FLAT)
