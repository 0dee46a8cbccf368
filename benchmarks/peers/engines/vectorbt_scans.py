"""vectorbt on scans of two seconds: fills at the scan's own price, as it knows no bid and ask."""
# mypy: disable-error-code="import-not-found,import-untyped"

import importlib.util
import warnings
from typing import Any

import numpy as np
import pandas as pd
import vectorbt

from benchmarks.peers.engines import common


def trades_of(prices: Any) -> int:
    """From a matrix of prices to the number of trades."""
    hot = np.zeros(prices.shape, np.bool_)
    hot[common.LOOKBACK :] = prices[common.LOOKBACK :] > prices[: -common.LOOKBACK] * common.HOT
    enter = hot.copy()
    for late in range(1, common.IN_A_ROW):
        enter[late:] &= hot[:-late]
    folio = vectorbt.Portfolio.from_signals(
        pd.DataFrame(prices), entries=pd.DataFrame(enter), exits=False, sl_stop=common.STOP_SHARE,
        tp_stop=common.TARGET_SHARE, size=common.STAKE, size_type="value", fees=0.0, init_cash=common.CASH, freq="2s",
    )  # fmt: skip
    return int(folio.trades.count().sum())


def main() -> None:
    warnings.filterwarnings("ignore")
    asked = common.job()
    prices = common.ticks_of(asked) * common.tick_sizes_of(asked)
    trades, spans = common.repeated(lambda: trades_of(prices), asked.repeat)
    engine = "rust" if importlib.util.find_spec("vectorbt_rust") else "numba"
    common.answer(
        f"vectorbt {vectorbt.__version__} {engine}", prices.size, trades, spans,
        note="fixed stop and target; no spread",
    )  # fmt: skip


if __name__ == "__main__":
    main()
