"""Statistics, exports and backups from the command line, while an engine writes and while none does."""

import csv
import importlib.util
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.learning.trade_analyzer import KEYS
from kraken_tui.model.memory import TradeRecord
from kraken_tui.store.daily_file import DailyFile
from kraken_tui.store.evaluation_verify import verify
from kraken_tui.store.journal import Journal
from kraken_tui.store.telemetry_reading import MemoryFile
from kraken_tui.store.trajectory import COLUMNS
from tests.cli.programs import Ended, run
from tests.store import decisions
from tests.store.memories import START_NS, decision, opened, trade

Inside = Callable[..., Ended]
DOCS = Path(__file__).parents[2] / "docs" / "memory.md"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "home"


def write(home: Home, count: int = 60) -> list[TradeRecord]:
    made = [trade(n, symbol="BTC/USD" if n % 3 else "ETH/USD", net=str(n % 5 - 2),
                  strategy="scanner" if n % 2 else "breakout") for n in range(count)]  # fmt: skip
    with opened(home.memory, home.mode) as memory:
        memory.record(*made, *(decision(n) for n in range(count)))
    return made


def test_statistics_by_strategy_with_sample_sizes_and_intervals(home: Path) -> None:
    made = write(Home(home))
    ended = run("stats", "--home", str(home))
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == f"{home}/state/paper/trading_memory.db:"
    assert lines[1].split()[:3] == ["strategy", "trades", "won"]
    assert [line.split()[:2] for line in lines[2:5]] == [["all", "60"], ["breakout", "30"], ["scanner", "30"]]
    assert f"{sum(row.net for row in made):,.2f}" in lines[2]
    assert len({len(line) for line in lines[1:5]}) == 1


def test_statistics_cross_keys_in_the_zone_that_is_asked_for(home: Path, inside: Inside) -> None:
    write(Home(home))
    words = ("stats", "--home", str(home), "--json", "--by", "symbol,hour")
    here = json.loads(inside(*words).out)["books"][0]
    there = json.loads(inside(*words, "--tz", "Asia/Kolkata").out)["books"][0]
    assert here["all"][0]["figures"]["trades"] == sum(row["figures"]["trades"] for row in here["slices"]) == 60
    assert {row["of"]["hour"] for row in here["slices"]} == {f"{hour:02d}" for hour in range(-1 % 24, 24)} | {
        f"{hour:02d}" for hour in range(10)
    }
    assert {row["of"]["symbol"] for row in here["slices"]} == {"BTC/USD", "ETH/USD"}
    assert {row["of"]["hour"] for row in there["slices"]} != {row["of"]["hour"] for row in here["slices"]}
    assert inside(*words).out == inside(*words).out  # the same intervals each time
    by_hour = inside("stats", "--home", str(home), "--by", "hour").out
    assert "* fewer than 30 trades" in by_hour


@pytest.mark.parametrize(
    "span", [("--to", "9999-12-31"), ("--from", "0001-01-01"), ("--from", "0001-01-01", "--to", "9999-12-31")]
)
def test_a_far_time_takes_all_in(home: Path, inside: Inside, span: tuple[str, ...]) -> None:
    write(Home(home))
    asked = ("--home", str(home), *span)
    found = json.loads(inside("stats", *asked, "--json").out)["books"][0]
    assert found["all"][0]["figures"]["trades"] == 60
    assert "(60 rows)" in inside("export", *asked, "--what", "trades", "--out", str(home / "all.csv")).out
    ended = inside("report", *asked, "--capital", "1000", "--json")
    assert (ended.code, ended.err) == (0, "")


def test_a_time_is_of_the_zone_that_is_asked_for(home: Path, inside: Inside) -> None:
    made = write(Home(home))
    for tz, text in (("UTC", "2026-01-01 05:00"), ("Asia/Kolkata", "2026-01-01 10:30")):
        words = ("stats", "--home", str(home), "--json", "--tz", tz)
        before = json.loads(inside(*words, "--to", text).out)["books"][0]["all"]
        after = json.loads(inside(*words, "--from", text).out)["books"][0]["all"]
        at = START_NS + 5 * 3_600 * clock.SECOND
        assert before[0]["figures"]["trades"] == sum(row.closed_ns < at for row in made)
        assert after[0]["figures"]["trades"] == sum(row.closed_ns >= at for row in made)
    assert "no trade was closed in this time" in inside("stats", "--home", str(home), "--from", "2027-01-01").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stats", "--by", "mood"), "mood: no key of trades"),
        (("stats", "--tz", "Mars/Olympus"), "--tz: 'Mars/Olympus' is no time zone"),
        (("stats", "--from", "yesterday"), "--from: 'yesterday' is no time"),
        (("stats", "--from", "2026-02-01", "--to", "2026-01-01"), "--to 2026-01-01 must be after --from 2026-02-01"),
        (("export", "--what", "secrets"), "--what secrets: there is no such table"),
        (("export", "--format", "xml"), "--format xml: csv or parquet is right"),
        (("export", "--what", "trajectory"), "has no trajectory"),
        (("export", "--mode", "live"), "has no trading memory of live"),
        (("backup", "FULL"), "is there already, and not empty"),
        (("backup", "/proc/copies"), "/proc/copies: can't be made: No such file or directory"),
        (("backup", "/dev/null/copies"), "/dev/null/copies: can't be made: Not a directory"),
    ],
)
def test_what_can_not_be_meant_is_bad_usage(home: Path, inside: Inside, words: tuple[str, ...], told: str) -> None:
    write(Home(home), 3)
    ended = inside(*(str(home) if word == "FULL" else word for word in words), "--home", str(home))
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_the_help_names_every_key(inside: Inside) -> None:
    told = inside("stats", "--help").out
    assert [key for key in KEYS if not re.search(rf"\b{key}\b", told)] == []


def test_nothing_written_down_is_said(home: Path, inside: Inside, tmp_path: Path) -> None:
    assert inside("stats", "--home", str(home)).out == f"No trade was ever written down in {home}.\n"
    assert "there is nothing to back up" in inside("backup", str(tmp_path / "b"), "--home", str(home)).err
    assert not (tmp_path / "b").exists()


def test_several_books_are_told_apart_and_named(home: Path, inside: Inside, tmp_path: Path) -> None:
    write(Home(home, "live"), 3)
    write(Home(home, "paper", "demo"), 4)
    out = inside("stats", "--home", str(home), "--by", "").out.splitlines()
    assert [line for line in out if line.endswith(":")] == [
        f"{home}/state/live/trading_memory.db:", f"{home}/state/paper/demo/trading_memory.db:",
    ]  # fmt: skip
    ended = inside("export", "--home", str(home), "--out", str(tmp_path / "a.csv"))
    assert "name one: --mode live --world kraken, --mode paper --world demo" in ended.err
    ended = inside("export", "--home", str(home), "--world", "demo", "--out", str(tmp_path / "a.csv"))
    assert ended.out == f"Written: {tmp_path}/a.csv (4 rows)\n"
    assert "overwrites nothing" in inside("export", "--home", str(home), "--out", str(tmp_path / "a.csv")).err


def test_an_export_has_every_digit_in_both_formats(home: Path, inside: Inside, tmp_path: Path) -> None:
    made = write(Home(home))
    words = ("export", "--home", str(home), "--from", "2026-01-01 01:00", "--to", "2026-01-01 03:00")
    kept = [row for row in made if START_NS + 3_600 * 10**9 <= row.closed_ns < START_NS + 3 * 3_600 * 10**9]
    for format in ("csv", "parquet"):
        path = tmp_path / f"trades.{format}"
        assert inside(*words, "--format", format, "--out", str(path)).code == 0
    with (tmp_path / "trades.csv").open(newline="") as file:
        as_csv = list(csv.DictReader(file))
    as_parquet = pq.read_table(tmp_path / "trades.parquet").to_pylist()
    for rows in (as_csv, as_parquet):
        assert [row["id"] for row in rows] == [row.id for row in kept]
        assert [row["net"] for row in rows] == [str(row.net) for row in kept]
        assert [int(row["closed_ns"]) for row in rows] == [row.closed_ns for row in kept]
    assert inside("export", "--home", str(home), "--what", "decisions", "--format", "parquet", "--out",
                  str(tmp_path / "d.parquet")).code == 0  # fmt: skip
    assert pq.read_table(tmp_path / "d.parquet").num_rows == 60
    for table in ("performance", "learning_state", "trials", "insights"):
        assert inside("export", "--home", str(home), "--what", table, "--out", str(tmp_path / table)).code == 0
    assert not list(tmp_path.glob(".*"))


def write_trajectory(home: Home) -> None:
    file = DailyFile(home.trajectory, ",".join(COLUMNS))
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        file.turn_to(day)
        for scan in range(3):
            line = (
                f"{day}T00:00:0{scan}.000Z,{scan},BTC/USD,60000.5,60000.4,60000.6,0.0123,0.1500,,CHOP,1.00,WAIT,0,,,,,"
            )
            file.append(f'{line}"wait, and see",BELOW\n'.encode())
    file.append(b"2026-01-03T00:00:09.000Z,9,BTC/U")  # is being written at this moment
    file.close()


def test_months_of_trajectory_are_one_table(home: Path, inside: Inside, tmp_path: Path) -> None:
    write_trajectory(Home(home, "paper", "demo"))
    words = ("export", "--what", "trajectory", "--home", str(home))
    assert inside(*words, "--out", str(tmp_path / "t.csv")).out.endswith("(9 rows)\n")
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["time"][:10] for row in rows[::3]] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert (rows[0]["price"], rows[0]["advice"], rows[0]["atr"]) == ("60000.5", "wait, and see", "")
    span = ("--from", "2026-01-02", "--to", "2026-01-03")
    assert inside(*words, "--format", "parquet", *span, "--out", str(tmp_path / "t.parquet")).code == 0
    table = pq.read_table(tmp_path / "t.parquet")
    assert [str(table.schema.field(name).type) for name in ("time", "scan", "price", "state")] == [
        "timestamp[ms]", "int64", "double", "string",
    ]  # fmt: skip
    assert [row["scan"] for row in table.to_pylist()] == [0, 1, 2]
    assert (table.to_pylist()[0]["price"], table.to_pylist()[0]["atr"]) == (60000.5, None)


async def test_a_backup_has_every_book_whole_while_it_is_written(home: Path, inside: Inside, tmp_path: Path) -> None:
    paper, target = Home(home), tmp_path / "copies"
    journal = await Journal.open(paper.journal, "paper")
    await journal.record_intent("enter", "BTC/USD", {"amount": "1"}, "scanner", START_NS)
    write(Home(home, "live"), 5)
    with opened(paper.memory) as memory, decisions.opened(paper.evaluation_log) as log:
        log.record([decisions.evaluation(1)])
        memory.record(*(trade(n) for n in range(50)))
        memory.flush()
        decisions.until(lambda: log.waiting == 0)
        ended = inside("backup", str(target), "--home", str(home))
        memory.record(trade(99))
    await journal.close()
    assert (ended.code, ended.err) == (0, "")
    names = sorted(str(file.relative_to(target)) for file in target.rglob("*") if file.is_file())
    assert names == [
        "live/kraken/trading_memory.db", "paper/kraken/evaluation_log.db", "paper/kraken/evaluation_log.head",
        "paper/kraken/journal.db", "paper/kraken/trading_memory.db",
    ]  # fmt: skip
    copy = target / "paper" / "kraken"
    assert MemoryFile(copy / "trading_memory.db", "paper").columns().count == 50
    assert verify(copy / "evaluation_log.db", "paper").is_whole
    with closing(sqlite3.connect(copy / "journal.db")) as connection:
        assert connection.execute("SELECT count(*) FROM intents").fetchone() == (1,)
    assert all(file.stat().st_mode & 0o077 == 0 for file in copy.glob("*.db"))


def queries() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL)


def test_the_page_shows_queries() -> None:
    assert len(queries()) >= 4


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed: it is optional")
def test_the_queries_of_the_page_run(
    home: Path, inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb  # type: ignore[import-not-found]

    write(Home(home))
    write_trajectory(Home(home))
    monkeypatch.chdir(tmp_path)
    for what in ("trades", "decisions", "trajectory", "block_returns", "performance"):
        assert inside("export", "--what", what, "--format", "parquet", "--home", str(home)).code == 0
    for query in queries():
        duckdb.sql(query).fetchall()


def test_the_page_names_every_table_and_column() -> None:
    from kraken_tui.store.telemetry_schema import TABLES

    text = DOCS.read_text()
    tables = re.findall(r"CREATE TABLE (\w+)", TABLES)
    assert [table for table in tables if f"`{table}`" not in text] == []
    columns = set(re.findall(r"^    (\w+) (?:TEXT|INTEGER|REAL|BLOB)", TABLES, re.MULTILINE))
    assert sorted(column for column in columns if f"`{column}`" not in text) == []
