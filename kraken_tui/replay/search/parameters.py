"""What may be searched: a parameter, its bounds and its step; never beyond what the settings allow."""

import difflib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec import Struct
from pydantic import BaseModel

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError

Value = int | float
Values = dict[str, Value]

SCANNER = "scanner"
OF_SCANNER = (
    "VELOCITY_THRESHOLD", "VELOCITY_LOOKBACK", "ARM_PERSISTENCE", "HEAT_THRESHOLD_RISE", "STOP_DISTANCE_MIN",
    "ATR_PERIOD", "ATR_MULTIPLE", "ATR_MULTIPLE_BELOW_ONE", "RATCHET_ENTRY", "BREAKEVEN_GAP", "RATCHET_LOCK",
    "LOCK_PROFIT", "TRAIL_DISTANCE", "TRAIL_STEP", "DECAY_RATIO", "DECAY_SCANS", "REVERSAL_SCANS", "COOLDOWN_LOSS",
    "REGIME_WINDOW", "REGIME_LOW_VOL", "REGIME_DISPERSION", "REGIME_MIX",
)  # fmt: skip
"""Keys of `config.json` that decide when the scanner enters and leaves. Limits, sizes, fees and what the market is
believed of are none of them: a search must not loosen what protects."""
OF_AUTOPILOT = (
    "RSI_PERIOD", "ATR_PERIOD", "FAST_MEAN", "SLOW_MEAN", "VOLUME_PERIOD", "VOLATILITY_PERIOD", "CALM_PERIOD",
    "CHOPPINESS_PERIOD", "CHANNEL_PERIOD", "QUIET_VOLATILITY", "QUIET_TRADED", "SQUEEZE_RATIO", "TREND_CHOPPINESS",
    "HYSTERESIS", "TREND_GAP", "TREND_RSI", "TREND_VOLUME", "REVERSION_RSI", "REVERSION_STRETCH", "BREAKOUT_VOLUME",
    "STOP_ATRS", "TREND_MOVE", "BREAKOUT_MOVE",
)  # fmt: skip
"""The same of `trading.json`; its market filters are none of them."""

STOPS = "STOP_ATRS=4..24:2"
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    SCANNER: (
        "VELOCITY_THRESHOLD=0.1..1.5:0.05", "VELOCITY_LOOKBACK=5..40:5", "ARM_PERSISTENCE=1..10",
        "STOP_DISTANCE_MIN=0.25..3:0.25", "ATR_MULTIPLE=1..5:0.5", "RATCHET_LOCK=2..8:0.5",
        "TRAIL_DISTANCE=0.5..3:0.25", "DECAY_SCANS=15..180:15",
    ),
    "trend_following": (
        "TREND_GAP=0.25..3:0.25", "TREND_RSI=50..70:2.5", "TREND_VOLUME=0..3:0.5", "TREND_CHOPPINESS=30..60:5", STOPS,
        "TREND_MOVE=4..24:2",
    ),
    "mean_reversion": ("REVERSION_RSI=10..40:5", "REVERSION_STRETCH=3..15:1", STOPS),
    "breakout": ("CHANNEL_PERIOD=48..288:48", "BREAKOUT_VOLUME=0..4:0.5", STOPS, "BREAKOUT_MOVE=4..24:2"),
}  # fmt: skip
"""What is searched where nothing is named; the settings' own defaults lie on these steps."""

NUMBER = r"[+-]?\d+(?:\.\d+)?"
FORM = re.compile(rf"([A-Za-z_]+)=({NUMBER})\.\.({NUMBER})(?::({NUMBER}))?")


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter and what it may be."""

    name: str
    low: Decimal
    high: Decimal
    """The last value: where there is a step, a whole number of steps above the low one."""
    step: Decimal | None
    """None searches every value between them."""
    whole: bool
    """Whether only whole numbers are right."""

    @property
    def steps(self) -> int | None:
        """How many steps there are from low to high."""
        return None if self.step is None else int((self.high - self.low) / self.step)

    def value(self, point: float) -> Value:
        """The value at `point`, 0 to 1 from low to high; on the nearest step."""
        if self.step is None or self.steps is None:
            return float(self.low) + point * float(self.high - self.low)
        exact = self.low + self.step * round(point * self.steps)
        return int(exact) if self.whole else float(exact)

    def point(self, value: Value) -> float | None:
        """Where `value` lies, 0 to 1; None where it is out of the bounds or on no step."""
        exact = Decimal(str(value))
        if not self.low <= exact <= self.high or (self.step is not None and (exact - self.low) % self.step != 0):
            return None
        return float((exact - self.low) / (self.high - self.low))

    def __str__(self) -> str:
        step = "" if self.step is None else f":{self.step}"
        return f"{self.name}={self.low}..{self.high}{step}"


def parameters_for(strategies: Sequence[str], asked: Sequence[str]) -> tuple[Parameter, ...]:
    """What is searched, in the order in which it was named.

    Args:
        strategies: who trades: the scanner alone, or strategies of the autopilot.
        asked: such as `VELOCITY_THRESHOLD=0.1..0.5:0.05`; empty takes the documented ones of those who trade.

    Raises:
        UsageError: a name is unknown or there twice, or bounds or a step are wrong.
    """
    model, names = (Settings, OF_SCANNER) if SCANNER in strategies else (TradingConfig, OF_AUTOPILOT)
    texts = asked or dict.fromkeys(text for name in strategies for text in DEFAULTS.get(name, (STOPS,)))
    found: dict[str, Parameter] = {}
    for text in texts:
        each = _parameter(text, model, names)
        if each.name in found:
            raise UsageError(f"--parameter {text}: {each.name} is there twice; keep one")
        found[each.name] = each
    return tuple(found.values())


def _parameter(text: str, model: type[BaseModel], names: Sequence[str]) -> Parameter:
    match = FORM.fullmatch(text.replace(" ", ""))
    if match is None:
        raise UsageError(f"--parameter {text}: NAME=LOW..HIGH or NAME=LOW..HIGH:STEP is right")
    name = match[1].upper()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"--parameter {text}: {name} is nothing to be searched; {hint}{', '.join(names)} are right")
    low, high = Decimal(match[2]), Decimal(match[3])
    step = Decimal(match[4]) if match[4] is not None else None
    rule = _rules(model)[name]
    whole = rule["type"] == "integer"
    if low >= high:
        raise UsageError(f"--parameter {text}: {low} is not below {high}; {name}={high}..{low} would be the other way")
    for value in (low, high):
        if _is_outside(value, rule):
            raise UsageError(f"--parameter {text}: {name} can't be {value}; {_allowed(rule)} is right")
    step = Decimal(1) if step is None and whole else step
    if whole and any(value % 1 for value in (low, high, step or low)):
        raise UsageError(f"--parameter {text}: {name} is a whole number; whole bounds and a whole step are right")
    if step is not None and not 0 < step <= high - low:
        raise UsageError(f"--parameter {text}: a step of {step} is not right; above 0 and up to {high - low} is")
    last = high if step is None else low + (high - low) // step * step
    return Parameter(name=name, low=low, high=last, step=step, whole=whole)


@cache
def _rules(model: type[BaseModel]) -> Mapping[str, Mapping[str, Any]]:
    rules: Mapping[str, Mapping[str, Any]] = model.model_json_schema()["properties"]
    return rules


def _is_outside(value: Decimal, rule: Mapping[str, Any]) -> bool:
    number = float(value)
    return (
        number < rule.get("minimum", number)
        or number > rule.get("maximum", number)
        or ("exclusiveMinimum" in rule and number <= rule["exclusiveMinimum"])
        or ("exclusiveMaximum" in rule and number >= rule["exclusiveMaximum"])
    )


def _allowed(rule: Mapping[str, Any]) -> str:
    signs = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "up to", "exclusiveMaximum": "below"}
    return " ".join(f"{word} {rule[name]:g}" for name, word in signs.items() if name in rule)
