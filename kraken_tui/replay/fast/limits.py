"""What the fast replay does not model, and what it refuses while it runs: the one place that says so."""

from collections.abc import Mapping, Sequence

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.fast.paper_rows import Refusal

UNMODELLED: Mapping[str, str] = {
    "MODE": "only PAPER's exchange is replayed",
    "SCANNER_TRADES": "it is the scanner that trades there",
    "AUTOPILOT": "its trades share heat, equity and symbols with the scanner's; below auto it sends none by itself",
    "MIN_DAY_VOLUME": "the gate refuses entries by the volume of 24 hours, which the matrices do not hold",
    "MIN_AGE": "the gate refuses entries by how many candles are known, which the matrices do not hold",
}
"""Settings, and what a run without them leaves out. Those of `trading.json` must be at rest (0 and 1), and even so the
engine refuses entries into a pair of which it knows no closed candle yet: a comparison tells its gate of one candle.

Besides these: a replay has no operator, no restart, no disk that fails, and an exchange that answers at once; which is
what a paced engine over a recording has, too."""

REFUSALS: Mapping[Refusal, str] = {
    Refusal.WIDE: "an amount, price or fee is so large that a product passes 10^26 or a divisor 2^61",
    Refusal.DEEP: "an order takes all ten levels that are believed to stand in the book, or its price can't be told",
    Refusal.TIE: "a number is so near to a bound, or to a half, that the 28 digits of Decimals would decide",
    Refusal.SMALL: "a position fell below the smallest order that the exchange takes",
    Refusal.PASSED: "a stop is to be moved to where the market is already",
    Refusal.LIMIT: "an entry is larger than the exchange lets a margin position be",
    Refusal.FUNDS: "an entry needs all that is free, so that its fees decide whether it is taken",
    Refusal.MONEY: "the account's money passes 2^60 of its smallest units",
    Refusal.UNPRICED: "no ticker has a price for so long that the market's regime is forgotten",
}
"""What stops a replay with an error: where 64 bits can't tell what Decimals would, or the engine would take a path that
is not built here. Never a wrong trade."""


def unmodelled(settings: Settings, config: TradingConfig) -> list[str]:
    """What of these settings is not modelled, a sentence each; empty where all is."""
    wrong = {
        "MODE": settings.MODE != "PAPER",
        "SCANNER_TRADES": not settings.SCANNER_TRADES,
        "AUTOPILOT": settings.AUTOPILOT == "auto",
        "MIN_DAY_VOLUME": config.MIN_DAY_VOLUME > 0,
        "MIN_AGE": config.MIN_AGE > 1,
    }
    return [f"{key}: {UNMODELLED[key]}" for key, is_set in wrong.items() if is_set]


def unfit(instruments: Sequence[Instrument]) -> list[str]:
    """What of these pairs is not modelled."""
    coins = [row.base for row in instruments]
    told = [f"{coin} is the base of two pairs" for coin in sorted(set(coins)) if coins.count(coin) > 1]
    quotes = sorted({row.quote for row in instruments})
    return told if len(quotes) == 1 else [*told, f"pairs of several quote currencies: {', '.join(quotes) or 'none'}"]
