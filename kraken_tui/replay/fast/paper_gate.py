"""The gate's own code over the compiled account: for what float64 can't tell, and for all that is seldom asked."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.account.totals import Money, Totals, mark, totals_of
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.execution.gate import Circumstances, Standing, weigh
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import SCANNER, Enter
from kraken_tui.model.market import FeedState, Quote
from kraken_tui.model.outcome import Declined
from kraken_tui.model.scan import Reason, Regime
from kraken_tui.model.trading import Position, Side, Trade
from kraken_tui.replay.fast.paper_books import MOVED, MOVES, Books, Tape
from kraken_tui.replay.fast.paper_kill import KILLED
from kraken_tui.replay.fast.paper_rows import Closed, Held, Purse, Rule, Term
from kraken_tui.risk.active_risk import ActiveRisk, AtRisk
from kraken_tui.risk.drawdown import drawdown_percent, tiers_of
from kraken_tui.risk.fees import ENOUGH_TRADES, Fees, Moves, breakeven_move, closing_fees, expected_move
from kraken_tui.risk.filters import Filters, Ticker
from kraken_tui.risk.heat import Exposure, Heat, measure
from kraken_tui.risk.kill_switch import Look, Verdict
from kraken_tui.risk.question import Conditions
from kraken_tui.risk.slippage import Book
from kraken_tui.risk.trading_day import zone_of
from kraken_tui.risk.trading_limits import Limits, Tally, after_entry, after_trade, check
from kraken_tui.scanner.inputs import Account

TIE = Decimal("1e-9")
BLANK: tuple[Decimal | None, int | None] = (Decimal(0), 1)
"""Volume and candles of a ticker: filters that would look at them are not modelled."""


class Around(Struct, frozen=True, kw_only=True):
    """What a run is about."""

    instruments: tuple[Instrument, ...]
    groups: tuple[str, ...]
    settings: Settings
    config: TradingConfig
    measures: bool
    """Whether trades teach what moves to expect: not on a generated market."""


class PaperGate:
    """Answers what the loop asks, by the rules that the engine applies."""

    def __init__(self, around: Around, tape: Tape, books: Books) -> None:
        settings = around.settings
        self._around, self._tape, self._books = around, tape, books
        self._tally = Tally()
        self._limits = Limits(
            trades=settings.MAX_TRADES_PER_DAY, symbol_trades=settings.MAX_TRADES_PER_SYMBOL,
            losses=settings.MAX_LOSSES_IN_A_ROW, zone=zone_of(settings.RESET_TIMEZONE),
        )  # fmt: skip
        self._tiers = tiers_of(
            [(Decimal(str(row.drawdown)), Decimal(str(row.share))) for row in settings.DRAWDOWN_TIERS]
        )
        self._filters = Filters(
            most_spread=Decimal(str(around.config.MAX_SPREAD)), allow=frozenset(around.config.ALLOW) or None,
            deny=frozenset(around.config.DENY),
        )  # fmt: skip
        asked = (self._limits.trades, self._limits.symbol_trades, self._limits.losses)
        self._limited = any(each is not None for each in asked)
        self._learnt = 0

    def learn(self, parts: Sequence[NDArray[np.int64]]) -> None:
        """Count the trades that are new among all of them, given in parts, where a day's limits ask for that."""
        if not self._limited:
            return
        passed = 0
        for rows in parts:
            for row in rows[max(0, self._learnt - passed) :]:
                trade = trade_of(row, self._around.instruments)
                self._tally = after_trade(self._tally, trade, trade.closed_ns, self._limits.zone)
            passed += len(rows)
        self._learnt = passed

    def marked(self, s: int) -> list[tuple[Position, Decimal]]:
        """What is open at a scan, by symbol, and the price at which it could be closed; or else its entry's."""
        quotes = self._quotes(s)
        return [(row, mark(row, quotes[row.symbol])) for row in self._positions()]

    def unrealised(self, s: int) -> Decimal:
        """Of what is open at a scan, before fees; what has no price there counts at cost."""
        return sum((row.profit_at(price) for row, price in self.marked(s)), Decimal(0))

    def heat(self, s: int) -> tuple[int, int]:
        """Heat in ppm, and the limits that are full, a bit each."""
        heat = self._heat(s, self._positions(), self._totals(s))
        return heat.ppm, sum(usage.is_full << place for place, usage in enumerate(heat.usages))

    def lots(self, s: int, i: int, side: int, stop: int) -> int | None:
        """How much the gate lets an entry have, in lots; 0 declines, None can't be told."""
        around, instrument = self._around, self._around.instruments[i]
        quote, totals = self._quote(s, i), self._totals(s)
        high = Decimal(float(self._books.peak[0]))
        fallen = drawdown_percent(self._equity(totals), high)
        if any(abs(fallen - tier.drawdown) < TIE for tier in self._tiers) or self._is_even(i, side):
            return None
        if not self._tape.fresh[s] or quote is None:
            return 0
        intent = Enter(
            symbol=instrument.symbol, side=Side.BUY if side > 0 else Side.SELL,
            price=quote.ask if side > 0 else quote.bid, stop_price=instrument.price_of(stop), reason=Reason.BURST.name,
        )  # fmt: skip
        positions, now_ns = self._positions(), int(self._tape.time_ns[s])
        standing = Standing(
            paused=False, holder="", unknown="", heat=self._heat(s, positions, totals),
            open=tuple(AtRisk(symbol=row.symbol, side=row.side, amount=row.amount, entry=row.entry_price,
                              stop=row.stop_price) for row in positions),
            totals=totals,
        )  # fmt: skip
        size, _ = weigh(intent, standing, self._circumstances(i, now_ns, quote, totals, standing.heat, high),
                        around.settings)  # fmt: skip
        if isinstance(size, Declined):
            return 0
        if self._limited:
            entry = f"{now_ns}-{instrument.symbol}"
            self._tally = after_entry(self._tally, instrument.symbol, entry, now_ns, self._limits.zone)
        return int(size.amount.scaleb(instrument.lot_decimals))

    def _circumstances(
        self, i: int, now_ns: int, quote: Quote, totals: Totals, heat: Heat, high: Decimal
    ) -> Circumstances:
        around, settings, instrument = self._around, self._around.settings, self._around.instruments[i]
        lock = Decimal(str(settings.RATCHET_LOCK))
        volume, candles = BLANK
        conditions = Conditions(
            now_ns=now_ns, mode=settings.MODE, kill=Look(verdict=self._verdict(), text=""), heat=heat,
            active_risk=ActiveRisk(total=Decimal(0), most=None), feed=FeedState.LIVE,
            fees=self._fees(),
            fees_decide=settings.FEES_DECIDE, book=Book(depth=settings.PAPER_DEPTH, worse=settings.PAPER_IMPACT),
            most_slippage=None if settings.MAX_SLIPPAGE is None else Decimal(str(settings.MAX_SLIPPAGE)),
        )  # fmt: skip
        return Circumstances(
            conditions=conditions, equity=self._equity(totals), high=high, tiers=self._tiers,
            margin=settings.account == "margin", instrument=instrument, group=around.groups[i],
            limits=check(self._tally, self._limits, instrument.symbol, now_ns), quote=quote,
            ticker=Ticker(quote=quote, volume=volume, candles=candles), filters=self._filters,
            expected=expected_move(lock, "the lock step", self._moves()), regime=Regime.TRENDING.name,
            regimes=(Regime.TRENDING.name,), budget="", cooldown_until_ns=int(self._books.held[Held.COOLS_NS, i]),
        )  # fmt: skip

    def _verdict(self) -> Verdict:
        """What the kill switch says: it is blind where something that is held has no sound price."""
        is_blind = self._around.settings.DAILY_LOSS_LIMIT is not None and self._books.priced[0] == 0
        return Verdict.BLIND if is_blind else Verdict.OK

    def _fees(self) -> Fees:
        settings = self._around.settings
        return Fees(maker=settings.PAPER_MAKER_FEE, taker=settings.PAPER_TAKER_FEE, opening=settings.PAPER_MARGIN_FEE)

    def _moves(self) -> Moves:
        """What trades made, summed up in float64."""
        sizing = self._books.sizing
        return Moves(int(sizing[MOVES]), Decimal(float(sizing[MOVED])))

    def _is_even(self, i: int, side: int) -> bool:
        """Whether the mean move is so near to what the fees need that float64's sum of it can't tell."""
        moves, terms = self._moves(), self._books.terms
        if not self._around.settings.FEES_DECIDE or moves.count < ENOUGH_TRADES:
            return False
        margin = bool(terms[Term.LEVERAGE_LONG if side > 0 else Term.LEVERAGE_SHORT, i] > 1)
        needed = breakeven_move(self._fees(), Side.BUY if side > 0 else Side.SELL, margin=margin)
        return abs(moves.mean - needed) < TIE

    def _heat(self, s: int, positions: Sequence[Position], totals: Totals) -> Heat:
        around, settings = self._around, self._around.settings
        group = {row.symbol: group for row, group in zip(around.instruments, around.groups, strict=True)}
        quotes = self._quotes(s)
        rows = [
            Exposure(row.symbol, group[row.symbol], row.amount * mark(row, quotes.get(row.symbol))) for row in positions
        ]
        return measure(rows, settings.capital(self._equity(totals)), settings.HEAT, settings.HEAT_GROUPS)

    def totals(self, s: int) -> Totals:
        """The account at a scan, in Decimals."""
        return self._totals(s)

    def _equity(self, totals: Totals) -> Decimal:
        """What entries are sized with: what closing everything now would leave (`Gatekeeping.equity`)."""
        return totals.equity - closing_fees(totals.exposure, self._fees())

    def _totals(self, s: int) -> Totals:
        purse, rules = self._books.purse, self._books.rules
        unit, positions = Decimal(int(rules[Rule.UNIT])), self._positions()
        start, realised, fees = (
            Decimal(int(each)) / unit for each in (rules[Rule.START], purse[Purse.REALISED], purse[Purse.FEES])
        )
        spot = sum((row.cost for row in positions if row.leverage < 2), Decimal(0))
        balance = start + realised - fees - spot
        money = Money(balance=balance, free=balance, realised=realised, fees=fees)
        margin = self._around.settings.account == "margin"
        return totals_of(money, positions, self._quotes(s).get, margin=margin)

    def _positions(self) -> list[Position]:
        books = self._books
        return [self._position(int(i)) for i in books.order[: books.purse[Purse.OPEN]]]

    def _position(self, i: int) -> Position:
        instrument, held, columns = self._around.instruments[i], self._books.held, self._books.columns
        amount = Decimal(int(held[Held.AMOUNT, i])).scaleb(-instrument.lot_decimals)
        return Position(
            symbol=instrument.symbol, side=Side.BUY if columns[Account.SIDE, i] > 0 else Side.SELL, amount=amount,
            cost=_money(held[Held.COST, i], instrument), fees=_money(held[Held.FEES, i], instrument),
            opened_ns=int(held[Held.OPENED_NS, i]), leverage=int(held[Held.LEVERAGE, i]),
            stop_price=instrument.price_of(int(columns[Account.STOP, i])), stop_amount=amount,
        )  # fmt: skip

    def _quotes(self, s: int) -> dict[str, Quote | None]:
        books = self._books
        held = [int(i) for i in books.order[: books.purse[Purse.OPEN]]]
        return {self._around.instruments[i].symbol: self._quote(s, i) for i in held}

    def _quote(self, s: int, i: int) -> Quote | None:
        tape, instrument = self._tape, self._around.instruments[i]
        bid, ask = int(tape.bid[s, i]), int(tape.ask[s, i])
        if not 0 < bid <= ask or (tape.listed.size and not tape.listed[s, i]):
            return None
        last = int(tape.last[s, i]) if tape.last.size else 0
        shown = (int(tape.bid_amount[s, i]), int(tape.ask_amount[s, i])) if tape.bid_amount.size else (0, 0)
        return Quote(
            symbol=instrument.symbol, bid=instrument.price_of(bid), ask=instrument.price_of(ask),
            bid_amount=Decimal(shown[0]).scaleb(-instrument.lot_decimals),
            ask_amount=Decimal(shown[1]).scaleb(-instrument.lot_decimals),
            last=instrument.price_of(last if last > 0 else (bid + ask) // 2), time_ns=0,
        )  # fmt: skip


def trade_of(row: NDArray[np.int64], instruments: Sequence[Instrument]) -> Trade:
    """A row of trades as the engine's own value."""
    instrument = instruments[int(row[Closed.TICKER])]
    amount = Decimal(int(row[Closed.AMOUNT])).scaleb(-instrument.lot_decimals)
    reason = _word(int(row[Closed.REASON]))
    return Trade(
        symbol=instrument.symbol, side=Side.BUY if row[Closed.SIDE] > 0 else Side.SELL, amount=amount,
        entry_price=_money(row[Closed.COST], instrument) / amount,
        exit_price=_money(row[Closed.PROCEEDS], instrument) / amount, gross=_money(row[Closed.GROSS], instrument),
        fees=_money(row[Closed.FEES], instrument), opened_ns=int(row[Closed.OPENED_NS]),
        closed_ns=int(row[Closed.CLOSED_NS]), reason=reason,
        owner=SCANNER, entered_for=Reason.BURST.name,
    )  # fmt: skip


def _word(reason: int) -> str:
    if reason == KILLED:
        return "kill switch"
    return "stop hit" if reason == Reason.STOPPED else Reason(reason).name


def _money(units: np.int64, instrument: Instrument) -> Decimal:
    return Decimal(int(units)).scaleb(-instrument.cost_decimals)
