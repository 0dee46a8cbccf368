import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.ui import state
from kraken_tui.ui.columns import COLUMN_SETS
from kraken_tui.ui.desk import layout_of
from kraken_tui.ui.panels.ticker_cells import COLUMNS, DROPPED_FIRST, WHICH, fit
from kraken_tui.ui.price_alerts import PriceAlert
from kraken_tui.ui.screens.flatten import FlattenScreen
from kraken_tui.ui.state import PANELS, UiState
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import picture, screen, shows, until

SHOWN = {
    (200, 50): set(PANELS),
    (160, 45): set(PANELS),
    (120, 40): {"tickers", "positions", "chat"},
    (100, 30): {"tickers", "positions"},
    (80, 24): {"tickers"},
}


@pytest.mark.parametrize("size", SHOWN)
async def test_each_size_shows_its_panels_and_never_loses_the_head(tmp_path: Path, size: tuple[int, int]) -> None:
    async with screen(FakeEngine(mode="LIVE"), tmp_path, size) as (app, pilot):
        await until(pilot, lambda: shows(app, "LIVE — REAL MONEY"))
        assert {name for name in PANELS if app.desk.panel(name).display} == SHOWN[size]
        for words in ("feed ok", "TRENDING", "EXIT", "402.51", "stop 404.10", "SYMBOL", "FLATTEN", " UTC"):
            assert shows(app, words), words
        await pilot.press("4")
        await until(pilot, lambda: shows(app, "◀ exit"))


ARRANGED = {
    (200, 50): [{"tickers", "positions"}, {"tickers", "chat"}, {"tickers", "events"}, set(PANELS)],
    (120, 40): [{"tickers", "positions"}, {"tickers", "chat"}, {"tickers", "events"}, {"tickers", "positions", "chat"}],
    (100, 30): [{"tickers", "positions"}, {"tickers", "chat"}, {"tickers", "events"}, {"tickers", "positions"}],
    (80, 24): [{"tickers"}] * 4,
}


@pytest.mark.parametrize("size", ARRANGED)
async def test_a_layout_leaves_room_to_what_is_looked_at_and_hides_nothing_that_is_asked_for(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with screen(FakeEngine(), tmp_path, size) as (app, pilot):

        def displayed() -> set[str]:
            return {name for name in PANELS if app.desk.panel(name).display}

        gone_through = []
        for _ in ARRANGED[size]:
            await pilot.press("w")
            await pilot.pause()
            gone_through.append(displayed())
        assert gone_through == ARRANGED[size]
        await pilot.press("w", "4")
        await until(pilot, lambda: "events" in displayed())
        assert "chat" not in displayed(), "asking for one panel brings no other"
        await pilot.press("1")
        await until(pilot, lambda: displayed() == ARRANGED[size][0])
    async with screen(FakeEngine(), tmp_path, size) as (app, pilot):
        await until(pilot, lambda: displayed() == ARRANGED[size][0])


async def test_a_conversation_gets_half_of_the_screen_where_the_layout_is_for_it(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (200, 50)) as (app, pilot):
        await pilot.press("w", "w")
        await until(pilot, lambda: app.desk.panel("chat").region.width > 90)


async def test_below_80_by_24_a_notice_still_offers_flatten(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (60, 20)) as (app, pilot):
        await until(pilot, lambda: shows(app, "FLATTEN"))
        assert shows(app, "PAPER")
        assert shows(app, "3 positions open")
        assert not shows(app, "SYMBOL")
        await pilot.press("f9")
        assert isinstance(app.screen, FlattenScreen)
        await until(pilot, lambda: shows(app, "Type the word"))
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: shows(app, "SYMBOL"))


async def test_paper_and_live_differ_in_words_and_frame(tmp_path: Path) -> None:
    heads = {}
    for mode in ("PAPER", "LIVE", "SANDBOX", "SOMETHING"):
        async with screen(FakeEngine(mode=mode), tmp_path, (80, 24)) as (app, pilot):
            await until(pilot, lambda: shows(app, "TRENDING"))
            heads[mode] = picture(app)[:3]
    assert heads["PAPER"][0].startswith("╔═") and "PAPER" in heads["PAPER"][1]
    assert heads["LIVE"][0].startswith("┏━") and "LIVE — REAL MONEY" in heads["LIVE"][1]
    assert heads["SANDBOX"][0].startswith("┌╌") and "SANDBOX" in heads["SANDBOX"][1]
    assert heads["SOMETHING"][0].startswith("┏━"), "what is not known is taken for real money"
    assert "LIVE" not in "".join(heads["PAPER"]), "the word LIVE belongs to the badge alone"


async def test_choices_are_kept_and_come_back(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        await pilot.press("s", "S", "g", "v", "v", "t", "slash", *"maj", "enter", "2", "z")
        await pilot.pause()
    kept = json.loads((tmp_path / "ui-state.json").read_text())
    assert kept == {
        "version": 1, "theme": "blue-orange", "panel": "positions", "zoomed": True, "arrangement": "all",
        "sort": "velocity", "descending": False, "filter": "maj", "grouped": True,
        "columns": "market", "alerts": [], "bell": False,
    }  # fmt: skip
    async with screen(FakeEngine(), tmp_path) as (app, _):
        assert app.theme == "blue-orange"
        assert app.desk.panel("positions").display
        assert not app.desk.panel("tickers").display
        assert app.desk.panel("positions").has_focus


async def test_the_table_shows_the_columns_of_the_chosen_set(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path, (200, 50)) as (app, pilot):
        await until(pilot, lambda: shows(app, "ADVICE"))
        assert shows(app, "VELOCITY") and shows(app, "TREND")
        await pilot.press("v")
        await until(pilot, lambda: shows(app, "trading columns"))
        assert shows(app, "ADVICE") and not shows(app, "VELOCITY")
        await pilot.press("v")
        await until(pilot, lambda: shows(app, "market columns"))
        assert shows(app, "VELOCITY") and shows(app, "GROUP") and not shows(app, "ADVICE")
        await pilot.press("v")
        await until(pilot, lambda: shows(app, "ADVICE") and shows(app, "VELOCITY"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"version": 9}',
        '{"sort": "moon"}',
        '{"columns": "none"}',
        '{"arrangement": "upside down"}',
        '{"theme": 3}',
        '{"unknown": 1}',
        "\x00\xff",
    ],
)
async def test_a_broken_file_is_ignored_with_a_notice(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ui-state.json"
    path.write_text(text, encoding="latin-1")
    choices, notice = state.load(path)
    assert choices == UiState()
    assert str(path) in notice


async def test_the_notice_is_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "ui-state.json").write_text('{"sort": "moon"}')
    async with screen(FakeEngine(), tmp_path, (200, 50)) as (app, pilot):
        await until(pilot, lambda: shows(app, "sort is 'moon', not one of state"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can't be kept" in state.save(tmp_path / "file" / "ui.json", UiState())


async def test_two_screens_keep_each_other_s_alerts_and_choices(tmp_path: Path) -> None:
    path, mine = tmp_path / "ui-state.json", PriceAlert(symbol="SOL/USD", above=True, price="900000")
    gone = PriceAlert(symbol="SOL/USD", above=False, price="0.5")
    assert state.save(path, UiState(alerts=[gone])) == ""
    async with screen(FakeEngine(), tmp_path) as (first, pilot), screen(FakeEngine(), tmp_path) as (second, other):
        first.choices.alerts = [mine]
        first.keep()
        await other.press("t")
        await until(other, lambda: second.choices.alerts == [mine])
        await pilot.press("v")
        await pilot.pause()
    kept, notice = state.load(path)
    assert notice == ""
    assert kept.alerts == [mine], "what one has set the other keeps, and what one has removed stays away"
    assert (kept.theme, kept.columns) == ("blue-orange", "trading")


@settings(max_examples=30)
@given(st.builds(UiState, theme=st.sampled_from(["mono", "abyss"]), filter=st.text(), grouped=st.booleans()))
def test_what_is_kept_is_what_comes_back(choices: UiState) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deep" / "ui.json"
        assert state.save(path, choices) == ""
        assert state.load(path) == (choices, "")
        assert [one.name for one in path.parent.iterdir()] == ["ui.json"], "nothing is left aside"


@given(st.sampled_from(COLUMN_SETS), st.integers(60, 300))
def test_every_set_of_columns_fits_and_names_its_tickers(which: str, width: int) -> None:
    layout = fit(width, which=which)
    assert sum(cells + 1 for _, cells in layout) <= width
    assert {"symbol", "price"} <= {column.name for column, _ in layout} <= WHICH[which]


@given(st.integers(60, 300))
def test_columns_fit_the_width_and_give_way_in_the_stated_order(width: int) -> None:
    layout = fit(width)
    assert sum(cells + 1 for _, cells in layout) <= width
    names = [column.name for column, _ in layout]
    dropped = [name for name in DROPPED_FIRST if name not in names]
    assert dropped == list(DROPPED_FIRST[: len(dropped)])
    assert names == [column.name for column in COLUMNS if column.name in names]
    assert all(column.least <= cells <= column.most for column, cells in layout)


@given(st.integers(1, 300), st.integers(1, 100), st.booleans())
def test_every_size_has_a_layout(width: int, height: int, zoomed: bool) -> None:
    layout = layout_of(width, height, zoomed=zoomed)
    assert (layout == "small") == (width < 80 or height < 24)
