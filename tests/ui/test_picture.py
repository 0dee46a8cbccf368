"""A picture of the screen shows the market, and nothing of how much an account has or whose it is."""

import re
from html import unescape
from pathlib import Path

import msgspec
import pytest

from kraken_tui.ui.picture import BLOT, hidden, svg
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, shows, toasts, until


def words(picture: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", picture)).replace("\xa0", " ")


async def test_what_is_an_accounts_is_not_in_it(tmp_path: Path) -> None:
    engine = FakeEngine(moving=False)
    async with screen(engine, tmp_path, (200, 50)) as (app, pilot):
        await until(pilot, lambda: shows(app, "10,123.45"))
        told = words(svg(app))
        snapshot = engine.snapshot()
        account = [str(value) for value in msgspec.structs.astuple(snapshot.account)[:7]]
        rows = [value for row in snapshot.positions for value in (row.notional, row.gross, row.fees, row.net)]
        for amount in [*account, *rows, "12.5 ", "4,000", "900 "]:
            assert amount not in told, amount
        assert "BTC/USD" in told and re.search(r" 9\d,\d\d\d\.\d ", told), "the market stays"
        assert "PAPER" in told and BLOT in told


async def test_the_palettes_action_writes_it_for_the_owner_only(tmp_path: Path) -> None:
    engine = FakeEngine(moving=False)
    roster = msgspec.structs.replace(engine.roster, home=str(tmp_path))
    engine._roster = lambda: roster  # type: ignore[method-assign]
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("ctrl+p", *"picture of")
        await pilot.pause(0.3)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "written" in toasts(app))
        (path,) = (tmp_path / "exports").glob("screen-*.svg")
        assert path.stat().st_mode & 0o077 == 0
        told = words(path.read_text())
        assert "SYMBOL" in told and "10,123" not in told, "the palette is not in the way"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("00:06:32 equity 10,123.45 +0.42 % of 2026-01-01", "00:06:32 equity ••••••••• +0.42 % of 2026-01-01"),
        ("order OQCLML-BW3P3-BUCMWZ", "order •••••••••••••••••••"),
        ("home /home/jimmy/kraken, BTC/USD", "home ••••••••••••••••••, BTC/USD"),
    ],
)
def test_how_it_is_blotted_out(text: str, left: str) -> None:
    assert hidden(text) == left and len(left) == len(text)


def test_of_the_market_only_the_profit_is() -> None:
    assert hidden("SOL/USD 184.22 ▲ +12.50 ▲ +0.21 %", public=True) == "SOL/USD 184.22 ▲ •••••• ▲ +0.21 %"
