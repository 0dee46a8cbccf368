"""Every action of the registry, through its keys, by its effect."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import structs
from textual.command import CommandPalette

from kraken_tui.model.command import Approve, Confirm, Pause, Reject, Resume, Say, SetAutopilot
from kraken_tui.model.talk import BlockKind
from kraken_tui.ui.actions import ACTIONS, HOLDERS, PAGES, PRINTABLE
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.panels.chat_line import ChatInput
from kraken_tui.ui.panels.ticker_table import TickerTable
from kraken_tui.ui.panels.tickers import FilterLine
from kraken_tui.ui.screens.flatten import FlattenScreen
from kraken_tui.ui.screens.help import HelpScreen
from kraken_tui.ui.screens.page import PageScreen
from kraken_tui.ui.screens.price_alerts import PriceAlertsScreen
from kraken_tui.ui.screens.quit import QuitScreen
from kraken_tui.ui.themes import THEME_NAMES
from tests.ui.fake_engine import FakeEngine, Talking
from tests.ui.pilot import Screen, chat_text, screen, text_of, toasts, until
from tests.ui.talks import CARD, every_kind, long_talk

Check = Callable[[CommandCenter, Screen, FakeEngine, str], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def check(*ids: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        for id in ids:
            CHECKS[id] = function
        return function

    return register


async def do(app: CommandCenter, pilot: Screen, id: str, key: str) -> None:
    """By the key, or as the palette does it where there is none."""
    if key:
        await pilot.press(key)
    else:
        await app.action_perform(id)
        await pilot.pause()


def table(app: CommandCenter) -> TickerTable:
    return app.desk.query_one(TickerTable)


@check("app.flatten", "app.help", "app.quit", "app.leave", "app.palette", "app.commands")
async def opens_a_screen(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    expected = {
        "ctrl+x": FlattenScreen, "f9": FlattenScreen, "question_mark": HelpScreen, "f1": HelpScreen,
        "ctrl+q": QuitScreen, "q": QuitScreen, "ctrl+p": CommandPalette, "colon": CommandPalette,
    }[key]  # fmt: skip
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, expected))
    await pilot.press("escape")
    await until(pilot, lambda: app.desk.is_current)


@check("app.freeze")
async def freezes(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: "VIEW FROZEN" in text_of(app, "#header"))
    shown, head, tick = table(app).columns, text_of(app, "#header"), engine.tick
    await until(pilot, lambda: engine.tick > tick + 2 and text_of(app, "#header") != head)
    assert table(app).columns is shown, "tickers stand still while the header goes on"
    await pilot.press(key)
    await until(pilot, lambda: table(app).columns is not shown)
    assert "VIEW FROZEN" not in text_of(app, "#header")


@check("app.zoom")
async def zooms(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("2", key)
    assert app.desk.panel("positions").display
    assert not app.desk.panel("tickers").display
    await pilot.press(key)
    assert app.desk.panel("tickers").display


@check("app.arrange")
async def arranges(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("1", "3", key)
    assert app.choices.arrangement == "trading"
    assert app.desk.state.panel == "positions", "what has the focus is shown"
    await pilot.press(key, key, key)
    assert app.choices.arrangement == "all"


@check("app.copy")
async def tells_how_to_leave(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    for before in ((), ("c",), ("escape", "f9")):
        app.clear_notifications()
        await pilot.press(*before, key)
        await until(pilot, lambda: "ctrl+q leaves the screen; the engine goes on" in toasts(app))
    assert app.is_running
    await pilot.press("escape", "c", *"why", "shift+home", key)
    assert app.clipboard == "why", "and what is selected is copied"
    assert engine.sent == []


@check("app.chat", "app.panel_1", "app.panel_2", "app.panel_3", "app.panel_4")
async def focuses(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("escape", "4" if key != "4" else "2", key)
    name = {"c": "chat", "1": "tickers", "2": "positions", "3": "chat", "4": "events"}[key]
    panel = app.desk.panel(name)
    assert app.focused is not None
    assert panel in app.focused.ancestors_with_self
    assert panel.display
    assert isinstance(app.focused, ChatInput) == (key == "c"), "only c writes; 3 is for reading, zooming, scrolling"


@check("app.next_panel")
async def steps_on(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("1", key)
    assert app.desk.state.panel == "positions"


@check("app.previous_panel")
async def steps_back(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("2", key)
    assert app.desk.state.panel == "tickers"


@check("app.theme")
async def changes_theme(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    seen = [app.theme]
    for _name in THEME_NAMES:
        await pilot.press(key)
        seen.append(app.theme)
    assert seen == [*THEME_NAMES, THEME_NAMES[0]]


@check("app.pause_entries", "app.resume_entries")
async def sends_pause_and_resume(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await do(app, pilot, "app.pause_entries" if key else "app.resume_entries", key)
    await until(pilot, lambda: engine.sent[-1:] == [Pause() if key else Resume()])
    await until(pilot, lambda: "entries " in text_of(app, "Log"))


@check("app.approve")
async def shows_and_sends_what_is_asked(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    engine.asked = ("BTC/USD at 96400.0, stop 95800.0: buy? 3 min left: breakout",)
    await until(pilot, lambda: "1 ASKED" in text_of(app, "#header"))
    await pilot.press(key, *"YES", "enter")
    await until(pilot, lambda: engine.sent == [Approve("BTC/USD")])


@check("app.autopilot")
async def chooses_a_level(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await pilot.press(key, "right", "enter")
    await until(pilot, lambda: engine.sent == [SetAutopilot("confirm")])


@check("tickers.sort")
async def sorts(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press(key)
    columns = table(app).columns
    assert columns is not None
    speeds = [columns.velocity[index] for index in table(app).lines if columns.price[index]]
    assert speeds == sorted(speeds, reverse=True)


@check("tickers.reverse")
async def reverses(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("s", key)
    columns = table(app).columns
    assert columns is not None
    speeds = [columns.velocity[index] for index in table(app).lines if columns.price[index]]
    assert speeds == sorted(speeds)
    assert not columns.price[table(app).lines[-1]], "what has no price comes last either way"


@check("tickers.filter", "tickers.clear", "filter.keep", "filter.clear")
async def filters(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press("slash", *"memes")
    assert isinstance(app.focused, FilterLine)
    assert len(table(app).lines) == 4
    await pilot.press("space", *"cool", "enter")
    assert len(table(app).lines) == 1
    assert table(app).symbol == "PEPE/USD"
    assert table(app).has_focus
    await pilot.press("escape")
    assert len(table(app).lines) == 30
    await pilot.press("slash", *"zzz")
    assert table(app).lines == []
    assert "nothing matches" in str(app.desk.panel("tickers").border_subtitle)
    await pilot.press("escape")
    assert len(table(app).lines) == 30


@check("tickers.groups")
async def groups(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press(key)
    lines = table(app).lines
    titles = [table(app)._groups[-1 - line] for line in lines if line < 0]
    assert titles == ["Majors  7 · 2 open", "Memes  4 · FULL 2/2", "Alts  19 · 1 open"]
    assert len(lines) == 33
    await pilot.press("home")
    assert table(app).cursor == 1, "never on a title"


@check("tickers.columns")
async def column_sets(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    before = [column.name for column, _ in table(app)._layout]
    await pilot.press(key)
    shown = [column.name for column, _ in table(app)._layout]
    assert "velocity" in before and "velocity" not in shown and {"symbol", "price", "advice"} <= set(shown)


@check("tickers.why")
async def asks_why(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: engine.sent == [Say("why TAO/USD")])
    await until(pilot, lambda: "Zyn heard: why TAO/USD" in chat_text(app))


@check("tickers.up", "tickers.down", "tickers.page_up", "tickers.page_down", "tickers.first", "tickers.last")
async def moves(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    engine.moving = False
    start = {"up": 15, "k": 15, "down": 3, "j": 3, "pageup": 29, "pagedown": 0, "home": 9, "end": 9}[key]
    page = table(app).size.height - 2
    goal = {"up": 14, "k": 14, "down": 4, "j": 4, "pageup": 29 - page, "pagedown": page, "home": 0, "end": 29}[key]
    table(app).move(-99)
    table(app).move(start)
    await pilot.press(key)
    assert table(app).cursor == min(29, max(0, goal))
    line = table(app).cursor
    assert line is not None
    assert table(app).scroll_offset.y <= line < table(app).scroll_offset.y + table(app).size.height - 1, "in view"


@check("typing.send", "typing.previous", "typing.next")
async def sends_lines_and_recalls_them(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    line = app.desk.query_one(ChatInput)
    await pilot.press("c", *"status", "enter", *"/help", "enter")
    await until(pilot, lambda: engine.sent == [Say("status"), Say("help")])
    await until(pilot, lambda: "jimmy status" in chat_text(app))
    await until(pilot, lambda: "Zyn heard: help" in chat_text(app))
    await pilot.press("up", "up")
    assert line.value == "status"
    await pilot.press("down")
    assert line.value == "/help"
    await pilot.press("down")
    assert line.value == ""


@check("typing.complete")
async def completes(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    line = app.desk.query_one(ChatInput)
    await pilot.press("c", "slash")
    await until(pilot, lambda: "/status  /positions  /flatten" in text_of(app, "#chat-words"))
    await pilot.press("w", key)
    assert line.value == "/why "
    await pilot.press("d", "o", key, "enter")
    await until(pilot, lambda: engine.sent == [Say("why DOGE/USD")])


@check("typing.newline")
async def goes_on_in_another_line(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await pilot.press("escape", "c", *"one", key, *"two", "enter")
    await until(pilot, lambda: engine.sent[-1:] == [Say("one\ntwo")])


@check("chat.mark_next", "chat.mark_previous", "chat.copy")
async def marks_and_copies_a_block(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    engine.talking = Talking()
    every_kind(engine.talking)
    await until(pilot, lambda: "LEDGER  orders sent 0 · 1 proposal waits" in chat_text(app))
    await pilot.press("3", "k", "k", "k", "j", "C")
    assert app.clipboard.startswith("RECEIPT 4711  XRP/USD stop moved to 2.2810")
    await pilot.press("j", "j", "C")
    assert app.clipboard == "LEDGER  orders sent 0 · 1 proposal waits", "the newest, where none is marked"


@check("chat.older", "chat.newest")
async def unfolds_and_folds(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    engine.talking = Talking()
    long_talk(engine.talking, 40)
    await until(pilot, lambda: "Answer 39" in chat_text(app))
    await pilot.press("3", "o")
    assert "Answer 27" in chat_text(app) and "Answer 28" not in chat_text(app)
    assert "16 older turns" in text_of(app, "#chat-older") and "12 newer turns" in text_of(app, "#chat-newer")
    await pilot.press("O")
    assert "Answer 39" in chat_text(app)


@check("chat.confirm", "chat.reject")
async def settles_the_proposal_that_waits(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    engine.talking = Talking()
    engine.talking.say(BlockKind.PROPOSAL, *CARD, row="P-17", done=False)
    await until(pilot, lambda: "worst price" in chat_text(app))
    await pilot.press("3", key, *("y" if key == "y" else ""))
    await until(pilot, lambda: engine.sent[-1:] == [Confirm("P-17") if key == "y" else Reject("P-17")])


@check("chat.type", "typing.done", "chat.leave")
async def writes_reads_and_leaves_the_chat(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    line = app.desk.query_one(ChatInput)
    await pilot.press("1", "3", "enter", *"z3")
    assert line.has_focus
    assert line.value == "z3", "letters are text"
    await pilot.press("escape", "z")
    assert not app.desk.panel("tickers").display, "and keys again: the chat is zoomed"
    assert app.desk.panel("chat").display
    assert line.value == "z3", "what was written stays"
    await pilot.press("z", "escape")
    assert table(app).has_focus
    line.value = ""


@check(*(action.id for action in ACTIONS if action.id.startswith("app.page_")))
async def opens_a_page(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, PageScreen))
    await pilot.press("escape")
    await until(pilot, lambda: app.desk.is_current)


@check("app.price_alert", "app.price_alerts")
async def opens_price_alerts(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, PriceAlertsScreen))
    await pilot.press("escape")
    await until(pilot, lambda: app.desk.is_current)


@check("app.alert_bell")
async def switches_the_bell(app: CommandCenter, pilot: Screen, _: FakeEngine, key: str) -> None:
    before = app.choices.bell
    await do(app, pilot, "app.alert_bell", key)
    assert app.choices.bell is not before


@check("app.picture")
async def makes_a_picture(app: CommandCenter, pilot: Screen, engine: FakeEngine, key: str) -> None:
    await do(app, pilot, "app.picture", key)
    await until(pilot, lambda: "screen-" in toasts(app) or "not written" in toasts(app))


ELSEWHERE = ("page", "settings")
"""Owners whose actions are checked with the pages."""

TOGETHER = {
    "chat.mark_next",
    "chat.mark_previous",
    "chat.older",
    "tickers.clear",
    "filter.keep",
    "filter.clear",
    "typing.previous",
    "typing.next",
    "typing.done",
    "chat.leave",
}
"""Checked within the check of another."""


@pytest.mark.parametrize("checked", dict.fromkeys(CHECKS.values()), ids=lambda function: function.__name__)
async def test_an_action_has_its_effect_by_each_of_its_keys(checked: Check, tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        for action in ACTIONS:
            if CHECKS.get(action.id) is checked and action.id not in TOGETHER:
                for key in action.keys or ("",):
                    await checked(app, pilot, engine, key)


def test_every_action_is_checked() -> None:
    assert set(CHECKS) == {action.id for action in ACTIONS if action.owner not in ELSEWHERE}


async def test_flatten_in_the_chat_asks_for_the_word_too(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("c", *"/flatten", "enter")
        await until(pilot, lambda: isinstance(app.screen, FlattenScreen))
    assert engine.sent == []


async def test_the_palette_offers_what_applies_now_and_each_of_it_can_be_done(tmp_path: Path) -> None:
    meant = [action for action in ACTIONS if action.palette]
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        on_desk = {command.title for command in app.get_system_commands(app.screen)}
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, PageScreen))
        on_page = {command.title for command in app.get_system_commands(app.screen)}
        for action in meant:
            if action.owner == "page":
                await app.action_perform(action.id)  # whatever it does to an empty page, it can be done
        await app.action_perform("app.help")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.is_mounted)
        await pilot.pause()
        assert {command.title for command in app.get_system_commands(app.screen)} == on_page, "help stands on the page"
    assert {action.owner for action in meant} >= PAGES
    assert on_desk >= {action.title for action in meant if action.owner not in PAGES}
    assert not on_desk & {action.title for action in meant if action.owner in PAGES}
    assert on_page >= {action.title for action in meant if action.owner == "page"}
    assert not on_page & {action.title for action in meant if action.of_panels or action.owner in ("tickers", "chat")}


async def test_help_and_footer_speak_of_the_focused_panel(tmp_path: Path) -> None:
    async with screen(FakeEngine(), tmp_path) as (app, pilot):
        assert "filter" in text_of(app, "#footer")
        await pilot.press("3")
        assert "enter write" in text_of(app, "#footer")
        assert "filter" not in text_of(app, "#footer")
        assert "FLATTEN" in text_of(app, "#footer")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        help_text = str(app.screen.query("VerticalScroll Static").first().render())
        assert help_text.index("In chat") < help_text.index("Everywhere") < help_text.index("Emergency flatten")


@pytest.mark.parametrize("touched", [False, True])
async def test_the_cursor_stays_on_its_symbol_whatever_the_order_becomes(tmp_path: Path, touched: bool) -> None:
    engine = FakeEngine(moving=False)
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press(*["down"] * touched)
        symbol, line = table(app).symbol, table(app).cursor
        await pilot.press("S")
        assert table(app).symbol == symbol and table(app).cursor != line
        await pilot.press("g")
        assert table(app).symbol == symbol
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, PriceAlertsScreen))
        assert f"{symbol} stands at" in text_of(app, "#alert-told")


async def test_the_cursor_takes_the_first_row_where_its_own_is_filtered_away(tmp_path: Path) -> None:
    async with screen(FakeEngine(moving=False), tmp_path) as (app, pilot):
        before = table(app).symbol
        await pilot.press("slash", *"doge", "enter")
        assert before != "DOGE/USD" == table(app).symbol
        await pilot.press("escape")
        assert table(app).symbol == "DOGE/USD"


async def test_the_cursor_stays_on_its_symbol_when_an_engine_with_other_tickers_is_attached(tmp_path: Path) -> None:
    async with screen(FakeEngine(moving=False), tmp_path) as (app, _):
        view = app.follower.view()
        assert view.roster is not None and view.snapshot is not None
        before = table(app).symbol
        other = structs.replace(view.roster, symbols=tuple(reversed(view.roster.symbols)))
        table(app).fill(Columns(other, view.snapshot), list(range(30)), [], ("state", True), stale=False)
        assert table(app).symbol == before


async def test_the_mouse_sorts_chooses_and_follows_the_footer(tmp_path: Path) -> None:
    engine = FakeEngine(moving=False)
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.click(TickerTable, offset=(2, 0))
        assert app.desk.state.sort == "symbol"
        await pilot.click(TickerTable, offset=(2, 3))
        assert table(app).cursor == 2
        assert table(app).symbol == "BTC/USD"
        await pilot.click("#tabs", offset=(text_of(app, "#tabs").index("Events"), 0))
        assert app.desk.panel("events").display
        await pilot.click("#footer", offset=(3, 0))
        await until(pilot, lambda: isinstance(app.screen, FlattenScreen))


@pytest.mark.parametrize(("opening", "own"), [("c", "enter send  tab complete"), ("slash", "enter keep  escape clear")])
async def test_where_text_is_written_footer_and_help_name_only_keys_that_work(
    tmp_path: Path, opening: str, own: str
) -> None:
    async with screen(FakeEngine(), tmp_path, (80, 24)) as (app, pilot):
        await pilot.press(opening)
        await until(pilot, lambda: own in text_of(app, "#footer"))
        footer = text_of(app, "#footer")
        for words in ("^x F9 FLATTEN", "escape", "^q quit", "^p palette"):
            assert words in footer
        for words in ("? ", "space", "zoom", "talk", "theme", "freeze"):
            assert words not in footer
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        help_text = str(app.screen.query("VerticalScroll Static").first().render())
        assert "While writing" in help_text
        assert "Zoom" not in help_text and "?" not in help_text, "a plain letter would be written"
        assert "F1" in help_text and "^c" in help_text
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "? F1 help" in text_of(app, "#footer"))


def test_a_plain_letter_has_no_effect_where_text_is_written() -> None:
    for action in ACTIONS:
        for place in HOLDERS:
            if action.owner != place:
                assert all(len(key) > 1 and key not in PRINTABLE for key in action.working_keys(place))
