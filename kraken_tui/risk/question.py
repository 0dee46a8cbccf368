"""What the gatekeeper is asked: an entry, and everything that speaks for or against it, as values."""

from decimal import Decimal

from msgspec import Struct

from kraken_tui.model.evaluation import Check
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest, Side
from kraken_tui.risk.active_risk import ActiveRisk
from kraken_tui.risk.fees import ExpectedMove, Fees
from kraken_tui.risk.filters import Filters, Ticker
from kraken_tui.risk.heat import Heat
from kraken_tui.risk.kill_switch import Look
from kraken_tui.risk.slippage import Book


class Conditions(Struct, frozen=True, kw_only=True):
    """What holds for every ticker at one moment."""

    now_ns: int
    mode: str
    """LIVE, PAPER, or another in which orders are sent."""
    unarmed: str = ""
    """Why this mode may not send entries now; empty where it may."""
    paused: bool = False
    """Whether entries are paused."""
    kill: Look
    heat: Heat
    active_risk: ActiveRisk
    feed: FeedState
    feed_age_s: float = 0.0
    """Seconds since the feed last spoke."""
    most_feed_age_s: float = 30.0
    exchange: str = "online"
    """Kraken's system status: online, maintenance, cancel_only, post_only or limit_only."""
    fees: Fees
    fees_decide: bool = True
    """The switch FEES_DECIDE."""
    book: Book = Book()
    most_slippage: Decimal | None = None
    """Percent; None limits nothing."""


class Question(Struct, frozen=True, kw_only=True):
    """May this entry be made?"""

    conditions: Conditions
    instrument: Instrument
    group: str
    side: Side
    owner: str
    """Who wants it: scanner, autopilot, operator, or an author of commands."""
    limits: Check
    """What the day's limits say of this symbol (`trading_limits.check` or `TallyFile.check`)."""
    size: OrderRequest | Declined
    """The order that sizing made of it, or why it made none (`size_entry`)."""
    expected: ExpectedMove
    ticker: Ticker
    filters: Filters = Filters()
    maker: bool = False
    """Whether the entry is to wait at its price (post-only)."""
    holder: str = ""
    """Who owns the symbol from entry to exit; empty while nothing is held, sent or resting."""
    regime: str = ""
    """The regime that this owner goes by: the market's for the scanner, the symbol's for the autopilot."""
    regimes: tuple[str, ...] = ()
    """In which of them it may enter; empty asks for none."""
    signal_ns: int | None = None
    """When what it rests on was true; None where it rests on no signal."""
    most_signal_age_s: float = 300.0
    unknown: str = ""
    """What is not known of an order in this symbol; empty where every outcome is."""
    budget: str = ""
    """Why the exchange's request budget has no room for an entry and its stop; empty where it has."""
    cooldown_until_ns: int = 0
    """When the symbol may be entered again."""

    @property
    def symbol(self) -> str:
        """The ticker."""
        return self.instrument.symbol
