"""Whether the account, which follows our journal, and the exchange speak of the same books."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.trading import Fill, Order, Position, Side

ZERO = Decimal(0)


def disagreements(
    booked: Sequence[Fill],
    trades: Sequence[Fill],
    positions: Sequence[Position],
    at_exchange: Sequence[CcxtStruct],
    totals: Mapping[str, str],
) -> list[str]:
    """What can't be true of both sides; empty where they agree.

    Args:
        booked: the journal's fills before this start, oldest first.
        trades: the exchange's own, oldest first.
        positions: what the account makes of both.
        at_exchange: the exchange's margin positions (`fetch_positions`).
        totals: the exchange's balances by currency (`fetch_balance`'s `total`).
    """
    wrong = []
    if booked and booked[-1].id not in {fill.id for fill in trades}:
        wrong.append(f"the journal's last fill {booked[-1].id} is unknown to the exchange")
    ours = {row.symbol: row.amount * row.side.sign for row in positions if row.leverage > 1}
    theirs = {row["symbol"]: _signed(row) for row in at_exchange}
    for symbol in sorted(ours | theirs):
        mine, there = ours.get(symbol, ZERO), theirs.get(symbol, ZERO)
        if mine != there:
            wrong.append(f"{symbol}: {mine:f} by the journal, {there:f} at the exchange")
    for row in positions:
        coins = Decimal(totals.get(row.symbol.split("/")[0], "0"))
        if row.leverage < 2 and coins < row.amount:
            wrong.append(f"{row.symbol}: {row.amount:f} by the journal, only {coins:f} coins at the exchange")
    return wrong


def _signed(row: CcxtStruct) -> Decimal:
    return Decimal(str(row["contracts"])) * (Side.BUY.sign if row["side"] == "long" else Side.SELL.sign)


def superfluous(stops: Sequence[Order], position: Position | None) -> list[Order]:
    """Stops without which all of a position would still be covered: all of them where there is no position."""
    needed = ZERO if position is None else position.amount
    covering = sum((stop.amount - stop.filled for stop in stops), ZERO)
    extra = []
    for stop in sorted(stops, key=lambda stop: stop.amount - stop.filled):
        if covering - (stop.amount - stop.filled) >= needed:
            covering -= stop.amount - stop.filled
            extra.append(stop)
    return extra
