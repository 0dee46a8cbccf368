"""What a search's result must show before it is worth a holdout: it is sane, and it is not merely the best of many.

Asked once, at the declared end of a search: figures that one looks at again and again until they please mean nothing.
"""

from msgspec import Struct

from kraken_tui.learning.verdict import Luck


class Bars(Struct, frozen=True, kw_only=True):
    """How high the gates are."""

    trades: int = 100
    months: float = 6.0
    retained: float = 0.5
    """The least that neighbouring settings keep of the best one's score."""
    deflated: float = 0.95
    """The least deflated Sharpe ratio (Bailey & López de Prado 2014)."""
    overfitting: float = 0.2
    """The largest probability of backtest overfitting (Bailey, Borwein, López de Prado & Zhu 2017)."""


BARS = Bars()


class Sanity(Struct, frozen=True, kw_only=True):
    """What a backtest of one challenger says of itself."""

    trades: int
    months: float
    stressed: float
    """What it earned with fees and slippage half as large again; a fraction."""
    retained: float | None = None
    """See `neighbours`; None where parameters mean nothing, as with another strategy."""


class Search(Struct, frozen=True, kw_only=True):
    """What choosing the best of the trials is worth."""

    evaluated: int
    """Trials as the search itself counts them."""
    deflated: float | None
    """Of the best; None where it is undefined, which passes no gate."""
    overfitting: float | None = None
    """PBO; None with one trial."""


def search_of(luck: Luck, evaluated: int) -> Search:
    """What `verdict.judge` found, as this gate wants it."""
    found = luck.overfitting
    return Search(evaluated=evaluated, deflated=luck.deflated, overfitting=found.probability if found else None)


def doubts(sanity: Sanity, search: Search, bars: Bars = BARS) -> tuple[str, ...]:
    """Why a challenger goes no further; empty where it does."""
    found = []
    if sanity.trades < bars.trades:
        found.append(f"{sanity.trades} trades; {bars.trades} or more are right")
    if sanity.months < bars.months:
        found.append(f"{sanity.months:.1f} months; {bars.months:g} or more are right")
    if not sanity.stressed > 0:
        found.append("it earns nothing once costs are half as large again")
    if sanity.retained is not None and not sanity.retained >= bars.retained:
        found.append(f"its neighbours keep {100 * sanity.retained:.0f} % of it; {100 * bars.retained:g} % is right")
    if search.deflated is None:
        found.append("its deflated Sharpe ratio is undefined")
    elif not search.deflated >= bars.deflated:
        found.append(f"its deflated Sharpe ratio is {search.deflated:.3f}; {bars.deflated:g} or more is believed")
    if search.overfitting is None:
        if search.evaluated > 1:
            found.append("its probability of backtest overfitting was not measured")
    elif not search.overfitting <= bars.overfitting:
        found.append(
            f"the probability of overfitting is {search.overfitting:.2f}; up to {bars.overfitting:g} is believed"
        )
    return tuple(found)
