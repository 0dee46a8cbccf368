"""The single source of what screens, chat and command line say about the account."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from kraken_tui.account import wallet
from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Role
from kraken_tui.account.totals import Totals, mark, money
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.snapshot import AccountRow, BalanceRow, OrderRow, PositionRow, TradeRow
from kraken_tui.model.trading import Order, Position, Side, Trade

LAST_TRADES = 50
MOST_ROWS = 200
"""Orders and balances that are shown; an account may have thousands of foreign ones."""
ZERO = Decimal(0)
OUR_ROLES = (Role.ENTRY, Role.STOP, Role.TARGET, Role.EXIT)


class StatusService:
    """Renders the account's exact numbers as the rows that are shown.

    Args:
        account: the account.
        instruments: by symbol.
        quotes: the quote of a symbol now.
        margin: whether positions may be on margin.
        taker_fee: percent, for what closing now would cost.
    """

    def __init__(
        self,
        account: AccountState,
        instruments: dict[str, Instrument],
        quotes: Callable[[str], Quote | None],
        *,
        margin: bool,
        taker_fee: Decimal,
    ) -> None:
        self._account = account
        self._instruments = instruments
        self._quotes = quotes
        self._margin = margin
        self.taker_fee = taker_fee
        self.wanted: Callable[[str], Bracket | None] = lambda symbol: None
        """What is wanted of a position: a target that does not rest is told from here."""

    def totals(self) -> Totals:
        """The account in money."""
        return self._account.totals(self._quotes, margin=self._margin)

    def net_unrealised(self, position: Position) -> Decimal:
        """Unrealised P&L less the fees paid and the taker fee of closing now; quote units."""
        return net_at(position, mark(position, self._quotes(position.symbol)), self.taker_fee)

    def net_by_symbol(self) -> dict[str, Decimal]:
        """Unrealised P&L of each position, net as in `net_unrealised`."""
        return {row.symbol: self.net_unrealised(row) for row in self._account.positions()}

    def account_row(self, today: Decimal, most_trades: int) -> AccountRow:
        """The account as shown; `today` is what the trading day has made."""
        totals = self.totals()
        return AccountRow(
            equity=money(totals.equity),
            profit=money(totals.profit),
            balance=money(totals.balance),
            realised=money(totals.realised),
            unrealised=money(totals.unrealised),
            fees=money(totals.fees),
            today=money(today),
            exposure_percent=float(totals.exposure * 100 / totals.equity) if totals.equity > 0 else 0.0,
            open_trades=len(self._account.positions()),
            most_trades=most_trades,
            free=money(totals.free),
            margin_used=money(totals.margin_used),
            fees_apart=", ".join(f"{fee:f} {asset}" for asset, fee in sorted(self._account.fees_apart.items())),
        )

    def order_rows(self) -> tuple[OrderRow, ...]:
        """What rests at the exchange, as shown: ours by ticker, then foreign orders."""
        resting = self._account.resting
        ours = [
            _order_row(order, role)
            for symbol in sorted(resting.symbols())
            for role in OUR_ROLES
            for order in resting.of(symbol, role)
        ]
        return (*ours, *(_order_row(order, Role.FOREIGN) for order in resting.foreign()))[:MOST_ROWS]

    def balance_rows(self) -> tuple[BalanceRow, ...]:
        """What the account has, as shown: what can be traded, then what can't."""
        there, holds = self._account.wallet, self._account.holds
        rows = [
            _balance_row(coin, wallet.tradable(there, coin), wallet.tradable(holds, coin), self._account.ours(coin))
            for coin in wallet.coins(there)
        ]
        apart = [
            _balance_row(name, amount, holds.get(name, ZERO), None) for name, amount in wallet.apart(there).items()
        ]
        return (*rows, *apart)[:MOST_ROWS]

    def position_rows(self) -> tuple[PositionRow, ...]:
        """Open positions as shown, oldest first."""
        return tuple(self._position_row(row) for row in self._account.positions())

    def trade_rows(self, trades: Iterable[Trade] | None = None) -> tuple[TradeRow, ...]:
        """Closed trades as shown, newest first; the last ones unless told which."""
        rows = list(trades) if trades is not None else self._account.trades[-LAST_TRADES:]
        return tuple(self.trade_row(row) for row in reversed(rows))

    def trade_row(self, trade: Trade) -> TradeRow:
        """One closed trade as shown."""
        return TradeRow(
            symbol=trade.symbol,
            side=side_word(trade.side),
            amount=f"{trade.amount:f}",
            entry=self._price(trade.symbol, trade.entry_price),
            exit=self._price(trade.symbol, trade.exit_price),
            gross=money(trade.gross),
            fees=money(trade.fees),
            net=money(trade.net),
            reason=trade.reason,
            closed_ns=trade.closed_ns,
        )

    def _position_row(self, position: Position) -> PositionRow:
        price, decimals = mark(position, self._quotes(position.symbol)), self._decimals(position.symbol)
        return position_row(position, price, decimals, self.taker_fee, self._target(position.symbol))

    def _target(self, symbol: str) -> tuple[str, bool]:
        """Where the take-profit is, and whether it rests; nothing watches for one while the position is closed."""
        resting = [order.price for order in self._account.targets(symbol) if order.price is not None]
        if resting:
            return ", ".join(self._price(symbol, price) for price in resting), True
        wish = self.wanted(symbol)
        if wish is None or wish.target_price is None or wish.keep is not None:
            return "", False
        return self._price(symbol, wish.target_price), False

    def _price(self, symbol: str, price: Decimal) -> str:
        return f"{price:.{self._decimals(symbol)}f}"

    def _decimals(self, symbol: str) -> int:
        return self._instruments[symbol].price_decimals


def net_at(position: Position, price: Decimal, taker_fee: Decimal) -> Decimal:
    """Unrealised P&L at a price less the fees paid and the taker fee, in percent, of closing there; quote units."""
    return position.profit_at(price) - position.fees - price * position.amount * taker_fee / 100


def position_row(
    position: Position, price: Decimal, decimals: int, taker_fee: Decimal, target: tuple[str, bool] = ("", False)
) -> PositionRow:
    """One open position as shown.

    Args:
        position: what is held.
        price: its mark.
        decimals: of its pair's prices.
        taker_fee: percent.
        target: its take-profit, and whether it rests.
    """
    gross, net = position.profit_at(price), net_at(position, price, taker_fee)
    stop = position.stop_price
    return PositionRow(
        symbol=position.symbol, side=side_word(position.side), amount=f"{position.amount:f}",
        entry=f"{position.entry_price:.{decimals}f}", mark=f"{price:.{decimals}f}",
        stop=f"{stop:.{decimals}f}" if stop is not None else "", protected=position.stop_amount >= position.amount,
        notional=money(position.amount * price), leverage=position.leverage, gross=money(gross),
        fees=money(gross - net), net=money(net), net_percent=float(net * 100 / position.cost) if position.cost else 0.0,
        opened_ns=position.opened_ns, target=target[0], target_rests=target[1],
    )  # fmt: skip


def _balance_row(asset: str, total: Decimal, held: Decimal, ours: Decimal | None) -> BalanceRow:
    """`ours` is None where it can't be traded."""
    return BalanceRow(
        asset=asset, total=_plain(total), held=_plain(held), ours=_plain(ours or ZERO), tradable=ours is not None
    )


def _plain(amount: Decimal) -> str:
    """Exact, without zeros that say nothing."""
    return f"{amount.normalize():f}"


def _order_row(order: Order, role: Role) -> OrderRow:
    price = "" if order.price is None else f"{order.price:f}"
    return OrderRow(
        symbol=order.symbol, role=role, side=order.side, type=order.type, amount=f"{order.amount:f}",
        filled=f"{order.filled:f}", price=price, id=order.id,
    )  # fmt: skip


def side_word(side: Side) -> str:
    """LONG or SHORT."""
    return "LONG" if side is Side.BUY else "SHORT"
