"""The common rules as an operator's strategy. There is no target in the contract: it leaves where RSI reached 75."""

from collections.abc import Sequence

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy.rules import NOWHERE, TINY, Bound, Rule

REGIMES = ("QUIET", "SQUEEZE", "RANGE", "TREND_UP", "TREND_DOWN")
EXPECTED_MOVE = 1.0


def rules(config: TradingConfig) -> Sequence[Rule]:
    """RSI, which alone votes against what is held; and filters."""
    hot = Rule(
        name="hot", measure="rsi", long=Bound(75 - TINY, False), short=Bound(75, True),
        words="RSI is {value:.2f}, 75 is too hot",
    )  # fmt: skip
    return (
        hot, _above("rsi", "rsi", 55), _above("mean", "stretch", 0), _above("atr", "atr_percent", 0.15),
        _above("volume", "volume_ratio", 1.2),
    )  # fmt: skip


def _above(name: str, measure: str, number: float) -> Rule:
    words = name + " is {value:.2f}, more than {threshold:.2f} wanted"
    return Rule(name=name, measure=measure, long=Bound(number + TINY, True), short=NOWHERE, words=words)
