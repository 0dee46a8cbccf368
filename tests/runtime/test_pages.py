"""Every page of a real engine says what the books say, and nonsense is refused without losing the connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.control.client import EngineClient
from kraken_tui.model.command import SetSetting, Stop
from kraken_tui.model.page import PAGES, Look, Page
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.pages import pages
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.evaluation_reading import LogFile

FAST = float("inf")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty minutes of the demo, with trades."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "config.json").write_text(json.dumps({"POLL_INTERVAL": 10, "FEES_DECIDE": False}))
    given = EngineOptions(home=folder, market="demo", duration=2_400, speed=FAST, seed=7, foreground=False)
    summary = asyncio.run(run_engine(given, {}))
    assert summary.trades
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(home: Path) -> AsyncIterator[EngineClient]:
    """The same home's engine, running; it is paused by its speed: nothing moves meanwhile."""
    given = EngineOptions(home=home, market="demo", duration=None, speed=0.01, seed=None, foreground=False)
    run = asyncio.ensure_future(run_engine(given, {}))
    client = EngineClient(Home(home).socket, "screen")
    for _ in range(600):
        try:
            await client.connect()
            await client.look(Look("health"))
            break
        except ConnectionError:
            assert not run.done(), run.exception()
            await asyncio.sleep(0.05)
    yield client
    await client.connect()
    await client.send(Stop())
    await client.close()
    await run


def column(page: Page, table: int, name: str) -> list[str]:
    found = page.tables[table]
    place = [each.name for each in found.columns].index(name)
    return [row[place] for row in found.rows]


async def test_every_page_is_made_and_every_table_is_whole(engine: EngineClient) -> None:
    roster = await engine.connect()
    for name, title in PAGES.items():
        page = await engine.look(Look(name, roster.symbols[0] if name == "symbol" else ""))
        assert page.name == name and page.title.startswith(title) and page.time_ns > 0
        for table in page.tables:
            assert all(len(row) == len(table.columns) for row in table.rows)
            assert len(table.rows) <= table.total and len(table.keys) in (0, len(table.rows))


async def test_trades_and_performance_are_the_accounts(engine: EngineClient) -> None:
    await engine.connect()
    trades, made = await engine.look(Look("trades")), await engine.look(Look("performance"))
    gross, fees, net = (sum(map(Decimal, column(trades, 0, name)), Decimal(0)) for name in ("gross", "fees", "net"))
    assert abs(gross - fees - net) <= Decimal("0.01") * trades.tables[0].total
    assert all(text.isdigit() for text in column(trades, 0, "held (s)"))
    told = Decimal(made.lines[0].rpartition(" ")[2].replace(",", ""))
    assert abs(told - net) <= Decimal("0.01") * trades.tables[0].total
    curve, bars = made.curves[0], made.bars[1]
    assert len(curve.values) == trades.tables[0].total + 1 == len(curve.time_ns)
    assert curve.values[0] == 10_000 and made.curves[1].values[0] == 0, "it begins with what there was at first"
    assert curve.values[-1] - 10_000 == pytest.approx(float(net), abs=0.01 * trades.tables[0].total)
    assert bars.name.startswith("By symbol")
    one = await engine.look(Look("trades", trades.tables[0].keys[0]))
    assert column(trades, 0, "symbol")[0] in one.lines[0] and column(trades, 0, "net")[0] in one.lines[2]


async def test_a_decision_is_shown_with_every_check_of_the_log(engine: EngineClient, home: Path) -> None:
    await engine.connect()
    page = await engine.look(Look("decisions"))
    (newest,) = LogFile(Home(home).in_world("demo").evaluation_log).last(None, 1)
    assert page.tables[0].keys[0] == newest.evaluation.id
    entered = next(key for key, action in zip(page.tables[0].keys, column(page, 0, "action"), strict=True)
                   if action.startswith("enter"))  # fmt: skip
    lines = (await engine.look(Look("decisions", entered))).lines
    assert sum("kill switch" in line for line in lines) >= 1 and sum("staleness" in line for line in lines) >= 1


async def test_decisions_say_how_many_there_are_where_not_all_are_shown(
    engine: EngineClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.connect()
    monkeypatch.setattr(pages, "MOST_ROWS", 2)
    page = await engine.look(Look("decisions"))
    count = len(LogFile(Home(home).in_world("demo").evaluation_log).last(None, 10**6))
    assert count > 2 and (len(page.tables[0].rows), page.tables[0].total) == (2, count)
    assert page.notes[0] == f"{count:,} in all; the newest 2 are shown."


async def test_orders_show_each_position_with_its_resting_stop(engine: EngineClient) -> None:
    await engine.connect()
    page = await engine.look(Look("orders"))
    held = column(page, 0, "symbol")
    stops = [symbol for symbol, role in zip(column(page, 1, "symbol"), column(page, 1, "role"), strict=True)
             if role == "stop"]  # fmt: skip
    assert set(held) <= set(stops)
    assert set(column(page, 0, "protected")) <= {"yes"}


async def test_a_symbol_has_candles_in_order_and_its_stop_where_it_is_held(engine: EngineClient) -> None:
    roster = await engine.connect()
    held = column(await engine.look(Look("orders")), 0, "symbol")
    symbol = held[0] if held else roster.symbols[0]
    (chart,) = (await engine.look(Look("symbol", symbol))).candles
    assert len(chart.close) > 30 and list(chart.open_ns) == sorted(chart.open_ns)
    assert all(low <= min(o, c) <= max(o, c) <= high
               for o, high, low, c in zip(chart.open, chart.high, chart.low, chart.close, strict=True))  # fmt: skip
    assert ({level.name for level in chart.levels} >= {"entry", "stop"}) is bool(held)


async def test_the_book_of_a_symbol_stands_around_its_price(engine: EngineClient) -> None:
    roster = await engine.connect()
    page = await engine.look(Look("symbol", roster.symbols[0]))
    bids = [Decimal(price) for price in column(page, 0, "bid")]
    asks = [Decimal(price) for price in column(page, 0, "ask")]
    assert len(bids) == len(asks) == 10 and max(bids) < min(asks)
    assert page.tables[0].name.startswith("Order book, what paper orders fill against")


async def test_health_tells_of_the_line_to_the_exchange_and_of_work_that_goes_on(engine: EngineClient) -> None:
    await engine.connect()
    page = await engine.look(Look("health"))
    assert "reconciliation: not needed, the exchange is in this process; 0 outcomes are unknown" in page.lines
    assert {"desk", "scanner"} <= set(column(page, 0, "worker"))
    assert set(column(page, 0, "state")) == {"running"}, "what is done as planned is not listed"
    assert "stop" in column(page, 1, "request") or "enter" in column(page, 1, "request")


async def test_the_log_tells_its_messages_and_a_line_of_it_in_full(engine: EngineClient, home: Path) -> None:
    await engine.connect()
    line = "2026-10-19T12:00:01.123+0000 WARNING kraken_tui.execution.reconcile: the exchange does not answer: timeout"
    (log,) = (home / "logs").glob("*.log")
    with log.open("a") as file:
        file.write(f"{line}\n  where it happened\n")
    page = await engine.look(Look("health"))
    assert page.tables[-1].rows[:2] == (
        ("", "", "  where it happened"),
        ("10-19 12:00:01", "WARNING", "the exchange does not answer: timeout"),
    )
    assert (await engine.look(Look("health", page.tables[-1].keys[1]))).lines == (line,)


async def test_settings_show_what_differs(engine: EngineClient) -> None:
    await engine.connect()
    page = await engine.look(Look("settings"))
    assert page.tables[0].total == len(Settings.model_fields)
    differing = {row[0]: row[1] for row in page.tables[0].rows if row[1] != row[3]}
    assert differing == {"POLL_INTERVAL": "10.0", "FEES_DECIDE": "false"}


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (Look("secrets"), "'secrets' is no page; symbol, trades"),
        (Look("symbol", "NOPE/USD"), "'NOPE/USD' is not among the tickers"),
        (Look("symbol", "\x1b[31m" * 5_000), "is not among the tickers"),
        (Look("trades", "no such"), "that trade is not among"),
        (Look("health", "no such"), "that line is not among"),
        (Look("decisions", "no such"), "that decision is not among"),
    ],
)
async def test_nonsense_is_refused_and_the_connection_goes_on(engine: EngineClient, look: Look, said: str) -> None:
    await engine.connect()
    with pytest.raises(ConnectionError, match=said.replace("[", r"\[").replace(";", ";")):
        await engine.look(look)
    assert (await engine.look(Look("health"))).name == "health"


async def test_a_setting_is_judged_before_it_is_written_and_then_waits_for_the_next_start(
    engine: EngineClient, home: Path
) -> None:
    await engine.connect()
    asked = await engine.look(Look("settings", "RISK_PER_TRADE=0.25"))
    assert asked.lines[0] == "RISK_PER_TRADE  null → 0.25" and "next start" in asked.lines[2]
    assert "RISK_PER_TRADE" not in (home / "config.json").read_text(), "asking writes nothing"
    for wrong, why in (("RISK_PER_TRADE=200", "100"), ("MODE=LIVE", "by hand"), ("RISK_PER_TRADE=null", "already")):
        with pytest.raises(ConnectionError, match=why):
            await engine.look(Look("settings", wrong))
    result = await engine.send(SetSetting(name="RISK_PER_TRADE", value="0.25"))
    assert result.ok, result.lines
    page = await engine.look(Look("settings"))
    row = page.tables[0].rows[page.tables[0].keys.index("RISK_PER_TRADE")]
    assert row[1:3] == ("null", "0.25") and "1 changed since this engine started" in page.lines[1]
    assert json.loads((home / "config.json").read_text())["RISK_PER_TRADE"] == 0.25
