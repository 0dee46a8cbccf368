"""raptorbt: its own indicators, a mask of entries, stop and target in ATRs by its configuration; a pair at a time."""
# mypy: disable-error-code="import-not-found,import-untyped"

import importlib.metadata
from typing import Any

import numpy as np
import raptorbt

from benchmarks.peers.engines import common


def trades_of(columns: Any, seconds: Any, name: str, exit_by: str) -> int:
    """Indicators and run of a pair."""
    opened, high, low, close, volume = columns
    strength, mean = raptorbt.rsi(close, common.RSI), raptorbt.sma(close, common.MEAN)
    atr, volumes = raptorbt.atr(high, low, close, common.ATR), raptorbt.sma(volume, common.VOLUMES)
    enter = (
        (close[1:] > mean[1:])
        & (strength[1:] > common.RSI_LOW)
        & (strength[1:] < common.RSI_HIGH)
        & (atr[1:] / close[1:] > common.LEAST_ATR)
        & (volume[1:] > common.MORE_VOLUME * volumes[:-1])
    )
    enter = np.concatenate([[False], enter])
    by_signal = exit_by == "signal"
    leave = strength >= common.RSI_HIGH if by_signal else np.zeros(len(close), np.bool_)
    config = raptorbt.BacktestConfig(initial_capital=common.CASH, fees=common.FEE, fill_timing="next_bar_open")
    config.set_atr_stop(common.STOP_ATRS, common.ATR)
    if not by_signal:
        config.set_atr_target(common.TARGET_ATRS, common.ATR)
    found = raptorbt.run_single_backtest(seconds, opened, high, low, close, volume, enter, leave, 1, 1.0, name, config)
    return int(found.metrics.total_trades)


def main() -> None:
    asked = common.job()
    rows = common.candles_of(asked)
    seconds = (rows[0, :, 0] * 1e9).astype(np.int64)
    pairs = [tuple(np.ascontiguousarray(pair[:, k]) for k in range(1, 6)) for pair in rows]

    def run() -> int:
        named = zip(pairs, common.names(len(pairs)), strict=True)
        return sum(trades_of(columns, seconds, name, asked.exit) for columns, name in named)

    trades, spans = common.repeated(run, asked.repeat)
    common.answer(
        f"raptorbt {importlib.metadata.version('raptorbt')}", rows.shape[0] * rows.shape[1], trades, spans,
        note="after a stop it waits for a signal to leave before it enters again",
    )  # fmt: skip


if __name__ == "__main__":
    main()
