"""What a strategy makes of many rows at once: by its ballots, or by its votes, row by row."""

import math
import traceback
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.indicators import Floats, Measures
from kraken_tui.strategy.signal_engine import Ballot, Sides, Signs, verdict_of, vote_of


class BadVotes(Exception):
    """A strategy returned what are no votes."""


class Opinions(Struct, frozen=True, kw_only=True):
    """Arrays have one entry per row."""

    enter: Signs
    """Where all votes agree: +1 long, -1 short, else 0."""
    ends_long: Signs
    """1 where a vote is against a long that is held."""
    ends_short: Signs
    expected_move: Floats
    votes_at: Callable[[int], tuple[Vote, ...]]
    faults: dict[int, str]
    """Rows where an operator's strategy failed, and how; it votes for neither there, and against nothing."""

    def ends(self, row: int, held: int) -> bool:
        """Whether a vote is against what is held: +1 a long, -1 a short."""
        return bool((self.ends_long if held > 0 else self.ends_short)[row])


def opinions_of(strategy: Strategy, m: Measures, windows: Sequence[Candles], config: TradingConfig) -> Opinions:
    """What `strategy` says on each row.

    Args:
        strategy: fast or slow.
        m: the measures of the rows.
        windows: the candles up to and with each row's; a fast strategy does not look at them.
        config: thresholds.
    """
    if not strategy.file:
        return _opinions(strategy, m, windows, config)
    try:
        return _opinions(strategy, m, windows, config)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the operator's own code may raise anything; it is told
        return _none(m, dict.fromkeys(range(m.rows), fault_text(strategy.file, error)))


def _opinions(strategy: Strategy, m: Measures, windows: Sequence[Candles], config: TradingConfig) -> Opinions:
    expected = np.asarray(strategy.expected_move(m, config), np.float64)
    if strategy.ballots is not None:
        ballots = tuple(strategy.ballots(m, config))
        _check_ballots(ballots, m.rows)
        return _by_ballots(ballots, expected)
    return _by_votes(strategy, m, windows, config, expected)


def _by_ballots(ballots: Sequence[Ballot], expected: Floats) -> Opinions:
    verdict = verdict_of(ballots)
    return Opinions(
        enter=verdict.enter,
        ends_long=verdict.ends_long,
        ends_short=verdict.ends_short,
        expected_move=expected,
        votes_at=lambda row: tuple(vote_of(ballot, row) for ballot in ballots),
        faults={},
    )


def _by_votes(
    strategy: Strategy, m: Measures, windows: Sequence[Candles], config: TradingConfig, expected: Floats
) -> Opinions:
    found: list[tuple[Vote, ...]] = []
    faults: dict[int, str] = {}
    for row, window in enumerate(windows):
        try:
            found.append(_votes(strategy, window, config))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the operator's own code may raise anything; it is told
            found.append(())
            faults[row] = fault_text(strategy.file, error)
    signs = [{vote.sign for vote in votes} for votes in found]
    enter = [next(iter(each)) if len(each) == 1 else 0 for each in signs]
    return Opinions(
        enter=np.array(enter, np.int8),
        ends_long=np.array([-1 in each for each in signs], np.int8),
        ends_short=np.array([1 in each for each in signs], np.int8),
        expected_move=expected,
        votes_at=lambda row: found[row],
        faults=faults,
    )


def _votes(strategy: Strategy, window: Candles, config: TradingConfig) -> tuple[Vote, ...]:
    votes = tuple(strategy.votes(window, config)) if strategy.votes is not None else ()
    if not votes or any(vote.sign not in (-1, 0, 1) for vote in votes):
        raise BadVotes("votes() must return one Vote or more, each with a sign of -1, 0 or 1")
    return votes


def _check_ballots(ballots: Sequence[Ballot], rows: int) -> None:
    if not ballots:
        raise BadVotes("ballots() must return one Ballot or more")
    for ballot in ballots:
        thresholds = rows if isinstance(ballot.threshold, Sides) else len(ballot.threshold)
        if not len(ballot.value) == thresholds == len(ballot.sign) == rows:
            raise BadVotes(f"ballot {ballot.name} must have {rows} values, thresholds and signs, one for each row")
        if not _are_signs(ballot.sign):
            raise BadVotes(f"ballot {ballot.name} has a sign that is not -1, 0 or 1")


def _are_signs(sign: Signs) -> bool:
    """Whether all are -1, 0 or 1."""
    if sign.dtype != np.int8:
        return bool(np.isin(sign, (-1, 0, 1)).all())
    return sign.size == 0 or bool(sign.min() >= -1 and sign.max() <= 1)


def _none(m: Measures, faults: dict[int, str]) -> Opinions:
    nothing = np.zeros(m.rows, np.int8)
    return Opinions(
        enter=nothing, ends_long=nothing, ends_short=nothing, expected_move=np.full(m.rows, math.nan),
        votes_at=lambda row: (), faults=faults,
    )  # fmt: skip


def fault_text(file: str, error: BaseException) -> str:
    """The error of an operator's strategy with its file and line."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    text = str(error)
    if isinstance(error, SyntaxError) and error.filename == file:
        lines, text = [error.lineno], error.msg
    where = f"{file}, line {lines[-1]}" if lines else file
    return f"{where}: {type(error).__name__}: {text}"
