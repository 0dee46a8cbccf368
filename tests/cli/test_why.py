"""`why` and `evaluations`: from an engine that runs, and from what was written down where none does."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kraken_tui.config.home import Home
from kraken_tui.model.command import Command, Say
from kraken_tui.model.vote import Vote
from tests.cli.programs import Ended, pretended, run
from tests.store.decisions import evaluation, executed, opened

Inside = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def write(home: Home, *symbols: str) -> None:
    with opened(home.evaluation_log, home.mode) as log:
        log.record([evaluation(number, symbol) for number, symbol in enumerate(symbols, start=1)])
        log.record_executed(executed(1))


def test_a_running_engine_is_asked_as_in_its_chat(home: Path, inside: Inside) -> None:
    with pretended(home):
        ended = inside("why", "btc", "--home", str(home))
        unknown = inside("why", "nosuch", "--home", str(home))
    author, told = ended.out.splitlines()
    assert (ended.code, author) == (0, "asked by cli why")
    assert msgspec.json.decode(told, type=Command) == Say("why BTC/USD")
    assert (unknown.code, unknown.err) == (2, "kraken-tui: nosuch is not among the tickers\n")


def test_without_an_engine_why_prints_the_last_decisions_with_every_check(home: Path) -> None:
    write(Home(home), "BTC/USD", "ETH/USD", "BTC/USD")
    ended = run("why", "xbtusd", "--home", str(home))
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert lines[0] == f"No engine runs; {home}/state/paper/evaluation_log.db has:"
    assert lines[1] == (
        "2026-01-01T00:00:01.000Z BTC/USD enter long at 60000.5 (autopilot, breakout): BLOCK: heat: 1 of 3, at most 4"
    )
    assert lines[2:6] == [
        "  pass  mode armed: mode armed: 1 of 0, at most 1", "  pass  kill switch: kill switch: 1 of 1, at most 2",
        "  pass  limits: limits: 1 of 2, at most 3", "  BLOCK heat: heat: 1 of 3, at most 4",
    ]  # fmt: skip
    assert lines[17:19] == [
        "  vote  RSI, long: RSI 71.25 is over 70", "  2026-01-01T00:00:01.000Z accepted (O-1, kt1): buy 1 BTC/USD",
    ]  # fmt: skip
    assert lines[19].startswith("2026-01-01T00:00:03.000Z BTC/USD enter long")
    assert len(lines) == 1 + 18 + 17


def test_each_world_and_mode_is_told_apart_real_money_first(home: Path, inside: Inside) -> None:
    where = ("--home", str(home))
    write(Home(home, "paper", "demo"), "BTC/USD")
    write(Home(home, "paper", "demo.previous"), "BTC/USD")
    write(Home(home, "live"), "ETH/USD", "BTC/USD")
    lines = inside("evaluations", *where).out.splitlines()
    assert [line for line in lines if line.endswith(":")] == [
        f"{home}/state/live/evaluation_log.db:", f"{home}/state/paper/demo/evaluation_log.db:",
    ]  # fmt: skip
    assert len(lines) == 2 + 3
    assert len(inside("evaluations", "--symbol", "eth", *where).out.splitlines()) == 2 + 1
    assert len(inside("evaluations", "--last", "1", "--mode", "live", *where).out.splitlines()) == 1 + 1
    told = json.loads(inside("evaluations", "--json", *where).out)
    assert [(log["mode"], len(log["decisions"])) for log in told["logs"]] == [("live", 2), ("paper", 1)]
    first = told["logs"][0]["decisions"][0]
    assert (first["row"], first["evaluation"]["symbol"], first["executed"][0]["order_id"]) == (1, "ETH/USD", "O-1")


def test_verify_says_whole_or_names_the_row_and_ends_with_one(home: Path, inside: Inside) -> None:
    where, log = ("--verify", "--home", str(home)), Home(home).evaluation_log
    write(Home(home), "BTC/USD", "ETH/USD")
    assert inside("evaluations", *where) == Ended(0, f"{log}:\n  3 rows, the chain is whole\n", "")
    with closing(sqlite3.connect(log)) as connection, connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE entries SET verdict = 'pass' WHERE id = 2")
    ended = inside("evaluations", *where)
    assert ended.code == 1
    assert ended.out.splitlines()[1:] == [
        "  3 rows, NOT AS THEY WERE WRITTEN",
        "  FAULT: row 2 does not fit: it was changed, or is not the one that was written there",
        "  FAULT: no_update: gone, or not as it was made",
    ]
    told = json.loads(inside("evaluations", "--json", *where).out)["logs"][0]
    assert (told["whole"], told["faults"][0]["row"]) == (False, 2)
    log.unlink()
    assert inside("evaluations", *where).code == 1
    assert inside("evaluations", "--home", str(home)).code == 5


def test_nothing_written_down_is_said(home: Path, inside: Inside) -> None:
    where = ("--home", str(home))
    assert inside("evaluations", *where) == Ended(0, f"No decision was ever written down in {home}.\n", "")
    assert json.loads(inside("evaluations", "--json", *where).out) == {"home": str(home), "logs": []}
    ended = inside("why", "btc", *where)
    assert (ended.code, ended.out) == (2, "")
    assert f"no engine runs for {home}, and no decision was ever written down there" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("why",), "SYMBOL"),
        (("why", "btc"), "btc may be BTC/EUR or BTC/USD: say which"),
        (("why", "doge"), "doge is not among the tickers"),
        (("evaluations", "--symbol", "btc"), "btc may be BTC/EUR or BTC/USD: say which"),
        (("evaluations", "--last", "0"), "--last"),
        (("evaluations", "--mode", "demo"), "--mode"),
        (("evaluations", "--verify", "--symbol", "btc"), "--verify looks at the whole log"),
    ],
)
def test_what_can_not_be_meant_is_bad_usage(home: Path, inside: Inside, words: tuple[str, ...], told: str) -> None:
    write(Home(home), "BTC/USD", "BTC/EUR")
    ended = inside(*words, "--home", str(home))
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_what_was_recorded_can_not_steer_the_terminal_and_no_number_is_null(home: Path, inside: Inside) -> None:
    evil = "\x1b]0;pwned\x07\n2026 forged\r\u202e"
    one = msgspec.structs.replace(evaluation(1), reason=evil, votes=(Vote(evil, float("nan"), 1.0, 0, evil),))
    with opened(Home(home).evaluation_log) as log:
        log.record([one])
        log.record_executed(msgspec.structs.replace(executed(1), text=evil))
    for words in (("why", "btc"), ("evaluations",)):
        out = inside(*words, "--home", str(home)).out
        assert "pwned" in out
        assert all(sign == "\n" or sign.isprintable() for sign in out)
        assert not any(line.startswith("2026 forged") for line in out.splitlines())
    out = inside("evaluations", "--json", "--home", str(home)).out
    (vote,) = json.loads(out)["logs"][0]["decisions"][0]["evaluation"]["votes"]
    assert (vote["value"], vote["text"], out.isascii()) == (None, evil, True)
