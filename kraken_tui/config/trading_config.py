"""What the autopilot trades on: periods, thresholds and market filters. `trading.json` in the home holds these keys."""

import json
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kraken_tui.config.faults import faults_of
from kraken_tui.config.home import Home
from kraken_tui.config.load import read_object
from kraken_tui.config.settings import Pair
from kraken_tui.model.errors import UsageError

Wilder = Annotated[int, Field(ge=2, le=20)]
"""Candles of an average that never quite forgets: with 20 at most, 720 candles warm it to the last digit."""
Period = Annotated[int, Field(ge=2, le=288)]
"""Candles; 288 are a day."""
Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Multiple = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]

BUILT_IN = ("trend_following", "mean_reversion", "breakout")


class TradingConfig(BaseModel):
    """The autopilot's choices. Candles are of five minutes; percent means percent: 0.15 is 0.15 %.

    The defaults follow from the fee: a round trip costs 0.8 % at Kraken's entry tier, some three ATRs of a candle, so
    that stops, means and extremes are a multiple of that, and hours long. They were not searched for on a recording.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    STRATEGIES: list[str] = Field(
        list(BUILT_IN), description="Strategies that may trade; the first that fits a regime is chosen."
    )

    RSI_PERIOD: Wilder = Field(14, description="Candles in the RSI.")
    ATR_PERIOD: Wilder = Field(14, description="Candles in the ATR (candle_atr).")
    FAST_MEAN: Period = Field(96, description="Candles in the fast SMA.")
    SLOW_MEAN: Period = Field(288, description="Candles in the slow SMA.")
    VOLUME_PERIOD: Period = Field(48, description="Candles before it that a candle's volume is compared with.")
    VOLATILITY_PERIOD: Period = Field(48, description="Candles in the realised volatility.")
    CALM_PERIOD: Period = Field(288, description="Candles in the volatility that a squeeze is measured against.")
    CHOPPINESS_PERIOD: Period = Field(96, description="Candles in the choppiness index.")
    CHANNEL_PERIOD: Period = Field(288, description="Candles in the channel that a breakout leaves.")

    QUIET_VOLATILITY: Percent = Field(0.03, description="Realised volatility per candle below this percent is QUIET.")
    QUIET_TRADED: Percent = Field(
        50.0, le=100, description="Fewer candles with a trade than this percent of VOLATILITY_PERIOD are QUIET."
    )
    SQUEEZE_RATIO: Multiple = Field(0.6, lt=1, description="Short over long volatility below this is SQUEEZE.")
    TREND_CHOPPINESS: float = Field(
        45.0, ge=0, le=100, allow_inf_nan=False, description="Choppiness up to this is TREND_UP or TREND_DOWN."
    )
    HYSTERESIS: int = Field(12, ge=1, le=48, description="Candles in a row before a regime is believed.")

    TREND_GAP: Percent = Field(1.0, description="Percent between fast and slow SMA that makes a trend.")
    TREND_RSI: float = Field(55.0, ge=50, le=100, allow_inf_nan=False, description="RSI that a long trend needs.")
    TREND_VOLUME: Percent = Field(1.0, description="Volume ratio that a trend entry needs.")
    REVERSION_RSI: float = Field(25.0, ge=0, le=50, allow_inf_nan=False, description="RSI that is oversold.")
    REVERSION_STRETCH: Multiple = Field(8.0, description="ATRs from the slow SMA that are too far.")
    BREAKOUT_VOLUME: Percent = Field(2.0, description="Volume ratio that a breakout needs.")

    STOP_ATRS: Multiple = Field(12.0, description="Stop distance in ATRs.")
    TREND_MOVE: Multiple = Field(12.0, description="ATRs in its favour that trend following counts on.")
    BREAKOUT_MOVE: Multiple = Field(12.0, description="ATRs in its favour that a breakout counts on.")

    MIN_DAY_VOLUME: float = Field(
        50_000.0, ge=0, allow_inf_nan=False, description="Least 24 h volume of a pair, in its quote coin."
    )
    MAX_SPREAD: Percent = Field(0.3, le=100, description="Most spread of a pair, in percent of the mid.")
    MIN_AGE: int = Field(288, ge=1, le=700, description="Fewest candles of history.")
    MAX_CANDLE_RANGE: Percent = Field(
        25.0,
        description="A candle from low to high beyond this percent is not believed: no entries while it is recent.",
    )
    ALLOW: list[Pair] = Field([], description="Only these pairs; empty allows all.")
    DENY: list[Pair] = Field([], description="Never these pairs.")

    @property
    def warm_up(self) -> int:
        """Candles that every indicator needs before it says anything."""
        return 1 + max(
            self.RSI_PERIOD, self.ATR_PERIOD, self.SLOW_MEAN, self.VOLUME_PERIOD, self.VOLATILITY_PERIOD,
            self.CALM_PERIOD, self.CHOPPINESS_PERIOD, self.CHANNEL_PERIOD,
        )  # fmt: skip

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.FAST_MEAN >= self.SLOW_MEAN:
            raise ValueError(f"FAST_MEAN is {self.FAST_MEAN}; it must be below SLOW_MEAN, {self.SLOW_MEAN}")
        if self.VOLATILITY_PERIOD >= self.CALM_PERIOD:
            raise ValueError(
                f"VOLATILITY_PERIOD is {self.VOLATILITY_PERIOD}; it must be below CALM_PERIOD, {self.CALM_PERIOD}"
            )
        if both := sorted(set(self.ALLOW) & set(self.DENY)):
            raise ValueError(f"ALLOW and DENY both name {', '.join(both)}; keep one")
        if twice := sorted({name for name in self.STRATEGIES if self.STRATEGIES.count(name) > 1}):
            raise ValueError(f"STRATEGIES names twice: {', '.join(twice)}")
        return self


def load_trading(home: Home) -> TradingConfig:
    """The trading config of `home`: what `trading.json` says, defaults for the rest; nothing is written.

    Raises:
        UsageError: the file can't be read or is wrong; one line for each fault.
    """
    path = home.root / "trading.json"
    if not path.exists():
        return TradingConfig()
    config, faults = faults_of(TradingConfig, read_object(path))
    if config is None:
        raise UsageError("\n".join(f"{path}: {fault}" for fault in faults))
    return config


def trading_text(config: TradingConfig) -> str:
    """The trading config as `trading.json` holds it: every key."""
    return json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
