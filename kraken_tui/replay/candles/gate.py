"""The gate's own code over the compiled account, for the autopilot's calls and for entries that wait."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from msgspec.structs import replace

from kraken_tui.account.totals import Money, Totals, mark, totals_of
from kraken_tui.clock import SECOND
from kraken_tui.execution.gate import Circumstances, Standing, weigh
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import AUTOPILOT, Enter
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import Side, Trade
from kraken_tui.model.vote import Call
from kraken_tui.replay.candles.calling import expected_of
from kraken_tui.replay.candles.exits import PER_STRATEGY
from kraken_tui.replay.candles.open_calls import meant
from kraken_tui.replay.candles.rows import Calls, Note, Rules, State, Wait
from kraken_tui.replay.fast.paper_books import Books, Tape
from kraken_tui.replay.fast.paper_gate import TIE, Around, PaperGate, trade_of
from kraken_tui.replay.fast.paper_rows import Closed, Purse, Rule
from kraken_tui.risk.active_risk import AtRisk
from kraken_tui.risk.drawdown import drawdown_percent
from kraken_tui.risk.fees import ENOUGH_TRADES, Moves, breakeven_move, expected_move
from kraken_tui.risk.heat import Exposure, Heat, measure
from kraken_tui.strategy.contract import Strategy


class CandleGate(PaperGate):
    """Answers what the loop asks about a call."""

    def __init__(
        self, around: Around, tape: Tape, books: Books, state: State, rules: Rules, calls: Calls,
        strategies: Sequence[Strategy],
    ) -> None:  # fmt: skip
        super().__init__(around, tape, books)
        self._state, self._rules, self._calls, self._strategies = state, rules, calls, strategies

    def side_of(self, candle: int) -> int:
        """To which side the call of a candle is."""
        return meant(self._rules, self._calls, candle, int(self._state.note[Note.BELIEVED]))[1]

    def ask(self, s: int, i: int, candle: int, stop: int) -> int | None:
        """How much the gate lets the call of a candle have, in lots; 0 declines, None can't be told.

        Args:
            s: the row.
            i: the ticker.
            candle: its place among those of all tickers.
            stop: of the entry; ticks.
        """
        number, side = meant(self._rules, self._calls, candle, int(self._state.note[Note.BELIEVED]))
        strategy = self._strategies[number]
        intent = self._intent(s, i, side, stop, strategy, expected_of(self._calls, number, candle))
        quote, totals = self._quote(s, i), self._totals(s)
        high = Decimal(float(self._books.peak[0]))
        fallen = drawdown_percent(self._equity(totals), high)
        moves = self._moves_of(strategy)
        if any(abs(fallen - tier.drawdown) < TIE for tier in self._tiers) or self._is_close(i, intent, moves):
            return None
        if quote is None or not self._tape.fresh[s]:
            return 0
        heat = self._heat_of(s, totals)
        standing = Standing(
            paused=False, holder="", unknown="", heat=heat, open=tuple(self._at_risk()), totals=totals
        )  # fmt: skip
        around = self._circumstances(i, int(self._tape.time_ns[s]), quote, totals, heat, high)
        size, _ = weigh(intent, standing, self._of_call(around, intent, strategy, moves), self._around.settings)
        if isinstance(size, Declined):
            return 0
        return int(size.amount.scaleb(self._around.instruments[i].lot_decimals))

    def _intent(self, s: int, i: int, side: int, stop: int, strategy: Strategy, expected: float) -> Enter:
        instrument, quote = self._around.instruments[i], self._quote(s, i)
        bid, ask = (quote.bid, quote.ask) if quote is not None else (Decimal(0), Decimal(0))
        is_long, now_ns = side > 0, int(self._tape.time_ns[s])
        call = Call(
            symbol=instrument.symbol, time_ns=(now_ns - 2 * SECOND) // SPAN_NS * SPAN_NS, strategy=strategy.name,
            symbol_regime="", side=Side.BUY if is_long else Side.SELL, votes=(), price=0.0, stop_distance=0.0,
            expected_move=expected, maker=strategy.maker, text="",
        )  # fmt: skip
        return Enter(
            symbol=instrument.symbol, side=Side.BUY if is_long else Side.SELL, price=ask if is_long else bid,
            stop_price=instrument.price_of(stop), reason=strategy.name, owner=AUTOPILOT,
            limit_price=(bid if is_long else ask) if strategy.maker else None, post_only=strategy.maker, call=call,
        )  # fmt: skip

    def _of_call(self, around: Circumstances, intent: Enter, strategy: Strategy, moves: Moves) -> Circumstances:
        assert intent.call is not None
        declared = Decimal(str(round(intent.call.expected_move, 6)))
        return replace(around, expected=expected_move(declared, strategy.name, moves), regimes=())

    def _moves_of(self, strategy: Strategy) -> Moves:
        count, total = self._state.moves[:, self._strategies.index(strategy)]
        return Moves(int(count), Decimal(float(total)))

    def _is_close(self, i: int, intent: Enter, moves: Moves) -> bool:
        """Whether the mean move is so near to what the fees need that float64's sum of it can't tell."""
        settings = self._around.settings
        if not settings.FEES_DECIDE or moves.count < ENOUGH_TRADES:
            return False
        short, margin = intent.side is Side.SELL, settings.account == "margin"
        leverage = self._around.instruments[i].effective_leverage(settings.leverage, short=short) if margin else 1
        needed = breakeven_move(self._fees(), intent.side, maker_in=intent.post_only, margin=leverage > 1)
        return abs(moves.mean - needed) < TIE

    def _waiting(self) -> list[AtRisk]:
        """What waits, as heat and active risk see it."""
        wait, order = self._state.wait, self._state.order[: self._state.note[Note.WAITING]]
        return [self._waits(int(i), wait[:, i]) for i in order]

    def _waits(self, i: int, told: np.ndarray[tuple[int], np.dtype[np.int64]]) -> AtRisk:
        instrument = self._around.instruments[i]
        return AtRisk(
            symbol=instrument.symbol, side=Side.BUY if told[Wait.SIDE] > 0 else Side.SELL,
            amount=Decimal(int(told[Wait.LEFT])).scaleb(-instrument.lot_decimals),
            entry=instrument.price_of(int(told[Wait.LIMIT])), stop=instrument.price_of(int(told[Wait.STOP])),
        )  # fmt: skip

    def _at_risk(self) -> list[AtRisk]:
        held = [
            AtRisk(symbol=row.symbol, side=row.side, amount=row.amount, entry=row.entry_price, stop=row.stop_price)
            for row in self._positions()
        ]
        return held + self._waiting()

    def _heat_of(self, s: int, totals: Totals) -> Heat:
        around, settings = self._around, self._around.settings
        group = {row.symbol: group for row, group in zip(around.instruments, around.groups, strict=True)}
        quotes = self._quotes(s)
        rows = [
            Exposure(row.symbol, group[row.symbol], row.amount * mark(row, quotes.get(row.symbol)))
            for row in self._positions()
        ]
        rows += [Exposure(row.symbol, group[row.symbol], row.amount * row.entry) for row in self._waiting()]
        return measure(rows, settings.capital(self._equity(totals)), settings.HEAT, settings.HEAT_GROUPS)

    def _totals(self, s: int) -> Totals:
        purse, rules = self._books.purse, self._books.rules
        unit, positions = Decimal(int(rules[Rule.UNIT])), self._positions()
        start, realised, fees = (
            Decimal(int(each)) / unit for each in (rules[Rule.START], purse[Purse.REALISED], purse[Purse.FEES])
        )
        spot = sum((row.cost for row in positions if row.leverage < 2), Decimal(0))
        balance = start + realised - fees - spot
        free = balance - Decimal(int(self._state.note[Note.KNOWN])) / unit
        money = Money(balance=balance, free=free, realised=realised, fees=fees)
        margin = self._around.settings.account == "margin"
        return totals_of(money, positions, self._quotes(s).get, margin=margin)


def call_trade(
    row: np.ndarray[tuple[int], np.dtype[np.int64]], instruments: Sequence[Instrument], strategies: Sequence[Strategy]
) -> Trade:
    """A row of trades as the engine's own value; of its sentences only who entered, and whether a stop ended it."""
    number, reason = divmod(int(row[Closed.REASON]), PER_STRATEGY)
    plain = row.copy()
    plain[Closed.REASON] = reason
    trade, name = trade_of(plain, instruments), strategies[number].name
    is_stop = trade.reason == "stop hit"
    return replace(trade, owner=AUTOPILOT, entered_for=name, reason=trade.reason if is_stop else name)
