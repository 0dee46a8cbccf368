"""One-minute bars of the believed price and their rolling true range: the scanner's ATR (`scan_atr`), exact, in ticks.

True range and its average after Wilder, "New Concepts in Technical Trading Systems" (1978), with a plain average of
the last ATR_PERIOD ranges. The average itself is never formed: rules use the integer sum.
"""

from kraken_tui.clock import MINUTE
from kraken_tui.scanner.compiled import compiled, part
from kraken_tui.scanner.inputs import Matrix, Records, Vector
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.state import NO_LOW, Market, Row


@part
def extend_bars(columns: Matrix) -> None:
    """Take this scan's believed prices into the minute in progress."""
    price, high, low, believed = columns[Row.PRICE], columns[Row.HIGH], columns[Row.LOW], columns[Row.BELIEVED]
    for i in range(price.size):
        now, top, bottom, last = price[i], high[i], low[i], believed[i]
        high[i] = max(top, now)
        low[i] = min(bottom, now if now > 0 else NO_LOW)
        believed[i] = now if now > 0 else last


@part
def turn_minute(columns: Matrix, history: Matrix, market: Vector, p: Parameters, time_ns: int) -> None:
    """Close the minute in progress once the clock has left it forwards; minutes that went by unseen are flat."""
    minute, now = market[Market.MINUTE], time_ns // MINUTE
    if minute >= 0 and now > minute:
        _close_bars(columns, history, p, minute)
        if now > minute + 1:
            for i in range(columns.shape[1]):
                _stay_flat(i, columns, history, p, minute + 1, now)
    elif minute < 0:
        for i in range(columns.shape[1]):
            if columns[Row.WARM_MINUTE, i] >= now:
                forget_bars(i, columns, history, p)
            _stay_flat(i, columns, history, p, columns[Row.WARM_MINUTE, i] + 1, now)
    market[Market.MINUTE] = max(minute, now)


@part
def _close_bars(columns: Matrix, history: Matrix, p: Parameters, minute: int) -> None:
    """Add the true range of the minute that ended to the rolling sum, for all tickers; without a price it is 0."""
    high, low, believed = columns[Row.HIGH], columns[Row.LOW], columns[Row.BELIEVED]
    close, total, bars = columns[Row.PREVIOUS_CLOSE], columns[Row.RANGE_SUM], columns[Row.BARS]
    period, empty = p.atr_period, columns[Row.EMPTY_MINUTES]
    ranges = history[p.lookback + minute % period]
    for i in range(close.size):
        last, seen = close[i], high[i] > 0
        floor = last if last > 0 else NO_LOW
        true_range = max(high[i], last) - min(low[i], floor) if seen else 0
        total[i] += true_range - ranges[i]
        ranges[i] = true_range
        empty[i] = 0 if seen else empty[i] + 1
        known = (empty[i] < period) & (seen | (last > 0))
        bars[i] = min(bars[i] + 1, period) if known else 0
        newest = believed[i] if seen else last
        close[i] = newest if known else 0
        high[i] = 0
        low[i] = NO_LOW


@part
def _stay_flat(i: int, columns: Matrix, history: Matrix, p: Parameters, first: int, after: int) -> None:
    """Minutes from `first` to before `after` went by without a price: true range 0.

    After ATR_PERIOD of them in a row nothing is left of the past: the ticker warms again.
    """
    for minute in range(max(first, after - p.atr_period), after):
        _add_range(i, columns, history, p, minute, 0)
        columns[Row.EMPTY_MINUTES, i] += 1
        if columns[Row.PREVIOUS_CLOSE, i] == 0 or columns[Row.EMPTY_MINUTES, i] >= p.atr_period:
            columns[Row.BARS, i] = 0
            columns[Row.PREVIOUS_CLOSE, i] = 0


@part
def forget_bars(i: int, columns: Matrix, history: Matrix, p: Parameters) -> None:
    """Empty a ticker's closed bars."""
    for row in range(p.lookback, history.shape[0]):
        history[row, i] = 0
    columns[Row.RANGE_SUM, i] = 0
    columns[Row.BARS, i] = 0
    columns[Row.PREVIOUS_CLOSE, i] = 0
    columns[Row.EMPTY_MINUTES, i] = 0


@part
def _add_range(i: int, columns: Matrix, history: Matrix, p: Parameters, minute: int, true_range: int) -> None:
    row = p.lookback + minute % p.atr_period
    columns[Row.RANGE_SUM, i] += true_range - history[row, i]
    history[row, i] = true_range
    columns[Row.BARS, i] = min(columns[Row.BARS, i] + 1, p.atr_period)


@compiled
def warm(i: int, past: Matrix, columns: Matrix, history: Matrix, market: Vector, parameters: Records) -> None:
    """Replace a ticker's closed bars by `past`; the minute in progress stays.

    Args:
        i: the ticker.
        past: int64 [bar, 4]: minute since the epoch (rising), high, low, close. Bars that the scanner's clock has
            not closed yet are left out; minutes between two bars, and up to the one in progress, are flat.
        columns: of the state.
        history: of the state.
        market: of the state.
        parameters: from `parameters.record`.
    """
    p: Parameters = parameters[0]
    current = market[Market.MINUTE]
    forget_bars(i, columns, history, p)
    last = past[0, 0] - 1
    for k in range(past.shape[0]):
        minute, high, low, close = past[k, 0], past[k, 1], past[k, 2], past[k, 3]
        if current >= 0 and minute >= current:
            break
        _stay_flat(i, columns, history, p, last + 1, minute)
        before = columns[Row.PREVIOUS_CLOSE, i]
        floor = before if before > 0 else low
        _add_range(i, columns, history, p, minute, max(high, before) - min(low, floor))
        columns[Row.PREVIOUS_CLOSE, i] = close
        columns[Row.EMPTY_MINUTES, i] = 0
        last = minute
    columns[Row.WARM_MINUTE, i] = last
    if current >= 0:
        _stay_flat(i, columns, history, p, last + 1, current)
    if columns[Row.BELIEVED, i] == 0:
        columns[Row.BELIEVED, i] = columns[Row.PREVIOUS_CLOSE, i]
