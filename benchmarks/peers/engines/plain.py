"""The rules in plain Python over numpy's indicators: what the others' counts of trades are compared with."""

from typing import Any

import numpy as np

from benchmarks.peers.engines import common
from benchmarks.peers.engines.indicators import signals

STOP, TARGET, SIGNAL = "stop", "target", "signal"


def trades_of(rows: Any, exit_by: str) -> int:
    """How many trades one pair makes."""
    told = signals(rows)
    high, low, close = (rows[:, k].tolist() for k in range(2, 5))
    enter, leave, atr = told.enter.tolist(), told.leave.tolist(), told.atr.tolist()
    held, trades, stop, target = False, 0, 0.0, 0.0
    pending = leaving = False
    for i in range(len(close)):
        if pending:
            held, pending = True, False
        elif leaving:
            held, leaving, trades = False, False, trades + 1
        if held and (low[i] <= stop or high[i] >= target):
            held, trades = False, trades + 1
        if held:
            leaving = exit_by == SIGNAL and leave[i]
        elif enter[i]:
            pending, stop = True, close[i] - common.STOP_ATRS * atr[i]
            target = close[i] + common.TARGET_ATRS * atr[i] if exit_by == TARGET else float("inf")
    return trades + held


def main() -> None:
    asked = common.job()
    rows = common.candles_of(asked)
    trades, spans = common.repeated(lambda: sum(trades_of(pair, asked.exit) for pair in rows), 0)
    common.answer(f"plain Python, numpy {np.__version__}", rows.shape[0] * rows.shape[1], trades, spans)


if __name__ == "__main__":
    main()
