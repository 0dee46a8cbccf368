"""nautilus_trader: its engine, indicators and bracket orders, with logging and risk checks off. On candles or, by mode
`scans`, on quotes every two seconds.
"""
# mypy: disable-error-code="import-not-found,import-untyped,misc"

from collections import deque
from decimal import Decimal
from typing import Any

import nautilus_trader
import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.indicators import (
    AverageTrueRange,
    MovingAverageType,
    RelativeStrengthIndex,
    SimpleMovingAverage,
)
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, CurrencyType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Currency, Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler, QuoteTickDataWrangler
from nautilus_trader.trading.strategy import Strategy

from benchmarks.peers.engines import common

VENUE = Venue("PEERS")
AMOUNT_DECIMALS = 6
BEGIN_S = 1_767_225_600


class Bracketed(Strategy):
    """Enters with a bracket where nothing is held or under way."""

    def __init__(self, leaves: bool) -> None:
        super().__init__(StrategyConfig(order_id_tag="1"))
        self.leaves = leaves
        self.trades = 0

    def on_position_closed(self, event: Any) -> None:
        self.trades += 1

    def enter(self, pair: Any, price: float, stop: float, target: float) -> None:
        if not self.portfolio.is_flat(pair.id) or self.cache.orders_open_count(None, pair.id):
            return
        amount, stop_at = pair.make_qty(common.STAKE / price), pair.make_price(stop)
        if self.leaves:
            self.submit_order(self.order_factory.market(pair.id, OrderSide.BUY, amount))
            self.submit_order(
                self.order_factory.stop_market(pair.id, OrderSide.SELL, amount, stop_at, reduce_only=True)
            )
            return
        self.submit_order_list(
            self.order_factory.bracket(
                instrument_id=pair.id, order_side=OrderSide.BUY, quantity=amount, sl_trigger_price=stop_at,
                tp_price=pair.make_price(target), tp_post_only=False,
            )
        )  # fmt: skip


class OnCandles(Bracketed):
    """The rules on candles."""

    def __init__(self, pairs: dict[Any, Any], leaves: bool) -> None:
        super().__init__(leaves)
        self.pairs = pairs

    def on_start(self) -> None:
        self.told: dict[Any, Any] = {}
        for bars, pair in self.pairs.items():
            strength = RelativeStrengthIndex(common.RSI, ma_type=MovingAverageType.WILDER)
            mean = SimpleMovingAverage(common.MEAN)
            atr = AverageTrueRange(common.ATR, ma_type=MovingAverageType.WILDER)
            for indicator in (strength, mean, atr):
                self.register_indicator_for_bars(bars, indicator)
            self.told[bars] = pair, strength, mean, atr, SimpleMovingAverage(common.VOLUMES)
            self.subscribe_bars(bars)

    def on_bar(self, bar: Any) -> None:
        pair, strength, mean, atr, volumes = self.told[bar.bar_type]
        usual, volume, close = volumes.value, bar.volume.as_double(), bar.close.as_double()
        volumes.update_raw(volume)
        if not mean.initialized:
            return
        rsi = 100 * strength.value
        if self.leaves and rsi >= common.RSI_HIGH and not self.portfolio.is_flat(pair.id):
            self.cancel_all_orders(pair.id)
            self.close_all_positions(pair.id)
        elif (
            common.RSI_LOW < rsi < common.RSI_HIGH
            and close > mean.value
            and atr.value / close > common.LEAST_ATR
            and volume > common.MORE_VOLUME * usual
        ):
            span = atr.value
            self.enter(pair, close, close - common.STOP_ATRS * span, close + common.TARGET_ATRS * span)


class OnScans(Bracketed):
    """The rules on scans."""

    def __init__(self, pairs: list[Any]) -> None:
        super().__init__(leaves=False)
        self.pairs = pairs

    def on_start(self) -> None:
        self.told: dict[Any, Any] = {}
        for pair in self.pairs:
            self.told[pair.id] = pair, deque[float](maxlen=common.LOOKBACK), [0]
            self.subscribe_quote_ticks(pair.id)

    def on_quote_tick(self, tick: Any) -> None:
        pair, past, hot = self.told[tick.instrument_id]
        ask = tick.ask_price.as_double()
        price = (tick.bid_price.as_double() + ask) / 2
        rises = len(past) == common.LOOKBACK and price > past[0] * common.HOT
        hot[0] = hot[0] + 1 if rises else 0
        past.append(price)
        if hot[0] >= common.IN_A_ROW:
            self.enter(pair, ask, ask * (1 - common.STOP_SHARE), ask * (1 + common.TARGET_SHARE))


def pair_of(name: str, size: float, fee: float) -> Any:
    decimals = max(0, round(-np.log10(size)))
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol(f"{name}USD"), VENUE), raw_symbol=Symbol(f"{name}USD"),
        base_currency=Currency(name, 8, 0, name, CurrencyType.CRYPTO), quote_currency=USD, price_precision=decimals,
        size_precision=AMOUNT_DECIMALS, price_increment=Price(10**-decimals, decimals),
        size_increment=Quantity(10**-AMOUNT_DECIMALS, AMOUNT_DECIMALS), ts_event=0, ts_init=0,
        maker_fee=Decimal(str(fee)), taker_fee=Decimal(str(fee)), margin_init=Decimal("0.01"),
        margin_maint=Decimal("0.01"),
    )  # fmt: skip


def empty_engine() -> Any:
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("T-001"), logging=LoggingConfig(bypass_logging=True), run_analysis=False,
            risk_engine=RiskEngineConfig(bypass=True),
        )
    )  # fmt: skip
    engine.add_venue(
        VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=USD,
        starting_balances=[Money(common.CASH, USD)], default_leverage=Decimal(1000),
    )  # fmt: skip
    return engine


def add_candles(engine: Any, asked: common.Job, pairs: list[Any]) -> tuple[Bracketed, int]:
    """Bars of all pairs, stamped with their close."""
    rows, kinds = common.candles_of(asked), dict[Any, Any]()
    columns = ["open", "high", "low", "close", "volume"]
    for told, pair in zip(rows, pairs, strict=True):
        kind = BarType.from_str(f"{pair.id}-5-MINUTE-LAST-EXTERNAL")
        frame = pd.DataFrame(
            told[:, 1:], columns=columns, index=pd.to_datetime(told[:, 0] + common.CANDLE_S, unit="s", utc=True)
        )
        engine.add_data(BarDataWrangler(kind, pair).process(frame))
        kinds[kind] = pair
    return OnCandles(kinds, leaves=asked.exit == "signal"), rows.shape[0] * rows.shape[1]


def add_scans(engine: Any, asked: common.Job, pairs: list[Any]) -> tuple[Bracketed, int]:
    """A quote a scan."""
    ticks, sizes = common.ticks_of(asked), common.tick_sizes_of(asked).tolist()
    index = pd.to_datetime(BEGIN_S + np.arange(len(ticks)) * common.SCAN_S, unit="s", utc=True)
    for i, pair in enumerate(pairs):
        prices = {"bid_price": (ticks[:, i] - 1) * sizes[i], "ask_price": (ticks[:, i] + 1) * sizes[i]}
        frame = pd.DataFrame({**prices, "bid_size": 1e6, "ask_size": 1e6}, index=index)
        engine.add_data(QuoteTickDataWrangler(pair).process(frame))
    return OnScans(pairs), ticks.size


def main() -> None:
    asked = common.job()
    on_scans = asked.mode == "scans"
    sizes = common.tick_sizes_of(asked).tolist()
    fee = 0.0 if on_scans else common.FEE
    pairs = [pair_of(*each, fee) for each in zip(common.names(asked.pairs), sizes, strict=True)]
    engine = empty_engine()
    for pair in pairs:
        engine.add_instrument(pair)
    strategy, work = (add_scans if on_scans else add_candles)(engine, asked, pairs)
    engine.add_strategy(strategy)
    watch = common.Stopwatch()
    engine.run()
    spans = common.Spans(watch.read())
    note = "fixed stop and target, resting" if on_scans else ""
    common.answer(f"nautilus_trader {nautilus_trader.__version__}", work, strategy.trades, spans, note=note)


if __name__ == "__main__":
    main()
