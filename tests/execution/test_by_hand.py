"""Whose coins a trade by hand has sold, however late it is told."""

from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Claim, Owners
from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.by_hand import ByHand
from kraken_tui.execution.follower import Follower
from kraken_tui.model.trading import Fill, Side
from tests.samples import BTC, D, fill


class Books:
    """Stands for the follower: books as it does, and remembers."""

    def __init__(self, account: AccountState) -> None:
        self._account = account
        self.closed: list[Decimal] = []

    def book(self, part: Fill) -> None:
        self._account.apply_fill(part)
        self.closed.append(part.amount)


class Unsettled:
    """Stands for brackets that are still at work, so that nobody is asked about what is missing."""

    in_sync = True
    readings = 0

    def begin_reading(self) -> None:
        """Count how often everything is to be told anew."""
        self.readings += 1

    def situation(self, symbol: str) -> SimpleNamespace:
        return SimpleNamespace(in_sync=False)


class Case:
    """A position of 1 BTC, opened at second 100, and 0.3 of the operator's own beside it."""

    def __init__(self) -> None:
        owners = Owners()
        owners.claim("kt1", Claim("enter", "BTC/USD"))
        self.account = AccountState({"BTC/USD": BTC}, owners)
        self.clock = PacedClock(160 * SECOND, speed=float("inf"))
        self.account.apply_fill(at(fill(1, Side.BUY, "1", "60000.0", leverage=1), 100))
        self.account.wallet["BTC"] = D("1.3")
        self.books, self.brackets = Books(self.account), Unsettled()
        self.told: list[str] = []
        self.by_hand = ByHand(
            cast(Exchange, None), self.account, cast(Brackets, self.brackets), cast(Follower, self.books), self.clock,
            lambda kind, text: self.told.append(text),
        )  # fmt: skip
        self.by_hand.start()

    async def tell_anew(self) -> None:
        """The exchange tells everything anew, and nothing moves for a while."""
        self.by_hand.on_anew()
        await self.clock.sleep(5)
        self.by_hand.look()

    def tell(self, number: int, amount: str, second: int) -> None:
        """The exchange tells of a sale by hand."""
        sale = at(fill(number, Side.SELL, amount, "61000.0", leverage=1), second)
        self.account.owners.describe(sale.order_id, None, None)
        self.account.unclaimed[sale.id] = sale
        self.by_hand.on_foreign(sale)


def at(given: Fill, second: int) -> Fill:
    return replace(given, time_ns=second * SECOND)


async def test_a_sale_of_more_than_his_own_sold_ours_once_the_wallet_was_told_anew() -> None:
    case = Case()
    case.tell(9, "0.5", 161)
    assert case.brackets.readings == 1
    await case.clock.sleep(5)
    case.by_hand.look()
    assert case.books.closed == []  # the wallet is as it was, and nobody has looked again
    case.account.wallet["BTC"] = D("0.8")
    await case.tell_anew()
    assert case.books.closed == [D("0.2")]


async def test_what_a_lost_message_told_of_a_deposit_is_his_to_sell() -> None:
    case = Case()
    case.tell(9, "0.5", 161)  # of 0.3 that are known to be his, and 0.4 that came in meanwhile
    case.account.wallet["BTC"] = D("1.2")
    await case.tell_anew()
    assert case.books.closed == [] and case.told == []


async def test_what_went_beside_a_sale_is_not_put_on_it() -> None:
    """He sold 0.1 of ours; what else is missing nobody has sold, and he is asked."""
    case = Case()
    case.tell(9, "0.4", 161)
    case.account.wallet["BTC"] = D("0.6")
    await case.tell_anew()
    assert case.books.closed == [D("0.1")]


@pytest.mark.parametrize("second", [40, 99, 100, 150, 160])
async def test_a_sale_of_before_the_count_that_is_told_late_is_in_the_wallet_already(second: int) -> None:
    case = Case()
    case.tell(9, "1.2", second)
    assert case.books.closed == []
    await case.clock.sleep(5)
    case.by_hand._count("BTC")
    assert case.books.closed == [] and case.told == []


async def test_one_that_the_wallet_did_not_know_of_is_booked_once_it_does() -> None:
    case = Case()
    case.tell(9, "0.5", 99)
    case.account.wallet["BTC"] = D("0.8")
    await case.clock.sleep(5)
    case.by_hand._count("BTC")
    assert case.books.closed == [D("0.2")]


async def beside_a_stranger() -> tuple[Case, Fill]:
    """A sale by hand, told while nobody knows whose a larger one is."""
    case = Case()
    case.account.wallet["BTC"] = D("0.1")
    stranger = at(fill(8, Side.SELL, "1", "59000.0", leverage=1), 155)
    case.account.unclaimed[stranger.id] = stranger
    case.by_hand.on_anew()
    case.tell(9, "0.2", 150)
    await case.clock.sleep(5)
    return case, stranger


async def test_what_a_trade_of_unknown_origin_may_have_taken_is_not_put_on_a_sale_by_hand() -> None:
    """The stop of ours has fired, which only its order can say; his sale was of his own coins."""
    case, stranger = await beside_a_stranger()
    case.by_hand.look()
    assert case.books.closed == []

    del case.account.unclaimed[stranger.id]
    case.account.apply_fill(stranger)
    case.by_hand.look()
    assert case.books.closed == [] and case.told == []


async def test_once_it_is_told_to_be_his_too_both_closed_ours() -> None:
    case, stranger = await beside_a_stranger()
    case.account.owners.describe(stranger.order_id, None, None)
    case.by_hand.on_foreign(stranger)
    await case.clock.sleep(5)
    case.by_hand.look()
    assert sum(case.books.closed) == D("0.9")


async def test_a_sale_from_before_the_position_did_not_close_it() -> None:
    case = Case()
    case.by_hand.on_anew()
    case.account.wallet["BTC"] = D("0.1")
    case.tell(9, "0.2", 30)
    await case.clock.sleep(5)
    case.by_hand._count("BTC")
    assert case.books.closed == []


async def test_a_wallet_of_before_the_stream_broke_off_is_not_counted() -> None:
    """He had deposited what he then sold; the wallet says so once everything is told."""
    case = Case()
    case.account.wallet["BTC"] = D("1")
    case.by_hand._count("BTC")
    case.brackets.in_sync = False
    case.tell(9, "0.2", 150)  # by REST, before the stream tells everything anew
    assert case.books.closed == []
    case.by_hand.on_anew()
    await case.clock.sleep(5)
    case.by_hand.look()
    assert case.books.closed == []
    case.account.wallet["BTC"], case.brackets.in_sync = D("1.1"), True
    case.by_hand.look()
    await case.clock.sleep(5)
    case.by_hand.look()
    assert case.books.closed == []


async def test_what_he_has_just_bought_he_may_sell_again_whenever_the_wallet_tells_it() -> None:
    case = Case()
    await case.clock.sleep(5)
    case.by_hand._count("BTC")  # just before the wallet shows what he has bought
    bought = at(fill(8, Side.BUY, "0.5", "61000.0", leverage=1), 164)
    case.account.owners.describe(bought.order_id, None, None)
    case.account.unclaimed[bought.id] = bought
    case.by_hand.on_foreign(bought)
    case.account.wallet["BTC"] = D("1.8")
    case.tell(9, "0.5", 166)
    assert case.books.closed == []
    case.account.wallet["BTC"] = D("1.3")
    await case.clock.sleep(5)
    case.by_hand.look()
    assert case.books.closed == []


class Positions:
    """An exchange that tells its margin positions, as old as they may be."""

    def __init__(self) -> None:
        self.contracts = "0"

    async def fetch_positions(self) -> list[dict[str, str]]:
        """One long position in BTC/USD."""
        return [{"symbol": "BTC/USD", "side": "long", "contracts": self.contracts}]


class OnMargin(Case):
    """A long of 1 BTC on margin, opened at second 162, and an exchange that tells its positions."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange = Positions()
        self.account.apply_fill(at(fill(3, Side.SELL, "1", "60000.0", leverage=1), 161))
        self.account.apply_fill(at(fill(4, Side.BUY, "1", "60000.0", leverage=2), 162))
        self.by_hand = ByHand(
            cast(Exchange, self.exchange), self.account, cast(Brackets, self.brackets), cast(Follower, self.books),
            self.clock, lambda kind, text: self.told.append(text),
        )  # fmt: skip
        self.by_hand.start()

    def describe(self, number: int, side: Side, amount: str, second: int) -> Fill:
        """A trade by hand that is known, as the trades of before a start are."""
        told = at(fill(number, side, amount, "60000.0", leverage=2), second)
        self.account.owners.describe(told.order_id, None, None)
        self.account.unclaimed[told.id] = told
        return told


async def test_margin_positions_are_not_compared_with_what_rest_may_not_know_yet() -> None:
    """Two sales by hand while REST lags; an engine that has just started is told of the first one alone."""
    case = OnMargin()
    case.account.apply_fill(at(fill(5, Side.SELL, "0.25", "60000.0", leverage=2), 163))  # by hand, and booked as ours
    case.describe(6, Side.SELL, "0.5", 162)
    case.exchange.contracts = "0.5"  # of 1; in truth 0.25
    await case.by_hand.read_margin()
    assert case.books.closed == []
    await case.clock.sleep(70)
    case.exchange.contracts = "0.25"
    await case.by_hand.read_margin()
    assert case.books.closed == [D("0.5")]


async def test_nor_with_what_he_has_just_opened_himself() -> None:
    case = OnMargin()
    await case.clock.sleep(70)
    case.by_hand.on_foreign(case.describe(6, Side.BUY, "0.5", 230))
    case.exchange.contracts = "1"  # it does not know of his
    await case.by_hand.read_margin()
    case.by_hand.on_foreign(case.describe(7, Side.SELL, "0.5", 231))
    assert case.books.closed == []


async def test_a_closing_trade_that_is_told_after_the_exchange_knew_of_no_position_is_counted_once() -> None:
    case = OnMargin()
    await case.clock.sleep(5)
    case.by_hand.not_there("BTC/USD")
    assert case.books.closed == []
    case.by_hand.on_foreign(case.describe(8, Side.SELL, "1", 164))
    assert case.books.closed == [D("1")]
    case.account.apply_fill(at(fill(9, Side.BUY, "1", "60000.0", leverage=2), 166))
    case.by_hand.look()
    await case.clock.sleep(70)
    case.by_hand.look()
    assert case.by_hand.lines() == ()
