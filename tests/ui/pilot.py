"""Opens the screen on a fake engine, and waits for what is to become true."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Static

from kraken_tui import clock
from kraken_tui.ui.app import CommandCenter, ExitChoice
from kraken_tui.ui.panels.blocks import BlockView
from kraken_tui.ui.panels.board import Board
from kraken_tui.ui.panels.ticker_table import TickerTable
from tests.ui.fake_engine import FakeEngine

Screen = Pilot[ExitChoice]


@asynccontextmanager
async def screen(
    engine: FakeEngine, folder: Path, size: tuple[int, int] = (100, 30), *, ready: bool = True
) -> AsyncIterator[tuple[CommandCenter, Screen]]:
    """The screen on `engine`, once it shows the first picture."""
    app = CommandCenter(engine, ui_state=folder / "ui-state.json", crash_log=folder / "crash.log")
    async with app.run_test(size=size, notifications=True) as pilot:
        if ready:
            await until(pilot, lambda: engine.connects > 0 and table_lines(app) > 0)
        yield app, pilot


async def until(pilot: Screen, condition: Callable[[], object], at_most: float = 8.0) -> None:
    """Wait for `condition`, within a bound of real seconds."""
    began = clock.stopwatch_ns()
    while not condition():
        assert clock.stopwatch_ns() - began < at_most * clock.SECOND, "did not become true in time"
        await pilot.pause(0.02)


def table_lines(app: CommandCenter) -> int:
    """How many lines the ticker table has; 0 before it stands."""
    return sum(len(table.lines) for table in app.desk.query(TickerTable))


def text_of(app: CommandCenter, selector: str) -> str:
    """The plain text of a Static of the top screen, or of the desk."""
    for holder in (app.screen, app.desk):
        for found in holder.query(selector).results(Static):
            return str(found.content)
    raise AssertionError(f"{selector} is nowhere")


def chat_text(app: CommandCenter) -> str:
    """The plain text of every block of the chat that is mounted."""
    return "\n".join(str(view.content) for view in app.desk.query(BlockView))


def picture(app: CommandCenter) -> list[str]:
    """The lines that the terminal shows."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def toasts(app: CommandCenter) -> str:
    """The words of every toast that stands."""
    return "\n".join(f"{note.title} {note.message}" for note in app._notifications)


def settled(app: CommandCenter) -> bool:
    """Whether every text is made for the width that its panel has now; a scrollbar that comes makes one narrower."""
    boards = (board for board in app.desk.query(Board).results(Board) if board.is_on_screen)
    return all(board.text(board.view, board.content_size.width).is_same(board._shown) for board in boards)


async def at_rest(pilot: Screen, app: CommandCenter, at_most: float = 8.0) -> None:
    """Wait until the terminal shows the same for a while: what comes late, such as a scrollbar, has come."""
    before: list[str] = []
    same, began = 0, clock.stopwatch_ns()
    while same < 4:
        assert clock.stopwatch_ns() - began < at_most * clock.SECOND, "the screen does not come to rest"
        await pilot.pause(0.05)
        now = picture(app)
        same = same + 1 if now == before and settled(app) else 0
        before = now


def shows(app: CommandCenter, words: str) -> bool:
    """Whether the terminal shows `words`."""
    return any(words in line for line in picture(app))
