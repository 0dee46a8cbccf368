"""Pages: each one key away, sorted, filtered, exported and kept fresh; a lost engine is said."""

import csv
import json
from pathlib import Path

import pytest
from textual.widgets import Static
from textual.widgets._toast import Toast

from kraken_tui.control.client import EngineGone
from kraken_tui.model.page import PAGES, Column, Look, Page, Table
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.export import as_csv
from kraken_tui.ui.panels.bars import Footer
from kraken_tui.ui.panels.chat_line import ChatInput
from kraken_tui.ui.panels.page_table import PageTable, sort_key
from kraken_tui.ui.screens.help import HelpScreen
from kraken_tui.ui.screens.page import PageScreen
from tests.ui import fake_pages
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import Screen, picture, screen, shows, text_of, toasts, until

KEYS = {
    "symbol": "i", "trades": "f3", "performance": "f4", "decisions": "f5", "orders": "f6", "learning": "f7",
    "health": "f8", "settings": "f10",
}  # fmt: skip


async def opened(app: CommandCenter, pilot: Screen, page: str) -> PageScreen:
    await pilot.press(KEYS[page])
    await until(pilot, lambda: isinstance(app.screen, PageScreen) and app.screen.page_name == page)
    found = app.screen
    assert isinstance(found, PageScreen)
    await until(pilot, lambda: any("UTC" in line for line in picture(app)[:1]))
    return found


def rows(page: PageScreen) -> list[str]:
    (table,) = page.query(PageTable)
    return [row[0] for row in table.rows()]


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_one_key_away_and_closes(page: str, tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await opened(app, pilot, page)
        assert engine.looks[0].page == page
        assert PAGES[page] in picture(app)[0]
        await pilot.press("escape")
        await until(pilot, lambda: app.desk.is_current)


async def test_one_page_leads_to_another_and_back_to_the_desk(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        await opened(app, pilot, "trades")
        await opened(app, pilot, "health")
        await pilot.press("q")
        await until(pilot, lambda: app.desk.is_current)


async def test_a_page_gives_way_to_a_panel_that_is_asked_for(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        await opened(app, pilot, "trades")
        await pilot.press("z", "space")
        assert not app.choices.zoomed and app.frozen is None, "what changes panels does nothing on a page"
        await pilot.press("c", "h", "i")
        await until(pilot, lambda: app.desk.is_current and app.desk.query_one(ChatInput).text == "hi")
        await opened(app, pilot, "trades")
        await pilot.press("2")
        await until(pilot, lambda: app.desk.is_current and app.desk.place == "positions")


async def test_rows_are_sorted_by_value_reversed_and_filtered(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (120, 40)) as (app, pilot):
        page = await opened(app, pilot, "trades")
        assert rows(page) == ["SOL/USD", "BTC/USD", "ETH/USD", "DOGE/USD", "XRP/USD"]
        for _ in range(5):
            await pilot.press("s")
        assert rows(page) == ["DOGE/USD", "BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD"], "by net result"
        await pilot.press("S")
        assert rows(page)[0] == "XRP/USD"
        await pilot.press("slash", *"stop hit", "enter")
        await until(pilot, lambda: rows(page) == ["BTC/USD", "DOGE/USD"])
        assert "2 of 5 filter “stop hit”" in picture(app)[0]
        await pilot.press("S")
        assert rows(page) == ["DOGE/USD", "BTC/USD"]
        await pilot.press("slash", "escape")
        await until(pilot, lambda: "filter “" not in picture(app)[0])


async def test_a_page_without_a_table_has_its_keys_and_is_left(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        page = await opened(app, pilot, "performance")
        assert not page.tables and page.focused is None
        await pilot.press("e")
        await until(pilot, lambda: "no table" in toasts(app))
        await pilot.press("P")
        await until(pilot, lambda: engine.paused)
        await pilot.press("slash", *"abc", "enter")
        assert page.focused is None, "nothing to filter: the line has had its say"
        await pilot.press("escape")
        await until(pilot, lambda: app.desk.is_current)


async def test_a_page_that_was_never_told_says_why_and_is_left(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        engine.fail = EngineGone("no engine runs")
        await until(pilot, lambda: shows(app, "ENGINE GONE"))
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, PageScreen) and "ENGINE GONE" in picture(app)[0])
        assert "LINK DOWN" not in picture(app)[0]
        await pilot.press("q")
        await until(pilot, lambda: app.desk.is_current)


async def test_a_page_names_the_mode_and_what_must_be_seen(tmp_path: Path) -> None:
    engine = FakeEngine(mode="LIVE", role="view")
    engine.naked = engine.paused = True
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        await opened(app, pilot, "trades")
        for words in ("LIVE", "UNPROTECTED", "ENTRIES PAUSED", "LOOKS ONLY", "Trades"):
            assert words in picture(app)[0], words


async def test_a_toast_stays_clear_of_the_title_and_of_what_is_told_of_a_row(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        await pilot.press("enter")
        await until(pilot, lambda: "more of T0" in text_of(app, "#page-detail-text"))
        app.notify("something else happened", timeout=30)
        await until(pilot, lambda: list(page.query(Toast)))
        (toast,) = page.query(Toast)
        await until(pilot, lambda: toast.region.height > 0)
        assert toast.region.y > page.query_one("#page-title").region.y
        assert toast.region.bottom <= page.query_one("#page-detail").region.y


async def test_while_a_line_is_written_in_the_footer_names_no_letter(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (120, 40)) as (app, pilot):
        page = await opened(app, pilot, "trades")
        footer = page.query_one(Footer)
        assert "s sort" in str(footer.content)
        await pilot.press("slash")
        await until(pilot, lambda: "s sort" not in str(footer.content))
        assert "escape back" in str(footer.content) and " q " not in str(footer.content)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        told = str(app.screen.query("VerticalScroll Static").first().render())
        assert "plain letters are text here" in told
        assert "Export" not in told and "Back." in told
        await pilot.press("escape", "enter")
        await until(pilot, lambda: "s sort" in str(footer.content))


async def test_what_has_no_value_comes_last_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ("", "3", "—", "12", "·", "-4")
    odd = Table(name="x", columns=(Column("net", "money"),), rows=tuple((cell,) for cell in cells), total=6)
    tell(monkeypatch, Page(name="trades", title="Trades", time_ns=1, tables=(odd,)))
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        await pilot.press("s")
        assert rows(page)[:3] == ["-4", "3", "12"]
        await until(pilot, lambda: "by net ▴" in picture(app)[0])
        await pilot.press("S")
        assert rows(page)[:3] == ["12", "3", "-4"]
        assert set(rows(page)[3:]) == {"", "—", "·"}


async def test_columns_beyond_the_screen_are_one_key_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = Table(name="x", columns=tuple(Column(f"column {place}") for place in range(20)),
                 rows=(tuple(f"cell {place}" for place in range(20)),), total=1)  # fmt: skip
    tell(monkeypatch, Page(name="trades", title="Trades", time_ns=1, tables=(wide,)))
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        await pilot.press("right", "right")
        await until(pilot, lambda: page.tables[0].scroll_offset.x == 20)
        await pilot.press("left", "left", "left")
        await until(pilot, lambda: page.tables[0].scroll_offset.x == 0)


async def test_a_second_export_at_the_same_time_is_a_second_file(tmp_path: Path) -> None:
    async with screen(FakeEngine(moving=False), tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        page._exports = tmp_path / "exports"
        await pilot.press("e", "slash", *"target", "enter", "e")
        await until(pilot, lambda: len(list((tmp_path / "exports").glob("*.csv"))) == 2)
        sizes = sorted(len(path.read_text().splitlines()) for path in (tmp_path / "exports").glob("*.csv"))
        assert sizes == [3, 6]


async def test_a_filter_is_for_every_table_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, health(5))
    async with screen(FakeEngine(), tmp_path, (120, 40)) as (app, pilot):
        page = await opened(app, pilot, "health")
        await pilot.press("slash", *"exchange", "enter")
        await until(pilot, lambda: "1 of 6 filter “exchange”" in picture(app)[0])
        assert [len(table.rows()) for table in page.tables] == [0, 1]
        assert page.table is page.tables[1], "the keys go to where rows are left"
        tell(monkeypatch, Page(name="health", title="Health", time_ns=2, tables=health(9).tables[::-1]))
        await until(pilot, lambda: [len(table.rows()) for table in page.tables] == [1, 0], at_most=8.0)
        await pilot.press("slash", "escape")
        await until(pilot, lambda: [len(table.rows()) for table in page.tables] == [1, 9])


async def test_a_row_tells_more_and_is_copied(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        await opened(app, pilot, "trades")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "more of T1" in text_of(app, "#page-detail-text"))
        assert Look("trades", "T1") in engine.looks
        await pilot.press("y")
        assert app.clipboard.startswith("BTC/USD\tLONG\t96100.0")
        await pilot.press("escape")
        assert isinstance(app.screen, PageScreen), "the first escape closes what was told of the row"
        await pilot.press("escape")
        await until(pilot, lambda: app.desk.is_current)


async def test_what_is_shown_is_exported(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        page._exports = tmp_path / "exports"
        await pilot.press("slash", *"target", "enter", "e")
        await until(pilot, lambda: "written" in toasts(app))
        (table,) = (tmp_path / "exports").glob("*.csv")
        told = list(csv.DictReader(table.read_text().splitlines()))
        assert [row["symbol"] for row in told] == ["SOL/USD", "XRP/USD"]
        assert json.loads(table.with_suffix(".json").read_text()) == told
        assert table.stat().st_mode & 0o077 == 0


async def test_a_lost_engine_is_said_and_what_was_told_stays(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        page = await opened(app, pilot, "trades")
        engine.fail = ConnectionError("gone")
        await until(pilot, lambda: "LINK DOWN" in picture(app)[0])
        assert rows(page)
        engine.fail = None
        await until(pilot, lambda: "LINK DOWN" not in picture(app)[0])


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_symbol_shows_its_candles_stop_and_votes(size: tuple[int, int], tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, size) as (app, pilot):
        await opened(app, pilot, "symbol")
        await until(pilot, lambda: any("◀ stop" in line for line in picture(app)))
        shown = "\n".join(picture(app))
        assert "█" in shown and "▲" in shown and "┄" in shown


async def test_performance_shows_curve_and_bars(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (120, 40)) as (app, pilot):
        await opened(app, pilot, "performance")
        shown = "\n".join(picture(app))
        assert any(0x2800 < ord(sign) < 0x2900 for sign in shown)
        assert "BTC/USD" in shown and "-12.25" in shown and "41 trades" in shown


def test_a_formula_is_no_formula_in_a_spreadsheet() -> None:
    table = Table(name="x", columns=(Column("note"), Column("net", "money")), rows=(("=1+1", "-3.00"),), total=1)
    assert as_csv(table, list(table.rows)) == "note,net\n'=1+1,-3.00\n"


def test_numbers_are_sorted_by_value_before_words() -> None:
    told = ["10", "9", "-1,000.5", "abc", "+2.5%", "ABD"]
    assert sorted(told, key=sort_key) == ["-1,000.5", "+2.5%", "9", "10", "abc", "ABD"]


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (["down"] * 3, 3),
        (["down"] * 30, 30),
        (["j"] * 30, 30),
        (["pagedown", "pagedown", "pageup"], 10),
        (["end"], 39),
        (["end", "up"], 38),
        (["end", "home"], 0),
        (["down", "up", "up"], 0),
    ],
)
async def test_every_key_that_walks_moves_the_cursor_of_a_table_that_overflows(
    keys: list[str], at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_pages, "TRADES", fake_pages.TRADES * 8)
    async with screen(FakeEngine(), tmp_path, (80, 24)) as (app, pilot):
        page = await opened(app, pilot, "trades")
        await pilot.press(*keys, "enter")
        await until(pilot, lambda: f"more of T{at}" in text_of(app, "#page-detail-text").splitlines())
        (table,) = page.tables
        await until(pilot, lambda: row_is_seen(page, table))


async def test_a_setting_under_the_moved_cursor_is_edited(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (80, 24)) as (app, pilot):
        page = await opened(app, pilot, "settings")
        page.tables[0].styles.height = 2
        await pilot.pause()
        await pilot.press("down", "e")
        await until(pilot, lambda: "PAPER_BALANCE" in text_of(app, "#page-detail-text"))


def health(rows: int) -> Page:
    lines = tuple(f"line {place}" for place in range(12))
    workers = tuple((f"worker {place}", "RUNNING") for place in range(rows))
    said = "the exchange did not answer, " * 4
    log = Table(
        name="Log", columns=(Column("time"), Column("message")), rows=(("10-19 12:00:00", f"{said}and that was all"),),
        total=1,
    )  # fmt: skip
    living = Table(name="Workers", columns=(Column("worker"), Column("state")), rows=workers, total=rows)
    return Page(name="health", title="Health", time_ns=1, lines=lines, tables=(living, log), notes=("the last line",))


def tell(monkeypatch: pytest.MonkeyPatch, page: Page) -> None:
    monkeypatch.setattr("tests.ui.fake_engine.fake_page", lambda *_: page)


def row_is_seen(page: PageScreen, table: PageTable) -> bool:
    line = table.region.y + 1 + table.cursor - table.scroll_offset.y
    body = page.query_one("#page-body").content_region
    return body.y <= line < body.bottom and table.region.y < line < table.region.bottom


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_page_opens_at_its_top_and_is_walked_to_its_end(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, health(60))
    async with screen(FakeEngine(), tmp_path, size) as (app, pilot):
        page = await opened(app, pilot, "health")
        await until(pilot, lambda: page.tables)
        await pilot.pause(0.2)
        assert shows(app, "line 0 ") and page.query_one("#page-body").scroll_y == 0
        await pilot.press("end")
        await until(pilot, lambda: shows(app, "worker 59") and row_is_seen(page, page.tables[0]))
        await pilot.press("down")
        await until(pilot, lambda: page.table is page.tables[1] and row_is_seen(page, page.tables[1]))
        await pilot.press("end")
        await until(pilot, lambda: shows(app, "the last line"))
        await pilot.press("up", "home", "home")
        await until(pilot, lambda: page.table is page.tables[0] and shows(app, "line 0 "))


async def test_a_long_cell_takes_the_room_there_is_and_enter_tells_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, health(2))
    async with screen(FakeEngine(), tmp_path, (80, 24)) as (app, pilot):
        page = await opened(app, pilot, "health")
        assert not shows(app, "and that was all")
        await pilot.press("end", "down", "enter")
        await until(pilot, lambda: "and that was all" in text_of(app, "#page-detail-text"))
        await until(pilot, lambda: row_is_seen(page, page.tables[1]))
        page.query_one("#page-detail-text", Static).update("\n".join(f"more {place}" for place in range(9)))
        await until(pilot, lambda: shows(app, "more 7"))
        await until(pilot, lambda: row_is_seen(page, page.tables[1]))
        await pilot.press("escape")
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: shows(app, "and that was all"))


async def test_a_table_wider_than_the_screen_still_shows_all_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"column {place}" for place in range(14))
    rows = tuple(tuple(f"{row}-{place}" for place in range(14)) for row in range(6))
    wide = Table(name="Positions", columns=tuple(map(Column, names)), rows=rows, total=6)
    narrow = Table(name="Orders", columns=(Column("symbol"),), rows=(("BTC/USD",),), total=1)
    tell(monkeypatch, Page(name="orders", title="Orders", time_ns=1, tables=(wide, narrow)))
    async with screen(FakeEngine(), tmp_path, (120, 40)) as (app, pilot):
        page = await opened(app, pilot, "orders")
        await until(pilot, lambda: shows(app, "0-0 ") and shows(app, "5-0 ") and shows(app, "BTC/USD"))
        assert not page.tables[0].show_vertical_scrollbar
