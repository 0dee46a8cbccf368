"""Bit maps of candles against arrays of truth values, and what is made of them against the live functions."""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.candles.beliefs import believe_all
from kraken_tui.replay.candles.bits import packed, words_for
from kraken_tui.replay.candles.comparing import KEPT, Comparisons
from kraken_tui.replay.candles.maps import want
from kraken_tui.replay.candles.words import count_votes, regimes_of
from kraken_tui.strategy.indicators import Measures
from kraken_tui.strategy.regimes import MEMORY, Belief, SymbolRegime, after_all, symbol_regimes
from kraken_tui.strategy.rules import Bound, ballots_of
from kraken_tui.strategy.signal_engine import verdict_of
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

Flags = NDArray[np.bool_]
TIED = st.sampled_from([0.0, -0.0, 1.0, 1.0 + 2**-52, 1.0 - 2**-53, 5.0, -5.0, 50.0])
NUMBERS = TIED | st.floats(-100, 100)
VALUES = st.lists(NUMBERS | st.sampled_from([math.nan, math.inf, -math.inf]) | st.floats(), min_size=1, max_size=200)


def flags_of(bits: NDArray[np.uint64], rows: int) -> Flags:
    flags = np.unpackbits(bits.view(np.uint8), bitorder="little").astype(np.bool_)
    assert not flags[rows:].any(), "behind the last candle"
    return flags[:rows]


def measures_of(rows: int, **columns: NDArray[np.float64]) -> Measures:
    return Measures(**{name: columns.get(name, np.zeros(rows)) for name in Measures.__struct_fields__})


@given(st.lists(st.booleans(), max_size=300))
def test_a_map_holds_what_was_packed(flags: list[bool]) -> None:
    assert flags_of(packed(np.array(flags, np.bool_)), len(flags)).tolist() == flags


@settings(deadline=None)
@given(VALUES, NUMBERS)
@example([0.0, 5e-324], 1.0)
@example([-1.7e308, 1.7e308, 0.0], 0.0)
def test_comparisons_are_those_of_the_values(values: list[float], number: float) -> None:
    told = np.array(values)
    compared = Comparisons(measures_of(len(told), gap=told))
    for _ in range(2):  # made, and kept
        for map_of, wanted in (
            (compared.at_least, told >= number), (compared.above, told > number),
            (compared.at_most, told <= number), (compared.below, told < number),
        ):  # fmt: skip
            assert flags_of(map_of("gap", number), len(told)).tolist() == wanted.tolist()
    assert flags_of(compared.known("gap"), len(told)).tolist() == (~np.isnan(told)).tolist()


@settings(deadline=None)
@given(VALUES, st.lists(st.tuples(NUMBERS, st.booleans()), min_size=1, max_size=5))
def test_several_numbers_are_compared_with_at_once(values: list[float], asked: list[tuple[float, bool]]) -> None:
    told, bounds = np.array(values), [Bound(number, at_least) for number, at_least in asked]
    compared = Comparisons(measures_of(len(told), gap=told))
    kept = compared.sides("gap", bounds[0])[0]
    maps = compared.sides("gap", *bounds)
    assert maps[0] is kept
    for bits, bound in zip(maps, bounds, strict=True):
        wanted = told >= bound.number if bound.at_least else told <= bound.number
        assert flags_of(bits, len(told)).tolist() == wanted.tolist()


def test_maps_are_forgotten_in_the_order_in_which_they_were_asked_for() -> None:
    compared = Comparisons(measures_of(1))
    always, seldom = compared.at_least("gap", 0.0), compared.at_least("gap", 1.0)
    for number in range(KEPT):
        compared.sides("rsi", Bound(number, True), Bound(number, False))
        assert compared.at_least("gap", 0.0) is always
    assert compared.at_least("gap", 1.0) is not seldom
    assert compared.size <= 8 * KEPT + 3 * 128, "a word a map, and 64 codes of each measure"


def test_a_number_between_a_million_values_is_told_exactly() -> None:
    values = np.random.default_rng(3).standard_t(1.5, 1_000_000).round(4)
    compared = Comparisons(measures_of(len(values), rsi=values))
    for number in (0.0, 0.1234, -3.5, 40.0, 1e9, -1e9, float(values[17])):
        assert (flags_of(compared.at_least("rsi", number), len(values)) == (values >= number)).all()
        assert (flags_of(compared.below("rsi", number), len(values)) == (values < number)).all()


def generated(seed: int, rows: int) -> Measures:
    """Measures about the thresholds, many of them right at one, some unknown."""
    chance, config = np.random.default_rng(seed), TradingConfig()
    columns = {name: chance.normal(size=rows) for name in Measures.__struct_fields__}
    columns["rsi"] = chance.choice([20.0, 25.0, 45.0, 50.0, 55.0, 75.0, 80.0], rows)
    columns["stretch"] = chance.choice([-9.0, -8.0, -1e-9, 0.0, 1e-9, 8.0, 9.0], rows)
    columns["gap"] = chance.choice([-2.0, -config.TREND_GAP, 0.0, config.TREND_GAP, 2.0], rows)
    columns["volatility"] = chance.choice([0.0, config.QUIET_VOLATILITY, 1.0, 1.0], rows)
    columns["traded"] = chance.choice([0.0, config.QUIET_TRADED, 100.0, 100.0], rows)
    columns["calm"] = chance.choice([0.1, config.SQUEEZE_RATIO, 1.0, 1.0], rows)
    columns["choppiness"] = chance.choice([30.0, config.TREND_CHOPPINESS, 60.0], rows)
    columns["volume_ratio"] = chance.choice([0.5, config.TREND_VOLUME, config.BREAKOUT_VOLUME, 3.0], rows)
    unknown = chance.random(rows) < 0.05
    return Measures(**{name: np.where(unknown, math.nan, column) for name, column in columns.items()})


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 400))
def test_what_rules_say_is_the_same_of_maps_and_of_arrays(seed: int, rows: int) -> None:
    m, config = generated(seed, rows), TradingConfig()
    compared = Comparisons(m)
    for strategy in BUILT_IN:
        assert strategy.rules is not None
        enter, ends = np.zeros((2, words_for(rows)), np.uint64), np.zeros((2, words_for(rows)), np.uint64)
        count_votes(strategy.rules(config), compared, enter, ends)
        wanted = verdict_of(ballots_of(strategy.rules(config), m))
        signs = flags_of(enter[0], rows).astype(int) - flags_of(enter[1], rows)
        assert signs.tolist() == wanted.enter.tolist()
        assert flags_of(ends[0], rows).tolist() == (wanted.ends_long != 0).tolist()
        assert flags_of(ends[1], rows).tolist() == (wanted.ends_short != 0).tolist()


def test_nobody_enters_on_no_rules() -> None:
    enter, ends = np.full((2, 2, 1), 77, np.uint64)
    ends[:] = 0
    count_votes((), Comparisons(measures_of(5)), enter, ends)
    assert not enter.any() and not ends.any()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 400))
def test_regimes_are_the_same_of_maps_and_of_arrays(seed: int, rows: int) -> None:
    m, config = generated(seed, rows), TradingConfig()
    maps = regimes_of(Comparisons(m), config)
    for regime in SymbolRegime:
        assert (flags_of(maps[regime], rows) == (symbol_regimes(m, config) == regime)).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(0, 4))
def test_what_is_wanted_is_what_a_strategy_wants_that_trades_the_regime(seed: int, rows: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    enter, filtered, wide = chance.random((2 * count, rows)) < 0.4, chance.random(rows) < 0.8, chance.random(rows) < 0.2
    regimes, traded = chance.integers(0, len(SymbolRegime), rows), chance.random((count, len(SymbolRegime))) < 0.4
    believed = np.array([packed(regimes == regime) for regime in SymbolRegime])
    maps = np.array([packed(each) for each in enter], np.uint64).reshape(2 * count, words_for(rows))
    wanted = np.full((count, words_for(rows)), 77, np.uint64)
    want(maps, believed, traded, packed(filtered), packed(wide), wanted)
    for k in range(count):
        told = enter[2 * k : 2 * k + 2].any(axis=0) & traded[k][regimes] & filtered & ~wide
        assert flags_of(wanted[k], rows).tolist() == told.tolist()


RUNS = st.lists(st.tuples(st.sampled_from(list(SymbolRegime)), st.sampled_from([1, 2, 3, 12, 240, 260])), min_size=1)


@settings(deadline=None, max_examples=60)
@given(st.lists(RUNS, min_size=1, max_size=3), st.sampled_from([1, 2, 12, 48]))
def test_a_regime_is_believed_as_candle_by_candle(tickers: list[list[tuple[SymbolRegime, int]]], needed: int) -> None:
    seen = [[regime for regime, length in runs for _ in range(length)] for runs in tickers]
    joined, ends = np.concatenate(seen), np.cumsum([len(each) for each in seen])
    maps = np.array([packed(joined == regime) for regime in SymbolRegime])
    believed = np.zeros_like(maps)
    believe_all(maps, ends, needed, MEMORY, believed)
    told = np.zeros(len(joined), np.int64)
    for regime in list(SymbolRegime)[1:]:
        told[flags_of(believed[regime], len(joined))] += regime
    wanted = [belief.believed for each in seen for belief in after_all(Belief(), each, needed)]
    assert told.tolist() == wanted
