"""What the allocation would have made of half a year of Kraken's candles of nine pairs, and what it cannot: no tuning.

Blocks of four hours; eight strategies in shadow: the three of the house over all five-minute candles, without their
stops, and five simple ones, long or flat, through `leakage.shadow`. Taker fee and half a spread of 0.05 % on each
change of a position, and on each change of the weight of one that is held. The learner's constants are the defaults,
the regimes the autopilot's. The first 30 days only warm up. Flipped: the sign of each block drawn anew, so that nothing
is left to be learned.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.learning.figures import Floats, Line, check, mean, told
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import BUILT_IN, TradingConfig
from kraken_tui.learning.allocation import Pace, learned, nothing_known
from kraken_tui.learning.leakage import Bars, Past, shadow
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.strategy.candle_files import read_candles
from kraken_tui.strategy.history import believed, follow, history
from kraken_tui.strategy.indicators import measure

CANDLES = Path(__file__).parents[3] / "shared" / "data" / "kraken_ohlcvt_5m_2024H2"
COST = (float(Settings().PAPER_TAKER_FEE) + 0.025) / 100
SPAN, WARM_UP, WINNER = 48, 180, 60
FLIPS = 40
HARM = -0.15
"""The most that it may lose in any pair of the recording, log return."""
DRIFT_OF_NOTHING = -0.05
"""The most that it may lose on average over half a year where nothing can be learned, log return."""


class Half(Struct, frozen=True):
    """One pair's half-year: block returns (T, K) and sizes of positions (T, K) of the shadows, labels (T,), and what
    holding it made (T,)."""

    returns: Floats
    sizes: Floats
    labels: NDArray[np.int64]
    held: Floats


def lines(folder: Path = CANDLES) -> Iterator[Line]:
    if not folder.exists():
        yield told("recorded data", f"not here: {folder}")
        return
    halves = {name: half_of(candles) for name, candles in read_candles(folder).items()}
    rows = {name: ways(each) for name, each in halves.items()}
    for name, found in rows.items():
        text = ", ".join(f"{way} {np.sum(path):+.2f}/{fall(path):.2f}" for way, path in found.items())
        yield told(f"{name}: log return / largest log drawdown", text)
    totals = {way: np.array([np.sum(found[way]) for found in rows.values()]) for way in next(iter(rows.values()))}
    falls = {way: np.array([fall(found[way]) for found in rows.values()]) for way in totals}
    for way, values in totals.items():
        yield mean(f"{len(rows)} pairs: {way}: log return", values)
        yield mean(f"{len(rows)} pairs: {way}: largest log drawdown", falls[way])
    worst = totals["learner"].min()
    yield check("the learner's worst pair", f"{worst:+.3f}", f">= {HARM:g}", passed=bool(worst >= HARM))
    part = falls["learner"].mean() / falls["equal weight"].mean()
    yield check("its drawdown, of equal weight's", f"{part:.2f}", "<= 0.5", passed=bool(part <= 0.5))
    yield mean("flipped signs: the learner's log return", flipped(halves), digits=3, least=DRIFT_OF_NOTHING)


def half_of(candles: Candles) -> Half:
    """The shadows of one pair."""
    ends = np.arange(SPAN - 1, len(candles.close), SPAN)
    bars = Bars(candles.open_ns[ends] + SPAN_NS, candles.close[ends])
    simple = [shadow(each, bars, {}, COST, first=WARM_UP) for each in SIMPLE]
    sides = [sides_of(candles, name) for name in BUILT_IN]
    house = [in_blocks(house_returns(candles, each), ends)[WARM_UP - 1 :] for each in sides]
    sizes = [each.positions for each in simple] + [each[ends][WARM_UP - 1 : -1] for each in sides]
    labels = believed(measure(candles, TradingConfig()), TradingConfig())[ends]
    return Half(
        np.stack([each.returns for each in simple] + house, axis=1), np.abs(np.stack(sizes, axis=1)),
        labels[WARM_UP:].astype(np.int64),
        np.log(bars.close[WARM_UP:] / bars.close[WARM_UP - 1 : -1]),
    )  # fmt: skip


def sides_of(candles: Candles, name: str) -> Floats:
    """What a strategy of the house holds after each candle, alone."""
    return np.array([held.side for held in follow(history(candles, TradingConfig(STRATEGIES=[name])))], np.float64)


def house_returns(candles: Candles, sides: Floats) -> Floats:
    """What it makes from each candle's close to the next."""
    held = sides[:-1]
    moves = candles.close[1:] / candles.close[:-1] - 1
    return np.asarray(held * moves - COST * np.abs(np.diff(held, prepend=0.0)), np.float64)


def in_blocks(returns: Floats, ends: NDArray[np.int64]) -> Floats:
    """Summed from each block's end to the next."""
    summed = np.append(0.0, np.cumsum(returns))
    return np.diff(summed[ends])


def day(known: Past) -> float:
    return float(known.close[-1] > known.close[-7])


def week(known: Past) -> float:
    return float(known.close[-1] > known.close[-43])


def month(known: Past) -> float:
    return float(known.close[-1] > known.close[-WARM_UP])


def dip(known: Past) -> float:
    return float(known.close[-1] < 0.95 * known.close[-42:].mean())


def channel(known: Past) -> float:
    low, high = known.close[-120:].min(), known.close[-120:].max()
    return float(known.close[-1] > low + 0.8 * (high - low))


SIMPLE = (day, week, month, dip, channel)


def ways(half: Half) -> dict[str, Floats]:
    """Log returns per block of each way to use the shadows, and of holding the pair."""
    count = half.returns.shape[1]
    summed = np.cumsum(half.returns, axis=0)
    late = summed.copy()
    late[WINNER:] -= summed[:-WINNER]
    winner = np.zeros(half.returns.shape)
    np.put_along_axis(winner[1:], late[:-1].argmax(axis=1)[:, None], 1.0, axis=1)
    weights = learner(half.returns[:, None], half.labels[:, None])[:, 0]
    plain = learner(half.returns[:, None], np.full((len(half.labels), 1), -1))[:, 0]
    return {
        "hold": half.held,
        "equal weight": paid(np.full(half.returns.shape, 1 / count), half.returns, half.sizes),
        "last winner": paid(winner, half.returns, half.sizes),
        "learner": paid(weights, half.returns, half.sizes),
        "learner without regimes": paid(plain, half.returns, half.sizes),
    }


def learner(returns: Floats, labels: NDArray[np.int64]) -> Floats:
    """Weights before each block; shapes (T, worlds, K) and (T, worlds)."""
    known, pace = nothing_known(returns.shape[1:2], returns.shape[2], 6), Pace()
    weights = np.zeros(returns.shape)
    for block in range(len(returns) - 1):
        known = learned(known, returns[block], labels[block], pace)
        weights[block + 1] = known.weights
    return weights


def paid(weights: Floats, returns: Floats, sizes: Floats) -> Floats:
    """Log return per block after the cost of each change of a weight, where there is a position to change."""
    turned = (np.abs(np.diff(weights, axis=0, prepend=np.zeros((1, *weights.shape[1:])))) * sizes).sum(axis=-1)
    return np.asarray(np.log1p((weights * returns).sum(axis=-1) - COST * turned), np.float64)


def fall(path: Floats) -> float:
    """Largest drawdown of the summed path."""
    summed = np.append(0.0, np.cumsum(path))
    return float((np.maximum.accumulate(summed) - summed).max())


def flipped(halves: dict[str, Half]) -> Floats:
    """The learner's log return over each pair with the signs of its blocks drawn anew."""
    chance, found = np.random.default_rng(900), []
    for half in halves.values():
        signs = chance.choice([-1.0, 1.0], (len(half.labels), FLIPS, 1))
        worlds = signs * half.returns[:, None]
        weights = learner(worlds, np.repeat(half.labels[:, None], FLIPS, axis=1))
        found.append(paid(weights, worlds, half.sizes[:, None]).sum(axis=0))
    return np.concatenate(found)
