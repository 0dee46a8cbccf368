"""The common rules as freqtrade wants them: indicators of TA-Lib, stop and target by its callbacks."""
# mypy: disable-error-code="import-not-found,import-untyped,misc"

import os
from datetime import datetime
from typing import Any

import talib.abstract as talib
from freqtrade.strategy import IStrategy, stoploss_from_absolute

from benchmarks.peers.engines import common

BRACKETS: dict[tuple[str, int], tuple[float, float]] = {}
"""Stop and target by pair and second of the entry. In its tags they would make its report take minutes."""
NEVER = 100.0


class Common(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "5m"
    startup_candle_count = common.MEAN
    process_only_new_candles = True
    stoploss = -0.5
    minimal_roi = {"0": NEVER}  # noqa: RUF012 - freqtrade's own kind
    use_custom_stoploss = True
    use_exit_signal = use_by_signal = os.environ["PEERS_EXIT"] == "signal"
    use_custom_roi = not use_by_signal
    order_types = {  # noqa: RUF012
        "entry": "market", "exit": "market", "stoploss": "market", "stoploss_on_exchange": False,
    }  # fmt: skip

    def populate_indicators(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        dataframe["rsi"] = talib.RSI(dataframe, timeperiod=common.RSI)
        dataframe["mean"] = talib.SMA(dataframe, timeperiod=common.MEAN)
        dataframe["atr"] = talib.ATR(dataframe, timeperiod=common.ATR)
        dataframe["volumes"] = dataframe["volume"].rolling(common.VOLUMES).mean().shift(1)
        return dataframe

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        enters = (
            (dataframe.close > dataframe["mean"])
            & (dataframe.rsi > common.RSI_LOW)
            & (dataframe.rsi < common.RSI_HIGH)
            & (dataframe.atr / dataframe.close > common.LEAST_ATR)
            & (dataframe.volume > common.MORE_VOLUME * dataframe.volumes)
        )
        dataframe.loc[enters, "enter_long"] = 1
        told = dataframe.loc[enters]
        opens = told.date.map(lambda date: int(date.timestamp()) + common.CANDLE_S)
        stops = told.close - common.STOP_ATRS * told.atr
        targets = told.close + common.TARGET_ATRS * told.atr
        for second, stop, target in zip(opens, stops, targets, strict=True):
            BRACKETS[metadata["pair"], second] = stop, target
        return dataframe

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, str]) -> Any:
        if self.use_by_signal:
            dataframe.loc[dataframe.rsi >= common.RSI_HIGH, "exit_long"] = 1
        return dataframe

    def custom_stoploss(
        self, pair: str, trade: Any, current_time: datetime, current_rate: float, current_profit: float,
        after_fill: bool, **_: Any,
    ) -> float | None:  # fmt: skip
        if trade.stop_loss > trade.open_rate * (1 + self.stoploss) * 1.01:
            return None
        stop = BRACKETS[pair, int(trade.open_date_utc.timestamp())][0]
        return float(stoploss_from_absolute(stop, current_rate, is_short=False, leverage=1.0))

    def custom_roi(
        self, pair: str, trade: Any, current_time: datetime, trade_duration: int, entry_tag: str | None, side: str,
        **_: Any,
    ) -> float:  # fmt: skip
        target = BRACKETS[pair, int(trade.open_date_utc.timestamp())][1]
        return float(target / trade.open_rate - 1 - 2 * common.FEE)
