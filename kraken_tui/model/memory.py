"""What the trading memory keeps: trades with what was known about them, decisions, trials, adoptions, what was said.

Each of these is a row of `trading_memory.db`; `docs/memory.md` describes the tables.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kraken_tui.model.trading import Side, Trade

Source = Literal["live", "paper", "shadow", "backtest"]

EVENT = "event "
"""How a `LearningState` is named that holds what happened, and not what is remembered of it; a number follows."""


class TradeRecord(Struct, frozen=True, kw_only=True):
    """A closed trade, with what was known at its entry and what became of it."""

    id: str
    """Names the trade; the same trade written down twice is one row."""
    symbol: str
    side: Side
    amount: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    fees: Decimal
    net: Decimal
    """Gross less fees; quote units."""
    opened_ns: int
    closed_ns: int
    owner: str
    strategy: str
    """What entered: a strategy of the autopilot, scanner, operator."""
    entered_for: str
    reason: str
    """Why it ended."""
    exit_kind: str = ""
    """stop, target, exit, flatten or by hand; empty where that is not known."""
    symbol_group: str = ""
    regime: str = ""
    """At the entry: the ticker's for the autopilot, the market's for the scanner."""
    entry_orders: tuple[str, ...] = ()
    """The exchange's ids."""
    exit_orders: tuple[str, ...] = ()
    slippage: Decimal | None = None
    """What entry and exit cost more than at the prices that were decided on; quote units, below 0 where less."""
    worst_price: Decimal | None = None
    """The price furthest against it while it was open: its maximum adverse excursion."""
    best_price: Decimal | None = None
    """The price furthest in its favour: its maximum favourable excursion."""

    @property
    def time_ns(self) -> int:
        """When it was closed."""
        return self.closed_ns

    @property
    def trade(self) -> Trade:
        """The trade alone."""
        return Trade(
            symbol=self.symbol, side=self.side, amount=self.amount, entry_price=self.entry_price,
            exit_price=self.exit_price, gross=self.gross, fees=self.fees, opened_ns=self.opened_ns,
            closed_ns=self.closed_ns, reason=self.reason, owner=self.owner, entered_for=self.entered_for,
        )  # fmt: skip


class DecisionRecord(Struct, frozen=True, kw_only=True):
    """What a strategy said about a ticker, whether it traded or only ran in shadow."""

    id: str
    """Of an evaluation that weighed it, or made of its candle, ticker and strategy."""
    time_ns: int
    candle_ns: int
    """End of the candle that it rests on; 0 for none."""
    symbol: str
    owner: str
    strategy: str
    action: str
    """enter long, enter short, exit, hold or nothing."""
    reason: str
    verdict: str
    """pass, block, observed, asked; empty for a shadow's."""
    shadow: bool
    """Whether it was only thought: the strategy did not trade here."""
    price: str = ""
    """Decimal text, quote units; empty where there was none."""
    regime: str = ""
    parameters: str = ""
    """Hash of the parameter set; empty where that is not known."""


class DayRecord(Struct, frozen=True, kw_only=True):
    """What a strategy's trades of a UTC day came to: derived from the trades as they are written."""

    day: str
    strategy: str
    quote: str
    """The currency of the money here."""
    trades: int
    wins: int
    gross: Decimal
    fees: Decimal
    net: Decimal


class InsightRecord(Struct, frozen=True, kw_only=True):
    """Something that held in past trades, with the rows and the test that it comes from."""

    id: str
    """Its cell, such as `regime=TREND_UP strategy=breakout`."""
    status: Literal["candidate", "confirmed", "retired"]
    text: str
    """A plain sentence."""
    query: str
    """Selects its rows from `trades`."""
    test: str
    """What was tested, and how."""
    trades: int
    """How many it was found on."""
    mean_bps: float
    """Mean net result of a trade, basis points of what was put in."""
    low_bps: float
    high_bps: float
    """The confidence interval."""
    q: float
    """Corrected for how many cells were looked at."""
    cells: int
    """How many."""
    from_ns: int
    """Trades closed before it are not in it."""
    found_ns: int
    """When its last trade closed: later trades test it."""
    tested_ns: int
    """When the last trade of its last test closed; as `found_ns` before one."""
    later_trades: int = 0
    """In its last test."""
    later_mean_bps: float = 0.0
    history: tuple[str, ...] = ()
    """What happened to it, one sentence each."""

    @property
    def time_ns(self) -> int:
        """When it last changed."""
        return self.tested_ns


class ErrorRecord(Struct, frozen=True, kw_only=True):
    """Something that went wrong."""

    time_ns: int
    source: str
    """Which worker or room."""
    text: str


class Utterance(Struct, frozen=True, kw_only=True):
    """Something that was said in the chat, as it was shown: nothing that was withheld."""

    time_ns: int
    author: str
    """Who spoke: a seat, or kraken-tui."""
    kind: str
    """user, prose, proposal, receipt, fact, footer."""
    text: str


class ParameterChange(Struct, frozen=True, kw_only=True):
    """A parameter got another value."""

    time_ns: int
    name: str
    before: str
    after: str
    author: str
    reason: str


class TrialRecord(Struct, frozen=True, kw_only=True):
    """A parameter set that a search has tried, the refused and the failed too."""

    study: str
    number: int
    time_ns: int
    parameters: str
    """JSON."""
    seed: int
    data_hash: str
    code_hash: str
    status: str
    """done, refused, failed, pruned."""
    value: float | None = None
    returns: bytes = b""
    """Its return in each block: float64, little-endian."""


class AdoptionRecord(Struct, frozen=True, kw_only=True):
    """A parameter set or strategy that took the place of another, and what it rests on."""

    id: str
    time_ns: int
    what: str
    """A strategy's name, or `allocation`."""
    before: str
    after: str
    evidence: str
    """JSON: gates, e-process, seed, hashes."""
    previous: str = ""
    """Id of the adoption that this one follows; reverting goes back there."""
    reverted_ns: int | None = None
    reverted_for: str = ""


class BlockReturn(Struct, frozen=True, kw_only=True):
    """What a strategy made in a block of time, as a fraction of its sleeve: what learning runs on."""

    time_ns: int
    """The block's end."""
    strategy: str
    parameters: str
    source: Source
    regime: str
    """Empty where it is unknown."""
    net: float
    gross: float
    cost: float


class LearningState(Struct, frozen=True, kw_only=True):
    """What a learner remembers; commit it together with the block returns that it has seen."""

    name: str
    time_ns: int
    state: bytes


Recordable = (
    TradeRecord | DecisionRecord | InsightRecord | ErrorRecord | Utterance | ParameterChange | TrialRecord
    | AdoptionRecord | BlockReturn | LearningState
)  # fmt: skip
