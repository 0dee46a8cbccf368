"""What is remembered of one symbol between two steps: the wish, what failed a moment ago, what is on its way."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.execution.actions import Kind
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.outcome import Outcome

ZERO = Decimal(0)
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 60.0
LONGEST_WAIT_TO_PROTECT_S = 5.0
ASKED_FOR_NS = 3 * SECOND
"""How long the exchange's word that it would take a sale is relied on."""
QUIET_NS = 2 * SECOND
"""How long after a fill the wallet may still show what was before it."""
TOLD_WITHIN_NS = 5 * SECOND
"""How long after an entry was cancelled its last fills may be told."""
MISSING_NS = 60 * SECOND
"""How long the wallet must show fewer coins than our fills bought before that is believed: Kraken's sources may lag so
long behind each other. Where the exchange refuses a stop or a sale for want of coins too, two sources agree at once.
Stops rest meanwhile: for coins that are gone one only fails, for coins that are there it is what protects them.
"""


class Beliefs(Struct):
    """What outcomes have taught about the account."""

    both_rest: bool | None
    """Whether a waiting stop leaves its coins free (cash); None until it shows."""


class Sent(Struct, frozen=True, kw_only=True):
    """A market order whose end was not told yet."""

    closes: bool
    """Whether it closes a position; else it opens one."""
    amount: Decimal
    """Base units that the exchange took; 0 where that is unknown."""
    order_id: str
    """Empty where the outcome is unknown."""
    taken_ns: int


class Failures(Struct):
    """How often a kind of step failed in a row, and until when it waits."""

    count: int
    until_ns: int


class Book:
    """One symbol's."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bracket: Bracket | None = None
        self.is_journalled = True
        """Whether the bracket as it is wanted is on the disk."""
        self.sent: dict[str, Sent] = {}
        """By client id."""
        self.move_reason = ""
        self.outcomes: dict[str, Outcome] = {}
        """By kind of step: what became of the last one."""
        self.asked_ns = 0
        """When the exchange last said that it would take a sale."""
        self.is_entering = False
        """Whether an entry is being sent."""
        self.drops_entries = False
        """Whether what rests of entries is to be cancelled."""
        self.entry_ended_ns = -TOLD_WITHIN_NS
        """When an entry was last cancelled: what it had filled before may be told after."""
        self.spare = ZERO
        self._short_ns: int | None = None
        """Since when the wallet shows less than our position."""
        self.is_refused_coins = False
        """Whether the exchange said the same meanwhile: it refused a stop, or a sale, for want of coins."""
        self.problem = ""
        """Why a position is not as it should be; empty while it is."""
        self._failures: dict[str, Failures] = {}

    def want(self, bracket: Bracket | None) -> None:
        """Change the wish; it is journalled before the next step."""
        if bracket != self.bracket:
            self.bracket, self.is_journalled = bracket, False

    def failed(self, kind: str, now_ns: int, at_least_s: float = FIRST_WAIT_S) -> None:
        """A step of this kind failed: it waits, twice as long as the last time."""
        count = self._failures[kind].count + 1 if kind in self._failures else 1
        longest_s = LONGEST_WAIT_TO_PROTECT_S if kind == Kind.PROTECT else LONGEST_WAIT_S
        wait_s = min(longest_s, max(at_least_s, FIRST_WAIT_S * 2 ** min(count - 1, 10)))
        self._failures[kind] = Failures(count, now_ns + int(wait_s * SECOND))

    def succeeded(self, kind: str) -> None:
        """A step of this kind was done."""
        self._failures.pop(kind, None)

    def waits(self, now_ns: int) -> frozenset[str]:
        """Kinds of steps that may not be tried yet."""
        return frozenset(kind for kind, row in self._failures.items() if now_ns < row.until_ns)

    def note_spare(self, spare: Decimal, now_ns: int, *, is_quiet: bool) -> Decimal:
        """Coins beyond our positions: what the wallet said when it was last quiet, or more if it now shows more."""
        if is_quiet:
            self.spare = spare
        if spare >= ZERO:
            self._short_ns, self.is_refused_coins = None, False
        elif self._short_ns is None:
            self._short_ns = now_ns
        is_missing = self._short_ns is not None and (self.is_refused_coins or now_ns - self._short_ns >= MISSING_NS)
        return max(self.spare, spare) if is_missing else max(self.spare, spare, ZERO)

    @property
    def is_selling(self) -> bool:
        """Whether a close is on its way, or may be."""
        return any(row.closes for row in self.sent.values())

    @property
    def is_opening(self) -> bool:
        """Whether a market entry is on its way, or may be."""
        return any(not row.closes for row in self.sent.values())

    @property
    def leaving(self) -> Decimal:
        """Base units of closes that were taken and not told the end of."""
        return sum((row.amount for row in self.sent.values() if row.closes), ZERO)

    def oldest_sent_ns(self) -> int | None:
        """When the oldest of what was taken, and not told the end of, was taken."""
        return min((row.taken_ns for row in self.sent.values() if row.order_id), default=None)
