"""Flattens take turns, and one that waited while another ended flat has its answer."""

import asyncio
import contextlib
import errno
import os
import sqlite3
from pathlib import Path

import pytest

from kraken_tui.cli.turns import Turns
from kraken_tui.model.command import CommandResult
from kraken_tui.model.errors import HomeLocked, SafetyRefusal, UsageError

DAMAGED = (b"{", b'{"count":1,"lines":["\xff"]}', b'{"x":' + b"[" * 100_000, b"\xff\xfe")
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


async def test_where_nothing_can_be_written_it_says_what_is_open(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, rows in (("live", [("buy", "0.5"), ("sell", "0.2")]), ("paper", [("buy", "1"), ("sell", "1")])):
        (root / "state" / folder).mkdir()
        with contextlib.closing(sqlite3.connect(root / "state" / folder / "journal.db")) as journal, journal:
            journal.execute("CREATE TABLE fills (symbol, side, amount, fee_coin)")
            journal.executemany("INSERT INTO fills VALUES ('BTC/USD', ?, ?, '0')", rows)
    (root / "state" / "sandbox").mkdir()
    (root / "state" / "sandbox" / "journal.db").write_bytes(b"no journal" * 100)

    def refuse(*given: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SafetyRefusal) as refused:
        async with Turns(root).mine(0, print):
            pass
    why, live, sandbox, paper, advice = str(refused.value).splitlines()
    assert why.endswith("Read-only file system; nothing was closed") and "flatten again" in advice
    assert live == "open by the fills of LIVE, kraken: BTC/USD 0.3"
    assert sandbox.startswith("open by the fills of SANDBOX, kraken: not known")
    assert paper == "open by the fills of PAPER, kraken: nothing"


async def test_a_full_disk_keeps_nobody_from_a_turn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    async with Turns(root).mine(0, print):
        pass


@pytest.mark.parametrize("content", DAMAGED)
async def test_a_damaged_answer_is_none(root: Path, content: bytes) -> None:
    (root / "state" / "flatten.json").write_bytes(content)
    turns = Turns(root)
    async with turns.mine(1, print):
        assert turns.answer() is None
        turns.ended(FLAT)
