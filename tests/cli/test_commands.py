"""Commands to an engine that runs, and to none."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pexpect
import pytest

from kraken_tui.cli.asked import Asked
from kraken_tui.cli.engine_process import refuse_unless_same
from kraken_tui.cli.status import status_lines
from kraken_tui.config.home import Home
from kraken_tui.model.errors import HomeLocked
from kraken_tui.model.snapshot import WorkerRow
from tests.cli.programs import Ended, pretended, run
from tests.control import samples


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def test_without_an_engine_status_and_stop_say_so(home: Path, inside: Callable[..., Ended]) -> None:
    where = ("--home", str(home))
    assert inside("status", *where) == inside("stop", *where)
    assert inside("status", *where).out == f"No engine runs for {home}.\n"
    ended = inside("status", "--json", *where)
    assert (ended.code, json.loads(ended.out)) == (0, {"running": False, "home": str(home)})


def test_status_reads_as_plain_lines_and_as_json(home: Path) -> None:
    with pretended(home):
        lines = run("status", "--home", str(home)).out.splitlines()
        told = json.loads(run("--home", str(home), "status", "--json").out)
    assert lines[0].startswith("PAPER, margin account, market demo, home ")
    row = "LONG 1.00000000 ETH/USD from 2500.00, now 2510.00, stop 2480.00, "
    assert row + "gross 10.00 - fees 20.06 = net -10.06 USD (-0.40 %)" in lines
    assert lines[-1] == "Event: buy 1.0 ETH/USD"
    assert all(line.isascii() for line in lines)
    assert (told["running"], told["engine"]["mode"], told["snapshot"]["feed"]) == (True, "PAPER", "LIVE")
    assert [row["symbol"] for row in told["tickers"]] == list(samples.SYMBOLS)
    assert told["tickers"][0]["price"] is None
    assert told["tickers"][1] == {
        "symbol": "ETH/USD", "price": 1.0, "velocity_percent": 0.0, "state": "WAIT", "reason": "NONE", "side": "",
    }  # fmt: skip


def test_status_of_an_engine_that_starts() -> None:
    assert status_lines(samples.roster(), None, ())[-1] == "The engine is starting; it has not scanned yet."
    done = WorkerRow(name="desk", state="done", restarts=0, error="")
    snapshot = msgspec.structs.replace(samples.snapshot(1), workers=(done,))
    assert "Worker desk done" in status_lines(samples.roster(), snapshot, ())


def test_stop_returns_when_the_engine_is_gone(home: Path) -> None:
    with pretended(home) as process:
        ended = run("stop", "--home", str(home))
        assert (ended.code, ended.out) == (0, "The engine stops.\n")
        assert process.wait(5) == 0
    assert not Home(home).socket.exists()


def test_flatten_needs_the_word_or_yes_and_says_what_it_closed(home: Path) -> None:
    with pretended(home):
        refused = run("flatten", "--home", str(home))
        assert (refused.code, refused.err.count("--yes")) == (2, 1)
        done = run("flatten", "--yes", "--home", str(home))
        assert (done.code, done.out) == (0, "ETH/USD closed at 2500.00, net -10.06 USD\nasked by cli flatten\n")


def test_a_flatten_that_left_something_open_is_not_a_success(home: Path) -> None:
    with pretended(home, "sticks"):
        ended = run("flatten", "--yes", "--patience", "0", "--home", str(home))
    assert ended.code == 5
    assert "ETH/USD: still open" in ended.out


@pytest.mark.parametrize(("word", "code", "told"), [("FLATTEN", 0, "closed at"), ("flatten", 2, "nothing was done")])
def test_flatten_on_a_terminal_asks_for_the_word(home: Path, word: str, code: int, told: str) -> None:
    with pretended(home):
        words = ["-m", "kraken_tui", "flatten", "--home", str(home)]
        terminal = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=20)
        terminal.expect(re.escape("LONG 1.00000000 ETH/USD, worth 2510.00 USD"))
        terminal.expect("PAPER, margin account: 1 positions will be closed at market")
        terminal.expect("Type FLATTEN to do it:")
        terminal.sendline(word)
        terminal.expect(told)
        terminal.expect(pexpect.EOF)
        terminal.close()
    assert terminal.exitstatus == code


def asked(**changes: object) -> Asked:
    plain = {
        "home": Path("/h"), "market": None, "no_ui": False, "as_json": False, "duration": None, "speed": 1.0,
        "seed": None, "detached": False,
    }  # fmt: skip
    return Asked(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"market": "kraken"}, "not on kraken"),
        ({"seed": 7}, "--seed"),
        ({"speed": 2.0}, "--speed"),
        ({"duration": 9.0}, ""),
    ],
)
def test_a_running_engine_is_not_taken_for_another(changes: dict[str, object], told: str) -> None:
    with pytest.raises(HomeLocked, match="runs already") as raised:
        refuse_unless_same(asked(**changes), samples.roster(market="demo"))
    assert told in str(raised.value)


def test_a_running_engine_on_the_market_asked_for_is_attached_to() -> None:
    refuse_unless_same(asked(), samples.roster(market="kraken"))
    refuse_unless_same(asked(market="demo"), samples.roster(market="demo"))
    refuse_unless_same(asked(market="/data/ticks"), samples.roster(market="/data/ticks/"))
