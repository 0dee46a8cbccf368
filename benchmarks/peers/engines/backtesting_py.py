"""backtesting.py: one Backtest a pair, brackets by `sl` and `tp`."""
# mypy: disable-error-code="import-not-found,import-untyped,misc"

import warnings
from typing import Any

import backtesting
import numpy as np
import pandas as pd

from benchmarks.peers.engines import common
from benchmarks.peers.engines.indicators import signals


class Common(backtesting.Strategy):
    leaves: bool = False

    def init(self) -> None:
        pass

    def next(self) -> None:
        data = self.data
        if self.position or self.orders:
            if self.leaves and data.Leave[-1] and self.position:
                self.position.close()
            return
        if data.Enter[-1]:
            close, atr = data.Close[-1], data.Atr[-1]
            target = None if self.leaves else close + common.TARGET_ATRS * atr
            self.buy(size=max(1, round(common.STAKE / close)), sl=close - common.STOP_ATRS * atr, tp=target)


def frame_of(rows: Any) -> Any:
    """Its kind of table. It buys whole units: prices are scaled so that a stake is a hundred thousand of them."""
    scale = common.STAKE / rows[0, 4] / 1e5
    prices = {name: rows[:, k] * scale for k, name in enumerate(("Open", "High", "Low", "Close"), start=1)}
    return pd.DataFrame({**prices, "Volume": rows[:, 5]}, index=pd.to_datetime(rows[:, 0], unit="s"))


def trades_of(frame: Any, exit_by: str) -> int:
    """Indicators and run of a pair."""
    columns = [frame[name].to_numpy() for name in ("Open", "Open", "High", "Low", "Close", "Volume")]
    told = signals(np.column_stack(columns))
    frame = frame.assign(Enter=told.enter.astype(float), Leave=told.leave.astype(float), Atr=told.atr)
    test = backtesting.Backtest(frame, Common, cash=common.CASH, commission=common.FEE, finalize_trades=True)
    return int(test.run(leaves=exit_by == "signal")["# Trades"])


def main() -> None:
    warnings.filterwarnings("ignore")
    asked = common.job()
    rows = common.candles_of(asked)
    frames = [frame_of(pair) for pair in rows]
    trades, spans = common.repeated(lambda: sum(trades_of(frame, asked.exit) for frame in frames), 0)
    common.answer(f"backtesting.py {backtesting.__version__}", rows.shape[0] * rows.shape[1], trades, spans)


if __name__ == "__main__":
    main()
