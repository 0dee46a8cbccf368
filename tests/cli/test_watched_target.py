"""A target that can't rest, as the account holds coins of the operator's own, is told wherever the position is."""

import asyncio
import json
from pathlib import Path

from kraken_tui.config.home import Home, Mode
from kraken_tui.control.client import EngineClient
from kraken_tui.model.page import Look
from tests.cli.live_home import write_home
from tests.cli.programs import run
from tests.cli.trading_engine import LOOSE, trading, until, until_it_listens
from tests.sandbox.programs import sandbox_process

WATCHED = "target 3700.00 (watched by the engine, does not rest)"


def test_a_watched_target_is_told_wherever_its_position_is(tmp_path: Path) -> None:
    with sandbox_process() as sandbox:
        home = ("--home", str(write_home(tmp_path / "home", sandbox, **LOOSE)))
        with trading(home):
            until_it_listens(tmp_path / "home")
            until(lambda: "Feed LIVE" in run("status", *home).out)
            _hold(home)


async def _pages(root: Path) -> tuple[dict[str, str], list[str]]:
    """The position's row on the page of brackets, and the levels of its chart."""
    client = EngineClient(Home(root, Mode.SANDBOX).socket, "test")
    try:
        orders = await client.look(Look(page="orders"))
        symbol = await client.look(Look(page="symbol", about="ETH/USD"))
    finally:
        await client.close()
    legs = orders.tables[0]
    names = [column.name for column in legs.columns]
    return dict(zip(names, legs.rows[0], strict=True)), [row.name for row in symbol.candles[0].levels]


def _hold(home: tuple[str, ...]) -> None:
    bought = run("buy", "ETH", "0.1", "--stop", "2500", "--target", "3700", *home)
    assert (bought.code, bought.out.count(WATCHED)) == (0, 1), bought
    for words in (("status",), ("orders",), ("ask", "brackets"), ("ask", "positions")):
        assert WATCHED in run(*words, *home).out, words
    (row,) = json.loads(run("status", "--json", *home).out)["snapshot"]["positions"]
    assert (row["target"], row["target_rests"]) == ("3700.00", False)
    legs, levels = asyncio.run(_pages(Path(home[1])))
    assert (legs["target"], legs["rests"]) == ("3700.00", "watched")
    assert not levels or "target" in levels
    moved = run("move-target", "ETH", "3800", *home)
    assert moved.out.splitlines()[0] == (
        "ETH/USD: the target 3800.00 does not rest; the engine watches the price, and sells there"
    )
    off = run("move-target", "ETH", "off", *home)
    assert (off.code, off.out.splitlines()[0]) == (0, "ETH/USD: no target any more")
    assert "watched by" not in run("status", *home).out + off.out
