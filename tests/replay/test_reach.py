"""How far prices reach between two closings, and what the replay of candles makes of it."""

import numpy as np
import pytest

from benchmarks.candles import generated_history
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.candles.reach import FAR, NUMBERS, extremes_of, far_reach, fill_reach, fill_turned
from kraken_tui.replay.candles.run import replay_candles
from tests.replay.candle_engine import AUTOPILOT
from tests.replay.test_candle_replay import SHORT


def reach_of(bids: list[int], marks: list[int], closings: list[int], spread: int = 1) -> list[list[int]]:
    """Of one ticker."""
    bid, mark = np.array(bids, np.int32)[:, None], np.array(marks, np.int8)[:, None]
    reach = np.zeros((1, NUMBERS, len(closings)), np.int32)
    fill_reach(bid, bid + np.int32(spread), mark, np.array(closings), np.zeros(1, np.int64), reach)
    return [numbers.tolist() for numbers in reach[0].T]


def test_a_reach_is_what_both_ways_through_a_candle_show() -> None:
    marks, closings = [3, 1, 2, 3, 0, 3, -1, -2, 3, 0], [4, 9]
    assert reach_of([10, 14, 8, 11, 11, 11, 7, 12, 9, 9], marks, closings) == [[8, 14, 9, 15], [7, 12, 8, 13]]
    assert reach_of([10, 8, 14, 11, 11, 11, 12, 7, 9, 9], marks, closings) == [[8, 14, 9, 15], [7, 12, 8, 13]]


def test_nothing_is_told_of_a_candle_that_is_not_over_or_of_a_price_that_is_not_sound() -> None:
    bids = [10, 14, 8, 11, 11]
    assert reach_of(bids, [3, 1, 2, 0, 0], [4]) == [[0] * NUMBERS]  # no price follows on the second extreme
    assert reach_of(bids, [3, 3, 3, 1, 0], [4]) == [[0] * NUMBERS]
    assert reach_of(bids, [3, 1, 3, 2, 3], [4]) == [[0] * NUMBERS]
    assert reach_of([0, 14, 8, 11, 11], [0, 1, 2, 3, 0], [4]) == [[0] * NUMBERS]
    assert reach_of(bids, [3, 1, 2, 3, 0], [4], spread=-1) == [[0] * NUMBERS]


@pytest.mark.parametrize("seed", range(20))
def test_each_candle_is_turned_by_itself(seed: int) -> None:
    random, rows, tickers = np.random.default_rng(seed), 60, 70
    mark = random.choice([0, 0, 1, -1, 2, -2, 3], (rows, tickers)).astype(np.int8)
    bid = random.integers(5, 99, (rows, tickers)).astype(np.int32)
    kind, turned = np.zeros((2, rows, 2), np.uint64), np.zeros((rows, tickers), np.int32)
    fill_turned(bid, bid + np.int32(2), mark, np.full(tickers, -1), kind, turned)
    sides, prices = np.zeros((2, rows, tickers), np.bool_), np.zeros((rows, tickers), np.int32)
    for i, first in zip(*np.nonzero(np.abs(mark.T) == 1), strict=True):
        second, end = extremes_of(mark, int(i), int(first))
        if end:
            sides[0 if mark[first, i] < 0 else 1, first:end, i] = True
            prices[first:second, i], prices[second:end, i] = bid[second, i] + 1, bid[first, i] + 1
    assert np.array_equal(turned, prices)
    told = (kind[:, :, np.arange(tickers) >> 6] >> (np.arange(tickers) & 63).astype(np.uint64)) & np.uint64(1)
    assert np.array_equal(told.astype(np.bool_), sides)


@pytest.mark.parametrize("closings", [0, 7, 8, 9, 40])
def test_a_far_reach_is_that_of_eight_closings_together(closings: int) -> None:
    chance = np.random.default_rng(closings)
    reach = chance.integers(1, 99, (3, NUMBERS, closings)).astype(np.int32)
    reach *= chance.random((3, 1, closings)) >= 0.05
    far = far_reach(reach)
    assert far.shape == (3, NUMBERS, closings // FAR + 1) and not far[..., -1].any()
    for i, block in np.ndindex(3, closings // FAR):
        eight = reach[i, :, FAR * block : FAR * (block + 1)]
        known = bool((eight > 0).all())
        low_bid, high_bid, low_ask, high_ask = eight
        outermost = [low_bid.min(), high_bid.max(), low_ask.min(), high_ask.max()]
        assert far[i, :, block].tolist() == (outermost if known else [0] * NUMBERS)


def test_nothing_is_told_of_a_candle_that_began_before_the_closing() -> None:
    """Once it is turned, its other extreme lies behind the closing, though a price follows on it there."""
    bids, closings = [10, 8, 14, 11, 12, 13], [2, 5]
    assert reach_of(bids, [3, 1, 0, 2, 3, 3], closings) == [[0] * NUMBERS] * 2  # between its extremes
    assert reach_of(bids, [3, 1, 2, 0, 3, 3], closings) == [[0] * NUMBERS] * 2  # behind its second one
    assert reach_of(bids, [1, 2, 3, 3, 3, 3], closings) == [[8, 14, 9, 15], [11, 13, 12, 14]]


@pytest.mark.parametrize(
    ("changes", "atrs"),
    [({}, 3), ({}, 12), ({"FEES_DECIDE": False}, 3), ({"FEES_DECIDE": False}, 12),
     ({"FEES_DECIDE": False, "PAPER_ACCOUNT": "cash", "RISK_PER_TRADE": 0.37}, 3)],
)  # fmt: skip
def test_whole_spans_are_passed_with_the_trades_of_every_row_looked_at(changes: dict[str, object], atrs: int) -> None:
    settings = Settings.model_validate({**AUTOPILOT, "MAX_JUMP": 1000, **changes})
    history, config = generated_history(10, settings), TradingConfig.model_validate({**SHORT, "STOP_ATRS": atrs})
    passed = replay_candles(history, ["Alts"] * 20, settings, config)
    history.market.places.reach[:] = history.market.places.far[:] = 0  # nothing is known: each row is looked at
    looked = replay_candles(history, ["Alts"] * 20, settings, config)
    assert (passed.fingerprint, passed.realised, passed.open) == (looked.fingerprint, looked.realised, looked.open)
    assert (passed.entries, passed.fees) == (looked.entries, looked.fees)
    assert len(passed.rows) > 20
