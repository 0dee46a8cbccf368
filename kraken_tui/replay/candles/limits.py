"""What the replay of candles does not model: the one place that says so, besides what `fast/limits` refuses."""

from collections.abc import Mapping, Sequence

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.engine.decider import AT_ONCE
from kraken_tui.replay.candles.history import CandleHistory
from kraken_tui.replay.fast.limits import unfit
from kraken_tui.strategy.contract import Strategy

LONGEST_POLL_S = 58
"""Beyond it a closing may be older than the minute within which the autopilot acts on it."""

UNMODELLED: Mapping[str, str] = {
    "MODE": "only PAPER's exchange is replayed",
    "AUTOPILOT": "only its level auto trades by itself",
    "SCANNER_TRADES": "its trades share heat, equity and symbols with the autopilot's",
    "DAILY_LOSS_LIMIT": "the kill switch would end the entries of a day, and close everything",
    "MAX_TRADES_PER_DAY": "a day's entries are not counted",
    "MAX_TRADES_PER_SYMBOL": "a day's entries are not counted",
    "MAX_LOSSES_IN_A_ROW": "a day's losses are not counted",
    "POLL_INTERVAL": f"a closing must be heard within a minute: {LONGEST_POLL_S} s between scans at most",
    "COOLDOWN_LOSS": "without it an entry may come in the very scan in which another of the same symbol ended",
}
"""Settings, and what a run would leave out."""


def unmodelled(settings: Settings, history: CandleHistory, strategies: Sequence[Strategy], jumps: str) -> list[str]:
    """What is not modelled, a sentence each; empty where all is.

    Args:
        settings: of the run.
        history: what is traded over.
        strategies: those that are on.
        jumps: a ticker whose price jumps beyond MAX_JUMP; empty where none does, or nobody looks at the market.
    """
    wrong = {
        "MODE": settings.MODE != "PAPER",
        "AUTOPILOT": settings.AUTOPILOT != "auto",
        "SCANNER_TRADES": settings.SCANNER_TRADES,
        "DAILY_LOSS_LIMIT": settings.DAILY_LOSS_LIMIT is not None,
        "MAX_TRADES_PER_DAY": settings.MAX_TRADES_PER_DAY is not None,
        "MAX_TRADES_PER_SYMBOL": settings.MAX_TRADES_PER_SYMBOL is not None,
        "MAX_LOSSES_IN_A_ROW": settings.MAX_LOSSES_IN_A_ROW is not None,
        "POLL_INTERVAL": settings.POLL_INTERVAL > LONGEST_POLL_S,
        "COOLDOWN_LOSS": settings.COOLDOWN_LOSS <= 0 and any(strategy.maker for strategy in strategies),
    }
    told = [f"{key}: {UNMODELLED[key]}" for key, is_set in wrong.items() if is_set]
    told += unfit(history.instruments)
    if len(history.instruments) > AT_ONCE and any(strategy.maker for strategy in strategies):
        told.append(
            f"{len(history.instruments)} tickers where entries wait at their price: up to {AT_ONCE} are modelled"
        )
    read = history.recording
    if read.interval_ns != int(settings.POLL_INTERVAL * SECOND) or read.spread != settings.RECORDED_SPREAD:
        told.append("POLL_INTERVAL and RECORDED_SPREAD: they must be those that the history was read with")
    if jumps:
        told.append(
            f"MAX_JUMP: {jumps} jumps further than is believed, which hides it from the market's regime; raise it"
        )
    return told
