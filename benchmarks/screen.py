"""CPU of the screen: one full refresh with every price changed, at 30 and 1,500 tickers, of the table alone and of the
whole command center; the chat; and the import.

Run: python -m benchmarks.screen
"""

import asyncio
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from textual.app import App, ComposeResult

from kraken_tui.model.talk import Block, BlockKind
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.ticker_table import TickerTable
from tests.ui.fake_engine import FakeEngine, Talking
from tests.ui.talks import long_talk

ROUNDS = 25
TOKENS = 100
SIZES = ((80, 24), (200, 50))


async def refresh_ms(count: int, size: tuple[int, int], sort: str) -> tuple[float, float]:
    """Median and worst CPU milliseconds from a new snapshot until it is painted."""
    engine = FakeEngine(count=count, moving=False)
    with tempfile.TemporaryDirectory() as folder:
        app = CommandCenter(engine, ui_state=Path(folder) / "ui.json", crash_log=Path(folder) / "crash.log")
        async with app.run_test(size=size) as pilot:
            app.choices.sort = sort
            while not app.follower.view().snapshot:
                await pilot.pause(0.05)
            engine.hang = True
            await pilot.pause(0.5)
            taken = []
            for _ in range(ROUNDS):
                engine.tick += 1
                snapshot = engine.snapshot()
                began = time.process_time()
                app.follower._take(snapshot)
                await pilot.pause()
                taken.append((time.process_time() - began) * 1000)
    return statistics.median(taken), max(taken)


class TableAlone(App[None]):
    """A screen with the ticker table and nothing else."""

    CSS = "TickerTable { height: 1fr } .table--up { color: green } .table--down { color: red }"

    def compose(self) -> ComposeResult:
        """The table."""
        yield TickerTable()


async def table_ms(count: int, size: tuple[int, int], sort: str) -> tuple[float, float]:
    """Median and worst CPU milliseconds from a new snapshot until the table alone is painted: sorting included.

    Less what the test driver takes for its own waiting.
    """
    engine = FakeEngine(count=count, moving=False)
    app = TableAlone()
    async with app.run_test(size=size) as pilot:
        table, taken, idle = app.query_one(TickerTable), [], []
        for _ in range(ROUNDS + 2):
            engine.tick += 1
            snapshot = engine.snapshot()
            began = time.process_time()
            columns = Columns(engine.roster, snapshot)
            table.fill(columns, columns.arranged(sort, True, ""), [], (sort, True), stale=False)
            await pilot.pause()
            done = time.process_time()
            await pilot.pause()
            taken.append((done - began) * 1000)
            idle.append((time.process_time() - done) * 1000)
    waiting = statistics.median(idle)
    return statistics.median(taken[2:]) - waiting, max(taken[2:]) - waiting


async def chat_ms(turns: int, size: tuple[int, int]) -> tuple[float, float, float, int]:
    """CPU milliseconds in a conversation of `turns`: for all of it at once, for a streamed token, median and worst.

    Less what the test driver takes for its own waiting. The last is how many widgets the conversation has.
    """
    engine = FakeEngine(moving=False)
    engine.talking = talking = Talking(busy=True, state="thinking")
    long_talk(talking, turns)
    with tempfile.TemporaryDirectory() as folder:
        app = CommandCenter(engine, ui_state=Path(folder) / "ui.json", crash_log=Path(folder) / "crash.log")
        async with app.run_test(size=size) as pilot:
            while not app.follower.view().snapshot:
                await pilot.pause(0.05)
            await pilot.press("3")
            engine.hang = True
            await pilot.pause(0.5)
            chat = app.desk.query_one(Chat)
            chat.tell(None, (), anew=True)
            await pilot.pause(0.2)

            async def shown(blocks: tuple[Block, ...]) -> float:
                began = time.process_time()
                if blocks:
                    chat.tell(talking.talk, blocks)
                await pilot.pause()
                return (time.process_time() - began) * 1000

            whole = await shown(tuple(talking.blocks.values()))
            await pilot.pause(0.2)
            idle = statistics.median([await shown(()) for _ in range(TOKENS)])
            id, words, taken = talking.say(BlockKind.PROSE, done=False), [], []
            for number in range(TOKENS):
                words.append(f"word{number}")
                talking.say(BlockKind.PROSE, " ".join(words), id=id, done=False)
                taken.append(await shown((talking.blocks[id],)) - idle)
            mounted = len(chat.query("*"))
    return whole - idle, statistics.median(taken), max(taken), mounted


def import_ms() -> float:
    """Median wall milliseconds of a process that imports the screen, less one that imports nothing."""

    def run(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - began) * 1000

    return statistics.median(run("import kraken_tui.ui.app") - run("pass") for _ in range(7))


def main() -> None:
    """Print the figures."""
    print(f"{platform.node()} · {platform.machine()} · Python {platform.python_version()}")
    print(f"import kraken_tui.ui.app: {import_ms():.0f} ms")
    for width, height in SIZES:
        for count in (30, 1500):
            for sort in ("symbol", "state"):
                median, worst = asyncio.run(refresh_ms(count, (width, height), sort))
                alone, worst_alone = asyncio.run(table_ms(count, (width, height), sort))
                what = f"{width}×{height}, {count:5} tickers by {sort:6}"
                told = f"{median:5.1f} ms CPU a refresh, worst {worst:.1f}"
                print(f"{what}: {told}; the table alone {alone:.1f}, worst {worst_alone:.1f}")
    for turns in (20, 200):
        for width, height in SIZES:
            whole, median, worst, mounted = asyncio.run(chat_ms(turns, (width, height)))
            print(
                f"{width}×{height}, {turns:3} turns: {whole:5.1f} ms CPU for all, {median:.1f} ms a streamed token, "
                f"worst {worst:.1f}; {mounted} widgets"
            )


if __name__ == "__main__":
    main()
