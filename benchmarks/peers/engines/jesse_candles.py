"""jesse: `research.backtest` in its fast mode, without its database. It takes candles of a minute and makes its own of
five.
"""
# mypy: disable-error-code="import-not-found,import-untyped,misc"

import importlib.metadata

import jesse.helpers
import jesse.indicators
import numpy as np
from jesse import research
from jesse.strategies import Strategy

from benchmarks.peers.engines import common

EXCHANGE = "Kraken"
KNOWN = 240
"""Candles that an indicator is counted over: Wilder's averages have forgotten what was before."""


class Common(Strategy):
    leaves = False

    def should_long(self) -> bool:
        known = self.candles[-KNOWN:]
        if len(known) < common.MEAN:
            return False
        atr = jesse.indicators.atr(known, common.ATR)
        volumes = known[-1 - common.VOLUMES :, 5]
        self.vars["atr"], self.vars["close"] = atr, self.price
        return bool(
            atr / self.price > common.LEAST_ATR
            and volumes[-1] > common.MORE_VOLUME * volumes[:-1].mean()
            and self.price > jesse.indicators.sma(known, common.MEAN)
            and common.RSI_LOW < jesse.indicators.rsi(known, common.RSI) < common.RSI_HIGH
        )

    def should_short(self) -> bool:
        return False

    def should_cancel_entry(self) -> bool:
        return True

    def go_long(self) -> None:
        self.buy = common.STAKE / self.price, self.price

    def on_open_position(self, order: object) -> None:
        amount, close, atr = self.position.qty, self.vars["close"], self.vars["atr"]
        self.stop_loss = amount, close - common.STOP_ATRS * atr
        if not self.leaves:
            self.take_profit = amount, close + common.TARGET_ATRS * atr

    def update_position(self) -> None:
        if self.leaves and jesse.indicators.rsi(self.candles[-KNOWN:], common.RSI) >= common.RSI_HIGH:
            self.liquidate()


def main() -> None:
    asked = common.job()
    rows = common.candles_of(asked, "minutes")
    Common.leaves = asked.exit == "signal"
    config = {
        "starting_balance": common.CASH, "fee": common.FEE, "type": "futures", "futures_leverage": 10,
        "futures_leverage_mode": "cross", "exchange": EXCHANGE, "warm_up_candles": 0,
    }  # fmt: skip
    routes, candles = [], {}
    for name, told in zip(common.names(asked.pairs), rows, strict=True):
        symbol = f"{name}-USDT"
        ordered = np.column_stack([told[:, 0] * 1000, *(told[:, k] for k in (1, 4, 2, 3, 5))])
        candles[jesse.helpers.key(EXCHANGE, symbol)] = {"exchange": EXCHANGE, "symbol": symbol, "candles": ordered}
        routes.append({"exchange": EXCHANGE, "strategy": Common, "symbol": symbol, "timeframe": "5m"})
    watch = common.Stopwatch()
    found = research.backtest(config, routes, [], candles, fast_mode=True)
    spans = common.Spans(watch.read())
    common.answer(
        f"jesse {importlib.metadata.version('jesse')}", rows.shape[0] * rows.shape[1] // 5,
        int(found["metrics"].get("total", 0)), spans, note="stops and targets on candles of a minute",
    )  # fmt: skip


if __name__ == "__main__":
    main()
