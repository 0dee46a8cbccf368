"""The gate of a running engine: it knows the day, the limits and the market, and writes every decision down."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.account.totals import Totals
from kraken_tui.clock import SECOND, Clock
from kraken_tui.config.settings import Settings
from kraken_tui.execution.audit import LOOKED_AT, telling
from kraken_tui.execution.gate import Circumstances, Ruling, Standing, weigh
from kraken_tui.execution.ruling import Answer, Question, answered
from kraken_tui.execution.trail import ENDINGS, Lapsed, Trail
from kraken_tui.market.board import QuoteBoard
from kraken_tui.model.evaluation import Check, Evaluation
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import AUTOPILOT, SCANNER, CancelEntry, Enter, Exit, MoveStop, MoveTarget, Other
from kraken_tui.model.outcome import Accepted, Declined, Outcome
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Fill, OrderRequest, Side, Trade
from kraken_tui.risk.active_risk import ActiveRisk
from kraken_tui.risk.drawdown import tiers_of
from kraken_tui.risk.fees import ExpectedMove, Fees, Moves, breakeven_move, closing_fees, expected_move
from kraken_tui.risk.filters import Filters, Ticker
from kraken_tui.risk.heat import Heat
from kraken_tui.risk.kill_switch_file import KillSwitch
from kraken_tui.risk.question import Conditions
from kraken_tui.risk.slippage import Book
from kraken_tui.risk.trading_limits import TallyFile
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_rows import Recorded

NO_FILTERS = Filters()


class Venue(Struct, frozen=True, kw_only=True):
    """Where orders go."""

    mode: str
    margin: bool
    fees: Fees
    """At the start."""
    status: Callable[[], str]
    """Kraken's system status."""
    budget: Callable[[str], str]
    """Why there is no room in the request budget for an entry into a symbol; empty where there is."""
    measures: bool = True
    """Whether trades here teach anything about the market: those in a generated one do not."""


class Gatekeeping:
    """Rules on entries.

    Args:
        board: quotes, and how far they can be trusted.
        kill: looked at by the engine once a scan.
        filters: what a symbol must be like for the scanner and the autopilot.
    """

    def __init__(
        self,
        *,
        instruments: Iterable[Instrument],
        groups: Callable[[str], str],
        settings: Settings,
        clock: Clock,
        board: QuoteBoard,
        venue: Venue,
        kill: KillSwitch,
        tally: TallyFile,
        log: EvaluationLog,
        filters: Filters = NO_FILTERS,
    ) -> None:
        self.ticker: Callable[[str], tuple[Decimal | None, int | None]] = lambda symbol: (None, None)
        """What is known of a symbol besides its quote: quote units traded in 24 hours, and closed candles."""
        self.moves: dict[str, Moves] = {}
        """What trades made, by what entered them: the scanner, or a strategy of the autopilot."""
        self.keep: Callable[[int, str, Question, Answer], None] = lambda time_ns, id, question, answer: None
        """Told of each ruling, with all that it rests on, for the input log."""
        self.market_regime = ""
        """As the scanner last judged it."""
        self._instruments = {row.symbol: row for row in instruments}
        self._groups = groups
        self._settings = settings
        self._clock = clock
        self._board = board
        self._venue = venue
        self.fees = venue.fees
        """What the account pays now."""
        self.kill = kill
        self.tally = tally
        self._log = log
        self._filters = filters
        self._tiers = tiers_of(
            [(Decimal(str(row.drawdown)), Decimal(str(row.share))) for row in settings.DRAWDOWN_TIERS]
        )
        self._cools_until: dict[str, int] = {}
        self._trail = Trail(log, clock)
        self._count = 0
        self._ended = 0
        """Trades whose ends were told."""

    def rule(self, intent: Enter, standing: Standing, only: str = "") -> Ruling:
        """Weigh an entry, write the decision down, and count it before it is sent."""
        around = self._around(intent, standing)
        size, checks = weigh(intent, standing, around, self._settings)
        ruling = Ruling(self._next_id(intent.symbol), size)
        question = Question(intent=intent, standing=standing, around=around)
        self.keep(self._clock.now_ns(), ruling.id, question, answered(size, checks))
        refused = size.reason if isinstance(size, Declined) else ""
        self._record(intent, ruling.id, "block" if refused else only or "pass", refused or intent.reason, checks)
        if not refused and not only:
            self.tally.entered(intent.symbol, ruling.id, self._clock.now_ns())
            self._trail.begin(intent.symbol)
        return ruling

    def note(self, ruling: Ruling, outcome: Outcome) -> None:
        """Write down the exchange's word; an order that it refused does not count for the day."""
        assert isinstance(ruling.size, OrderRequest)
        if isinstance(outcome, Declined):
            self.tally.refused(ruling.id)
        self._answered(ruling.size.symbol, ruling.id, outcome)

    def done(self, intent: Other, verdict: str = "pass") -> str:
        """Write down a close, a cancel or a move."""
        id = self._next_id(intent.symbol) + ENDINGS[type(intent)]
        action, price = _told(intent)
        strategy = intent.reason.partition(":")[0] if ":" in intent.reason else intent.owner
        self._log.record(
            [Evaluation(
                id=id, time_ns=self._clock.now_ns(), symbol=intent.symbol, owner=intent.owner, action=action,
                strategy=strategy if intent.owner == AUTOPILOT else intent.owner, verdict=verdict,
                reason=intent.reason, price="" if price is None else f"{price:f}", checks=(),
            )]
        )  # fmt: skip
        if isinstance(intent, Exit):
            self._trail.closing(intent.symbol)
        return id

    def answered(self, decision: str, intent: Other, outcome: Outcome) -> None:
        """Write down the exchange's word on a close, a cancel or a move."""
        self._answered(intent.symbol, decision, outcome)
        if isinstance(intent, Exit) and not isinstance(outcome, Accepted):
            self._trail.closing(intent.symbol)  # it is sent again

    def _answered(self, symbol: str, decision: str, outcome: Outcome) -> None:
        for news in self._trail.answered(symbol, decision, outcome):
            if isinstance(news, Lapsed):
                self.on_lapsed(news)
            else:
                self._filled(news)

    def on_fill(self, fill: Fill, trade: Trade | None) -> None:
        """Write down a fill of an entry; a trade that ended counts for the day, and for what moves are expected."""
        self._filled(fill)
        if trade is not None:
            self._ended += 1
            self.tally.ended(trade, self._clock.now_ns())
            self.learn(trade)

    def recall(self, trades: Sequence[Trade]) -> None:
        """Learn from the trades of earlier runs: all of the account's but the last, whose ends were told here."""
        for trade in trades[: len(trades) - self._ended]:
            self.learn(trade)

    def on_lapsed(self, entry: Lapsed) -> None:
        """An entry that ended without a fill does not count for the day."""
        if decision := self._trail.lapsed(entry):
            self.tally.refused(decision)

    def learn(self, trade: Trade) -> None:
        """Take a trade, of an earlier run too, into the cooldown and the measured moves."""
        if trade.net < 0:
            self._cools_until[trade.symbol] = trade.closed_ns + int(self._settings.COOLDOWN_LOSS * SECOND)
        strategy = trade.entered_for.partition(":")[0] if trade.owner == AUTOPILOT else trade.owner
        if trade.owner in (SCANNER, AUTOPILOT) and self._venue.measures:
            self.moves[strategy] = self.moves.get(strategy, Moves()).plus(trade)

    def equity(self, totals: Totals) -> Decimal:
        """What closing everything now would leave, as the kill switch has it: no deposit of today changes it."""
        closing = closing_fees(totals.exposure, self.fees)
        return self.kill.equity(totals.profit - closing, totals.equity - closing)

    @property
    def breakeven(self) -> Decimal:
        """How far a price must go for a long's round trip by taker's orders to pay its fees; percent."""
        return breakeven_move(self.fees, margin=self._venue.margin)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with what it remembers."""
        return (self.tally.problem,) if self.tally.problem else ()

    def close(self) -> None:
        """Write what waits; blocks."""
        self._log.close()

    def last(self, symbol: str) -> list[Recorded]:
        """What was last decided on entering a symbol, and whatever is newer than that last; reads the file."""
        return telling(self._log.last(symbol, LOOKED_AT))

    def _record(self, intent: Enter, id: str, verdict: str, reason: str, checks: tuple[Check, ...]) -> None:
        """Write a decision down."""
        call = intent.call
        side = "long" if intent.side is Side.BUY else "short"
        self._log.record(
            [Evaluation(
                id=id, time_ns=self._clock.now_ns(), symbol=intent.symbol, owner=intent.owner, action=f"enter {side}",
                strategy=call.strategy if call is not None else intent.owner, verdict=verdict, reason=reason,
                price=f"{intent.limit_price or intent.price:f}", checks=checks, votes=call.votes if call else (),
            )]
        )  # fmt: skip

    def conditions(self, heat: Heat, risk: ActiveRisk) -> Conditions:
        """What holds for every ticker now."""
        settings, now_ns = self._settings, self._clock.now_ns()
        return Conditions(
            now_ns=now_ns, mode=self._venue.mode, kill=self.kill.last, heat=heat, active_risk=risk,
            feed=self._board.state, feed_age_s=self._board.age_s(now_ns), exchange=self._venue.status(),
            fees=self.fees, fees_decide=settings.FEES_DECIDE,
            # What stands behind the best price nobody tells in any mode: PAPER_DEPTH and PAPER_IMPACT model it in all.
            book=Book(depth=settings.PAPER_DEPTH, worse=settings.PAPER_IMPACT),
            most_slippage=None if settings.MAX_SLIPPAGE is None else Decimal(str(settings.MAX_SLIPPAGE)),
        )  # fmt: skip

    def _around(self, intent: Enter, standing: Standing) -> Circumstances:
        symbol, by_hand = intent.symbol, intent.owner not in (SCANNER, AUTOPILOT)
        volume, candles = self.ticker(symbol)
        quote = self._board.quote(symbol)
        call = intent.call
        return Circumstances(
            conditions=self.conditions(standing.heat, ActiveRisk(total=Decimal(0), most=None)),
            equity=self.equity(standing.totals), high=self.kill.state.high, tiers=self._tiers,
            margin=self._venue.margin,
            instrument=self._instruments[symbol], group=self._groups(symbol),
            limits=self.tally.check(symbol, self._clock.now_ns()), quote=quote,
            ticker=Ticker(quote=quote, volume=volume, candles=candles),
            filters=Filters() if by_hand else self._filters, expected=self._expected(intent),
            regime=call.symbol_regime if call is not None else self.market_regime,
            regimes=(Regime.TRENDING.name,) if intent.owner == SCANNER else (),
            budget=self._venue.budget(symbol), cooldown_until_ns=0 if by_hand else self._cools_until.get(symbol, 0),
        )  # fmt: skip

    def _expected(self, intent: Enter) -> ExpectedMove:
        if intent.call is not None:
            move, strategy = Decimal(str(round(intent.call.expected_move, 6))), intent.call.strategy
            return expected_move(move, f"declared by {strategy}", self.moves.get(strategy, Moves()))
        if intent.owner == SCANNER:
            lock = Decimal(str(self._settings.RATCHET_LOCK))
            return expected_move(lock, "the lock step", self.moves.get(SCANNER, Moves()))
        return ExpectedMove(percent=None, source="")

    def _next_id(self, symbol: str) -> str:
        self._count += 1
        return f"{self._clock.now_ns()}-{self._count}-{symbol}"

    def _filled(self, fill: Fill) -> None:
        """Write down a fill; what was held for not done counts after all."""
        if decision := self._trail.filled(fill):
            self.tally.entered(fill.symbol, decision, self._clock.now_ns())


def _told(intent: Other) -> tuple[str, Decimal | None]:
    """What an intent does, in words, and at which price."""
    match intent:
        case Exit(keep=keep):
            return (f"close all but {keep:f}" if keep else "close"), None
        case CancelEntry():
            return "cancel entry", None
        case MoveStop(stop_price=price):
            return "move stop", price
        case MoveTarget(target_price=price):
            return "move target" if price is not None else "take target away", price
