"""Recorded candles become one unbroken run of five minutes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.market.candles import SPAN_NS
from kraken_tui.model.errors import UsageError
from kraken_tui.strategy.candle_files import five_minutes, read_candles

ROWS = st.dictionaries(
    st.integers(0, 200), st.tuples(st.floats(1, 9), st.floats(1, 9), st.floats(0, 5)), min_size=1, max_size=60
)


@given(ROWS, st.integers(1, 10**6))
def test_minutes_become_five_and_holes_are_flat(minutes: dict[int, tuple[float, float, float]], start: int) -> None:
    base = start * SPAN_NS
    order = sorted(minutes)
    told = np.array([minutes[minute] for minute in order])
    times = base + np.array(order, np.int64) * SPAN_NS // 5
    opened, close, volume = told.T.copy()
    run = five_minutes(times, opened, np.maximum(opened, close), np.minimum(opened, close), close, volume)
    assert np.array_equal(np.diff(run.open_ns), np.full(len(run.open_ns) - 1, SPAN_NS))
    last = 0.0
    for row, open_ns in enumerate(run.open_ns.tolist()):
        inside = [minute for minute in order if base + minute * SPAN_NS // 5 - open_ns in range(SPAN_NS)]
        values = (run.open[row], run.high[row], run.low[row], run.close[row], run.volume[row])
        if inside:
            rows = [minutes[minute] for minute in inside]
            edges = [price for each in rows for price in each[:2]]
            assert values[:4] == (rows[0][0], max(edges), min(edges), rows[-1][1])
            assert values[4] == pytest.approx(sum(each[2] for each in rows))
            last = rows[-1][1]
        else:
            assert values == (last, last, last, last, 0.0)
    assert not run.close.flags.writeable


HEAD = "ts_ms,open,high,low,close,volume\n"
BAD = {
    "": "in no known form",
    HEAD: "no good row",
    HEAD + "300000,1,2,1,x,1\n": "could not convert",
    HEAD + "600000,1,2,1,1,1\n300000,1,2,1,1,1\n": "not in the order of time",
    HEAD + "0,1,2,1,1,1\n900000,1,2,1,1,1\n": "candles of 15 minutes make none of five",
    "recv_ms,bid,ask\n": "in no known form",
    "ts_s,bid,ask\n1,2,3\n": "holds no candles",
}


@pytest.mark.parametrize("text", BAD)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "XBTUSD.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=BAD[text]):
        read_candles(path)


def test_rows_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    rows = ["300000,1,2,1,1,1", "600000,0,2,1,1,1", "900000,1,2,1,1,-1", "1200000,1,0.5,1,1,1", "1500000,3,3,3,3,4"]
    (tmp_path / "XBTUSD.csv").write_text(HEAD + "\n".join(rows))
    run = read_candles(tmp_path)["BTC/USD"]
    assert run.close.tolist() == [1, 1, 1, 1, 3] and run.volume.tolist() == [1, 0, 0, 0, 4]
