"""freqtrade: its own `Backtesting` over feather files. It loads markets from the exchange; here they are told."""
# mypy: disable-error-code="import-not-found,import-untyped"

import logging
import os
from pathlib import Path
from typing import Any

import freqtrade
import pandas as pd
from freqtrade.data.history.datahandlers.featherdatahandler import FeatherDataHandler
from freqtrade.enums import CandleType, RunMode
from freqtrade.exchange import Exchange
from freqtrade.optimize.backtesting import Backtesting

from benchmarks.peers.engines import common

NO_LIMITS = {"min": None, "max": None}


def market_of(name: str, size: float) -> dict[str, Any]:
    """A pair as ccxt describes it."""
    return {
        "id": f"{name}USD", "symbol": f"{name}/USD", "base": name, "quote": "USD", "baseId": name, "quoteId": "ZUSD",
        "settle": None, "settleId": None, "type": "spot", "spot": True, "margin": False, "swap": False,
        "future": False, "option": False, "contract": False, "active": True, "index": False, "darkpool": False,
        "taker": common.FEE, "maker": common.FEE, "percentage": True, "tierBased": True, "linear": None,
        "inverse": None, "contractSize": None, "expiry": None, "info": {},
        "precision": {"amount": 1e-8, "price": size},
        "limits": {
            "amount": {"min": 1e-8, "max": None}, "price": NO_LIMITS, "cost": {"min": 0.5, "max": None},
            "leverage": NO_LIMITS,
        },
    }  # fmt: skip


def config_of(pairs: list[str], folder: Path) -> dict[str, Any]:
    return {
        "trading_mode": "spot", "margin_mode": "", "max_open_trades": len(pairs), "stake_currency": "USD",
        "stake_amount": common.STAKE, "dry_run": True, "dry_run_wallet": common.CASH, "timeframe": "5m",
        "fee": common.FEE, "entry_pricing": {"price_side": "other", "use_order_book": False},
        "exit_pricing": {"price_side": "other", "use_order_book": False},
        "exchange": {"name": "kraken", "key": "", "secret": "", "pair_whitelist": pairs, "pair_blacklist": []},
        "pairlists": [{"method": "StaticPairList"}], "user_data_dir": folder, "datadir": folder,
        "strategy": "Common", "strategy_path": str(Path(__file__).parent), "dataformat_ohlcv": "feather",
        "dataformat_trades": "feather", "export": "none", "backtest_cache": "none", "runmode": RunMode.BACKTEST,
        "exportfilename": None, "exportdirectory": folder, "timerange": None, "enable_protections": False,
        "internals": {}, "original_config": {}, "dry_run_db": False,
    }  # fmt: skip


def store(rows: Any, pairs: list[str], folder: Path) -> None:
    """Write the candles as it reads them."""
    handler = FeatherDataHandler(folder)
    for pair, told in zip(pairs, rows, strict=True):
        frame = pd.DataFrame(told, columns=["date", "open", "high", "low", "close", "volume"])
        dates = pd.to_datetime(frame["date"].astype("int64"), unit="s", utc=True)
        frame["date"] = dates.astype("datetime64[ms, UTC]")
        handler.ohlcv_store(pair, "5m", frame, CandleType.SPOT)


def main() -> None:
    logging.disable(logging.CRITICAL)
    asked = common.job()
    os.environ["PEERS_EXIT"] = asked.exit
    rows, folder = common.candles_of(asked), Path.cwd()
    pairs = [f"{name}/USD" for name in common.names(asked.pairs)]
    told = zip(common.names(asked.pairs), common.tick_sizes_of(asked).tolist(), strict=True)
    markets = [market_of(*each) for each in told]
    Exchange._load_async_markets = lambda self, reload=False: self._api_async.set_markets(markets)
    store(rows, pairs, folder)
    backtesting = Backtesting(config_of(pairs, folder))
    candles, timerange = backtesting.load_bt_data()
    watch = common.Stopwatch()
    backtesting.backtest_one_strategy(backtesting.strategylist[0], candles, timerange)
    spans = common.Spans(watch.read())
    trades = len(backtesting.all_bt_content["Common"]["results"])
    common.answer(
        f"freqtrade {freqtrade.__version__}", rows.shape[0] * rows.shape[1], trades, spans,
        note="stops and targets by its callbacks",
    )  # fmt: skip


if __name__ == "__main__":
    main()
