"""The truth about the account: what our own fills bought, what rests at the exchange, what is on its way."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import IntEnum
from typing import Any

from kraken_tui.account import totals, wallet
from kraken_tui.account.bookings import Bookings
from kraken_tui.account.owners import Owners, Role
from kraken_tui.account.resting import Children, Resting
from kraken_tui.account.totals import Money, Quotes, Totals, mark, money
from kraken_tui.clock import SECOND
from kraken_tui.exchange.port import REST_LAG_NS
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill, Order, Position, Side

__all__ = ["AccountState", "Busy", "Totals", "mark", "money"]

ZERO = Decimal(0)
FOREVER_NS = 1 << 63
CLOCK_STEP_NS = 60 * SECOND
"""How far an exchange's clock may have been set back: what came after may be stamped so much earlier."""


class Busy(IntEnum):
    """What is on its way for a ticker; the scanner's columns hold these numbers."""

    NONE = 0
    ENTRY = 1
    EXIT = 2
    FROZEN = 3
    """An outcome is unknown: nothing is sent until two sources agree."""


class AccountState(Bookings):
    """Follows fills and orders; holds no price and speaks to nobody.

    Args:
        instruments: every instrument that may be held, by symbol.
        owners: says which orders and fills are ours; only those make a position.
    """

    def __init__(self, instruments: Mapping[str, Instrument], owners: Owners) -> None:
        super().__init__(instruments, owners)
        self._busy: dict[str, Busy] = {}
        self.resting = Resting(owners)
        self.children = Children()
        self.unclaimed: dict[str, Fill] = {}
        """Fills of orders that are not ours, or not known to be yet."""
        self.wallet: dict[str, Decimal] = {}
        """All of each balance by Kraken's name for it (see `account.wallet`), held by orders or not."""
        self.holds: dict[str, Decimal] = {}
        """How much of each balance orders held when that was last read."""
        self.is_in_doubt: Callable[[str], bool] = lambda coin: False
        """Whether it is not known yet how much of a coin is ours; set by whoever follows what is done by hand."""
        self.kept_by_earn: set[str] = set()
        """Coins of which an order has shown that what earns (`.F`) can't be sold after all."""
        self.moved_ns: dict[str, int] = {}
        """When a fill or the wallet last moved a currency; until both have told it, they disagree."""
        self.balance = ZERO
        self.free = ZERO
        self.other_fees = ZERO
        """Margin rollovers: fees that no fill carries."""
        self.fees_apart: dict[str, Decimal] = {}
        """The same, taken in another currency than the account is counted in: in no total."""
        self._margin_told: tuple[int, Decimal] | None = None

    def copy(self) -> "AccountState":
        """An account whose positions can change without changing this one."""
        twin = AccountState(self._instruments, self.owners)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict | set | list) else value)
        return twin

    def symbols(self) -> tuple[str, ...]:
        """Every ticker that may be held."""
        return tuple(self._instruments)

    def lists(self, symbol: str) -> bool:
        """Whether this market can hold a ticker."""
        return symbol in self._instruments

    @property
    def fill_count(self) -> int:
        """How many fills are booked."""
        return len(self._seen)

    @property
    def newest_ns(self) -> int:
        """The exchange's time of the newest fill that was told, whosever it is; 0 before the first."""
        return max(self.last_booked_ns, *(fill.time_ns for fill in self.unclaimed.values()), 0)

    def is_ours(self, fill: Fill) -> bool:
        """Whether a fill is known to come from an order of ours."""
        return self.owners.role(fill) is not Role.FOREIGN

    @property
    def currency(self) -> str:
        """What the account is counted in: the quote currency of every pair."""
        return next((row.quote for row in self._instruments.values()), "USD")

    def set_balance(self, total: str | None, free: str | None) -> None:
        """Take the exchange's word for the quote currency; what earns by itself is spendable, and is added."""
        earns = self.wallet.get(self.currency + wallet.EARNS, ZERO)
        self.balance = Decimal(total or 0) + earns
        self.free = Decimal(free or 0) + earns

    def take_balances(self, told: Mapping[str, Any], asked_ns: int | None = None) -> None:
        """Take a whole answer to `fetch_balance`: what orders hold of each balance, and the quote currency.

        Args:
            told: ccxt's balance structure.
            asked_ns: when it was asked for, where the answer may be old: what the stream has told of the quote currency
                since then, or so shortly before that REST may not know it, stands. None where it can't be.
        """
        self.holds = {name: Decimal(held or 0) for name, held in told["used"].items()}
        moved_ns = self.moved_ns.get(self.currency)
        if asked_ns is not None and moved_ns is not None and moved_ns + REST_LAG_NS > asked_ns:
            self.note_balance(self.wallet.get(self.currency, ZERO))
            self.free = min(self.free, self.balance - self.holds.get(self.currency, ZERO))
            return
        row = told.get(self.currency) or {}
        self.set_balance(row.get("total"), row.get("free"))

    def take_margin(self, used: Decimal) -> None:
        """Take the exchange's word for the margin in use; it counts until the next fill."""
        self._margin_told = (len(self._seen), used)

    def note_balance(self, total: Decimal) -> None:
        """The quote currency as the exchange has just told it; what resting buys hold of it is reckoned."""
        self.balance = total + self.wallet.get(self.currency + wallet.EARNS, ZERO)
        self.free = self.balance - self.resting.held_for_buys()

    def set_busy(self, symbol: str, busy: Busy) -> None:
        """Note what is on its way for a ticker."""
        self._busy[symbol] = busy

    def busy(self, symbol: str) -> Busy:
        """What is on its way for a ticker."""
        return self._busy.get(symbol, Busy.NONE)

    def all_busy(self) -> Mapping[str, Busy]:
        """Every ticker with something on its way."""
        return {symbol: busy for symbol, busy in self._busy.items() if busy is not Busy.NONE}

    def frozen(self) -> list[str]:
        """Tickers with an unknown outcome."""
        return [symbol for symbol, busy in self._busy.items() if busy is Busy.FROZEN]

    def stops(self, symbol: str) -> list[Order]:
        """The stops of ours that rest for a ticker."""
        return self.resting.of(symbol, Role.STOP)

    def stop_prices(self, symbol: str) -> set[Decimal]:
        """Where the stops of a ticker rest."""
        return {stop.price for stop in self.stops(symbol) if stop.price is not None}

    def targets(self, symbol: str) -> list[Order]:
        """The take-profits of ours that rest for a ticker."""
        return self.resting.of(symbol, Role.TARGET)

    def entries(self, symbol: str) -> list[Order]:
        """The entries of ours that rest for a ticker."""
        return self.resting.of(symbol, Role.ENTRY)

    def strangers(self, symbol: str) -> list[Fill]:
        """Fills of which only the order could say whether they are ours, and it was not told.

        Those from before anything of ours that is open, and where nothing is, those that did not come about with the
        last trade, can change nothing any more.
        """
        begin_ns, end_ns = self._span_of_doubt(symbol)
        return [
            fill
            for fill in self.unclaimed.values()
            if fill.symbol == symbol
            and begin_ns <= fill.time_ns < end_ns
            and not self.owners.is_described(fill.order_id)
        ]

    def _span_of_doubt(self, symbol: str) -> tuple[int, int]:
        if (holding := self._holdings.get(symbol)) is not None:
            return holding.opened_ns - CLOCK_STEP_NS, FOREVER_NS
        opened_ns = self.last_opened_ns.get(symbol)
        return (0, 0) if opened_ns is None else (opened_ns - CLOCK_STEP_NS, self.last_fill_ns(symbol) + CLOCK_STEP_NS)

    def untold_coins(self) -> set[str]:
        """Coins in which trades are not known to be ours or the operator's: what is missing may have gone with them."""
        symbols = {fill.symbol for fill in self.unclaimed.values()}
        return {self.base_of(symbol) for symbol in symbols if self.strangers(symbol)}

    def stranger_orders(self) -> list[str]:
        """The orders behind such fills."""
        symbols = dict.fromkeys(fill.symbol for fill in self.unclaimed.values())
        return list(dict.fromkeys(fill.order_id for symbol in symbols for fill in self.strangers(symbol)))

    def note_shortage(self, symbol: str) -> None:
        """An order for no more than the wallet holds was refused for want of coins."""
        base = self.base_of(symbol)
        if self.wallet.get(base + wallet.EARNS, ZERO) > ZERO:
            self.kept_by_earn.add(base)

    def spare(self, symbol: str) -> Decimal:
        """Coins of a ticker beyond our positions in them; below 0 where some of ours are missing."""
        return self.spare_of(self._instruments[symbol].base)

    def spare_of(self, coin: str) -> Decimal:
        """As `spare`, of a coin in whichever pair; what orders of the operator's own hold is not there for ours."""
        return self.beside(coin) - self.resting.held_by_foreign_sells(self._pairs_of(coin))

    def beside(self, coin: str) -> Decimal:
        """Coins in the wallet beyond our positions in them, held by orders or not."""
        there = self.wallet.get(coin, ZERO) if coin in self.kept_by_earn else wallet.tradable(self.wallet, coin)
        return there - self.ours(coin)

    def _pairs_of(self, coin: str) -> list[str]:
        return [row.symbol for row in self._instruments.values() if row.base == coin]

    def bases(self) -> set[str]:
        """The coins of every ticker."""
        return {instrument.base for instrument in self._instruments.values()}

    def ours(self, coin: str) -> Decimal:
        """Coins of our positions, in whichever pair; those on margin are none."""
        rows = (row for row in self._holdings.values() if self._instruments[row.symbol].base == coin)
        return sum((row.amount for row in rows if row.leverage < 2), ZERO)

    def position(self, symbol: str) -> Position | None:
        """What is held of a ticker, with what protects it."""
        holding = self._holdings.get(symbol)
        if holding is None:
            return None
        stops = [order for order in self.stops(symbol) if order.side is holding.side.opposite]
        prices = [order.price for order in stops if order.price is not None]
        nearest = (max if holding.side is Side.BUY else min)(prices, default=None)
        return Position(
            symbol=symbol,
            side=holding.side,
            amount=holding.amount,
            cost=holding.cost,
            fees=holding.open_fees,
            opened_ns=holding.opened_ns,
            leverage=holding.leverage,
            stop_price=nearest,
            stop_amount=sum((order.remaining for order in stops), ZERO),
        )

    def positions(self) -> list[Position]:
        """Everything held, oldest first."""
        rows = [self.position(symbol) for symbol in self._holdings]
        return sorted((row for row in rows if row is not None), key=lambda row: (row.opened_ns, row.symbol))

    def totals(self, quotes: Quotes, *, margin: bool) -> Totals:
        """The account in money, at the prices at which it could be closed now; see `account.totals`."""
        told = self._margin_told
        there = Money(
            balance=self.balance, free=self.free, realised=self.realised, fees=self.fill_fees + self.other_fees,
            margin_used=told[1] if told is not None and told[0] == len(self._seen) else None,
        )  # fmt: skip
        return totals.totals_of(there, self.positions(), quotes, margin=margin)

    def breakeven(self, position: Position, taker_fee_percent: Decimal) -> Decimal:
        """The exit price at which a round trip nets zero; see `account.totals`."""
        return totals.breakeven(position, taker_fee_percent)
