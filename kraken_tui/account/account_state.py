"""The truth about the account: what our own fills bought, what rests at the exchange, what is on its way."""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from enum import IntEnum

from msgspec import Struct

from kraken_tui.account.lots import Holding, apply_fill
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Position, Side, Trade

ZERO = Decimal(0)
LIVING = (OrderStatus.PENDING, OrderStatus.OPEN)


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
        reason_of: says why a fill that ends a trade was made.
    """

    def __init__(self, instruments: Mapping[str, Instrument], reason_of: Callable[[Fill], str]) -> None:
        self._instruments = instruments
        self._reason_of = reason_of
        self._holdings: dict[str, Holding] = {}
        self._stops: dict[str, dict[str, Order]] = {}
        self._busy: dict[str, Busy] = {}
        self._seen: set[str] = set()
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
        """An account that can change without changing this one."""
        twin = AccountState(self._instruments, self._reason_of)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict | set | list) else value)
        return twin

    def knows(self, fill: Fill) -> bool:
        """Whether this fill is booked already."""
        return fill.id in self._seen

    def apply_fill(self, fill: Fill) -> Trade | None:
        """Book a fill once, however often it is told; returns the trade that it ended."""
        if self.knows(fill):
            return None
        self._seen.add(fill.id)
        step = apply_fill(self._holdings.get(fill.symbol), fill, self._cost_step(fill.symbol), self._reason_of(fill))
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

    def apply_order(self, order: Order) -> None:
        """Note an order that changed; only resting stops matter here."""
        if order.type is not OrderType.STOP_LOSS:
            return
        stops = self._stops.setdefault(order.symbol, {})
        if order.status in LIVING:
            stops[order.id] = order
        else:
            stops.pop(order.id, None)

    def replace_resting(self, orders: Iterable[Order]) -> None:
        """Forget what was thought to rest, and take the exchange's own list."""
        self._stops.clear()
        for order in orders:
            self.apply_order(order)

    def set_balance(self, total: str | None, free: str | None) -> None:
        """Take the exchange's word for the quote currency; a currency that it does not name is not held."""
        self.balance = Decimal(total or 0)
        self.free = Decimal(free or 0)

    def set_busy(self, symbol: str, busy: Busy) -> None:
        """Say what is on its way for a ticker."""
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
        """The stops that rest for a ticker."""
        return list(self._stops.get(symbol, {}).values())

    def stop_prices(self, symbol: str) -> set[Decimal]:
        """Where the stops of a ticker rest."""
        return {stop.price for stop in self.stops(symbol) if stop.price is not None}

    def symbols_with_stops(self) -> list[str]:
        """Tickers for which a stop rests, whatever is held."""
        return [symbol for symbol, stops in self._stops.items() if stops]

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
            stop_amount=sum((order.amount - order.filled for order in stops), ZERO),
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

    def _cost_step(self, symbol: str) -> Decimal:
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
