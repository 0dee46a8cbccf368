"""The market's regime at the closings of recorded candles, beside the scanner that sees every scan."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.replay.candles.market_regime import base_regimes
from kraken_tui.replay.candles.paths import exchange
from kraken_tui.replay.candles.sure_regimes import find_sure
from kraken_tui.replay.candles.tape import PRINT, Market, Pair, market_of
from kraken_tui.scanner.regime import NO_REGIME
from tests.scanner.harness import QUICK, Kernel
from tests.scanner.reference import Told

BEGIN_NS = 1_700_000_000 * SECOND // SPAN_NS * SPAN_NS
LENGTH_NS = 90 * MINUTE


def printed(first_ns: int, step: int, seed: int) -> Pair:
    """A ticker's prices, twenty seconds and more apart, from some time on."""
    chance = np.random.default_rng(seed)
    gaps = chance.integers(2, 8, 400) * QUICK.interval_ns
    times = BEGIN_NS + first_ns + np.cumsum(gaps) - gaps[0]
    times = times[times < BEGIN_NS + LENGTH_NS]
    bid = (100_000 + np.cumsum(chance.integers(-step, step + 1, times.size))).astype(np.int32)
    return Pair(times, bid, bid + np.int32(1), np.full(times.size, PRINT, np.int8))


def by_rows(market: Market) -> list[int]:
    numbers = (
        QUICK.lookback, QUICK.regime_window, QUICK.regime_low_vol, QUICK.regime_dispersion, QUICK.regime_mix,
    )  # fmt: skip
    regimes = np.empty(market.places.closings.size, np.int64)
    held, mids = np.zeros((regimes.size, 2, 1), np.uint64), np.zeros((2, market.tape.bid.shape[1]), np.int64)
    base_regimes(market.tape, market.places, held, mids, np.array(numbers, np.int64), regimes)
    return [int(regime) for regime in regimes]


def by_the_scanner(market: Market) -> list[int]:
    """Scan after scan."""
    tape, scans = market.tape, market.places.scan
    kernel = Kernel(QUICK, [100] * tape.bid.shape[1], [True] * tape.bid.shape[1])
    told, closings = list[int](), scans[market.places.closings]
    for scan in range(int(closings[-1]) + 1):
        row = int(np.searchsorted(scans, scan, "right")) - 1
        kernel.scan(_quotes(tape.bid[row], tape.ask[row]), BEGIN_NS + scan * QUICK.interval_ns)
        if scan in closings:
            told.append(NO_REGIME if kernel.regime is None else int(kernel.regime))
    return told


def _quotes(bid: NDArray[np.int32], ask: NDArray[np.int32]) -> list[Told]:
    return [Told(bid=int(one), ask=int(other)) for one, other in zip(bid, ask, strict=True)]


@pytest.mark.parametrize("step", [1, 60, 400])
@pytest.mark.parametrize("first_minute", [0, 4, 5, 20])
def test_the_regime_is_the_scanners_from_before_the_first_price_on(first_minute: int, step: int) -> None:
    pairs = [printed((first_minute + later) * MINUTE, step, seed) for seed, later in enumerate((0, 0, 1, 7))]
    market = market_of(pairs, BEGIN_NS, BEGIN_NS + LENGTH_NS, QUICK.interval_ns, BEGIN_NS // SPAN_NS)
    told = by_rows(market)
    assert told == by_the_scanner(market)
    assert set(told[: first_minute // 5]) <= {NO_REGIME} and told[-1] != NO_REGIME


def candles_of(step: int, seed: int) -> Pair:
    """A ticker's candles: open, two extremes, close, a minute and more apart."""
    chance = np.random.default_rng(seed)
    times = BEGIN_NS + np.arange(LENGTH_NS // MINUTE * 4 // 5, dtype=np.int64) * (5 * MINUTE // 4)
    moves = chance.integers(-step, step + 1, times.size)
    bid = (100_000 + np.where(np.arange(times.size) % 4 == 0, moves // 9, moves)).astype(np.int32)
    marks = np.tile(np.array([PRINT, 1, 2, PRINT], np.int8), times.size // 4 + 1)[: times.size]
    signs = np.repeat(chance.choice([-1, 1], times.size // 4 + 1), 4)[: times.size]
    return Pair(times, bid, bid + np.int32(1), np.where(marks == PRINT, PRINT, marks * signs).astype(np.int8))


def test_a_sure_regime_is_the_same_whichever_candles_turn() -> None:
    pairs = [candles_of(400, seed) for seed in range(4)]
    market = market_of(pairs, BEGIN_NS, BEGIN_NS + LENGTH_NS, QUICK.interval_ns, BEGIN_NS // SPAN_NS)
    count, mids, chance = market.places.closings.size, np.zeros((2, 4), np.int64), np.random.default_rng(1)
    as_held = [chance.integers(0, 16, (count, 2, 1)).astype(np.uint64) for _ in range(20)]
    many, few = 0, 0
    for low_vol, dispersion, mix in itertools.product(
        (500, 2200, 2400), (900, 2200, 2600), (300_000, 450_000, 600_000)
    ):
        scanner = np.array([20, 150, low_vol, dispersion, mix])
        told, sure = np.zeros((21, count), np.int64), np.zeros(count, np.bool_)
        for regimes, held in zip(told, [np.zeros_like(as_held[0]), *as_held], strict=True):
            base_regimes(market.tape, market.places, held, mids, scanner, regimes)
        find_sure(market.tape, market.places, scanner, np.zeros((3, 2), np.int64), sure)
        changed = (told != told[0]).any(axis=0)
        assert not (changed & sure).any()
        many, few = many + int(sure.sum()), few + int(changed.sum())
    assert many > 100 and few > 20, "some are sure, and some change"


def test_a_candle_that_is_told_to_be_turned_is_seen_as_one_that_was_turned() -> None:
    """Of the tickers behind the first word; the others stand still."""
    count = 70
    pairs = [candles_of(400 if number >= 64 else 0, number) for number in range(count)]
    market = market_of(pairs, BEGIN_NS, BEGIN_NS + LENGTH_NS, QUICK.interval_ns, BEGIN_NS // SPAN_NS)
    tape, places, mids = market.tape, market.places, np.zeros((2, count), np.int64)
    held = np.zeros((places.closings.size, 2, 2), np.uint64)
    held[:, :, 1] = np.random.default_rng(1).integers(0, 1 << 6, held.shape[:2])
    scanners = [
        np.array([20, 150, *numbers])
        for numbers in itertools.product((80, 200, 320), (400, 800, 1100), (300_000, 600_000))
    ]

    def told(held: NDArray[np.uint64]) -> NDArray[np.int64]:
        regimes = np.zeros((len(scanners), places.closings.size), np.int64)
        for scanner, row in zip(scanners, regimes, strict=True):
            base_regimes(tape, places, held, mids, scanner, row)
        return regimes

    plain, wanted = told(np.zeros_like(held)), told(held)
    for row, i in np.argwhere(np.abs(places.mark) == 1).tolist():
        k, side = int(places.until[row]), 0 if places.mark[row, i] < 0 else 1
        if k < len(held) and int(held[k, side, i >> 6]) >> (i & 63) & 1:
            exchange(tape, places, i, row)
    assert (told(np.zeros_like(held)) == wanted).all()
    assert (plain != wanted).sum() > 5
