"""vectorbt on candles: all pairs as columns, its own means, pandas' averages, all shifted to the next open."""
# mypy: disable-error-code="import-not-found,import-untyped"

import importlib.util
import warnings
from typing import Any

import numpy as np
import pandas as pd
import vectorbt

from benchmarks.peers.engines import common


def wilder(frame: Any, periods: int) -> Any:
    return frame.ewm(alpha=1 / periods, adjust=False).mean()


def trades_of(rows: Any, exit_by: str) -> int:
    """From columns to the number of trades."""
    index = pd.to_datetime(rows[0, :, 0], unit="s")
    opened, high, low, close, volume = (
        pd.DataFrame(np.ascontiguousarray(rows[:, :, k].T), index=index) for k in range(1, 6)
    )
    moves = close.diff().fillna(0)
    up, down = wilder(moves.clip(lower=0), common.RSI), wilder((-moves).clip(lower=0), common.RSI)
    strength = 100 * up / (up + down).replace(0, np.nan)
    before = close.shift(1).fillna(close)
    atr = wilder(np.maximum(high, before) - np.minimum(low, before), common.ATR)
    mean = vectorbt.MA.run(close, common.MEAN).ma.to_numpy()
    volumes = vectorbt.MA.run(volume, common.VOLUMES).ma.shift(1).to_numpy()
    enter = (
        (close > mean)
        & (strength > common.RSI_LOW)
        & (strength < common.RSI_HIGH)
        & (atr / close > common.LEAST_ATR)
        & (volume > common.MORE_VOLUME * volumes)
    ).shift(1, fill_value=False)
    by_signal = exit_by == "signal"
    stop, target = ((atrs * atr / close).shift(1) for atrs in (common.STOP_ATRS, common.TARGET_ATRS))
    folio = vectorbt.Portfolio.from_signals(
        close, entries=enter, exits=(strength >= common.RSI_HIGH).shift(1, fill_value=False) if by_signal else False,
        price=opened, open=opened, high=high, low=low, sl_stop=stop, tp_stop=None if by_signal else target,
        stop_entry_price="fillprice", size=common.STAKE, size_type="value", fees=common.FEE, init_cash=common.CASH,
        freq="5min",
    )  # fmt: skip
    return int(folio.trades.count().sum())


def main() -> None:
    warnings.filterwarnings("ignore")
    asked = common.job()
    rows = common.candles_of(asked)
    trades, spans = common.repeated(lambda: trades_of(rows, asked.exit), asked.repeat)
    engine = "rust" if importlib.util.find_spec("vectorbt_rust") else "numba"
    common.answer(
        f"vectorbt {vectorbt.__version__} {engine}", rows.shape[0] * rows.shape[1], trades, spans,
        note="stop and target in percent of the fill",
    )  # fmt: skip


if __name__ == "__main__":
    main()
