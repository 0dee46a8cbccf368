"""Prices, amounts and P&L are compared with the exchange's own."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Claim, Owners
from kraken_tui.exchange.matching.messages import Add, MarketUpdate
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import OrderType, Position, Side
from kraken_tui.simulation.books import Books
from kraken_tui.simulation.exchange_side import Terms
from kraken_tui.simulation.loop import virtual_loop
from kraken_tui.simulation.truth import Truth
from kraken_tui.simulation.world import World
from tests.simulation.test_invariants import BTC, OURS, STOP


class Traded:
    """A world in which some coins were bought and sold, and the account that follows."""

    def __init__(self, leverage: int, policy: str) -> None:
        with virtual_loop() as loop:
            self.world = World(loop, Terms(policies=(policy,)), 1)
            self.truth = Truth(self.world.exchange, self.world.hand, Counter())
            self.world.market.calm()
            for side, amount, price in (("buy", "0.03", 60_000), ("buy", "0.05", 61_000), ("sell", "0.04", 59_500)):
                self._price(price)
                self._trade(Side(side), amount, leverage)
            self.world.close()
        owners = Owners()
        owners.claim(OURS, Claim("enter", BTC))
        self.account = AccountState({row.symbol: row for row in self.world.exchange.instruments}, owners)
        for execution in self.truth.fills.values():
            self.account.apply_fill(replace(execution.fill, fee_coin=execution.fee_in_base))
        self.books = Books(self.world.exchange, self.truth)

    def _price(self, price: int) -> None:
        parts, much, now_ns = self.world.exchange.parts, Decimal(1000), self.world.exchange.clock.now_ns()
        quote = Quote(BTC, Decimal(price), Decimal(price + 1), much, much, Decimal(price), now_ns)
        parts.venue.apply(MarketUpdate(symbol=BTC, quote=quote, index=Decimal(price), time_ns=now_ns))

    def _trade(self, side: Side, amount: str, leverage: int) -> None:
        fields: dict[str, Any] = {"close": STOP} if side is Side.BUY else {}
        parts = self.world.exchange.parts
        parts.trading.place(
            Add(symbol=BTC, side=side, type=OrderType.MARKET, amount=Decimal(amount), client_id=OURS,
                leverage=leverage, time_ns=parts.clock.now_ns(), **fields)
        )  # fmt: skip

    @property
    def position(self) -> Position:
        (row,) = self.account.positions()
        return row


@pytest.mark.parametrize("leverage", [1, 2])
@pytest.mark.parametrize("policy", ["fee_currency=quote", "fee_currency=preference"])
def test_an_account_that_followed_every_trade_agrees(leverage: int, policy: str) -> None:
    traded = Traded(leverage, policy)
    assert list(traded.books.wrong_prices([traded.position])) == []
    assert traded.books.wrong_profit(traded.account) == ""


@pytest.mark.parametrize("leverage", [1, 2])
def test_a_tick_a_lot_or_a_cent_off_is_found(leverage: int) -> None:
    traded = Traded(leverage, "fee_currency=quote")
    row, pair = traded.position, traded.world.exchange.parts.pairs.by_symbol(BTC)
    dearer = replace(row, cost=row.cost + 2 * pair.tick * row.amount)
    more = replace(row, amount=row.amount + pair.lot)
    assert "in truth" in "".join(traded.books.wrong_prices([dearer]))
    assert "by the exchange's trades" in "".join(traded.books.wrong_prices([more]))
    traded.account.realised += Decimal("0.01")
    assert "by the exchange's ledger" in traded.books.wrong_profit(traded.account)


def test_what_was_moved_by_hand_is_not_judged() -> None:
    traded = Traded(1, "fee_currency=quote")
    traded.truth.meddled.add(BTC)
    assert list(traded.books.wrong_prices([replace(traded.position, amount=Decimal(5))])) == []
    traded.account.realised += 1
    assert traded.books.wrong_profit(traded.account) == ""
