"""Proof that a decision never rests on what came after it.

Three things are compared, which could differ only if a strategy looked ahead or remembered what it should not: what it
says of a candle with all later candles there, with the later ones cut off, and live, candle by candle, where there is
nothing later and nothing older than 720 candles.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.clock import iso
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.autopilot import SIDES, decide
from kraken_tui.strategy.candle_files import frozen
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import WINDOW, Held, History, cut, follow, history
from kraken_tui.strategy.indicators import measure
from kraken_tui.strategy.opinions import Opinions, opinions_of
from kraken_tui.strategy.regimes import Belief
from kraken_tui.strategy.strategy_orchestrator import NO_TRADE, Standing, States

CUTS = 6
"""Ends at which a history is cut off."""
STRETCHES, STRETCH = 4, 60
"""Runs of candles that are decided live as well, and their length."""
SLOW = 3_000
"""The last candles, on which alone a strategy without ballots is tried: it is asked once for each."""

Found = Iterator[tuple[int, str]]
"""A candle's number and what differs there."""


class Proof(Struct, frozen=True, kw_only=True):
    """What came of trying one strategy on the candles of one symbol."""

    strategy: str
    symbol: str
    candles: int
    entries: int
    """Candles on which its votes agreed."""
    difference: str
    """The first that was found, with its candle; empty where there is none."""


def prove(strategy: Strategy, symbol: str, candles: Candles, config: TradingConfig) -> Proof:
    """Try whether later candles change what `strategy` says.

    Args:
        strategy: it alone trades, in the regimes that it is for.
        symbol: what the candles are of.
        candles: some thousand.
        config: thresholds.
    """
    config = config.model_copy(update={"STRATEGIES": [strategy.name]})
    if strategy.ballots is None:
        candles = cut(candles, max(0, len(candles.close) - SLOW), len(candles.close))
    whole = history(candles, config, [strategy])
    difference = ""
    for row, text in _differences(whole, strategy, symbol, candles, config):
        difference = f"candle {row} of {iso(int(candles.open_ns[row]))}: {text}"
        break
    entries = int(np.count_nonzero(whole.opinions[0].enter))
    return Proof(
        strategy=strategy.name, symbol=symbol, candles=len(candles.close), entries=entries, difference=difference
    )


def _differences(whole: History, strategy: Strategy, symbol: str, candles: Candles, config: TradingConfig) -> Found:
    size = len(candles.close)
    for row, fault in whole.opinions[0].faults.items():
        yield row, f"it failed, so nothing is proved: {fault}"
    for end in sorted({int(end) for end in np.linspace(min(size, config.warm_up + 1), size, CUTS)}):
        if strategy.ballots is not None:
            yield from _cut_off(whole, history(_copy(candles, 0, end), config, [strategy]))
        else:
            yield from _asked_again(whole.opinions[0], strategy, _copy(candles, max(0, end - WINDOW), end), end, config)
    for begin in _stretches(whole):
        yield from _live(whole, symbol, candles, begin, config, strategy)


def _cut_off(whole: History, part: History) -> Found:
    """Every candle of the shorter history against the same of the whole."""
    for name, told, now in zip(COLUMNS, _columns(part), _columns(whole), strict=True):
        yield from _unequal(name, told, now[: len(told)], 0)


COLUMNS = ("regime", "choice", "stop distance", "entry", "vote against a long", "vote against a short", "expected move")


def _columns(told: History) -> list[NDArray[Any]]:
    return [told.regimes, told.chosen, told.stop_distance, *_opinion_columns(told.opinions[0])]


def _opinion_columns(opinions: Opinions) -> list[NDArray[Any]]:
    return [opinions.enter, opinions.ends_long, opinions.ends_short, opinions.expected_move]


def _asked_again(opinions: Opinions, strategy: Strategy, window: Candles, end: int, config: TradingConfig) -> Found:
    """One candle of a strategy that is asked candle by candle, on a copy of its window that ends there."""
    again = opinions_of(strategy, measure(window, config, len(window.close) - 1), [window], config)
    pairs = zip(COLUMNS[3:], _opinion_columns(again), _opinion_columns(opinions), strict=True)
    for name, told, now in pairs:
        yield from _unequal(name, told, now[end - 1 : end], end - 1)


def _unequal(name: str, told: NDArray[Any], now: NDArray[Any], first: int) -> Found:
    differ = np.flatnonzero((told != now) & ~((told != told) & (now != now)))
    if differ.size:
        row = int(differ[0])
        yield first + row, f"{name} is {told[row]} without the candles after it, and {now[row]} with them"


def _stretches(whole: History) -> list[int]:
    """Where live runs begin: a little before some entries, so that there is something to decide."""
    size = whole.measures.rows
    if size < WINDOW + STRETCH:
        return []
    entries = np.flatnonzero(whole.enter) - STRETCH // 3
    entries = entries[(entries >= WINDOW) & (entries <= size - STRETCH)]
    if not entries.size:
        return [size - STRETCH]
    return sorted({int(entries[k]) for k in np.linspace(0, entries.size - 1, STRETCHES).astype(int)})


def _live(
    whole: History, symbol: str, candles: Candles, begin: int, config: TradingConfig, strategy: Strategy
) -> Found:
    """A stretch of candles through `decide`, each with its last 720 candles, against the history."""
    way = follow(whole)
    before = way[begin - 1]
    known = strategy.name if before.strategy != NO_TRADE else ""
    states = States({symbol: Standing(0, Belief(), known)})
    for row in range(begin, begin + STRETCH):
        held = _held(symbol, way[row - 1])
        window = _copy(candles, row + 1 - WINDOW, row + 1)
        (call,), states = decide([symbol], [window], states, held, None, config, [strategy])
        if call.side is not (wanted := SIDES[way[row].side]):
            yield row, f"live it wants {_word(call.side)}, in the history {_word(wanted)}"
        if call.strategy == strategy.name:
            yield from _other_votes(call.votes, whole.opinions[0].votes_at(row), row)
        yield from _unequal("stop distance", np.array([call.stop_distance]), whole.stop_distance[row : row + 1], row)


def _other_votes(live: Sequence[Vote], told: Sequence[Vote], row: int) -> Found:
    """The first vote that is another one live."""
    if len(live) != len(told):
        yield row, f"live there are {len(live)} votes, in the history {len(told)}"
    for one, other in zip(live, told, strict=False):
        if (one.name, one.sign, one.text) != (other.name, other.sign, other.text):
            yield (
                row,
                f'live {one.name} votes {one.sign:+d} ("{one.text}"), in the history {other.sign:+d} ("{other.text}")',
            )


def _held(symbol: str, held: Held) -> dict[str, Side]:
    side = SIDES[held.side]
    return {} if side is None else {symbol: side}


def _word(side: Side | None) -> str:
    return {Side.BUY: "a long", Side.SELL: "a short", None: "nothing"}[side]


def _copy(candles: Candles, begin: int, end: int) -> Candles:
    """Those candles alone: no view, through whose base the others could be seen."""
    part = cut(candles, begin, end)
    return frozen(*(getattr(part, name).copy() for name in Candles.__struct_fields__))
