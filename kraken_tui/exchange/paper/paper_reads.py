"""What can be asked of the paper account, in ccxt's form: only what the ledger holds is ever told."""

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.money.funds import held
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.trading.checks import UNKNOWN_ORDER
from kraken_tui.exchange.paper import account_shapes, shapes
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.exchange.port import CcxtStruct


class PaperReads:
    """The reading half of `exchange.port.Exchange`."""

    def __init__(self, paper: PaperTrading) -> None:
        self.paper = paper
        self._saved = paper.state.copy()

    async def fetch_open_orders(self, symbol: str | None = None) -> list[CcxtStruct]:
        """Every order that rests, oldest first."""
        orders = self._saved.venue.orders.values()
        return [self._shape(order) for order in orders if symbol in (None, order.symbol)]

    async def fetch_closed_orders(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """The last closed and cancelled orders, oldest first; `since` in milliseconds, of their end."""
        return [
            self._shape(order)
            for order in self._saved.closed
            if order.symbol in self.paper.rules.instruments
            and symbol in (None, order.symbol)
            and (since is None or order.closed_ns // 1_000_000 >= since)
        ]

    async def fetch_order(self, id: str, symbol: str | None = None) -> CcxtStruct:
        """One order, open, or among the last that closed."""
        closed = (order for order in reversed(self._saved.closed) if order.id == id)
        order = self._saved.venue.orders.get(id) or next(closed, None)
        if order is None or order.symbol not in self.paper.rules.instruments:
            raise error_for(UNKNOWN_ORDER)
        return self._shape(order)

    async def fetch_my_trades(self, symbol: str | None = None, since: int | None = None) -> list[CcxtStruct]:
        """The last executions, oldest first; `since` in milliseconds."""
        return [
            shapes.trade_shape(execution, self.paper.rules.instruments[execution.fill.symbol])
            for execution in self._saved.trades
            if symbol in (None, execution.fill.symbol)
            and (since is None or execution.fill.time_ns // 1_000_000 >= since)
            and execution.fill.symbol in self.paper.rules.instruments
        ]

    async def fetch_balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        venue, rules = self._saved.venue, self.paper.rules
        rows = [(asset, total, held(venue, rules, asset)) for asset, total in venue.balances.items()]
        return account_shapes.balance_shape(row for row in rows if row[1] or row[0] == self.paper.quote)

    async def fetch_positions(self) -> list[CcxtStruct]:
        """Open margin positions, one row per pair, at the last good quotes."""
        rows = []
        for symbol, lots in self._saved.venue.margin.items():
            mark = self.paper.state.venue.markets[symbol].best(lots[0].side.opposite)
            net = sum(((mark * lot.amount - lot.cost) * lot.side.sign for lot in lots), account_shapes.ZERO)
            rows.append(account_shapes.position_shape(lots, self.paper.rules.instruments[symbol], net))
        return rows

    def _shape(self, order: OrderRecord) -> CcxtStruct:
        return shapes.order_shape(order, self.paper.rules.instruments[order.symbol])
