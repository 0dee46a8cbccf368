"""The demo must look like a market, be the same for the same seed, and turn through every regime."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kraken_tui.clock import MINUTE, SECOND, SEEDED_START_NS, PacedClock
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import DEFAULT_GROUPS, Settings
from kraken_tui.market.demo_feed import SILENT, DemoFeed
from kraken_tui.market.demo_levels import LEVELS, demo_instruments
from kraken_tui.market.feed import Frame
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import FeedState

SYMBOLS = [symbol for symbols in DEFAULT_GROUPS.values() for symbol in symbols]
SCAN = 2 * SECOND


async def demo(seed: int, symbols: list[str] | None = None, start_ns: int = SEEDED_START_NS) -> DemoFeed:
    feed = DemoFeed(symbols or SYMBOLS, seed, PacedClock(start_ns), DEFAULT_GROUPS)
    await feed.open(lambda what, done: None)
    return feed


def frames(feed: DemoFeed, minutes: float, start_ns: int = SEEDED_START_NS) -> Iterator[Frame]:
    for scan in range(int(minutes * 30)):
        yield feed.read(start_ns + scan * SCAN)


def values(frame: Frame) -> list[Any]:
    arrays = [getattr(frame, name) for name in frame.__struct_fields__]
    return [array.tolist() if isinstance(array, np.ndarray) else array for array in arrays]


def regimes(prices: NDArray[np.float64]) -> set[str]:
    """Every market regime in a run of scans, by the formula in plain steps; a missing price is NaN.

    A scan without any velocity changes nothing; as many in a row as the look-back has scans empty the window.
    """
    bounds = Settings()
    activity: list[float] = []
    dispersion: list[float] = []
    mix: list[float] = []
    seen, empty = set(), 0
    for scan in range(bounds.VELOCITY_LOOKBACK, len(prices)):
        velocity = (prices[scan] / prices[scan - bounds.VELOCITY_LOOKBACK] - 1) * 100
        velocity = velocity[~np.isnan(velocity)]
        empty = 0 if velocity.size else empty + 1
        if empty:
            for window in (activity, dispersion, mix):
                del window[: len(window) if empty >= bounds.VELOCITY_LOOKBACK else 0]
            continue
        up, down = int((velocity > 0.02).sum()), int((velocity < -0.02).sum())
        activity.append(float(np.abs(velocity).mean()))
        dispersion.append(float(velocity.std()))
        mix.append(100 * (1 - abs(up - down) / (up + down)) if up + down else 0.0)
        if len(activity) >= bounds.REGIME_WINDOW:
            last = slice(-bounds.REGIME_WINDOW, None)
            if np.mean(activity[last]) < bounds.REGIME_LOW_VOL:
                seen.add("LOW_VOL")
            elif np.mean(dispersion[last]) >= bounds.REGIME_DISPERSION:
                seen.add("TRENDING")
            else:
                seen.add("CHOP" if np.mean(mix[last]) > bounds.REGIME_MIX else "TRENDING")
    return seen


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(0, 50, 10))
async def test_visits_every_regime_within_ten_minutes_whatever_the_seed(first: int) -> None:
    for seed in range(first, first + 10):
        seen = list(frames(await demo(seed), 10))
        for prices in (np.array([f.last for f in seen], float), np.array([f.bid + f.ask for f in seen]) / 2):
            prices[prices == 0] = np.nan
            prices[[f.state is not FeedState.LIVE for f in seen]] = np.nan
            assert regimes(prices) == {"LOW_VOL", "CHOP", "TRENDING"}, seed


async def test_the_same_seed_gives_the_same_market_and_another_seed_another() -> None:
    one = [values(frame) for frame in frames(await demo(7), 3)]
    assert one == [values(frame) for frame in frames(await demo(7), 3)]
    assert one != [values(frame) for frame in frames(await demo(8), 3)]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gaps=st.lists(st.integers(1, 40 * 10**9), min_size=3, max_size=40))
async def test_prices_do_not_depend_on_when_they_are_read(seed: int, gaps: list[int]) -> None:
    often, seldom = await demo(seed, SYMBOLS[:6]), await demo(seed, SYMBOLS[:6])
    now_ns = SEEDED_START_NS
    for gap in gaps:
        now_ns += gap
        for early_ns in range(now_ns - gap, now_ns, 3 * SECOND):
            often.read(early_ns)
        assert values(often.read(now_ns)) == values(seldom.read(now_ns))


async def test_a_read_gives_the_last_whole_second_and_never_goes_back() -> None:
    feed = await demo(3)
    at = feed.read(SEEDED_START_NS + 10 * SECOND)
    assert feed.read(SEEDED_START_NS + 11 * SECOND - 1).bid.tolist() == at.bid.tolist()
    later = values(feed.read(SEEDED_START_NS + 60 * SECOND))
    assert values(feed.read(SEEDED_START_NS)) == later


async def test_quotes_are_sane() -> None:
    feed = await demo(11)
    between = 0
    for frame in frames(feed, 30):
        there = frame.bid > 0
        assert ((frame.ask > frame.bid) == there).all()
        assert ((frame.last > 0) == there).all()
        assert (frame.bid_amount > 0).all() and (frame.ask_amount > 0).all()
        assert (frame.changed_ns <= frame.time_ns).all() and (frame.changed_ns > 0).all()
        assert not there[~frame.listed].any()
        between += int((there & ((frame.last == frame.bid) | (frame.last == frame.ask))).sum())
        with pytest.raises(ValueError, match="read-only"):
            frame.bid[0] = 1
    assert between > 0.3 * 900 * len(SYMBOLS), "last trades are at the bid or the ask, until the quote moves on"


async def test_starts_near_the_levels_and_stays_there_for_an_hour() -> None:
    feed = await demo(5)
    frame = list(frames(feed, 60))[-1]
    for index, instrument in enumerate(feed.instruments):
        price = float(instrument.price_of(int(frame.bid[index])))
        if price:
            assert LEVELS[instrument.symbol].price / 2 < price < LEVELS[instrument.symbol].price * 2


async def last_prices(seed: int, minutes: int) -> NDArray[np.float64]:
    prices = np.array([frame.last for frame in frames(await demo(seed), minutes)], float)
    prices[prices == 0] = np.nan
    for column in prices.T:
        holes = np.isnan(column)
        column[holes] = np.interp(np.flatnonzero(holes), np.flatnonzero(~holes), column[~holes])
    return prices


async def test_coins_of_a_group_move_together_more_than_coins_of_two() -> None:
    group = np.array([number for number, symbols in enumerate(DEFAULT_GROUPS.values()) for _ in symbols])
    same = group[:, None] == group
    inside, across = [], []
    for seed in range(4):
        prices = await last_prices(seed, 60)
        correlation = np.corrcoef(np.diff(np.log(prices[::10]), axis=0).T)
        pairs = ~np.eye(len(group), dtype=bool)
        inside.append(correlation[same & pairs].mean())
        across.append(correlation[~same].mean())
    assert np.mean(inside) > np.mean(across) + 0.03
    assert np.mean(across) > 0.02


async def test_volatility_clusters_and_tails_are_fat() -> None:
    prices = await last_prices(21, 120)
    moves = np.diff(np.log(prices[::5]), axis=0)
    for coin in moves.T:
        size = np.abs(coin) - np.abs(coin).mean()
        assert (size[1:] * size[:-1]).mean() / size.var() > 0.1
        assert (coin**4).mean() / (coin**2).mean() ** 2 > 4


async def test_direction_is_no_free_lunch() -> None:
    """Over many seeds the drift of prices is nothing against their spread."""
    ends = []
    for seed in range(12):
        prices = await last_prices(seed, 20)
        ends.append(np.log(prices[-1] / prices[0]).mean())
    assert abs(np.mean(ends)) < 3 * np.std(ends) / np.sqrt(len(ends))


async def test_some_runs_follow_through_and_some_fail() -> None:
    """After three scans beyond 0.15 % in 20 s: what the next minute brings, in the direction of the move."""
    outcomes: list[float] = []
    for seed in range(3):
        prices = await last_prices(seed, 30)
        velocity = (prices[10:] / prices[:-10] - 1) * 100
        over = np.abs(velocity) > 0.15
        armed = over[2:-30] & over[1:-31] & over[:-32] & ~over[:-32][np.r_[0, : len(over) - 33]]
        for scan, coin in zip(*np.nonzero(armed), strict=True):
            now = scan + 12
            outcomes.append(float(np.sign(velocity[scan + 2, coin]) * (prices[now + 30, coin] / prices[now, coin] - 1)))
    gains = np.array(outcomes) * 100
    assert len(gains) > 100
    assert (gains > 1.0).sum() > 0.01 * len(gains)
    assert (gains < -0.5).sum() > 0.05 * len(gains)
    assert 0.3 < (gains > 0).mean() < 0.75


async def test_outages_missing_quotes_and_halts_happen() -> None:
    feed = await demo(2)
    stale, runs, missing, halted = 0, [0], 0, 0
    for frame in frames(feed, 60):
        assert (frame.state is FeedState.STALE) == (frame.note == SILENT)
        if frame.state is FeedState.STALE:
            runs[-1] += 1
            stale += 1
            assert frame.time_ns - frame.heard_ns < 27 * SECOND
        elif runs[-1]:
            runs.append(0)
        missing += int((frame.bid == 0).sum())
        halted += int((~frame.listed).sum())
    assert stale and max(runs) <= 13 and len(runs) >= 4
    assert missing > halted > 0


async def test_nothing_goes_silent_in_the_first_minute() -> None:
    for seed in range(5):
        assert all(frame.state is FeedState.LIVE for frame in frames(await demo(seed), 1.4))


@pytest.mark.parametrize("offset_s", [0, 1, 17, 59])
async def test_the_past_is_closed_minutes_that_lead_up_to_now(offset_s: int) -> None:
    start_ns = SEEDED_START_NS + offset_s * SECOND
    feed = await demo(9, start_ns=start_ns)
    bars = await feed.past_bars(0, 20)
    assert len(bars) == 20
    assert [bar.open_ns for bar in bars] == [SEEDED_START_NS - (20 - number) * MINUTE for number in range(20)]
    assert all(bar.low <= bar.close <= bar.high for bar in bars)
    frame = feed.read(start_ns)
    assert abs(int(frame.bid[0]) / bars[-1].close - 1) < 0.03
    assert len(await feed.past_bars(0, 10**6)) == 240
    assert await feed.past_bars(0, 0) == []


async def test_the_past_grows_with_time_and_never_tells_the_future() -> None:
    feed = await demo(9)
    for second in range(0, 130):
        now_ns = SEEDED_START_NS + second * SECOND
        feed.read(now_ns)
        assert (await feed.past_bars(0, 1))[0].open_ns == now_ns - now_ns % MINUTE - MINUTE


async def test_live_minutes_agree_with_the_bars_made_of_them() -> None:
    feed = await demo(14, ["BTC/USD"])
    seen = []
    for second in range(60):
        frame = feed.read(SEEDED_START_NS + second * SECOND)
        if frame.state is FeedState.LIVE and frame.last[0]:
            seen.append(int(frame.last[0]))
    feed.read(SEEDED_START_NS + MINUTE)
    bar = (await feed.past_bars(0, 1))[0]
    assert bar.open_ns == SEEDED_START_NS
    assert (max(seen), min(seen)) == (bar.high, bar.low) or len(seen) < 60


def test_every_packaged_instrument_has_a_level() -> None:
    assert set(LEVELS) == set(load_instruments())


async def test_clones_for_benchmarks_are_real_tickers_with_other_names() -> None:
    feed = DemoFeed((), 1, PacedClock(SEEDED_START_NS), clones=500)
    await feed.open(lambda what, done: None)
    names = [instrument.symbol for instrument in feed.instruments]
    assert names[0] == "X0001/USD" and len(set(names)) == 500
    assert (feed.read(SEEDED_START_NS + 5 * SECOND).bid > 0).mean() > 0.98


def test_symbols_that_the_demo_does_not_know() -> None:
    assert [instrument.symbol for instrument, _ in demo_instruments(("NOPE/USD", "BTC/USD"))] == ["BTC/USD"]
    with pytest.raises(UsageError, match="NOPE/USD"):
        demo_instruments(("NOPE/USD",))
