"""The daily-loss kill switch: a day that lost its share is closed down, until somebody says otherwise.

The day's loss is what our own fills, positions and fees made of the day: deposits, withdrawals and whatever the
operator does with coins of his own are no part of it.
"""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.model.errors import UsageError
from kraken_tui.model.evaluation import Check
from kraken_tui.model.market import FeedState
from kraken_tui.risk.trading_day import trading_day

RESET_WORDS = "RESET KILL SWITCH"
KEPT_DAYS = 8
"""Days whose beginnings are remembered: one that a wrong clock leaves and comes back to is no new day."""
ZERO = Decimal(0)
MOST_MONEY = 10**15
"""No account is worth more: a larger sum in the file is damage, and no arithmetic may meet it."""


class DayStart(Struct, frozen=True):
    """What a trading day began with; quote units."""

    date: str
    equity: Decimal
    """What entries were sized with, deposits until then included."""
    profit: Decimal
    """P&L of all time by then, after fees."""
    earlier: Decimal = ZERO
    """What the same day had made before a reset, from which on its loss counts anew."""
    is_over: bool = False
    """Whether it ends with the next sound look, as it was reset."""


class KillState(Struct, frozen=True, kw_only=True):
    """What must outlive a restart."""

    days: tuple[DayStart, ...] = ()
    """The beginnings of the last days; the present one is last."""
    high: Decimal = ZERO
    """The high-water mark of the equity, corrected for deposits and withdrawals."""
    tripped: str = ""
    """Why it tripped; empty while it has not."""
    tripped_ns: int = 0
    flattened: bool = False
    """Whether the flatten that a trip calls for was ordered."""

    def equity(self, profit: Decimal) -> Decimal | None:
        """The equity to size entries with: the day's first and what we made since. None before the first sound look.

        A deposit or a withdrawal is taken in with the next day.
        """
        return self.days[-1].equity + profit - self.days[-1].profit if self.days else None

    def made(self, profit: Decimal) -> Decimal:
        """What the trading day has made, whether or not it was reset; 0 before the first sound look.

        Args:
            profit: `Inputs.profit` now.
        """
        return self.days[-1].earlier + profit - self.days[-1].profit if self.days else ZERO


class Inputs(Struct, frozen=True, kw_only=True):
    """The account at one moment; quote units, sums of all time."""

    now_ns: int
    equity: Decimal
    realised: Decimal
    """Before fees."""
    unrealised: Decimal
    """Before fees, at the prices at which positions could be closed now."""
    fees: Decimal
    """Paid so far."""
    closing_fees: Decimal = ZERO
    """What closing everything now would cost."""
    blind: str = ""
    """Why the prices of what is held, or the account, can't be trusted now; see `why_blind`."""

    @property
    def profit(self) -> Decimal:
        """P&L of all time, after all fees."""
        return self.realised + self.unrealised - self.fees - self.closing_fees

    @property
    def worth(self) -> Decimal:
        """The equity that closing everything now would leave."""
        return self.equity - self.closing_fees

    @property
    def is_sound(self) -> bool:
        """Whether these are numbers that may be judged by."""
        return not self.blind and self.worth.is_finite() and self.profit.is_finite()


class Verdict(StrEnum):
    """What the switch says. Only OK lets entries through."""

    OK = "ok"
    BLIND = "blind"
    """Not known: entries stop, nothing else happens."""
    TRIPPED_NOW = "tripped now"
    """It trips with this look: everything is to be flattened."""
    TRIPPED = "tripped"
    """It stays so, over restarts too, until it is reset."""


class Look(Struct, frozen=True, kw_only=True):
    """What one look found."""

    verdict: Verdict
    text: str
    flatten: bool = False
    """Whether a flatten is due: from the trip on until it is noted that one was ordered, over restarts too."""


def why_blind(feed: FeedState, unpriced: Sequence[str], *, in_sync: bool = True) -> str:
    """Why nobody can say what the account is worth now; empty where it is known.

    Args:
        feed: the state of the feed.
        unpriced: symbols that are held and have no sound quote.
        in_sync: whether what the account tells is up to date.
    """
    if not in_sync:
        return "the account is not up to date"
    if unpriced:
        return f"no sound price of {', '.join(unpriced)}"
    return "" if feed is FeedState.LIVE else f"the feed is {feed.name}"


def look(state: KillState, inputs: Inputs, percent: float | None, zone: tzinfo) -> tuple[KillState, Look]:
    """One look at the day's loss.

    A day begins with the first sound look in it. That look also ends the day before: a loss that fell into the dark
    between them still counts there.

    Args:
        state: as the last look left it.
        inputs: the account now.
        percent: what of its first equity a day may lose (DAILY_LOSS_LIMIT); None never trips, and resets nothing.
        zone: where midnight begins a day.

    Returns:
        The state to keep, and what was found.
    """
    if state.tripped:
        state = _moved_on(state, inputs, zone) if inputs.is_sound else state
        return state, Look(verdict=Verdict.TRIPPED, text=_tripped_text(state), flatten=not state.flattened)
    if not inputs.is_sound:
        if percent is None:
            return state, Look(verdict=Verdict.OK, text="no daily loss limit is set")
        why = inputs.blind or "the account's numbers are not finite"
        return state, Look(verdict=Verdict.BLIND, text=f"prices are stale: entries stop ({why})")
    before, state = state, _moved_on(state, inputs, zone)
    ended = before.days[-1:] if before.days[-1:] != state.days[-1:] else ()
    for day in (*ended, state.days[-1]):
        if why := _loss(day, inputs.profit, percent):
            state = replace(state, tripped=why, tripped_ns=inputs.now_ns, flattened=False)
            return state, Look(verdict=Verdict.TRIPPED_NOW, text=_tripped_text(state), flatten=True)
    return state, Look(verdict=Verdict.OK, text=_standing(state.days[-1], inputs.profit, percent))


def flattened(state: KillState) -> KillState:
    """The state once the flatten was ordered in a way that outlives a restart."""
    return replace(state, flattened=True)


def reset(state: KillState, text: str) -> KillState:
    """The switch armed again, by somebody who typed so. The day's loss counts anew from the next sound look on.

    Raises:
        UsageError: the words are not exactly "RESET KILL SWITCH", or it has not tripped.
    """
    if text.strip() != RESET_WORDS:
        raise UsageError(f"to reset the kill switch type exactly: {RESET_WORDS}")
    if not state.tripped:
        raise UsageError("the kill switch has not tripped: there is nothing to reset")
    over = tuple(replace(day, is_over=True) for day in state.days[-1:])
    return replace(state, days=over, tripped="", tripped_ns=0, flattened=False)


def faults(state: KillState) -> str:
    """What is wrong with a state that was read; empty where nothing is."""
    numbers = [state.high, *(number for day in state.days for number in (day.equity, day.profit, day.earlier))]
    if not all(number.is_finite() for number in numbers):
        return "a number in it is not finite"
    beyond = any(not -MOST_MONEY <= number <= MOST_MONEY for number in numbers)
    return f"a sum in it is beyond {MOST_MONEY}" if beyond else ""


def check(found: Look) -> Check:
    """The gatekeeper's check."""
    return Check("kill switch", found.verdict is Verdict.OK, found.text)


def _moved_on(state: KillState, inputs: Inputs, zone: tzinfo) -> KillState:
    """The state in the day of `inputs`, and with its high-water mark."""
    date, profit = trading_day(inputs.now_ns, zone), inputs.profit
    if not state.days or state.days[-1].date != date or state.days[-1].is_over:
        before = state.equity(profit)
        start = next((day for day in state.days if day.date == date), None)
        if start is None or start.is_over:
            start = DayStart(date, inputs.worth, profit, earlier=ZERO if start is None else state.made(profit))
        others = tuple(day for day in state.days if day.date != date and not day.is_over)
        state = replace(state, days=(*others, start)[-KEPT_DAYS:])
        # What came in or went out since moves the mark along: it is neither gain nor loss.
        moved = start.equity + profit - start.profit - (inputs.worth if before is None else before)
        state = replace(state, high=moved + (inputs.worth if before is None else state.high))
    now = state.equity(profit)
    return replace(state, high=now) if now is not None and now > state.high else state


def _most(day: DayStart, percent: float) -> Decimal:
    return max(ZERO, day.equity) * Decimal(str(percent)) / 100


def _loss(day: DayStart, profit: Decimal, percent: float | None) -> str:
    """Why a day is over; empty while it is not."""
    if percent is None or day.is_over:
        return ""
    lost, most = day.profit - profit, _most(day, percent)
    if lost <= 0 or lost < most:
        return ""
    return f"daily loss {lost:.2f} has reached the limit of {most:.2f} ({percent:g} % of {day.equity:.2f}, {day.date})"


def _standing(day: DayStart, profit: Decimal, percent: float | None) -> str:
    if percent is None:
        return "no daily loss limit is set"
    made, since = profit - day.profit, "since the reset" if day.earlier else "today"
    return f"{since} {made:+.2f}; the limit is a loss of {_most(day, percent):.2f} ({percent:g} % of {day.equity:.2f})"


def _tripped_text(state: KillState) -> str:
    return f"{state.tripped}: no entries until somebody types {RESET_WORDS}"
