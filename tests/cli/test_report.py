"""`kraken-tui report` as its user types it: the numbers, the page, and what is wrong with a question."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.clock import MINUTE, SystemClock
from kraken_tui.config.home import Home
from kraken_tui.model.memory import TradeRecord
from tests.cli.programs import Ended
from tests.replay.test_report import HOSTILE, Reading
from tests.store.memories import START_NS, opened, trade

Inside = Callable[..., Ended]
HOUR_NS = 3_600 * clock.SECOND


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "home"


def write(home: Home, count: int = 600) -> list[TradeRecord]:
    """A trade every ten minutes from 2026-01-01 00:00 UTC on."""
    made = [trade(n, symbol="BTC/USD" if n % 3 else "ETH/USD", net=str(Decimal(n % 7 * 5 - 14)),
                  strategy="scanner" if n % 2 else "breakout") for n in range(count)]  # fmt: skip
    with opened(home.memory, home.mode) as memory:
        memory.record(*made)
    return made


def test_the_object_is_the_sum_of_its_trades(home: Path, inside: Inside) -> None:
    made = write(Home(home))
    ended = inside("report", "--home", str(home), "--json")
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    net = sum(row.net for row in made)
    assert (told["mode"], told["world"], told["tz"], told["capital_from"]) == (
        "paper",
        "kraken",
        "UTC",
        "PAPER_BALANCE",
    )
    figures = told["figures"]["trades"]
    assert (figures["count"], Decimal(figures["net"]), Decimal(figures["fees"])) == (600, net, Decimal(1200))
    assert Decimal(figures["gross"]) == net + 1200
    assert told["equity"][0] == [made[0].opened_ns, 10_000.0]
    assert told["equity"][-1][1] == pytest.approx(10_000 + float(net))
    assert told["figures"]["sharpe"] is not None
    assert told["figures"]["sortino"] is None or told["figures"]["sortino"] > 0
    for name in ("day", "hour", "weekday", "symbol", "strategy", "regime", "exit"):
        parts = told["by"][name]
        assert sum(part["count"] for part in parts) == 600, name
        assert sum(Decimal(part["net"]) for part in parts) == net, name
    assert [part["name"] for part in told["by"]["day"]][:2] == ["2026-01-01", "2026-01-02"]
    assert len(told["trades"]) == 600
    assert told["trades"][0]["net"] == str(made[0].net)
    assert not (Path.cwd() / "report.html").exists(), "no page unless it is asked for"


def test_a_part_begins_with_what_was_there_before_it(home: Path, inside: Inside) -> None:
    made = write(Home(home))
    at = START_NS + 24 * HOUR_NS
    words = ("report", "--home", str(home), "--json", "--capital", "2500")
    told = json.loads(inside(*words, "--from", "2026-01-02", "--to", "2026-01-03").out)
    inside_it = [row for row in made if at <= row.closed_ns < at + 24 * HOUR_NS]
    before = sum(row.net for row in made if row.closed_ns < at)
    assert told["figures"]["trades"]["count"] == len(inside_it) == 144
    assert told["equity"][0] == [at, 2_500.0 + float(before)]
    assert told["equity"][-1][0] == at + 24 * HOUR_NS
    there = json.loads(inside(*words, "--tz", "Asia/Kolkata", "--from", "2026-01-02", "--to", "2026-01-03").out)
    assert there["equity"][0][0] == at - 5 * HOUR_NS - HOUR_NS // 2
    assert [part["name"] for part in there["by"]["day"]] == ["2026-01-02"]


@pytest.mark.parametrize(("world", "span"), [("", 72), ("demo", 55)])
def test_no_time_counts_that_was_never_traded_or_has_not_passed(
    home: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, world: str, span: int
) -> None:
    now_ns = START_NS + 67 * MINUTE
    monkeypatch.setattr(SystemClock, "now_ns", lambda self: now_ns)
    write(Home(home).in_world(world), 6)
    words = ("report", "--home", str(home), "--json")
    figures = json.loads(inside(*words).out)["figures"]
    assert (figures["start_ns"], figures["end_ns"]) == (START_NS - 5 * MINUTE, START_NS + (span - 5) * MINUTE)
    assert figures["time_in_market"] == pytest.approx(30 / span)
    assert figures["longest_drawdown_ns"] <= span * MINUTE
    told = json.loads(inside(*words, "--from", "2026-01-01", "--to", "2026-01-01 00:30").out)["figures"]
    assert (told["start_ns"], told["end_ns"]) == (START_NS, START_NS + 30 * MINUTE), "as it was asked for"
    if not world:
        told = json.loads(inside(*words, "--from", "2026-01-01", "--to", "2026-01-02").out)["figures"]
        assert (told["start_ns"], told["end_ns"]) == (START_NS, now_ns), "the rest of the day is to come"


def test_a_page_in_utc_says_its_times_once(home: Path, inside: Inside) -> None:
    write(Home(home), 6)
    out = home / "page.html"
    assert inside("report", "--home", str(home), "--out", str(out)).code == 0
    read = Reading(out.read_text("utf-8"))
    assert [read.words.count(word) for word in ("Time (UTC)", "Opened (UTC)")] == [1, 1]


def test_the_page_has_its_charts_its_tables_and_every_trade_in_both_zones(home: Path, inside: Inside) -> None:
    write(Home(home), 200)
    (home / "config.json").write_text('{"RESET_TIMEZONE": "Europe/Berlin"}')
    out = home / "page.html"
    ended = inside("report", "--home", str(home), "--out", str(out))
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"200 trades closed, net .* USD \(gross .*\), .* won, profit factor", ended.out)
    assert ended.out.endswith(f"Written: {out}\n")
    assert out.stat().st_mode & 0o777 == 0o600, "an account's trades are its owner's"
    read = Reading(out.read_text("utf-8"))
    assert read.open == []
    assert read.tags.count("svg") == 2 + 7, "equity and drawdown, and a chart for each table"
    assert read.tags.count("tr") > 200
    assert not set(read.tags) & {"script", "link", "iframe", "img", "object", "base", "form"}
    assert not {name for name, _ in read.attributes} & {"src", "href", "srcset", "style", "onload"}
    for word in (
        "Sharpe ratio",
        "Sortino ratio",
        "Profit factor",
        "Expectancy",
        "Fees",
        "Gross P&L",
        "Maximum drawdown",
    ):
        assert word in read.words, word
    for word in ("Time (UTC)", "Time (Europe/Berlin)", "Opened (UTC)", "Opened (Europe/Berlin)", "2026-01-01 01:05:00"):
        assert word in read.words, word
    assert "2025-12-31 23:55:00" in read.text
    assert "Net P&L by hour of entry (Europe/Berlin), USD" in [
        value for name, value in read.attributes if name == "aria-label"
    ]


@pytest.mark.parametrize("name", [name.replace("\ud800", "") for name in HOSTILE])
def test_what_a_row_says_is_only_text(home: Path, inside: Inside, name: str) -> None:
    from msgspec.structs import replace

    pages = []
    for word in ("plain", name):
        there = Home(home / ("a" if word == "plain" else "b"))
        row = replace(trade(), strategy=word, entered_for=f"{word}: x", regime=word, reason=word, exit_kind=word)
        with opened(there.memory) as memory:
            memory.record(replace(row, owner=word, symbol=f"{word}/USD"))
        out = there.root / "page.html"
        assert inside("report", "--home", str(there.root), "--out", str(out)).code == 0
        pages.append(Reading(out.read_text("utf-8")))
    harmless, hostile = pages
    assert hostile.tags == harmless.tags
    assert [key for key, _ in hostile.attributes] == [key for key, _ in harmless.attributes]


def test_it_reads_while_an_engine_writes(home: Path, inside: Inside) -> None:
    with opened(Home(home).memory) as memory:
        for count in (1, 2):
            memory.record(trade(count))
            assert memory.flush()
            told = json.loads(inside("report", "--home", str(home), "--json").out)
            assert told["figures"]["trades"]["count"] == count


def test_the_account_s_beginning_comes_from_the_kill_switch_s_day(home: Path, inside: Inside) -> None:
    write(Home(home), 10)
    days = [{"date": "2026-01-01", "equity": "5100.50", "profit": "100.50"}]
    (home / "state/paper/kill_switch.json").write_text(json.dumps({"days": days, "high": "5100.50"}))
    told = json.loads(inside("report", "--home", str(home), "--json").out)
    assert (told["capital"], told["capital_from"]) == (
        "5000.00",
        "the equity of 2026-01-01 less all P&L until then",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2027-01-01"), "from 2027-01-01 00:00:00 (UTC); there are 30, closed from 2026-01-01 00:00:00 to"),
        (("--to", "2025-01-01"), "the trading memory has none before that"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "--to 2026-01-01 must be after --from 2026-01-02"),
        (("--from", "yesterday"), "--from: 'yesterday' is no time"),
        (("--tz", "Mars/Olympus"), "--tz: 'Mars/Olympus' is no time zone"),
        (("--capital", "much"), "--capital 'much' is no amount"),
        (("--capital", "0"), "an amount above 0 is right"),
        (("--quote", "EUR"), "--quote EUR: no trade was in it; USD is there"),
        (("--mode", "live"), "has no trading memory of live"),
        (("--out", "/proc/nothing/page.html"), "is no folder that can be written"),
    ],
)  # fmt: skip
def test_what_can_not_be_reported_is_said(home: Path, inside: Inside, words: tuple[str, ...], said: str) -> None:
    write(Home(home), 30)
    ended = inside("report", "--home", str(home), "--json", *words)
    told = json.loads(ended.out)
    assert (ended.code, told["error"]) == (2, "usage")
    assert said in told["message"]


def test_currencies_are_never_summed(home: Path, inside: Inside) -> None:
    with opened(Home(home).memory) as memory:
        memory.record(trade(1), trade(2, symbol="BTC/EUR", net="5"))
    ended = inside("report", "--home", str(home), "--json")
    assert (ended.code, "EUR, USD, which can't be summed" in ended.out) == (2, True)
    told = json.loads(inside("report", "--home", str(home), "--json", "--quote", "EUR").out)
    assert (told["figures"]["quote"], told["figures"]["trades"]["net"]) == ("EUR", "5")


def test_a_home_without_a_memory_says_so(home: Path, inside: Inside) -> None:
    ended = inside("report", "--home", str(home))
    assert (ended.code, ended.err) == (2, f"kraken-tui: {home} has no trading memory\n")
