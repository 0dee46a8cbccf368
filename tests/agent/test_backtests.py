"""A backtest's process: it gets no secrets, tells how far it is, and never outlives whoever waits for it."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from kraken_tui.agent.requests import BacktestQuestion
from kraken_tui.agent.tools import backtests
from kraken_tui.agent.tools.backtests import begins_ns, run_child
from kraken_tui.clock import SECOND, real_sleep
from kraken_tui.model.errors import UsageError
from tests.agent.tool_doubles import Standing, turn

RESULT = {
    "by_symbol": {"BTC/USD": {"trades": 3, "gross": "12.5", "fees": "2.5", "net": "10.0"}}, "scans": 900,
    "metrics": {"max_drawdown": -0.021}, "trades": [], "equity": "10010",
}  # fmt: skip


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of Python: says what it was given, or does what a file beside it says."""
    script = tmp_path / "program"
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, sys, time\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'pid').write_text(str(os.getpid()))\n"
        "home = pathlib.Path(sys.argv[-1])\n"
        "print('40 % played', end='\\r', file=sys.stderr)\n"
        "(here / 'given').write_text(json.dumps([sys.argv[1:], dict(os.environ), sorted(os.listdir(home))]))\n"
        "if (here / 'hang').exists(): time.sleep(60)\n"
        "if (here / 'fail').exists(): sys.exit('kraken-tui: nothing was recorded\\x1b[2J')\n"
        f"print({json.dumps(json.dumps(RESULT))})\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return tmp_path


@pytest.fixture
def standing(program: Path) -> Standing:
    home = program / "home"
    home.mkdir()
    (home / "config.json").write_text("{}")
    (home / ".env").write_text("KRAKEN_API_KEY=secret")
    return Standing(home, recording=program / "home")


async def test_its_answer_is_what_the_process_printed(standing: Standing, program: Path) -> None:
    question = BacktestQuestion(symbols=("BTC/USD",), span="all", strategies=("breakout",))
    result = await standing.tools.ask(question, turn("backtest"))
    assert result.ok
    assert result.lines[0] == (
        "Backtest over all of the recording, traded by breakout: 3 closed trades, net +10.00 = gross +12.50 - fees "
        "2.50, on paper, 900 scans"
    )
    assert result.lines[1:3] == ("maximum drawdown 2.10 %", "  BTC/USD: 3 trades, net +10.00")
    assert standing.progress == ["40 % played"]
    words, _, _ = json.loads((program / "given").read_text())
    assert words[:6] == ["-m", "kraken_tui", "backtest", str(program / "home"), "--json", "--symbols"]
    assert words[6:9] == ["BTC/USD", "--strategy", "breakout"]


async def test_it_sees_neither_keys_of_the_environment_nor_those_of_the_home(
    standing: Standing, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAKEN_API_SECRET", "hunter2")
    await standing.tools.ask(BacktestQuestion(span="all"), turn())
    _, environ, files = json.loads((program / "given").read_text())
    assert "KRAKEN_API_SECRET" not in environ and "hunter2" not in json.dumps(environ)
    assert files == ["config.json"]


async def test_a_failure_is_told_in_a_sentence(standing: Standing, program: Path) -> None:
    (program / "fail").touch()
    result = await standing.tools.ask(BacktestQuestion(span="all"), turn())
    assert not result.ok
    assert result.lines == ("The backtest failed: kraken-tui: nothing was recorded [2J",)


async def test_one_that_takes_too_long_is_ended(program: Path) -> None:
    (program / "hang").touch()
    with pytest.raises(UsageError, match="took longer than 1 s"):
        await run_child([], program, lambda line: None, at_most_s=1)
    assert await is_gone(program)


async def test_one_that_nobody_waits_for_is_ended(standing: Standing, program: Path) -> None:
    (program / "hang").touch()
    task = asyncio.create_task(standing.tools.ask(BacktestQuestion(span="all"), turn()))
    async with asyncio.timeout(20):
        while not (program / "given").exists():
            await real_sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_gone(program)


async def is_gone(program: Path) -> bool:
    """Whether its process is, or soon will be."""
    pid = int((program / "pid").read_text())
    async with asyncio.timeout(10):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            await real_sleep(0.01)


async def test_without_a_recording_it_says_where_one_belongs(tmp_path: Path) -> None:
    result = await Standing(tmp_path).tools.ask(BacktestQuestion(), turn())
    assert not result.ok and str(tmp_path / "recording") in result.lines[0]


async def test_the_last_part_begins_at_the_end_of_the_recording(
    standing: Standing, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert begins_ns("36h", 200 * 3_600 * SECOND) == 164 * 3_600 * SECOND
    monkeypatch.setattr(backtests, "last_ns", lambda path, symbols: 1_767_225_600 * SECOND)
    await standing.tools.ask(BacktestQuestion(span="2d"), turn())
    words = json.loads((program / "given").read_text())[0]
    assert words[words.index("--from") + 1] == "2025-12-30 00:00:00"
