"""What is believed of the market whoever trades: against every closing counted as the autopilot counts it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.candles import generated_history
from benchmarks.replay import cpu_ns
from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.market_regime import NOT_TOLD
from kraken_tui.replay.candles.rows import SEEN_REGIMES, UNSURE, UNTOLD, Foreseen
from kraken_tui.replay.candles.run import replay_candles
from kraken_tui.replay.candles.sure_beliefs import find_beliefs, foreseen
from kraken_tui.strategy.regimes import MEMORY, Belief, after_all
from tests.replay.candle_engine import AUTOPILOT
from tests.replay.test_candle_replay import SHORT

LOOKBACK_AND_WINDOW = np.array([30, 60, 0, 0, 0])
RUNS = st.lists(
    st.tuples(st.integers(-1, 2), st.sampled_from([1, 2, 3, 5, 30, 260]), st.sampled_from([0.0, 0.1, 1.0])), min_size=1
)


@pytest.fixture(scope="module")
def history() -> CandleHistory:
    return generated_history(3, Settings.model_validate({**AUTOPILOT, "MAX_JUMP": 1000}))


def told_of(history: CandleHistory, regimes: list[int], sure: list[bool], hysteresis: int) -> Foreseen:
    told = foreseen(len(regimes))
    told.regimes[:], told.sure[:] = regimes, sure
    find_beliefs(
        history.market.places, LOOKBACK_AND_WINDOW, hysteresis, MEMORY, np.zeros((2, SEEN_REGIMES), np.int64), told
    )
    return told


@settings(deadline=None, max_examples=150)
@given(RUNS, st.sampled_from([1, 2, 3, 12]), st.integers(0, 10**6))
def test_a_belief_that_is_sure_is_the_one_whatever_unsure_closings_are_of(
    history: CandleHistory, runs: list[tuple[int, int, float]], hysteresis: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    regimes = [regime for regime, length, _ in runs for _ in range(length)][:700]
    doubt = [share for _, length, share in runs for _ in range(length)][:700]
    sure = (chance.random(len(regimes)) >= doubt).tolist()
    told = told_of(history, regimes, sure, hysteresis)
    for _ in range(4):
        real = np.where(sure, regimes, chance.integers(-1, 3, len(regimes))).tolist()
        beliefs = after_all(Belief(), [regime + 1 for regime in real], hysteresis)
        for k, belief in enumerate(beliefs):
            assert told.beliefs[k] in (UNSURE, belief.believed)
            anchor = told.anchors[k]
            if anchor >= 0:
                assert beliefs[anchor] == Belief(real[anchor] + 1, real[anchor] + 1, hysteresis, 0)
    if all(sure):
        assert (told.beliefs >= 0).all() or len(regimes) >= MEMORY


def test_what_is_behind_a_scan_without_prices_is_not_told(history: CandleHistory) -> None:
    told = told_of(history, [0, 0, NOT_TOLD, 0, 0], [True] * 5, 2)
    assert told.beliefs.tolist() == [0, 1, UNTOLD, UNTOLD, UNTOLD]


def test_closings_matter_from_the_first_that_an_unsure_one_sees(history: CandleHistory) -> None:
    places, sure = history.market.places, [True] * 20
    sure[12] = False
    told = told_of(history, [1] * 20, sure, 12)
    assert told.beliefs.tolist() == [0] * 11 + [2] * 9, "a doubt is no run of twelve"
    assert not told.noted.any()
    sure[3] = False
    told = told_of(history, [1] * 20, sure, 12)
    assert told.beliefs[11:].tolist() == [UNSURE] * 9
    assert set(np.flatnonzero(told.noted).tolist()) <= {2, 3, 11, 12}
    assert told.noted[[3, 12]].all() and places.span[places.closings[3]] >= 0


def test_years_of_unsure_closings_are_gone_through_once(history: CandleHistory) -> None:
    count = 120_000
    every = np.arange(count)
    places = history.market.places._replace(
        closings=every, scan=every * 150, until=every, silent=np.zeros(count, np.bool_)
    )
    told, runs = foreseen(count), np.zeros((2, SEEN_REGIMES), np.int64)
    told_of(history, [1] * 20, [False] * 20, 12)  # compiles it
    began_ns = cpu_ns()
    find_beliefs(places, LOOKBACK_AND_WINDOW, 12, MEMORY, runs, told)
    assert told.noted.all() and (told.beliefs[12:] == UNSURE).all()
    assert cpu_ns() - began_ns < SECOND


def test_what_is_not_seen_again_is_forgotten_at_the_same_closing(history: CandleHistory) -> None:
    regimes = [2, 2, 2, *([0, 0, 1, 1] * 70), 0, 0, 0]
    told = told_of(history, regimes, [True] * len(regimes), 3)
    real = [belief.believed for belief in after_all(Belief(), [regime + 1 for regime in regimes], 3)]
    assert real[2 + MEMORY - 1 : 2 + MEMORY + 1] == [3, 0]
    known = told.beliefs != UNSURE
    assert (told.beliefs[known] == np.array(real)[known]).all() and known[: 2 + MEMORY].all() and known[-1]


def test_a_long_window_sees_several_closings(history: CandleHistory) -> None:
    places, told, scanner = history.market.places, foreseen(20), np.array([200, 150, 0, 0, 0])
    told.regimes[:], told.sure[:] = 1, np.arange(20) != 9
    find_beliefs(places, scanner, 1, MEMORY, np.zeros((2, SEEN_REGIMES), np.int64), told)
    assert np.flatnonzero(told.beliefs == UNSURE).tolist() == [9]
    first = places.scan[places.closings[9]] + 1 - (200 + 150)
    seen = [k for k in range(10) if places.scan[places.closings[k]] >= first]
    assert len(seen) >= 3 and told.noted[seen].all()
    assert not told.noted[: seen[0] - 1].any() and not told.noted[10:].any()


@pytest.mark.parametrize("changes", [{}, {"REGIME_LOW_VOL": 0.02}, {"REGIME_WINDOW": 200, "DRAWDOWN_TIERS": []}])
def test_trades_are_the_same_where_nothing_of_the_market_is_sure(changes: dict[str, object]) -> None:
    settings = Settings.model_validate(
        {**AUTOPILOT, "MAX_JUMP": 1000, "FEES_DECIDE": False, "REGIME_LOW_VOL": 0.01, "REGIME_WINDOW": 60, **changes}
    )
    config = TradingConfig.model_validate({**SHORT, "HYSTERESIS": 2})
    one, other = (generated_history(4, settings) for _ in range(2))
    plain = replay_candles(one, ["Alts"] * 20, settings, config)
    replay_candles(other, ["Alts"] * 20, settings, config)
    (told,) = (value for key, value in other._kept.items() if key[0] == "foreseen")  # type: ignore[index]
    told.sure[:], told.beliefs[:], told.anchors[:], told.noted[:] = False, UNSURE, -1, True
    doubtful = replay_candles(other, ["Alts"] * 20, settings, config)
    assert plain.fingerprint == doubtful.fingerprint and len(plain.rows) > 20
