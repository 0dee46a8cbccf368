"""The trading day of the compiled paper account: the engine's own kill switch, asked when it may matter."""

from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal

from kraken_tui.account.totals import Totals
from kraken_tui.clock import MINUTE
from kraken_tui.config.settings import Settings
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_risk import FLOOR
from kraken_tui.replay.fast.paper_rows import Purse, Rule, Trip
from kraken_tui.risk.kill_switch import Inputs, KillState, Verdict, look
from kraken_tui.risk.trading_day import trading_day, zone_of

NEVER = 1 << 62
STEP = 15 * MINUTE
"""Every offset from UTC is a multiple of it, and so every midnight."""
UNSURE = 1e-9
"""Of the account's worth: float64's is right to much less."""


class PaperDay:
    """Looks at the day's loss at sound prices.

    Args:
        settings: DAILY_LOSS_LIMIT, RESET_TIMEZONE, and the fee that closing would cost.
        tape: the market.
        books: of the account; told when the next look is due.
        totals: the account at a scan, exactly.
    """

    def __init__(self, settings: Settings, tape: Tape, books: Books, totals: Callable[[int], Totals]) -> None:
        self._percent = settings.DAILY_LOSS_LIMIT
        self._zone = zone_of(settings.RESET_TIMEZONE)
        self._taker = settings.PAPER_TAKER_FEE
        self._tape, self._books, self._totals = tape, books, totals
        self._state = KillState()
        books.purse[Purse.NEXT_DAY_NS] = NEVER if self._percent is None else 0
        books.peak[FLOOR] = float("-inf")

    def look(self, s: int) -> None:
        """As `engine/guard.py` looks at a scan whose prices are sound."""
        totals, now_ns, purse = self._totals(s), int(self._tape.time_ns[s]), self._books.purse
        inputs = Inputs(
            now_ns=now_ns, equity=totals.equity, realised=totals.realised, unrealised=totals.unrealised,
            fees=totals.fees, closing_fees=totals.exposure * self._taker / 100,
        )  # fmt: skip
        self._state, found = look(self._state, inputs, self._percent, self._zone)
        if found.verdict is Verdict.TRIPPED_NOW:
            purse[Purse.TRIP] = Trip.TRIPPED
            return
        purse[Purse.NEXT_DAY_NS] = next_day_ns(now_ns, self._zone)
        day, rules = self._state.days[-1], self._books.rules
        most = max(Decimal(0), day.equity) * Decimal(str(self._percent)) / 100
        floor = float(Decimal(int(rules[Rule.START])) / int(rules[Rule.UNIT]) + day.profit - most)
        scale = float(abs(day.equity) + totals.exposure)
        self._books.peak[FLOOR] = floor + UNSURE * max(1.0, scale)


def next_day_ns(now_ns: int, zone: tzinfo) -> int:
    """When another trading day begins; where a clock goes back over midnight, also when one comes back."""
    today, time_ns = trading_day(now_ns, zone), now_ns - now_ns % STEP + STEP
    while trading_day(time_ns, zone) == today:
        time_ns += STEP
    return time_ns
