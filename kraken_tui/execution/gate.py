"""The gate: every entry is judged here, whoever wants it; what was decided is written down, whole."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.account.totals import Totals
from kraken_tui.config.settings import Settings
from kraken_tui.model.evaluation import Check
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter, Other
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Declined, Outcome
from kraken_tui.model.trading import OrderRequest
from kraken_tui.risk.active_risk import AtRisk, active_risk
from kraken_tui.risk.drawdown import Tier, share_of_size
from kraken_tui.risk.fees import ExpectedMove
from kraken_tui.risk.filters import Filters, Ticker
from kraken_tui.risk.gatekeeper import judge, reason
from kraken_tui.risk.heat import Heat
from kraken_tui.risk.question import Conditions, Question
from kraken_tui.risk.risk_manager import Bounds, Means, size_entry
from kraken_tui.risk.slippage import Book, is_sound, most_amount

if TYPE_CHECKING:
    from kraken_tui.execution.trail import Lapsed


class Standing(Struct, frozen=True, kw_only=True):
    """How the desk stands when an entry is asked for."""

    paused: bool
    holder: str
    """Who owns the symbol; empty while nothing is held, sent or resting."""
    unknown: str
    """What is not known of an order in this symbol."""
    heat: Heat
    open: tuple[AtRisk, ...]
    """All that is held, sent or rests."""
    totals: Totals


class Ruling(Struct, frozen=True):
    """What the gate says."""

    id: str
    """Of the decision; empty where none was written down."""
    size: OrderRequest | Declined


class Gate(Protocol):
    """Judges entries."""

    def rule(self, intent: Enter, standing: Standing, only: str = "") -> Ruling:
        """The order for an entry, or why there is none.

        Args:
            intent: what is wanted.
            standing: of the desk.
            only: what is noted of one that passes and is not sent: observed, asked. Empty where it is sent.
        """
        ...

    def note(self, ruling: Ruling, outcome: Outcome) -> None:
        """Told what the exchange made of an order that was let through."""
        ...

    def on_lapsed(self, entry: "Lapsed") -> None:
        """Told of an entry that ended without a fill."""
        ...

    def equity(self, totals: Totals) -> Decimal:
        """The one equity that entries are sized with, and that heat is a share of; quote units."""
        ...

    def done(self, intent: Other, verdict: str = "pass") -> str:
        """Write down what is no entry, and is asked nothing; returns the decision, empty where none is written."""
        ...

    def answered(self, decision: str, intent: Other, outcome: Outcome) -> None:
        """Told what the exchange made of what is no entry."""
        ...


class SizeOnly:
    """A gate that only sizes: for whatever has no day, no limits and no log of its own.

    Args:
        taker_fee: percent.
        blocks: why a symbol may not be entered now, for reasons of the exchange; empty when it may.
    """

    def __init__(
        self,
        instruments: Callable[[str], Instrument],
        groups: Callable[[str], str],
        settings: Settings,
        *,
        margin: bool,
        taker_fee: Decimal,
        blocks: Callable[[str], str],
    ) -> None:
        self._instruments = instruments
        self._groups = groups
        self._settings = settings
        self._margin = margin
        self._taker_fee = taker_fee
        self._blocks = blocks

    def rule(self, intent: Enter, standing: Standing, only: str = "") -> Ruling:
        """Size it."""
        symbol, totals = intent.symbol, standing.totals
        if standing.paused or standing.holder:
            return Ruling("", Declined("entries are paused" if standing.paused else f"{symbol} is held already"))
        if block := self._blocks(symbol):
            return Ruling("", Declined(block, again=True))
        means = Means(equity=totals.equity, free=totals.free, margin=self._margin, taker_fee=self._taker_fee)
        instrument, group = self._instruments(symbol), self._groups(symbol)
        return Ruling("", size_entry(intent, instrument, group, means, standing.heat, self._settings))

    def note(self, ruling: Ruling, outcome: Outcome) -> None:
        """Nothing is written down."""

    def on_lapsed(self, entry: "Lapsed") -> None:
        """Nothing is counted."""

    def equity(self, totals: Totals) -> Decimal:
        """What there is."""
        return totals.equity

    def done(self, intent: Other, verdict: str = "pass") -> str:
        """Nothing is written down."""
        return ""

    def answered(self, decision: str, intent: Other, outcome: Outcome) -> None:
        """Nothing is written down."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """What the rules are applied to, besides how the desk stands: all of it values."""

    conditions: Conditions
    """Of the moment; heat and active risk are the desk's."""
    equity: Decimal
    """What entries are sized with."""
    high: Decimal
    """Its high-water mark."""
    tiers: tuple[Tier, ...]
    margin: bool
    instrument: Instrument
    group: str
    limits: Check
    quote: Quote | None
    ticker: Ticker
    filters: Filters
    expected: ExpectedMove
    regime: str
    regimes: tuple[str, ...]
    budget: str
    cooldown_until_ns: int


def weigh(
    intent: Enter, standing: Standing, around: Circumstances, settings: Settings
) -> tuple[OrderRequest | Declined, tuple[Check, ...]]:
    """Size an entry and put it through every check. Pure.

    Returns:
        The order, or why there is none; and what each check said.
    """
    capital = settings.capital(around.equity)
    risk = active_risk(standing.open, capital, settings.active_risk_percent)
    now = replace(around.conditions, paused=standing.paused, heat=standing.heat, active_risk=risk)
    bounds = Bounds(
        share=share_of_size(around.equity, around.high, around.tiers),
        active_risk=risk.room,
        amount=_bearable(intent, around.quote, now.book, now.most_slippage),
    )
    means = Means(
        equity=around.equity, free=standing.totals.free, margin=around.margin, taker_fee=now.fees.taker
    )  # fmt: skip
    size = size_entry(intent, around.instrument, around.group, means, standing.heat, settings, bounds)
    if not is_sound(around.quote):
        size = Declined(f"there is no sound price of {intent.symbol} now", again=True)
    if isinstance(size, OrderRequest) and intent.post_only:
        size = replace(size, post_only=True)
    question = Question(
        conditions=now, instrument=around.instrument, group=around.group, side=intent.side, owner=intent.owner,
        limits=around.limits, size=size, expected=around.expected, ticker=around.ticker, filters=around.filters,
        maker=intent.post_only, holder=standing.holder, regime=around.regime, regimes=around.regimes,
        signal_ns=intent.call.time_ns if intent.call is not None else None, unknown=standing.unknown,
        budget=around.budget, cooldown_until_ns=around.cooldown_until_ns,
    )  # fmt: skip
    checks = judge(question)
    if why := reason(checks):
        for_now = any(check.name in ("exchange", "staleness", "unknown orders") and not check.ok for check in checks)
        return Declined(why, again=for_now), checks
    return size, checks


def _bearable(intent: Enter, quote: Quote | None, book: Book, most: Decimal | None) -> Decimal | None:
    """The amount that the book takes at a bearable slippage; None where nothing limits it, or the entry waits."""
    if most is None or intent.limit_price is not None or quote is None or not is_sound(quote):
        return None
    return most_amount(most, quote, intent.side, book)
