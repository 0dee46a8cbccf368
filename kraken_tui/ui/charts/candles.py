"""Candles, one a column, with the prices that matter drawn across and what was traded marked."""

from collections.abc import Sequence

from textual.content import Content

from kraken_tui.model.page import Candlesticks, Level
from kraken_tui.ui.charts.canvas import Canvas
from kraken_tui.ui.charts.scale import Scale, label, moment, scale_of

AXIS = 20
VOLUME = 3
"""Lines of the volume below."""
BLOCKS = " ▁▂▃▄▅▆▇█"
STYLES = {"stop": "$down", "target": "$up", "entry": "$hold", "ratchet": "$arm"}


def candle_lines(candles: Candlesticks, width: int, height: int) -> list[Content]:
    """The newest candles that fit, `height` lines of `width` cells."""
    canvas = Canvas(width, height)
    across, down = max(4, width - AXIS), max(3, height - VOLUME - 1)
    first = max(0, len(candles.close) - across)
    prices = [*candles.high[first:], *candles.low[first:], *_near(candles, first)]
    scale = scale_of(prices, 2 * down)
    if scale is None or first == len(candles.close):
        canvas.put(0, 0, "No candle is known yet.", "$dim")
        return canvas.lines()
    levels = [level for level in candles.levels if scale.low <= level.price <= scale.high]
    for level in levels:
        canvas.put(scale.place(level.price) // 2, 0, "┄" * across, STYLES.get(level.name, "$dim"))
    for column, number in enumerate(range(first, len(candles.close))):
        _candle(canvas, candles, number, column, scale)
    _marks(canvas, candles, first, scale)
    _volume(canvas, candles.volume[first:], down)
    _axes(canvas, candles, first, (across, down), scale, levels)
    return canvas.lines()


def _near(candles: Candlesticks, first: int) -> list[float]:
    """Levels within thrice the span of what is shown: one far away would flatten the candles."""
    high, low = max(candles.high[first:], default=0.0), min(candles.low[first:], default=0.0)
    span = high - low
    return [level.price for level in candles.levels if low - span <= level.price <= high + span]


def _candle(canvas: Canvas, candles: Candlesticks, number: int, column: int, scale: Scale) -> None:
    opened, closed = candles.open[number], candles.close[number]
    style = "$up" if closed >= opened else "$falling"
    top, bottom = scale.place(candles.high[number]), scale.place(candles.low[number])
    body_top, body_bottom = scale.place(max(opened, closed)), scale.place(min(opened, closed))
    for row in range(top // 2, bottom // 2 + 1):
        halves = [body_top <= half <= body_bottom for half in (2 * row, 2 * row + 1)]
        wick = [top <= half <= bottom for half in (2 * row, 2 * row + 1)]
        canvas.put(row, column, _glyph(halves, wick), style)


def _glyph(body: Sequence[bool], wick: Sequence[bool]) -> str:
    if all(body):
        return "█"
    if body[0]:
        return "▀"
    if body[1]:
        return "▄"
    return "│" if all(wick) else "╵" if wick[0] else "╷"


def _marks(canvas: Canvas, candles: Candlesticks, first: int, scale: Scale) -> None:
    for mark in candles.marks:
        column = (mark.time_ns - candles.open_ns[first]) // candles.span_ns
        if 0 <= column < len(candles.close) - first:
            glyph = "▲" if mark.side == "buy" else "▼"
            canvas.put(scale.place(mark.price) // 2, int(column), glyph, "bold $arm")


def _volume(canvas: Canvas, volume: Sequence[float], down: int) -> None:
    most = max(volume, default=0.0)
    for column, amount in enumerate(volume):
        eighths = round(8 * VOLUME * amount / most) if most > 0 else 0
        for row in range(VOLUME):
            part = min(8, max(0, eighths - 8 * (VOLUME - 1 - row)))
            canvas.put(down + row, column, BLOCKS[part], "$dim")


def _axes(
    canvas: Canvas,
    candles: Candlesticks,
    first: int,
    size: tuple[int, int],
    scale: Scale,
    levels: Sequence[Level],
) -> None:
    (across, down), span = size, scale.high - scale.low
    for row in sorted({0, down // 2, down - 1}):
        canvas.put(row, across + 1, label(scale.value(2 * row + 0.5), span), "$head")
    last = candles.close[-1]
    labels = {scale.place(last) // 2: ([label(last, span)], "bold $foreground")}
    for level in levels:
        row = scale.place(level.price) // 2
        labels.setdefault(row, ([], STYLES.get(level.name, "$head")))[0].append(
            f"{level.name} {label(level.price, span)}"
        )
    for row, (words, style) in labels.items():
        canvas.put(row, across, f"◀ {', '.join(words)}".ljust(AXIS), style)
    whole = candles.open_ns[-1] - candles.open_ns[first]
    end = moment(candles.open_ns[-1], whole)
    canvas.put(down + VOLUME, 0, moment(candles.open_ns[first], whole), "$head")
    canvas.put(down + VOLUME, max(8, min(across, len(candles.close) - first) - len(end)), end, "$head")
