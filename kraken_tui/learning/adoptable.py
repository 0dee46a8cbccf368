"""What learning may change, as types that can hold nothing else: parameters of signals, and limits made tighter.

`Parameter` names what may move. Sizes, leverage, stops, daily limits, pair filters and fees are not among it, so no
candidate can carry one; decoding a stored candidate refuses any other name. `Tightening` is the only way to touch a
limit: a factor of at most 1 on what the operator allows, and a ratchet: going back to an earlier candidate keeps it.
"""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from kraken_tui.model.errors import UsageError

REACH = 0.2
"""The largest move of a parameter in one adoption, as a share of its range."""


class Parameter(StrEnum):
    """What of the autopilot's choices may be learned; the keys of `trading.json`."""

    RSI_PERIOD = "RSI_PERIOD"
    FAST_MEAN = "FAST_MEAN"
    SLOW_MEAN = "SLOW_MEAN"
    VOLUME_PERIOD = "VOLUME_PERIOD"
    VOLATILITY_PERIOD = "VOLATILITY_PERIOD"
    CALM_PERIOD = "CALM_PERIOD"
    CHOPPINESS_PERIOD = "CHOPPINESS_PERIOD"
    CHANNEL_PERIOD = "CHANNEL_PERIOD"
    SQUEEZE_RATIO = "SQUEEZE_RATIO"
    TREND_CHOPPINESS = "TREND_CHOPPINESS"
    HYSTERESIS = "HYSTERESIS"
    TREND_GAP = "TREND_GAP"
    TREND_RSI = "TREND_RSI"
    TREND_VOLUME = "TREND_VOLUME"
    REVERSION_RSI = "REVERSION_RSI"
    REVERSION_STRETCH = "REVERSION_STRETCH"
    BREAKOUT_VOLUME = "BREAKOUT_VOLUME"


class Range(Struct, frozen=True):
    """From where to where a parameter makes sense."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """How far it can move at all."""
        return self.high - self.low


RANGES = {
    Parameter.RSI_PERIOD: Range(5, 20),
    Parameter.FAST_MEAN: Range(12, 192),
    Parameter.SLOW_MEAN: Range(48, 288),
    Parameter.VOLUME_PERIOD: Range(12, 288),
    Parameter.VOLATILITY_PERIOD: Range(12, 144),
    Parameter.CALM_PERIOD: Range(96, 288),
    Parameter.CHOPPINESS_PERIOD: Range(24, 288),
    Parameter.CHANNEL_PERIOD: Range(48, 288),
    Parameter.SQUEEZE_RATIO: Range(0.3, 0.9),
    Parameter.TREND_CHOPPINESS: Range(30, 60),
    Parameter.HYSTERESIS: Range(1, 48),
    Parameter.TREND_GAP: Range(0.2, 3.0),
    Parameter.TREND_RSI: Range(50, 75),
    Parameter.TREND_VOLUME: Range(0.5, 3.0),
    Parameter.REVERSION_RSI: Range(10, 45),
    Parameter.REVERSION_STRETCH: Range(3, 16),
    Parameter.BREAKOUT_VOLUME: Range(1, 6),
}


class Limit(StrEnum):
    """Limits that may be made tighter; of each, less is tighter."""

    RISK_PER_TRADE = "RISK_PER_TRADE"
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    MAX_ACTIVE_RISK = "MAX_ACTIVE_RISK"
    MAX_TRADES_PER_DAY = "MAX_TRADES_PER_DAY"
    MAX_TRADES_PER_SYMBOL = "MAX_TRADES_PER_SYMBOL"
    MAX_LOSSES_IN_A_ROW = "MAX_LOSSES_IN_A_ROW"
    MAX_SLIPPAGE = "MAX_SLIPPAGE"
    MAX_SPREAD = "MAX_SPREAD"


class Tightening(Struct, frozen=True):
    """Less of a limit than the operator allows."""

    limit: Limit
    factor: float
    """Above 0, at most 1."""

    def __post_init__(self) -> None:
        if not 0 < self.factor <= 1:
            raise UsageError(
                f"{self.limit} times {self.factor}; above 0 and at most 1 is right: learning only tightens"
            )


class Candidate(Struct, frozen=True, kw_only=True):
    """A strategy with its parameters: what trades today, or might instead of it."""

    id: str
    strategy: str
    code: str
    """SHA-256 of the strategy's file, or the house's version for one that comes with it."""
    parameters: dict[Parameter, float] = {}
    """Those that are not named stay as the operator has them."""
    tightenings: tuple[Tightening, ...] = ()

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            reach = RANGES[Parameter(name)]
            if not (math.isfinite(value) and reach.low <= value <= reach.high):
                raise UsageError(f"{name} is {value}; {reach.low:g} to {reach.high:g} is right")


def faults(champion: Candidate, challenger: Candidate) -> tuple[str, ...]:
    """Why the challenger may not replace the champion in one go; empty where it may.

    Another strategy has parameters of its own, so that none of them moves. A parameter which only one of
    the two names has no known distance.
    """
    if champion.id == challenger.id:
        return (f"{challenger.id} is the champion itself",)
    if (champion.strategy, champion.code) != (challenger.strategy, challenger.code):
        return ()
    if champion.parameters.keys() != challenger.parameters.keys():
        return (f"{challenger.id} names other parameters than {champion.id}; the same are right",)
    found = []
    for name, value in challenger.parameters.items():
        moved, most = abs(value - champion.parameters[name]), REACH * RANGES[name].width
        if moved > most * (1 + 1e-12):
            found.append(f"{name} would move by {moved:g}; at most {most:g}, a fifth of its range, is right")
    return tuple(found)


def ratcheted(standing: Mapping[Limit, float], tightenings: Iterable[Tightening]) -> dict[Limit, float]:
    """Factors per limit once these are added: of each the smaller one."""
    factors = dict(standing)
    for each in tightenings:
        factors[each.limit] = min(each.factor, factors.get(each.limit, 1.0))
    return factors


def effective(operator: Mapping[Limit, float], factors: Mapping[Limit, float]) -> dict[Limit, float]:
    """The limits that hold: never above the operator's own. One that he has not set stays unset."""
    return {limit: min(most, most * factors.get(limit, 1.0)) for limit, most in operator.items()}
