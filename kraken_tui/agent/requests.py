"""What can be asked and proposed, as values: a line of the chat becomes one of them, and a model's tool call the same.

A question is answered by the tool of its type. A proposal waits for a confirm. A command, as it was typed exactly, is
done at once; it is no value of this file but of `model/command.py`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from kraken_tui.model.command import Command

Ticker = Annotated[str, Meta(min_length=1, max_length=24, description="A ticker, such as BTC/USD; BTC where one fits.")]
Count = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]
Span = Annotated[
    str,
    Meta(
        pattern=r"^(today|yesterday|week|last week|month|last month|year|all|[1-9][0-9]{0,3}[hd])$",
        description="today, yesterday, week (since Monday), last week, month, last month, year, all; or 24h, 7d, 30d.",
    ),
]
Key = Literal[
    "strategy", "symbol", "group", "regime", "hour", "weekday", "session", "holding", "exit", "side", "day", "month"
]
Number = Annotated[
    str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$", description="A plain decimal number above 0, such as 0.5.")
]
Level = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?%?$",
        description="A price such as 58000, or a distance from the entry such as 2%.",
    ),
]
Word = Annotated[str, Meta(max_length=60)]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all questions and proposals."""


class StatusQuestion(Asked, frozen=True):
    """How the engine stands: mode, market, feed, equity, today's result, alerts."""


class BalancesQuestion(Asked, frozen=True):
    """What the account has: coins and money, what orders hold of it, what of it is ours."""


class PositionsQuestion(Asked, frozen=True):
    """What is open, with entry, price now, stop and result after fees."""

    symbol: Ticker | None = None


class OrdersQuestion(Asked, frozen=True):
    """What rests at the exchange: entries, stops, targets, and foreign orders."""

    symbol: Ticker | None = None


class BracketsQuestion(Asked, frozen=True):
    """Each position with the stop and the target that rest for it."""

    symbol: Ticker | None = None


class TradesQuestion(Asked, frozen=True):
    """The last closed trades, the newest first."""

    count: Count = 10
    symbol: Ticker | None = None


class PerformanceQuestion(Asked, frozen=True):
    """What the closed trades of a time came to, by whatever they are counted under."""

    span: Span = "all"
    by: Annotated[tuple[Key, ...], Meta(max_length=3, description="What the trades are counted under.")] = ()
    why: bool = False
    """Also the best and the worst strategies, symbols and exits."""


class PriceQuestion(Asked, frozen=True):
    """Bid, ask, spread and last price of a ticker, now."""

    symbol: Ticker


class CandlesQuestion(Asked, frozen=True):
    """The last closed five-minute candles of a ticker."""

    symbol: Ticker
    count: Count = 12


class BookQuestion(Asked, frozen=True):
    """What stands at the best bid and ask of a ticker."""

    symbol: Ticker


class MoversQuestion(Asked, frozen=True):
    """The tickers that rose and fell most."""

    span: Annotated[
        Literal["now", "1h", "24h"], Meta(description="now: over the scanner's look-back, a few seconds.")
    ] = "24h"
    count: Annotated[int, Meta(ge=1, le=20)] = 5


class RegimeQuestion(Asked, frozen=True):
    """What the market as a whole does: TRENDING, CHOP or LOW_VOL, and how hot it is."""


class WhyQuestion(Asked, frozen=True):
    """Where a ticker stands and why, and the last decision on it with every check."""

    symbol: Ticker


class DecisionsQuestion(Asked, frozen=True):
    """The last decisions, with what the exchange said to each."""

    symbol: Ticker | None = None
    count: Count = 10


class InsightsQuestion(Asked, frozen=True):
    """What held in past trades: candidates, confirmed and retired insights, each with its test."""


class LearningQuestion(Asked, frozen=True):
    """What was learned and adopted, what was taken back, and what learning rests on."""


class RiskQuestion(Asked, frozen=True):
    """How much is at stake: exposure, heat, what hitting every stop would lose, the kill switch."""


class LimitsQuestion(Asked, frozen=True):
    """The limits that the operator set, as they stand."""


class AlertsQuestion(Asked, frozen=True):
    """What is wrong until it is mended, and what waits for the operator."""


class ReportQuestion(Asked, frozen=True):
    """A summary in text: account, results, positions, orders, alerts."""

    span: Span = "today"


class BacktestQuestion(Asked, frozen=True):
    """What the strategies would have made of recorded prices, on paper, in a process of its own."""

    symbols: Annotated[tuple[Ticker, ...], Meta(max_length=20, description="All that are recorded, where empty.")] = ()
    span: Annotated[
        str, Meta(pattern=r"^(all|[1-9][0-9]{0,2}[hd])$", description="The last part of the recording: 7d, 24h, all.")
    ] = "24h"
    strategies: Annotated[
        tuple[Word, ...], Meta(max_length=10, description="scanner, or the autopilot's by name.")
    ] = ()


class ExplainQuestion(Asked, frozen=True):
    """What a term of trading or of this program means."""

    term: Annotated[str, Meta(min_length=1, max_length=60)]


class HelpQuestion(Asked, frozen=True):
    """What can be typed."""

    topic: Word = ""


Operand = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="A value as a tool has named it in this turn under `values`, such as `best ask BTC/USD`; or a "
        "number that the operator's message has, such as 10 or 2%.",
    ),
]


How = Literal["difference", "sum", "average", "product", "multiple", "share", "change", "percentage"]


class WorkOut(Asked, frozen=True):
    """Work out a figure that no tool returned, exactly, of values that tools did return; only then can it be told."""

    how: Annotated[
        How,
        Meta(
            description="difference: how far the two are apart. sum, average: of two or more. product: a value times a "
            "plain number, or an amount of coins times their price. multiple: how many times the second the first is. "
            "share: the first in percent of the second. change: from the first to the second, in percent. percentage: "
            "the first, which is in percent, of the second."
        ),
    ]
    of: Annotated[tuple[Operand, ...], Meta(min_length=2, max_length=8, description="What it is worked out of.")]


class ProposeBuy(Asked, frozen=True):
    """Propose to open a long behind a stop. At most one of amount, quote and percent; none: as much as risk allows."""

    symbol: Ticker
    amount: Annotated[Number | None, Meta(description="Coins.")] = None
    quote: Annotated[Number | None, Meta(description="Money, in the pair's quote currency.")] = None
    percent: Annotated[Number | None, Meta(description="Percent of the equity.")] = None
    limit: Annotated[Number | None, Meta(description="Rests at this price; none: at market.")] = None
    stop: Level | None = None
    target: Level | None = None


class ProposeSell(Asked, frozen=True):
    """Propose to sell of a long that is held; with a stop: to open a short behind it (margin accounts)."""

    symbol: Ticker
    amount: Annotated[Number | None, Meta(description="Coins.")] = None
    quote: Annotated[Number | None, Meta(description="Money, in the pair's quote currency.")] = None
    percent: Annotated[Number | None, Meta(description="Percent of the equity.")] = None
    share: Annotated[Number | None, Meta(description="Percent of the position that is held.")] = None
    limit: Annotated[Number | None, Meta(description="Of a short: rests at this price; none: at market.")] = None
    stop: Level | None = None
    target: Level | None = None


class ProposeClose(Asked, frozen=True):
    """Propose to close one position at market."""

    symbol: Ticker


class ProposeCancel(Asked, frozen=True):
    """Propose to cancel the entries that rest for a ticker; stops and targets stay."""

    symbol: Ticker


class ProposeStop(Asked, frozen=True):
    """Propose to move the stop of a position."""

    symbol: Ticker
    price: Number


class ProposeTarget(Asked, frozen=True):
    """Propose to move the target of a position; without a price: to take it away."""

    symbol: Ticker
    price: Number | None = None


class ProposeFlatten(Asked, frozen=True):
    """Propose to close every position, cancel every order of ours, and pause."""


class ProposePause(Asked, frozen=True):
    """Propose to stop entries until resume, or until a moment; what is open stays managed."""

    only: Annotated[str, Meta(max_length=40, description="A group or a ticker; empty: everything.")] = ""
    until: Annotated[str, Meta(max_length=40, description="Such as monday, 14:30, 2026-11-23, 2h; empty: resume.")] = ""


class ProposeResume(Asked, frozen=True):
    """Propose to allow entries again."""

    only: Annotated[str, Meta(max_length=40, description="The group or ticker whose pause ends; empty: all.")] = ""


class ProposeAutopilot(Asked, frozen=True):
    """Propose what the autopilot may do with its calls."""

    level: Literal["off", "observe", "confirm", "auto"]


class ProposeSetting(Asked, frozen=True):
    """Propose another value of a setting in config.json, within its bounds; it holds from the next start on."""

    name: Annotated[str, Meta(min_length=1, max_length=60, description="Its key, such as RISK_PER_TRADE.")]
    value: Annotated[str, Meta(min_length=1, max_length=200, description="As JSON has it, without quotes.")]


Question = (
    StatusQuestion | BalancesQuestion | PositionsQuestion | OrdersQuestion | BracketsQuestion | TradesQuestion
    | PerformanceQuestion | PriceQuestion | CandlesQuestion | BookQuestion | MoversQuestion | RegimeQuestion
    | WhyQuestion | DecisionsQuestion | InsightsQuestion | LearningQuestion | RiskQuestion | LimitsQuestion
    | AlertsQuestion | ReportQuestion | BacktestQuestion | ExplainQuestion | HelpQuestion | WorkOut
)  # fmt: skip
"""Looks, and changes nothing."""

Proposing = (
    ProposeBuy | ProposeSell | ProposeClose | ProposeCancel | ProposeStop | ProposeTarget | ProposeFlatten
    | ProposePause | ProposeResume | ProposeAutopilot | ProposeSetting
)  # fmt: skip
"""Wanted in words that are no exact command: it becomes a card, and a confirm does it."""


class Several(Struct, frozen=True):
    """More than one request in a line, each answered or confirmed by itself."""

    requests: tuple[Question | Proposing, ...]


class Unparsed(Struct, frozen=True):
    """Nothing that the grammar knows, or something that can be meant in two ways; nothing was done."""

    hint: str
    """What would be right."""
    asks: bool = False
    """It is understood but for what the hint asks: no model is to guess it."""


ChatRequest = Question | Proposing | Several | Command | Unparsed
"""What a line is. A `Command` was typed exactly, and is done; everything else executes nothing."""
