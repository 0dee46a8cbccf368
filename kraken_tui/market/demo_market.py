"""A made-up market: pure, seeded, generated some seconds at a time on a grid of one second.

One second's move of a coin, in logarithms, is

    volatility * (market factor + group factor + its own) + drift - pull + jump

with volatility from the hidden phase, the coin's wildness and two slow log-normal processes (its own and a common
one: volatility clusters, tails are fat). The hidden phase turns between QUIET, CHOP and TREND in random order and
length. In TREND coins run: a drift with random direction and length, of which some are followed by a retrace. Signs,
lengths and sizes are drawn independently of the past, so nothing in a price tells how long a run will go on.
"""

from collections import deque
from enum import IntEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.market.demo_levels import Level
from kraken_tui.market.demo_troubles import Troubles
from kraken_tui.model.instrument import Instrument

BLOCK = 5
"""Seconds made at a time. The past is made a minute at a time: coarser, and ten times as fast."""
BARS_KEPT = 240

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Phase(IntEnum):
    """What the made-up market is up to; hidden from the engine."""

    QUIET = 0
    CHOP = 1
    TREND = 2


class Mood(Struct, frozen=True):
    """A phase in numbers."""

    volatility: float
    """Standard deviation of one second's move, as a fraction."""
    market: float
    """Share of the variance that all coins have in common."""
    group: float
    """Share of the variance that a group has in common."""
    pull: float
    """Part of the way back to the anchor gone each second."""
    jumps: float
    """Chance of a jump, per coin and second."""
    trades: float
    """Chance of a trade each second, for the average coin."""
    spread: float
    """Spread against the usual one."""


MOODS = {
    Phase.QUIET: Mood(0.000018, 0.10, 0.10, 0.0, 0.00001, 0.10, 0.8),
    Phase.CHOP: Mood(0.000125, 0.05, 0.15, 0.01, 0.00003, 0.35, 1.0),
    Phase.TREND: Mood(0.000200, 0.30, 0.30, 0.0, 0.0006, 0.75, 1.4),
}
SECONDS = {Phase.QUIET: (120, 150), Phase.CHOP: (115, 145), Phase.TREND: (110, 170)}
"""Shortest and longest stay in a phase: long enough for look-back, regime window and an outage together."""


class Block(Struct, frozen=True):
    """Some seconds of the market; arrays are (second, ticker) unless said, and read-only."""

    bid: Ints
    ask: Ints
    last: Ints
    bid_amount: Floats
    """Per ticker."""
    ask_amount: Floats
    """Per ticker."""
    listed: Flags
    """Per ticker."""
    silent: Flags
    """Per second: the feed says nothing."""
    high: Ints
    """Per ticker, as the next two: of all prices of these seconds, whether anybody was told of them or not."""
    low: Ints
    close: Ints
    trades: Ints
    """How many, per ticker; none while it is halted."""


class DemoMarket:
    """The generator. Equal arguments give equal blocks.

    Args:
        coins: instruments and their levels.
        groups: number of each coin's group.
        seed: of all chance in it.
    """

    def __init__(self, coins: tuple[tuple[Instrument, Level], ...], groups: list[int], seed: int) -> None:
        levels = [level for _, level in coins]
        self.bars: deque[tuple[Ints, Ints, Ints]] = deque(maxlen=BARS_KEPT + 1)
        """High, low and close of the minutes that are over, in ticks, oldest first."""
        self._random = np.random.default_rng(seed)
        self._tick = np.array([float(instrument.tick) for instrument, _ in coins])
        self._spread = np.array([level.spread_bps for level in levels]) / 1e4
        self._depth = np.array([level.depth for level in levels])
        self._wildness = np.array([level.wildness for level in levels])
        self._liquidity = np.clip(2.0 / (1.0 + np.array([level.spread_bps for level in levels])), 0.4, 1.3)
        self._groups = np.array(groups, np.int64)
        self._group_count = max(groups) + 1
        self._log_mid = np.log(np.array([level.price for level in levels]))
        self._count = count = len(coins)
        self._anchor = self._log_mid.copy()
        self._own_volatility = np.zeros(count)
        self._common_volatility = 0.0
        self._drift = np.zeros(count)
        self._run_left = np.zeros(count)
        self._wind = np.zeros(self._group_count)
        self._row = np.rint(np.exp(self._log_mid) / self._tick).astype(np.int64)
        self._high, self._low = self._row, self._row
        self._seconds = 0
        self._troubles = Troubles(count, self._random)
        self._phases: list[Phase] = []
        self._phase = Phase.QUIET
        self._phase_left = 0.0

    def begin(self) -> None:
        """Start a new round of phases, as the past ends: so each phase comes up within the next eight minutes."""
        self._phases.clear()
        self._phase_left = 0.0
        self._troubles.begin()

    def next_block(self, seconds: int = BLOCK) -> Block:
        """Make the next seconds; a minute must be a multiple of them."""
        self._turn_phase(seconds)
        mood = MOODS[self._phase]
        moves = self._moves(mood, seconds)
        path = self._log_mid + np.cumsum(moves, axis=0)
        self._log_mid = path[-1].copy()
        price = np.exp(path)
        bid, ask = self._quotes(price, mood)
        last, trades = self._trades(bid, ask, moves, mood)
        self._keep_bar(last)
        high, low = last.max(axis=0), last.min(axis=0)
        listed, missing, silent = self._troubles.next(seconds)
        for side in (bid, ask, last):
            side[missing] = 0
        amounts = self._depth / price[-1] * np.exp(0.8 * self._random.standard_normal((2, self._count)))
        amounts = np.round(amounts, 5)
        trades = np.where(listed, trades, 0)
        block = Block(bid, ask, last, amounts[0], amounts[1], listed, silent, high, low, self._row, trades)
        for name in block.__struct_fields__:
            getattr(block, name).setflags(write=False)
        return block

    def _turn_phase(self, seconds: int) -> None:
        if self._phase_left > 0:
            self._phase_left -= seconds
            return
        if not self._phases:
            order = [Phase(int(number)) for number in self._random.permutation(3)]
            self._phases = order if order[0] is not self._phase else [*order[1:], order[0]]
        self._phase = self._phases.pop(0)
        shortest, longest = SECONDS[self._phase]
        self._phase_left = float(self._random.uniform(shortest, longest)) - seconds
        self._anchor = self._log_mid.copy()
        self._drift[:] = 0.0
        self._run_left = self._random.uniform(0.0, 25.0, self._count)
        self._wind = self._random.normal(0.0, 0.00002, self._group_count)

    def _moves(self, mood: Mood, seconds: int) -> Floats:
        volatility = mood.volatility * self._wildness * np.exp(self._cluster(seconds))
        count, chance = self._count, self._random.standard_normal((seconds, self._count + self._group_count + 1))
        moves: Floats = chance[:, :count] * np.sqrt(1.0 - mood.market - mood.group)
        moves += (np.sqrt(mood.group) * chance[:, count:-1]).take(self._groups, axis=1)
        moves += np.sqrt(mood.market) * chance[:, -1:]
        moves *= volatility
        if mood.pull:
            moves -= mood.pull * (self._log_mid - self._anchor)
        if self._phase is Phase.TREND:
            self._turn_runs(seconds)
            moves += self._drift + self._wind[self._groups] * self._wildness
        self._jump(moves, mood.jumps)
        return moves

    def _cluster(self, seconds: int) -> Floats:
        """The slow logarithm of volatility, moved on: two processes that forget with half-lives of about a minute."""
        steps = seconds / BLOCK
        own, common = 0.95**steps, 0.97**steps
        fresh = self._random.standard_normal(self._count + 1)
        self._own_volatility = own * self._own_volatility + 0.32 * (1 - own * own) ** 0.5 * fresh[1:]
        self._common_volatility = common * self._common_volatility + 0.2 * (1 - common * common) ** 0.5 * float(
            fresh[0]
        )
        return self._own_volatility + self._common_volatility

    def _turn_runs(self, seconds: int) -> None:
        self._run_left -= seconds
        over = np.flatnonzero(self._run_left <= 0.0)
        if not over.size:
            return
        random, old = self._random, self._drift[over]
        size = (0.00005 + random.exponential(0.00011, over.size)) * self._wildness[over]
        sign = np.where(random.random(over.size) < 0.5, -1.0, 1.0)
        fresh = np.where(random.random(over.size) < 0.6, sign * size, 0.0)
        retrace = (old != 0.0) & (random.random(over.size) < 0.4)
        self._drift[over] = np.where(retrace, -old * random.uniform(0.4, 1.3, over.size), fresh)
        length = 15.0 + random.exponential(25.0, over.size)
        self._run_left[over] = np.where(retrace, 0.4 * length, length)

    def _jump(self, moves: Floats, chance: float) -> None:
        hits = int(self._random.poisson(chance * moves.size))
        if hits:
            coins = self._random.integers(0, self._count, hits)
            rows = self._random.integers(0, len(moves), hits)
            moves[rows, coins] += self._random.standard_t(4, hits) * 0.004 * self._wildness[coins]

    def _quotes(self, price: Floats, mood: Mood) -> tuple[Ints, Ints]:
        wide = self._spread * mood.spread * np.exp(0.5 * self._own_volatility)
        spread = np.maximum(1.0, np.rint(wide * price[0] / self._tick))
        bid = np.maximum(1, np.rint(price / self._tick - spread / 2)).astype(np.int64)
        return bid, bid + spread.astype(np.int64)

    def _trades(self, bid: Ints, ask: Ints, moves: Floats, mood: Mood) -> tuple[Ints, Ints]:
        """Last prices, and how many trades each coin had."""
        chance = self._random.random((2, *bid.shape))
        traded = chance[0] < np.minimum(1.0, mood.trades * self._liquidity)
        trades = traded.sum(axis=0)
        bought = chance[1] < 0.5 + 0.3 * np.sign(moves)
        prices = np.where(bought, ask, bid)
        prices[0] = np.where(traded[0], prices[0], self._row)
        traded[0] = True
        cells = np.arange(prices.size).reshape(prices.shape)
        last = prices.take(np.maximum.accumulate(np.where(traded, cells, 0), axis=0))
        self._row = last[-1].copy()
        return last, trades

    def _keep_bar(self, last: Ints) -> None:
        if self._seconds % 60 == 0:
            self._high, self._low = last[0], last[0]
        self._high = np.maximum(self._high, last.max(axis=0))
        self._low = np.minimum(self._low, last.min(axis=0))
        self._seconds += len(last)
        if self._seconds % 60 == 0:
            self.bars.append((self._high, self._low, self._row))
