"""Why an entry that names its amount got less: the limit without which it would have got more."""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.config.settings import Settings
from kraken_tui.execution.gate import weigh
from kraken_tui.execution.gatekeeping import Gatekeeping
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.model.intent import Enter
from kraken_tui.model.trading import OrderRequest
from kraken_tui.risk.heat import Heat

ENDLESS = Decimal(10) ** 15
Weighed = tuple[Question, Settings]


class Cuts:
    """Hears each ruling of the gate, beside whoever else does, and remembers the last on each symbol.

    Args:
        gate: rules.
        settings: by which it does.
    """

    def __init__(self, gate: Gatekeeping, settings: Settings) -> None:
        self._settings = settings
        self._last: dict[str, tuple[Question, OrderRequest]] = {}
        self._keep, gate.keep = gate.keep, self._ruled

    def why(self, intent: Enter) -> str:
        """Why the order of an entry was smaller than asked for, in words; empty where it was not."""
        question, order = self._last.get(intent.symbol, (None, None))
        if question is None or order is None or question.intent.reason != intent.reason or intent.amount is None:
            return ""
        return why_less(question, self._settings) if order.amount < intent.amount else ""

    def _ruled(self, time_ns: int, id: str, question: Question, answer: Answer) -> None:
        self._keep(time_ns, id, question, answer)
        if answer.order is not None:
            self._last[question.intent.symbol] = question, answer.order


def why_less(question: Question, settings: Settings) -> str:
    """The limit that made an order smaller, in words: each is lifted in turn, and the entry weighed again. Pure."""
    size = _amount(question, settings)
    for words, lifted in LIMITS:
        if _amount(*lifted(question, settings)) > size:
            return words(question, settings)
    return "the limits of risk leave no more"


def _amount(question: Question, settings: Settings) -> Decimal:
    size, _ = weigh(question.intent, question.standing, question.around, settings)
    return size.amount if isinstance(size, OrderRequest) else Decimal(0)


def _risk(question: Question, settings: Settings) -> str:
    capital, stop = settings.capital(question.around.equity), question.intent.stop_price
    return (
        f"the risk limit, RISK_PER_TRADE {settings.risk_percent:g} % of {capital:.2f} "
        f"{question.around.instrument.quote}, leaves no more behind a stop at {stop:f}"
    )


def _without_tiers(question: Question, settings: Settings) -> Weighed:
    return replace(question, around=replace(question.around, tiers=())), settings


def _without_slippage(question: Question, settings: Settings) -> Weighed:
    around = question.around
    return replace(
        question, around=replace(around, conditions=replace(around.conditions, most_slippage=None))
    ), settings


def _without_heat(question: Question, settings: Settings) -> Weighed:
    heat = Heat(tuple(replace(row, most_exposure=ENDLESS) for row in question.standing.heat.usages))
    return replace(question, standing=replace(question.standing, heat=heat)), settings


def _with_funds(question: Question, settings: Settings) -> Weighed:
    totals = replace(question.standing.totals, free=ENDLESS)
    return replace(question, standing=replace(question.standing, totals=totals)), settings


def _set(**values: object) -> Callable[[Question, Settings], Weighed]:
    return lambda question, settings: (question, settings.model_copy(update=values))


def _with_one_place(question: Question, settings: Settings) -> Weighed:
    return question, settings.model_copy(update={"HEAT": settings.HEAT.model_copy(update={"trades": 1})})


LIMITS: tuple[tuple[Callable[[Question, Settings], str], Callable[[Question, Settings], Weighed]], ...] = (
    (lambda question, settings: "the drawdown leaves a part of each size (DRAWDOWN_TIERS)", _without_tiers),
    (
        lambda question, settings: f"MAX_ACTIVE_RISK {settings.MAX_ACTIVE_RISK:g} % over all positions leaves no more",
        _set(MAX_ACTIVE_RISK=None),
    ),
    (
        lambda question, settings: f"the book takes no more at MAX_SLIPPAGE {settings.MAX_SLIPPAGE:g} %",
        _without_slippage,
    ),
    (lambda question, settings: "the exposure of HEAT or HEAT_GROUPS leaves no more", _without_heat),
    (lambda question, settings: "the free funds pay for no more", _with_funds),
    (
        lambda question, settings: f"each of HEAT's {settings.HEAT.trades} places gets its share of the capital",
        _with_one_place,
    ),
    (_risk, _set(RISK_PER_TRADE=float(ENDLESS))),
)
"""What may make an order smaller, and the entry without it. Risk is last: lifted, it lifts the active risk too."""
