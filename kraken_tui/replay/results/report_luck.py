"""How far a search's best result can be believed, as lines of a report."""

from kraken_tui.learning.verdict import Limits, Luck
from kraken_tui.replay.results.report import Fact
from kraken_tui.replay.results.report_words import UNDEFINED, percent, plain_number

SHARPE = "Bailey & López de Prado (2012), The Sharpe Ratio Efficient Frontier"
DEFLATED = "Bailey & López de Prado (2014), The Deflated Sharpe Ratio"


def luck_facts(luck: Luck, limits: Limits) -> tuple[Fact, ...]:
    """Whether it is believed, and the figures that say so; all Sharpe ratios are per period, not annualised."""
    doubts = luck.doubts(limits)
    rows = [
        Fact("Verdict", f"refused as an improvement: {'; '.join(doubts)}" if doubts else "nothing speaks against it")
    ]
    rows += _sharpe_facts(luck)
    if found := luck.overfitting:
        rows.append(
            Fact(
                "Probability of backtest overfitting",
                f"{percent(found.probability)}; of a loss where it was not chosen {percent(found.loss)}",
                "How often the best of one half of the time is no better than the median in the other, over "
                f"{found.halvings:,} halvings. Source: Bailey, Borwein, López de Prado & Zhu (2017).",
            )
        )
    if near := luck.neighbours:
        rows.append(
            Fact(
                "Neighbouring settings",
                f"mean rank {plain_number(near.rank)} among all, {_kept(near.retained)} of the best one's score",
                f"The {near.count} nearest settings, up to {near.reach:.2f} of a range away; a rank of 0.5 is "
                "no better than any. Source: Pardo (2008).",
            )
        )
    return tuple(rows)


def _sharpe_facts(luck: Luck) -> tuple[Fact, ...]:
    record, needed = luck.record, luck.needed
    length = UNDEFINED
    if record and needed is not None:
        length = f"{needed:,.0f} periods; there are {record.length:,}"
    return (
        Fact(
            "Trials",
            f"{luck.trials:,}, worth {luck.independent:,.1f} independent ones",
            f"Trials that are alike count as fewer: r + (1 - r) N, r their mean correlation. Source: {DEFLATED}.",
        ),
        Fact(
            "Sharpe ratio",
            f"{_ratio(record.sharpe if record else None)} per period; luck alone would show {_ratio(luck.expected)}",
            f"What the best of so many trials without skill is expected to show. Source: {DEFLATED}.",
        ),
        Fact(
            "Deflated Sharpe ratio",
            f"{_ratio(luck.deflated)}; were it the only trial {_ratio(luck.probabilistic)}",
            "How likely the true Sharpe ratio is above what luck would show, given length, skewness and kurtosis. "
            f"Source: {DEFLATED}.",
        ),
        Fact(
            "Minimum track record",
            length,
            f"How many periods prove a true Sharpe ratio above 0 at 95 %, were it the only trial. Source: {SHARPE}.",
        ),
    )


def _ratio(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.4f}".replace("-", "−")


def _kept(value: float | None) -> str:
    return "an unknown part" if value is None else percent(value)
