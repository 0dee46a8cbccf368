"""The truth about the account: what our own fills bought, what rests at the exchange, what is on its way."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from enum import IntEnum

from msgspec import Struct

from kraken_tui.account.lots import Holding, apply_fill
from kraken_tui.account.owners import Owners, Role
from kraken_tui.account.resting import Children, Resting
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Order, Position, Side, Trade

ZERO = Decimal(0)


class Busy(IntEnum):
    """What is on its way for a ticker; the scanner's columns hold these numbers."""

    NONE = 0
    ENTRY = 1
    EXIT = 2
    FROZEN = 3
    """An outcome is unknown: nothing is sent until two sources agree."""


class Totals(Struct, frozen=True, kw_only=True):
    """The account in money; quote units."""

    balance: Decimal
    """Quote currency, held or not."""
    free: Decimal
    """Quote currency not held by orders, less margin in use."""
    realised: Decimal
    """Over all trades ever, before fees."""
    unrealised: Decimal
    """Before fees, at the prices at which positions could be closed now."""
    fees: Decimal
    """All fees ever, of fills and of margin."""
    equity: Decimal
    exposure: Decimal
    """Notional of what is open."""


class AccountState:
    """Follows fills and orders; holds no price and speaks to nobody.

    Args:
        instruments: every instrument that may be held, by symbol.
        owners: says which orders and fills are ours; only those make a position.
    """

    def __init__(self, instruments: Mapping[str, Instrument], owners: Owners) -> None:
        self._instruments = instruments
        self._holdings: dict[str, Holding] = {}
        self._busy: dict[str, Busy] = {}
        self._seen: set[str] = set()
        self.owners = owners
        self.resting = Resting(owners)
        self.children = Children()
        self.unclaimed: dict[str, Fill] = {}
        """Fills of orders that are not ours, or not known to be yet."""
        self.wallet: dict[str, Decimal] = {}
        """All of each currency, held by orders or not."""
        self.moved_ns: dict[str, int] = {}
        """When a fill or the wallet last moved a currency; until both have told it, they disagree."""
        self.trades: list[Trade] = []
        self.closed_count: dict[str, int] = {}
        self.last_net: dict[str, Decimal] = {}
        self.realised = ZERO
        self.fill_fees = ZERO
        self.balance = ZERO
        self.free = ZERO
        self.other_fees = ZERO
        """Margin rollovers: fees that no fill carries."""

    def copy(self) -> "AccountState":
        """An account whose positions can change without changing this one."""
        twin = AccountState(self._instruments, self.owners)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict | set | list) else value)
        return twin

    def lists(self, symbol: str) -> bool:
        """Whether this market can hold a ticker."""
        return symbol in self._instruments

    def base_of(self, symbol: str) -> str:
        """The coin of a ticker."""
        return self._instruments[symbol].base

    def lot_of(self, symbol: str) -> Decimal:
        """The smallest step of an amount of a ticker."""
        return self._instruments[symbol].lot

    def knows(self, fill: Fill) -> bool:
        """Whether this fill is booked already."""
        return fill.id in self._seen

    def is_ours(self, fill: Fill) -> bool:
        """Whether a fill is known to come from an order of ours."""
        return self.owners.role(fill) is not Role.FOREIGN

    def apply_fill(self, fill: Fill) -> Trade | None:
        """Book a fill of ours once, however often it is told; returns the trade that it ended."""
        if self.knows(fill):
            return None
        self._seen.add(fill.id)
        self.unclaimed.pop(fill.id, None)
        step = apply_fill(self._holdings.get(fill.symbol), fill, self.cost_step(fill.symbol), self._reason(fill))
        self.realised += step.realised
        self.fill_fees += fill.fee
        if step.holding is None:
            self._holdings.pop(fill.symbol, None)
        else:
            self._holdings[fill.symbol] = step.holding
        if step.trade is not None:
            self.trades.append(step.trade)
            self.closed_count[fill.symbol] = self.closed_count.get(fill.symbol, 0) + 1
            self.last_net[fill.symbol] = step.trade.net
        return step.trade

    def _reason(self, fill: Fill) -> str:
        """What a trade that ends with this fill is said to have ended for."""
        role = self.owners.role(fill)
        if role is Role.STOP:
            return "stop hit"
        claim = self.owners.claim_of(fill.order_id, fill.client_id)
        return (claim.reason if claim is not None else "") or "closed by hand"

    def set_balance(self, total: str | None, free: str | None) -> None:
        """Take the exchange's word for the quote currency; a currency that it does not name is not held."""
        self.balance = Decimal(total or 0)
        self.free = Decimal(free or 0)

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

    def spare(self, symbol: str) -> Decimal:
        """Coins in the wallet beyond our positions in them; below 0 where some of ours are missing."""
        base = self._instruments[symbol].base
        ours = (row for row in self._holdings.values() if self._instruments[row.symbol].base == base)
        return self.wallet.get(base, ZERO) - sum((row.amount for row in ours if row.leverage < 2), ZERO)

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

    def totals(self, quotes: Callable[[str], Quote | None], *, margin: bool) -> Totals:
        """The account in money, at the prices at which it could be closed now.

        A position without a price counts at cost. On a cash account the coins of our positions are equity; on
        margin only their unrealised P&L is (Kraken: equity = trade balance + unrealised).
        """
        rows = self.positions()
        marks = {row.symbol: mark(row, quotes(row.symbol)) for row in rows}
        unrealised = sum((row.profit_at(marks[row.symbol]) for row in rows), ZERO)
        spot = sum((row.cost for row in rows if row.leverage < 2), ZERO)
        used = sum((row.cost / row.leverage for row in rows if row.leverage >= 2), ZERO)
        equity = self.balance + spot + unrealised
        return Totals(
            balance=self.balance,
            free=min(self.free, equity - spot - used) if margin else self.free,
            realised=self.realised,
            unrealised=unrealised,
            fees=self.fill_fees + self.other_fees,
            equity=equity,
            exposure=sum((row.amount * marks[row.symbol] for row in rows), ZERO),
        )

    def breakeven(self, position: Position, taker_fee_percent: Decimal) -> Decimal:
        """The exit price at which the round trip nets zero: fees paid so far and the taker fee of the exit included.

        Long: p x amount x (1 - f) = cost + fees. Short: p x amount x (1 + f) = cost - fees.
        """
        fee = taker_fee_percent / 100
        if position.side is Side.BUY:
            return (position.cost + position.fees) / (position.amount * (1 - fee))
        return max(ZERO, (position.cost - position.fees) / (position.amount * (1 + fee)))

    def cost_step(self, symbol: str) -> Decimal:
        """The smallest step of a cost in a ticker."""
        return Decimal(1).scaleb(-self._instruments[symbol].cost_decimals)


def mark(position: Position, quote: Quote | None) -> Decimal:
    """The price at which a position could be closed now; its entry price while there is no quote."""
    if quote is None:
        return position.entry_price
    return quote.bid if position.side is Side.BUY else quote.ask


def money(amount: Decimal) -> str:
    """Quote units with two decimals and a sign that is never `-0.00`."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return f"{rounded + 0:.2f}" if rounded else "0.00"
