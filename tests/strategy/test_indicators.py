"""Every measure against a plain Python reference, on recorded and made-up candles, and from whatever history begins."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import Measures, fault_in, measure, measure_last
from tests.strategy.samples import candles_of, changed, half_year

CONFIG = TradingConfig()
GENERATED = generated_candles(5, 4_000)


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def wilder(values: list[float], period: int) -> float:
    """J. W. Wilder's average: a mean of the first `period`, then a step of 1/period towards each."""
    average = mean(values[:period])
    for value in values[period:]:
        average += (value - average) / period
    return average


def reference(candles: Candles) -> dict[str, float]:
    """The measures of the last candle, as a book would have them."""
    high, low, close, volume = (getattr(candles, name).tolist() for name in ("high", "low", "close", "volume"))
    moves = [b - a for a, b in pairwise(close)]
    gains, losses = wilder([max(m, 0) for m in moves], 14), wilder([max(-m, 0) for m in moves], 14)
    ranges = [max(h, c) - min(lo, c) for h, lo, c in zip(high[1:], low[1:], close, strict=False)]
    logs = [math.log(b / a) for a, b in pairwise(close)]
    atr, slow, fast = wilder(ranges, 14), mean(close[-288:]), mean(close[-96:])
    top, bottom = max(high[-96:] + close[-97:-1]), min(low[-96:] + close[-97:-1])
    volatility, calm = (math.sqrt(mean([x * x for x in logs[-n:]])) for n in (48, 288))
    return {
        "close": close[-1],
        "fast_mean": fast,
        "slow_mean": slow,
        "rsi": 100 * gains / (gains + losses),
        "gap": 100 * (fast / slow - 1),
        "stretch": (close[-1] - slow) / atr,
        "volume_ratio": volume[-1] / mean(volume[-49:-1]) if sum(volume[-49:-1]) else math.nan,
        "volatility": 100 * volatility,
        "calm": volatility / calm,
        "choppiness": 100 * math.log10(math.fsum(ranges[-96:]) / (top - bottom)) / math.log10(96),
        "over": 100 * (close[-1] / max(high[-289:-1]) - 1),
        "under": 100 * (close[-1] / min(low[-289:-1]) - 1),
        "middle": 100 * (close[-1] / ((max(high[-289:-1]) + min(low[-289:-1])) / 2) - 1),
        "atr": atr,
        "atr_percent": 100 * atr / close[-1],
        "traded": 100 * sum(v > 0 for v in volume[-48:]) / 48,
        "widest": 100 * max((h - lo) / lo for h, lo in zip(high[-48:], low[-48:], strict=True)),
    }


def close_to(m: Measures, row: int, wanted: dict[str, float]) -> None:
    assert set(wanted) == set(Measures.__struct_fields__)
    for name, value in wanted.items():
        assert getattr(m, name)[row] == pytest.approx(value, rel=1e-6, abs=2e-9, nan_ok=True), name


@pytest.mark.parametrize("pair", ["XDG", "PEPE", "ETH", "SGB"])
def test_measures_agree_with_a_reference_on_recorded_candles(pair: str) -> None:
    candles = cut(half_year(pair), 0, 30_000)
    m = measure(candles, CONFIG)
    for row in range(1_000, 30_000, 1_450):
        window = cut(candles, row - 900, row + 1)
        if m.volatility[row] > 0:
            close_to(m, row, reference(window))


def test_measures_agree_with_a_reference_on_made_up_candles() -> None:
    m = measure(GENERATED, CONFIG)
    for row in range(1_000, 4_000, 149):
        close_to(m, row, reference(cut(GENERATED, row - 900, row + 1)))


@settings(max_examples=60, deadline=None)
@given(st.integers(WINDOW, 4_000), st.sampled_from(["GEN", "XDG", "SGB"]))
def test_a_window_of_720_shows_what_all_history_shows_to_the_last_digit(end: int, pair: str) -> None:
    candles = GENERATED if pair == "GEN" else cut(half_year(pair), 9_000, 13_000)
    whole = measured(pair, candles)
    last = measure_last([cut(candles, end - WINDOW, end)], CONFIG)
    for name in Measures.__struct_fields__:
        there, here = getattr(whole, name)[end - 1], getattr(last, name)[0]
        assert there == here or (math.isnan(there) and math.isnan(here)), name


_WHOLE: dict[str, Measures] = {}


def measured(pair: str, candles: Candles) -> Measures:
    return _WHOLE.setdefault(pair, measure(candles, CONFIG))


@given(st.integers(1, 4_000))
@settings(max_examples=40, deadline=None)
def test_later_candles_change_no_measure(end: int) -> None:
    whole, part = measured("GEN", GENERATED), measure(cut(GENERATED, 0, end), CONFIG)
    for name in Measures.__struct_fields__:
        assert np.array_equal(getattr(whole, name)[:end], getattr(part, name), equal_nan=True), name


@given(st.integers(-40, 20))
@settings(max_examples=20, deadline=None)
def test_a_coin_of_a_billionth_measures_like_one_of_thousands(power: int) -> None:
    scaled = cut(GENERATED, 0, 1_000)
    prices = {name: getattr(scaled, name) * 2.0**power for name in ("open", "high", "low", "close")}
    m, small = measure(scaled, CONFIG), measure(Candles(open_ns=scaled.open_ns, volume=scaled.volume, **prices), CONFIG)
    for name in ("rsi", "gap", "stretch", "volatility", "choppiness", "over", "atr_percent"):
        assert np.array_equal(getattr(m, name), getattr(small, name), equal_nan=True), name


def test_nothing_is_measured_before_the_warm_up() -> None:
    m = measure(cut(GENERATED, 0, 400), CONFIG)
    first = CONFIG.warm_up - 1
    for name in set(Measures.__struct_fields__) - {"close"}:
        assert np.isnan(getattr(m, name)[:first]).all() and not np.isnan(getattr(m, name)[first]), name


def test_a_flat_market_has_no_momentum() -> None:
    m = measure_last([candles_of([100.0] * WINDOW)], CONFIG)
    assert np.isnan([m.rsi[0], m.atr[0], m.choppiness[0], m.stretch[0]]).all()
    assert (m.volatility[0], m.gap[0], m.traded[0]) == (0, 0, 100)


SPOILED: list[tuple[str, float, str]] = [
    ("open", math.nan, "open is no price"),
    ("open", 0.0, "open is no price"),
    ("high", math.inf, "high is no price"),
    ("high", 1e-9, "below its body"),
    ("low", -1.0, "low is no price"),
    ("low", 1e9, "above its body"),
    ("close", math.nan, "is no price"),
    ("volume", -1.0, "volume is no amount"),
    ("volume", math.nan, "volume is no amount"),
]


@pytest.mark.parametrize(("name", "value", "text"), SPOILED)
def test_candles_that_cannot_be_are_named(name: str, value: float, text: str) -> None:
    look: Callable[[Candles], str] = fault_in
    assert look(cut(GENERATED, 0, 720)) == ""
    assert text in look(changed(cut(GENERATED, 0, 720), name, 300, value))
    assert look(cut(GENERATED, 0, 0)) == "no candle is known"
