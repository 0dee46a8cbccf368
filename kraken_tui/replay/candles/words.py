"""What every strategy says of every candle, and what each candle's ticker does there: as bit maps."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.candles.bits import ALL, Maps, packed, words_for
from kraken_tui.replay.candles.comparing import Comparisons
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.candles.maps import classify, vote, vote_like
from kraken_tui.replay.candles.recording import Measured
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import chosen
from kraken_tui.strategy.opinions import Opinions, fault_text, opinions_of
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import Bound, Rule, checked

Floats = NDArray[np.float64]


class Words(Struct, frozen=True):
    """What the strategies say, whatever is held."""

    enter: Maps
    """[strategy and side, word]: where all votes are for a long (0, 2, ...) or for a short (1, 3, ...)."""
    ends: Maps
    """[strategy and side, word]: where any vote is against it."""
    expected: list[Floats | None]
    """Of each strategy, percent for each candle; None where it is asked about few candles only."""


def words_of(history: CandleHistory, on: Sequence[Strategy], m: Measured, config: TradingConfig) -> Words:
    """Ask every strategy about every candle.

    Raises:
        UsageError: a strategy of the operator's fails where it is asked about all candles.
    """
    shape = (2 * max(1, len(on)), words_for(m.whole.rows))
    enter, ends = np.empty(shape, np.uint64) if on else np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    expected: list[Floats | None] = [None] * len(on)
    for number, strategy in enumerate(on):
        long, short = 2 * number, 2 * number + 1
        if strategy.rules is not None:
            count_votes(_rules_of(strategy, config), m.comparisons, enter[long : short + 1], ends[long : short + 1])
            continue
        told = _asked(history, strategy, m, config)
        enter[long], enter[short] = packed(told.enter > 0), packed(told.enter < 0)
        ends[long], ends[short] = packed(told.ends_long != 0), packed(told.ends_short != 0)
        expected[number] = told.expected_move
    return Words(enter, ends, expected)


def regimes_of(compared: Comparisons, config: TradingConfig) -> Maps:
    """[`SymbolRegime`, word]: which candles are of which, before any hysteresis; as `regimes.symbol_regimes`."""
    regimes = np.empty((len(SymbolRegime), len(compared.every)), np.uint64)
    rise, fall = compared.sides("gap", Bound(config.TREND_GAP, True), Bound(-config.TREND_GAP, False))
    classify(
        compared.known("volatility"), compared.below("volatility", config.QUIET_VOLATILITY),
        compared.below("traded", config.QUIET_TRADED), compared.below("calm", config.SQUEEZE_RATIO),
        compared.at_most("choppiness", config.TREND_CHOPPINESS), (rise, compared.above("gap", 0.0)),
        (fall, compared.below("gap", 0.0)), compared.every, regimes,
    )  # fmt: skip
    return regimes


def count_votes(rules: Sequence[Rule], compared: Comparisons, enter: Maps, ends: Maps) -> None:
    """Count the votes of rules, as `signal_engine.verdict_of` does, into the two maps of `enter` and of `ends`."""
    enter[:] = ALL if rules else 0
    votes: dict[int, Maps] = {}
    for rule in rules:
        long, short = compared.sides(rule.measure, rule.long, rule.short)
        votes[id(rule)] = mine = np.empty_like(enter)
        if rule.like is None:
            vote(long, short, mine, enter, ends)
        else:
            vote_like(long, short, votes[id(rule.like)], mine, enter)


def _rules_of(strategy: Strategy, config: TradingConfig) -> Sequence[Rule]:
    assert strategy.rules is not None
    if not strategy.file:
        return strategy.rules(config)
    try:
        return checked(strategy.rules(config))
    except (Exception, SystemExit) as error:
        told = fault_text(strategy.file, error)
        raise UsageError(f"strategy {strategy.name} fails where it is asked about all candles: {told}") from error


def _asked(history: CandleHistory, strategy: Strategy, m: Measured, config: TradingConfig) -> Opinions:
    """A strategy that declares nothing: by its ballots at once, or by its votes window after window."""
    if strategy.ballots is not None:
        told = opinions_of(strategy, m.whole, (), config)
        if told.faults:
            raise UsageError(f"strategy {strategy.name} fails where it is asked about all candles: {told.faults[0]}")
        return told
    windows = [
        cut(run, max(0, end - WINDOW), end)
        for run in history.recording.candles
        for end in range(1, len(run.open_ns) + 1)
    ]
    return opinions_of(strategy, chosen(m.whole, np.arange(m.whole.rows)), windows, config)
