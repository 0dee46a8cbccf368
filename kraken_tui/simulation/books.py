"""What the engine makes of its trades, against what the exchange's own trades and ledger say of the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import Lot, amount_of, consume, cost_of
from kraken_tui.model.trading import Position, Side
from kraken_tui.simulation.exchange_side import ExchangeSide
from kraken_tui.simulation.truth import Truth

ZERO = Decimal(0)
CENT = Decimal("0.01")


class Books:
    """Compares an account with the exchange.

    Args:
        exchange: whose trades and ledger count.
        truth: says which of them are the engine's.
    """

    def __init__(self, exchange: ExchangeSide, truth: Truth) -> None:
        self._exchange = exchange
        self._truth = truth

    def wrong_prices(self, positions: Sequence[Position]) -> Iterator[str]:
        """Positions whose average price is more than a tick off, or whose amount is not the exchange's to the lot."""
        for row in positions:
            if row.symbol in self._truth.meddled:
                continue
            instrument = self._exchange.parts.pairs.by_symbol(row.symbol)
            lots = self._lots(row)
            amount = amount_of(lots)
            if not amount or abs(amount - row.amount) >= instrument.lot:
                yield f"{row.symbol}: {row.amount} by the engine, {amount} by the exchange's trades"
            elif abs(cost_of(lots) / amount - row.entry_price) > instrument.tick + _rounding(instrument, lots):
                yield f"{row.symbol}: bought at {row.entry_price} by the engine, at {cost_of(lots) / amount} in truth"

    def _lots(self, row: Position) -> tuple[Lot, ...]:
        """What is open: on margin as the exchange keeps it, else from the trades, first in, first out."""
        if row.leverage > 1:
            return tuple(self._exchange.parts.venue.state.margin.get(row.symbol, ()))
        lots: tuple[Lot, ...] = ()
        for execution in self._truth.fills.values():
            if execution.fill.symbol == row.symbol:
                lots = _after(lots, execution)
        return lots

    def wrong_profit(self, account: AccountState) -> str:
        """Where the account's P&L is not the exchange's own, to the cent; empty where it is, or can't be told.

        What the engine's trades moved in quote currency, fees included, is what they realised, less fees, less what
        is still bound in coins.
        """
        if self._truth.meddled or self._truth.is_closed_by_hand:
            return ""
        quote = self._exchange.instruments[0].quote
        ledger = self._exchange.parts.venue.history.ledger.values()
        rows = [row for row in ledger if row.asset == quote and row.ref_id in self._truth.fills]
        moved = sum((row.amount - row.fee for row in rows), ZERO)
        bound = sum((row.cost for row in account.positions() if row.leverage == 1), ZERO)
        told = account.realised - account.fill_fees - bound
        return "" if abs(told - moved) < CENT else f"P&L is {told} by the engine, {moved} by the exchange's ledger"


def _after(lots: tuple[Lot, ...], execution: Execution) -> tuple[Lot, ...]:
    """Coins after one more trade of the engine's; a fee in coins changes how many, not what each cost."""
    fill, coins = execution.fill, execution.fill.amount - execution.fill.side.sign * execution.fee_in_base
    if fill.side is Side.BUY:
        return (*lots, Lot(amount=coins, cost=coins * fill.price, fee=fill.fee))
    return consume(lots, min(coins, amount_of(lots)), Decimal("1e-20"))[1]


def _rounding(instrument: Instrument, lots: Sequence[Lot]) -> Decimal:
    """What rounding each fill's cost may make of the average price; it shows where very little is held."""
    return Decimal(1).scaleb(-instrument.cost_decimals) * len(lots) / amount_of(lots)
