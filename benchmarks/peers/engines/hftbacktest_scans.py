"""hftbacktest on scans of two seconds: every change of a quote as depth events, with its own models of orders."""
# mypy: disable-error-code="import-not-found,import-untyped"

from typing import Any

import hftbacktest
import numba
import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.types import event_dtype

from benchmarks.peers.engines import common

NS = 1_000_000_000
BEGIN_NS = 1_767_225_600 * NS
SCAN_NS = common.SCAN_S * NS
BEFORE_NS = 1_000_000
"""A quote is there a millisecond before the scan that looks at it."""
LATENCY_NS = 1_000
AMOUNT = 1e9
FROM_NOW_ON = hftbacktest.DEPTH_EVENT | hftbacktest.EXCH_EVENT | hftbacktest.LOCAL_EVENT


def events_of(ticks: Any, size: float) -> Any:
    """A new best bid and ask and the end of the old ones, where the price changed."""
    changed = np.concatenate([[0], 1 + np.flatnonzero(np.diff(ticks))])
    now, before = ticks[changed].astype(float), ticks[np.maximum(changed - 1, 0)].astype(float)
    events = np.zeros((len(changed), 4), event_dtype)
    buy, sell = FROM_NOW_ON | hftbacktest.BUY_EVENT, FROM_NOW_ON | hftbacktest.SELL_EVENT
    rows = ((sell, before + 1, 0.0), (buy, before - 1, 0.0), (buy, now - 1, AMOUNT), (sell, now + 1, AMOUNT))
    for k, (kind, price, amount) in enumerate(rows):
        events["ev"][:, k], events["px"][:, k], events["qty"][:, k] = kind, price * size, amount
    events["exch_ts"] = (BEGIN_NS + changed * SCAN_NS - BEFORE_NS)[:, None]
    events["local_ts"] = events["exch_ts"]
    return events.reshape(-1)


def asset_of(events: Any, size: float) -> Any:
    """A pair with no fees and orders that arrive at once."""
    return (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(LATENCY_NS, LATENCY_NS)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(size)
        .lot_size(1e-6)
        .last_trades_capacity(0)
    )


@numba.njit
def trades_of(backtest: Any, pairs: int, scans: int) -> int:
    """Walk scan by scan."""
    past, hot = np.zeros((pairs, common.LOOKBACK)), np.zeros(pairs, np.int64)
    entry, amount = np.zeros(pairs), np.zeros(pairs)
    number, trades = 1, 0
    for scan in range(scans):
        if backtest.elapse(SCAN_NS) != 0:
            break
        slot = scan % common.LOOKBACK
        for i in range(pairs):
            depth = backtest.depth(i)
            bid, ask = depth.best_bid, depth.best_ask
            price = (bid + ask) / 2
            rises = scan >= common.LOOKBACK and price > past[i, slot] * common.HOT
            hot[i] = hot[i] + 1 if rises else 0
            past[i, slot] = price
            if backtest.position(i) > 0:
                far = entry[i] * (1 + common.TARGET_SHARE)
                if bid <= entry[i] * (1 - common.STOP_SHARE) or bid >= far:
                    number, trades = number + 1, trades + 1
                    backtest.submit_sell_order(i, number, bid, amount[i], hftbacktest.GTC, hftbacktest.MARKET, False)
            elif hot[i] >= common.IN_A_ROW:
                number += 1
                entry[i], amount[i] = ask, np.round(common.STAKE / ask, 6)
                backtest.submit_buy_order(i, number, ask, amount[i], hftbacktest.GTC, hftbacktest.MARKET, False)
            backtest.clear_inactive_orders(i)
    return trades


def main() -> None:
    asked = common.job()
    ticks, sizes = common.ticks_of(asked), common.tick_sizes_of(asked).tolist()
    events = [events_of(ticks[:, i], size) for i, size in enumerate(sizes)]

    def run() -> int:
        backtest = HashMapMarketDepthBacktest([asset_of(*each) for each in zip(events, sizes, strict=True)])
        trades = trades_of(backtest, asked.pairs, len(ticks))
        backtest.close()
        return int(trades)

    trades, spans = common.repeated(run, asked.repeat)
    common.answer(
        f"hftbacktest {hftbacktest.__version__}", ticks.size, trades, spans,
        note="fixed stop and target, watched by the strategy",
    )  # fmt: skip


if __name__ == "__main__":
    main()
