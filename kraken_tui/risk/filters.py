"""Market filters: which tickers are worth trading at all, whatever a strategy says."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.evaluation import Check
from kraken_tui.model.market import Quote
from kraken_tui.risk.slippage import is_sound, spread_percent


class Filters(Struct, frozen=True, kw_only=True):
    """What a ticker must be like; None asks for nothing."""

    least_volume: Decimal | None = None
    """Traded in 24 hours; quote units."""
    most_spread: Decimal | None = None
    """Percent of the mid."""
    least_candles: int | None = None
    """Closed candles that must be known: a pair listed lately has few."""
    allow: frozenset[str] | None = None
    """The only symbols that may be entered; None allows all."""
    deny: frozenset[str] = frozenset()
    """Symbols that may not be entered, whatever else allows them."""


class Ticker(Struct, frozen=True, kw_only=True):
    """What is known of a ticker."""

    quote: Quote | None
    volume: Decimal | None = None
    """Traded in the last 24 hours, in quote units; None where nobody tells."""
    candles: int | None = None
    """Closed candles known."""


def listed(symbol: str, filters: Filters) -> Check:
    """Whether the lists let a symbol through."""
    if symbol in filters.deny:
        return Check("lists", False, f"{symbol} is on the deny list")
    if filters.allow is not None and symbol not in filters.allow:
        return Check("lists", False, f"{symbol} is not on the allow list")
    return Check("lists", True, f"{symbol} is {'not denied' if filters.allow is None else 'on the allow list'}")


def volume(ticker: Ticker, filters: Filters) -> Check:
    """Whether enough is traded."""
    least, traded = filters.least_volume, ticker.volume
    if least is None:
        return Check("volume", True, "no 24 h volume is asked for")
    if traded is None or not traded.is_finite():
        return Check("volume", False, f"the 24 h volume is not known; {least:.0f} is asked for")
    return Check("volume", traded >= least, f"24 h volume {traded:.0f}, at least {least:.0f} is asked for")


def age(ticker: Ticker, filters: Filters) -> Check:
    """Whether the ticker has been there long enough."""
    least = filters.least_candles
    if least is None:
        return Check("age", True, "no age is asked for")
    if ticker.candles is None:
        return Check("age", False, f"its candles are not known; {least} are asked for")
    return Check("age", ticker.candles >= least, f"{ticker.candles} candles, at least {least} are asked for")


def spread(ticker: Ticker, filters: Filters) -> Check:
    """Whether there is a sound quote, and its spread is small enough."""
    if ticker.quote is None or not is_sound(ticker.quote):
        return Check("spread", False, "there is no sound quote")
    now, most = spread_percent(ticker.quote), filters.most_spread
    if most is None:
        return Check("spread", True, f"the spread is {now:.3f} %")
    return Check("spread", now <= most, f"the spread is {now:.3f} %, at most {most:.3f} % is asked for")
