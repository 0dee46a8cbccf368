"""What single panels say: money that adds up, the most urgent lines, whose clock."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from textual.content import Content

from kraken_tui.model.snapshot import Headline
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.panels.header import Header
from kraken_tui.ui.panels.positions import Ledger
from kraken_tui.ui.view import LinkState, View
from tests.ui import fake_engine
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import picture, screen, shows, text_of, until


def view_of(engine: FakeEngine) -> View:
    roster, snapshot = engine._roster(), engine.snapshot()
    return View(roster=roster, snapshot=snapshot, columns=Columns(roster, snapshot), link=LinkState.UP)


def styles_of(content: Content, words: str) -> set[str]:
    at = content.plain.index(words)
    return {str(span.style) for span in content.spans if span.start <= at and at + len(words) <= span.end}


@pytest.mark.parametrize(
    ("amounts", "line", "colour"),
    [
        (
            ("-155.24", "84.11", "128.30", "367.65"),
            "P&L net ▼ -155.24 = gross realised +84.11, open +128.30 · fees -367.65",
            "$down",
        ),
        (
            ("1215.11", "1600.00", "-0.50", "384.39"),
            "P&L net ▲ +1,215.11 = gross realised +1,600.00, open -0.50 · fees -384.39",
            "$up",
        ),
        (
            ("0.00", "0.00", "0.00", "0.00"),
            "P&L net · +0.00 = gross realised +0.00, open +0.00 · fees +0.00",
            "$foreground",
        ),
    ],
)
def test_profit_is_one_sum_in_one_line(amounts: tuple[str, str, str, str], line: str, colour: str) -> None:
    profit, realised, unrealised, fees = map(Decimal, amounts)
    assert profit == realised + unrealised - fees
    engine = FakeEngine()
    engine.profit = amounts
    text = Ledger().text(view_of(engine), 76)
    assert text.plain.splitlines()[0] == line
    assert styles_of(text, line.split()[3]) == {f"bold {colour}"}
    assert styles_of(text, "gross realised +") <= {"$dim"}
    assert not {"$up", "bold $up"} & styles_of(text, line.split("realised ")[1].split(", open")[0]), (
        "gross has no colour"
    )


def test_in_a_narrow_panel_what_is_before_fees_says_so() -> None:
    text = Ledger().text(view_of(FakeEngine()), 36)
    lines = text.plain.splitlines()
    assert lines[:3] == ["P&L net ▼ -98.25", "= realised +210.00 gross", "· open -43.65 gross · fees -264.60"]
    assert all(len(line) <= 36 for line in lines)


@pytest.mark.parametrize("width", [36, 70, 120])
def test_a_trade_tells_gross_fees_and_net_apart(width: int) -> None:
    lines = Ledger().text(view_of(FakeEngine()), width).plain.splitlines()
    at = next(place for place, line in enumerate(lines) if "ADA/USD" in line)
    assert lines[at].endswith("net ▲ +11.96")
    assert lines[at + 1].startswith("      gross +40.00 · fees -28.04")
    assert ("4000 @ 0.871200 → 0.881200" in lines[at + 1]) == (width > 36)


def test_a_position_says_that_its_profit_is_net() -> None:
    for width in (36, 70):
        text = Ledger().text(view_of(FakeEngine()), width).plain
        assert "net ▲ +12.50" in text and "net ▼ -31.50" in text


def held(engine: FakeEngine, *symbols: str) -> None:
    """Let the engine hold `symbols`, and tell of each as it does."""
    row = engine._positions()[0]
    engine.held = tuple(msgspec.structs.replace(row, symbol=s, net="-1131.50", net_percent=-12.25) for s in symbols)
    engine.lines = tuple(
        Headline(word="HOLD", symbol=s, price="96412.30" if s == "BTC/USD" else "0.5521000", stop="0.5",
                 why="LONG 12.50000000 from 183.91, net -1131.50 USD (-12.25 %)")
        for s in symbols
    )[:6]  # fmt: skip


SYMBOLS = ("BTC/USD", "FARTCOIN/USD", "ETH/USD", "ADA/USD", "XRP/USD", "UNI/USD", "WIF/USD", "TAO/USD")


@pytest.mark.parametrize(("size", "seen"), [((80, 24), 3), ((120, 40), 5), ((200, 50), 6)])
async def test_battle_stations_tell_how_much_more_is_open(tmp_path: Path, size: tuple[int, int], seen: int) -> None:
    engine = FakeEngine()
    held(engine, *SYMBOLS)
    async with screen(engine, tmp_path, size) as (app, pilot):
        await until(pilot, lambda: shows(app, f"+{8 - seen} more" + (" open" if size[0] > 80 else "")))
        lines = text_of(app, "#battle").splitlines()
        assert len(lines) == seen
        assert all("net ▼ -1,131.50" in line for line in lines), "at every width, also beside what is more"
        assert "96,412.3 " in lines[0] and "0.5521 " in lines[1], "as the table writes prices"
        assert "0.50 " in lines[2], "stops too"
        assert ("from 183.91" in lines[0]) == (size[0] > 80), "the entry gives way first"
        held(engine, *SYMBOLS[:2])
        await until(pilot, lambda: "more" not in text_of(app, "#battle"))


async def test_a_position_without_a_stop_shouts_before_anything_else(tmp_path: Path) -> None:
    engine = FakeEngine()
    held(engine, "SOL/USD")
    assert engine.held is not None and engine.lines is not None
    engine.held = (msgspec.structs.replace(engine.held[0], protected=False, stop=""),)
    engine.lines = (msgspec.structs.replace(engine.lines[0], word="ALERT", stop=""),)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await until(pilot, lambda: "NO STOP covers all of it" in text_of(app, "#battle"))
        assert shows(app, "net ▼ -1,131.50")


async def test_one_position_is_not_positions(tmp_path: Path) -> None:
    engine = FakeEngine()
    held(engine, "SOL/USD")
    async with screen(engine, tmp_path) as (app, pilot):
        await pilot.press("q")
        await until(pilot, lambda: shows(app, "1 position is open."))
        await pilot.press("escape", "f9")
        await until(pilot, lambda: shows(app, "1 position, notional"))
        await pilot.press("escape")
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: shows(app, "1 position open"))


@pytest.mark.parametrize(
    ("market", "clock", "name"),
    [
        ("kraken", " 00:01:20 UTC", "kraken"),
        ("demo", "engine 00:01:20 UTC", "demo"),
        ("/work/shared/data/recordings/2026-01-05", "engine 00:01:20 UTC", "2026-01-05"),
    ],
)
def test_the_head_names_the_market_in_a_word_and_whose_clock_it_shows(market: str, clock: str, name: str) -> None:
    engine = FakeEngine()
    engine.market = market
    head = Header().text(view_of(engine), 120).plain.splitlines()[0]
    assert f" {name}   margin account" in head
    assert head.endswith(clock)
    assert ("engine 00" in head) == (market != "kraken")
    assert "/work" not in head


def test_a_target_that_does_not_rest_is_shown_as_watched() -> None:
    engine = FakeEngine()
    held(engine, "SOL/USD")
    assert engine.held is not None
    for rests, words in ((True, "target 190.00"), (False, "target 190.00 watched")):
        engine.held = (msgspec.structs.replace(engine.held[0], target="190.00", target_rests=rests),)
        lines = [line.strip() for line in Ledger().text(view_of(engine), 200).plain.splitlines()]
        (line,) = [line for line in lines if "target" in line]
        assert f"{words}  " in line


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_group_with_wide_signs_breaks_no_line(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = tuple((name, "狗狗币🐸🐸", price, decimals) for name, _, price, decimals in fake_engine.NAMED)
    monkeypatch.setattr(fake_engine, "NAMED", wide)
    async with screen(FakeEngine(), tmp_path, size) as (app, pilot):
        await pilot.press("w", "w", "w", "z")
        await until(pilot, lambda: shows(app, "狗") or size[0] < 100)
        assert {cell_len(line) for line in picture(app)} == {size[0]}
