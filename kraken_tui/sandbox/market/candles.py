"""A pair's candles of every interval."""

from collections import deque

from kraken_tui.clock import MINUTE
from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.market.sums import DAY, RollingDay, Row
from kraken_tui.sandbox.market.values import Candle

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""Minutes, as Kraken offers them; each interval begins at a multiple of its length since the epoch."""
KEPT = 720
"""Candles of an interval that are told, as many as Kraken tells."""
_INTO: dict[int, tuple[int, ...]] = {
    1: (5,),
    5: (15,),
    15: (30,),
    30: (60,),
    60: (240,),
    240: (DAY,),
    DAY: INTERVALS[-2:],
}
"""Which longer intervals a closed candle is counted in; from there it goes on."""
_PATHS = {interval: (*(each for each in INTERVALS[1:7] if each < interval), interval) for interval in INTERVALS[1:]}
"""Over which intervals a minute gets into a longer one."""


class Candles:
    """All candles of one pair.

    A trade goes into its minute. A candle that is over goes on into the next longer interval, once; what is still
    open is counted in when asked for. Minutes without a trade are not kept but filled in when asked for.

    Args:
        instrument: the pair.
    """

    __slots__ = ("_instrument", "_open", "_series", "day")

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._series: dict[int, deque[Row]] = {interval: deque(maxlen=KEPT) for interval in INTERVALS}
        self._open: Row | None = None
        """The minute of the last trade, not yet in any longer interval."""
        self.day = RollingDay()

    def add(self, ticks: int, lots: int, time_ns: int) -> None:
        """Take a trade; one from before the last minute counts in that minute."""
        row, minute = self._open, time_ns // MINUTE
        if row is None or minute > row.begin:
            self.add_minute(Row(minute, ticks, ticks, ticks, ticks, lots, ticks * lots, 1))
            return
        if ticks > row.high:
            row.high = ticks
        elif ticks < row.low:
            row.low = ticks
        row.close = ticks
        row.lots += lots
        row.cost += ticks * lots
        row.count += 1
        self.day.grow(row, lots, ticks * lots)

    def add_minute(self, row: Row) -> None:
        """Take a whole minute, later than all before."""
        if self._open is not None:
            self._close(self._open, 1, row.begin)
        self._open = row
        self._series[1].append(row)
        self.day.begin(row)

    def _close(self, row: Row, interval: int, minute: int) -> None:
        """Let a candle that is over into the longer intervals, and on from those that are over at `minute`."""
        for longer in _INTO.get(interval, ()):
            series, begin = self._series[longer], row.begin - row.begin % longer
            if series and series[-1].begin == begin:
                series[-1].take(row)
            else:
                series.append(_copy(row, begin))
            if minute >= begin + longer:
                self._close(series[-1], longer, minute)

    def rows(self, interval: int, now_ns: int) -> list[Row]:
        """At most 720 candles up to now, without gaps, oldest first; the last one is still open. Not to be changed."""
        newest = self._newest(interval)
        if newest is None:
            return []
        series = list(self._series[interval])
        if series and series[-1].begin == newest.begin:
            series.pop()
        return _without_gaps([*series, newest], interval, now_ns // MINUTE)

    def _newest(self, interval: int) -> Row | None:
        """The candle of the last trade, with what is still open below it."""
        row = self._open
        if row is None or interval == 1:
            return row
        for longer in _PATHS[interval]:
            series, begin = self._series[longer], row.begin - row.begin % longer
            if series and series[-1].begin == begin:
                later, row = row, _copy(series[-1], begin)
                row.take(later)
            else:
                row = _copy(row, begin)
        return row

    def told(self, interval: int, now_ns: int) -> list[Candle]:
        """`rows` as exact prices."""
        return [row.told(self._instrument) for row in self.rows(interval, now_ns)]

    def current(self, interval: int, now_ns: int) -> Candle | None:
        """The candle that is open now, flat where nothing was traded in it; None before the first trade."""
        row, minute = self._newest(interval), now_ns // MINUTE
        if row is None:
            return None
        begin = max(row.begin, minute - minute % interval)
        return (row if row.begin == begin else _flat(begin, begin + 1, interval, row.close)[0]).told(self._instrument)

    def today(self, now_ns: int) -> Row | None:
        """The candle of the UTC day that it is now; None where nothing was traded yet."""
        row = self._newest(DAY)
        return row if row is not None and row.begin >= now_ns // MINUTE // DAY * DAY else None


def _copy(row: Row, begin: int) -> Row:
    return Row(begin, row.open, row.high, row.low, row.close, row.lots, row.cost, row.count)


def _without_gaps(rows: list[Row], interval: int, now: int) -> list[Row]:
    """With flat candles where nothing was traded, up to the interval of the minute `now`; at most the last 720."""
    end = max(now - now % interval, rows[-1].begin)
    begin = max(rows[0].begin, end - (KEPT - 1) * interval)
    here = [row for row in rows if row.begin >= begin]
    close = rows[-len(here) - 1].close if len(here) < len(rows) else rows[0].open
    filled: list[Row] = []
    for row in here:
        filled += _flat(begin, row.begin, interval, close)
        filled.append(row)
        begin, close = row.begin + interval, row.close
    return filled + _flat(begin, end + interval, interval, close)


def _flat(begin: int, end: int, interval: int, close: int) -> list[Row]:
    return [Row(at, close, close, close, close, 0, 0, 0) for at in range(begin, end, interval)]
