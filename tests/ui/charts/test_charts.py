"""Charts keep to their room, put higher values higher, and survive whatever numbers they are given."""

import math

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from kraken_tui.model.page import Bars, Candlesticks, Curve, Level, Mark
from kraken_tui.ui.charts.bars import bar_lines
from kraken_tui.ui.charts.candles import candle_lines
from kraken_tui.ui.charts.curve import curve_lines, resampled
from kraken_tui.ui.charts.scale import label, scale_of
from kraken_tui.ui.themes import THEMES

ANY = st.floats(-1e12, 1e12) | st.sampled_from([math.nan, math.inf, -math.inf])
SPAN_NS = 300_000_000_000


def plain(lines: list[Content]) -> list[str]:
    return [line.plain for line in lines]


def curve(values: list[float]) -> Curve:
    times = tuple(1_700_000_000_000_000_000 + place * SPAN_NS for place in range(len(values)))
    return Curve(name="equity", unit="USD", time_ns=times, values=tuple(values))


def candles(
    rows: list[tuple[float, float, float, float]], levels: tuple[Level, ...] = (), marks: tuple[Mark, ...] = ()
) -> Candlesticks:
    opened, high, low, closed = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Candlesticks(
        name="BTC/USD", open_ns=tuple(place * SPAN_NS for place in range(len(rows))), span_ns=SPAN_NS, open=opened,
        high=high, low=low, close=closed, volume=tuple(1.0 + place for place in range(len(rows))), levels=levels,
        marks=marks,
    )  # fmt: skip


@given(st.lists(ANY, max_size=300), st.integers(1, 200), st.integers(1, 40))
def test_a_curve_fills_its_room_and_no_more(values: list[float], width: int, height: int) -> None:
    lines = plain(curve_lines(curve(values), width, height))
    assert len(lines) == height and {len(line) for line in lines} == {width}


def test_a_curve_that_rises_ends_higher_than_it_began() -> None:
    lines = plain(curve_lines(curve([float(value) for value in range(60)]), 42, 11))
    rows = [[row for row, line in enumerate(lines[:10]) if 0x2800 < ord(line[column]) < 0x2900] for column in (0, 28)]
    assert min(rows[0]) > max(rows[1])
    assert lines[0].rstrip().endswith("58.9 USD")


def test_an_axis_says_nothing_beyond_the_values() -> None:
    lines = plain(curve_lines(curve([0.0, -148.47, -148.47, -20.0]), 42, 14))
    assert lines[0].rstrip().endswith(" 0 USD") and lines[12].rstrip().endswith(" -148 USD")


def test_what_is_not_known_leaves_a_gap() -> None:
    lines = plain(curve_lines(curve([1.0, 1.0, math.nan, math.nan, 1.0, 1.0]), 30, 5))
    (line,) = [line for line in lines if ord(line[0]) > 0x2800]
    assert line[9] == " " and ord(line[17]) > 0x2800


@given(st.lists(ANY, min_size=1, max_size=500), st.integers(1, 100))
def test_the_last_value_is_always_shown(values: list[float], count: int) -> None:
    shown = resampled(values, count)
    assert len(shown) == (count if len(values) > 1 else 1)
    assert shown[-1] is values[-1]


@given(st.lists(st.tuples(st.text(max_size=30), ANY), max_size=30), st.integers(1, 200))
def test_bars_fill_their_lines(rows: list[tuple[str, float]], width: int) -> None:
    names, values = tuple(name for name, _ in rows), tuple(value for _, value in rows)
    lines = plain(bar_lines(Bars(name="by symbol", unit="USD", names=names, values=values), width))
    assert len(lines) == max(1, len(rows))
    assert all(len(line) == width for line in lines) or not rows


def test_gains_and_losses_stand_on_either_side_of_one_line() -> None:
    lines = plain(bar_lines(Bars(name="x", unit="USD", names=("a", "b"), values=(10.0, -30.0)), 80))
    assert "+10.00" in lines[0] and "-30.00" in lines[1]
    assert lines[0].index("█") == lines[1].rindex("█") + 1
    assert 2.5 < lines[1].count("█") / lines[0].count("█") < 3.5


PRICE = st.floats(1e-6, 1e6)


@given(st.lists(st.lists(PRICE, min_size=4, max_size=4), max_size=60), st.integers(1, 160), st.integers(1, 40), PRICE)
def test_candles_fill_their_room(rows: list[list[float]], width: int, height: int, level: float) -> None:
    told = [(row[0], max(row), min(row), row[3]) for row in rows]
    chart = candles(told, levels=(Level("stop", level),), marks=(Mark(0, level, "entry", "buy"),))
    lines = plain(candle_lines(chart, width, height))
    assert len(lines) == height and {len(line) for line in lines} == {width}


def test_a_candle_has_its_body_between_open_and_close_and_its_wick_beyond() -> None:
    lines = plain(candle_lines(candles([(40.0, 100.0, 0.0, 60.0)]), 30, 34))
    column = [line[0] for line in lines[:30]]
    wick = [row for row, glyph in enumerate(column) if glyph != " "]
    assert column[wick[0]] in "│╷" and column[wick[-1]] in "│╵" and len(wick) >= 26
    body = [row for row, glyph in enumerate(column) if glyph in "█▀▄"]
    assert body == list(range(min(body), max(body) + 1)) and 5 <= len(body) <= 8
    assert min(body) > 10 and max(body) < 20


def test_levels_are_named_at_their_price_and_trades_are_marked() -> None:
    rows = [(100.0, 110.0, 90.0, 105.0)] * 20
    chart = candles(
        rows, levels=(Level("stop", 92.0), Level("target", 1e6)), marks=(Mark(5 * SPAN_NS, 95.0, "entry", "buy"),)
    )
    lines = plain(candle_lines(chart, 60, 24))
    (stop,) = [line for line in lines if "◀ stop 92" in line]
    assert "┄" in stop and not any("target" in line for line in lines)
    assert any(line[5] == "▲" for line in lines)


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_labels_of_an_axis_differ(low: float, span: float) -> None:
    if low + span > low + span / 2 > low and abs(low) < 1e6 * span:
        assert label(low, span) != label(low + span, span)


@given(st.lists(ANY, max_size=20), st.integers(1, 50))
def test_a_scale_holds_every_value(values: list[float], steps: int) -> None:
    scale = scale_of(values, steps)
    if scale is not None:
        assert all(scale.low < value < scale.high for value in values if math.isfinite(value))
        assert all(0 <= scale.place(value) < scale.steps for value in values if math.isfinite(value))


def test_a_falling_candle_differs_from_a_rising_one_in_every_theme() -> None:
    for theme in THEMES:
        assert theme.variables["falling"] != theme.variables["up"], theme.name
    rising, falling = (candle_lines(candles([row]), 40, 12) for row in ((1.0, 3.0, 0.0, 2.0), (2.0, 3.0, 0.0, 1.0)))
    assert [{span.style for span in line.spans} for line in rising] != [
        {span.style for span in line.spans} for line in falling
    ]
