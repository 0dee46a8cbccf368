"""Whether the account, which follows our journal, and the exchange speak of the same books."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.trading import Fill, Position, Side

ZERO = Decimal(0)


def unknown_fills(booked: Sequence[Fill], trades: Sequence[Fill]) -> list[str]:
    """Whether the exchange has never heard of our last fill: then the journal is another account's.

    Args:
        booked: the journal's fills before this start, oldest first.
        trades: the exchange's own, at least from the last of `booked` on.
    """
    if booked and booked[-1].id not in {fill.id for fill in trades}:
        return [f"the journal's last fill {booked[-1].id} is unknown to the exchange"]
    return []


def disagreements(
    positions: Sequence[Position], at_exchange: Sequence[CcxtStruct], wallet: Mapping[str, Decimal]
) -> list[str]:
    """What can't be true of both sides; empty where they agree.

    Args:
        positions: what the account makes of its fills.
        at_exchange: the exchange's margin positions (`fetch_positions`).
        wallet: the exchange's balances by currency.
    """
    wrong = []
    ours = {row.symbol: row.amount * row.side.sign for row in positions if row.leverage > 1}
    theirs = {row["symbol"]: _signed(row) for row in at_exchange}
    for symbol in sorted(ours | theirs):
        mine, there = ours.get(symbol, ZERO), theirs.get(symbol, ZERO)
        if mine != there:
            wrong.append(f"{symbol}: {mine:f} by the journal, {there:f} at the exchange")
    for row in positions:
        coins = wallet.get(row.symbol.split("/")[0], ZERO)
        if row.leverage < 2 and coins < row.amount:
            wrong.append(f"{row.symbol}: {row.amount:f} by the journal, only {coins:f} coins at the exchange")
    return wrong


def _signed(row: CcxtStruct) -> Decimal:
    return Decimal(str(row["contracts"])) * (Side.BUY.sign if row["side"] == "long" else Side.SELL.sign)
