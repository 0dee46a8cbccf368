"""An account beside the exchange's own core: the operator and we trade in it, and both sides keep their books."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.ledger_fees import LedgerFees
from kraken_tui.account.owners import Claim, Owners
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.matching.messages import Elapse, Event, Filled, LedgerEntry, MarketUpdate, Message
from kraken_tui.model.errors import Refused
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Side
from tests.exchange.cases import BTC, DOGE, LIMIT, MARKET, Bench, D

OURS = "ours"
HOUR_NS = 3600 * 1_000_000_000
PAIRS = (BTC, DOGE)


class Books(Bench):
    """The core with coins of the operator's, and an account that is told what it does."""

    def __init__(self, account: str, **policies: Any) -> None:
        super().__init__(account, "1000000", **policies)
        self.state.balances |= {"BTC": D(3), "DOGE": D(100000)}
        owners = Owners()
        owners.claim(OURS, Claim("enter", "BTC/USD"))
        self.account = AccountState({pair.symbol: pair for pair in PAIRS}, owners)
        self.fees = LedgerFees(self.account)
        self.ledger: list[LedgerEntry] = []
        self.quotes: dict[str, Quote] = {}
        self.price("BTC/USD", D("60000.0"))
        self.price("DOGE/USD", D("0.1000000"))

    def feed(self, message: Message) -> list[Event]:
        """Apply an input and tell the account, fills and ledger entries as the exchange's stream would."""
        events = super().feed(message)
        for event in events:
            if isinstance(event, Filled):
                fill = replace(event.execution.fill, fee_coin=event.execution.fee_in_base)
                if self.account.is_ours(fill):
                    self.account.apply_fill(fill)
        self.ledger += self.entries
        for entry in self.entries:
            self.fees.note(row_of(entry))
        return events

    def price(self, symbol: str, bid: Decimal) -> None:
        tick = BTC.tick if symbol == BTC.symbol else DOGE.tick
        self.now_ns += 1
        much = D(100_000_000)
        quote = self.quotes[symbol] = Quote(symbol, bid, bid + tick, much, much, bid, self.now_ns)
        self.feed(MarketUpdate(symbol=symbol, quote=quote, time_ns=self.now_ns))

    def trade(self, symbol: str, side: Side, amount: Decimal, *, ours: bool, **more: Any) -> None:
        """Trade at market, or a little through it."""
        with suppress(Refused):
            self.add(side, MARKET, f"{amount:f}", symbol=symbol, client_id=OURS if ours else None, **more)

    def through(self, symbol: str, side: Side, amount: Decimal, **more: Any) -> None:
        """The same with a limit order of ours that crosses."""
        quote = self.quotes[symbol]
        price = quote.ask if side is Side.BUY else quote.bid
        with suppress(Refused):
            self.add(side, LIMIT, f"{amount:f}", f"{price:f}", symbol=symbol, client_id=OURS, **more)

    def pass_hours(self, hours: float) -> None:
        self.now_ns += int(hours * HOUR_NS)
        self.feed(Elapse(time_ns=self.now_ns))

    def by_the_ledger(self) -> Decimal:
        """P&L of our own trades: what they and their positions moved in money, and what their coins are worth now."""
        moved: dict[str, Decimal] = {}
        for entry in self.ledger:
            if entry.ref_id in self.our_trades:
                moved[entry.asset] = moved.get(entry.asset, D(0)) + entry.amount - entry.fee
        value = sum((moved.get(pair.base, D(0)) * self.quotes[pair.symbol].bid for pair in PAIRS), D(0))
        open_margin = (row.profit_at(self._mark(row.symbol, row.side)) for row in self.account.positions())
        on_margin = self.rules.account == "margin"
        return moved.get("USD", D(0)) + (sum(open_margin, D(0)) if on_margin else value)

    @property
    def our_trades(self) -> set[str]:
        return self.account._seen

    def _mark(self, symbol: str, side: Side) -> Decimal:
        quote = self.quotes[symbol]
        return quote.bid if side is Side.BUY else quote.ask


def row_of(entry: LedgerEntry) -> LedgerRow:
    """A ledger entry as the stream tells it."""
    return LedgerRow(
        id=entry.id, ref_id=entry.ref_id, type=entry.type, subtype="", asset=entry.asset, amount=entry.amount,
        fee=entry.fee, balance=entry.balance, time_ns=entry.time_ns,
    )  # fmt: skip
