"""Whose coins a trade by hand has sold, however late it is told."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Claim, Owners
from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.by_hand import ByHand
from kraken_tui.execution.follower import Follower
from kraken_tui.execution.listing import Listing
from kraken_tui.model.trading import Fill, Order, OrderStatus, OrderType, Side
from tests.samples import BTC, D, fill


class Books:
    """Stands for the follower: books as it does, and remembers."""

    def __init__(self, account: AccountState) -> None:
        self._account = account
        self.closed: list[Decimal] = []

    def book(self, part: Fill) -> None:
        self._account.unclaimed.pop(part.id, None)
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

    def __init__(self, exchange: object = None) -> None:
        owners = Owners()
        owners.claim("kt1", Claim("enter", "BTC/USD"))
        self.account = AccountState({"BTC/USD": BTC}, owners)
        self.clock = PacedClock(160 * SECOND, speed=float("inf"))
        self.account.apply_fill(at(fill(1, Side.BUY, "1", "60000.0", leverage=1), 100))
        self.account.wallet["BTC"] = D("1.3")
        self.books, self.brackets = Books(self.account), Unsettled()
        self.told: list[str] = []
        self.ledger: list[LedgerRow] = []
        """What the exchange lists."""
        self.on_read: Callable[[], None] = lambda: None
        """What happens while it is read."""
        self.by_hand = ByHand(
            cast(Exchange, exchange), self.account, cast(Brackets, self.brackets), cast(Follower, self.books),
            self.clock, lambda kind, text: self.told.append(text), listing=Listing, margin=False,
            read_ledger=self.read_ledger,
        )  # fmt: skip
        self.by_hand._is_started = True

    async def read_ledger(self, since_ns: int) -> list[LedgerRow]:
        listed, on_read, self.on_read = list(self.ledger), self.on_read, lambda: None
        on_read()
        return listed

    def lists(self, ref: str, amount: str, balance: str, *, asset: str = "BTC") -> None:
        """The exchange lists what moved a balance: a trade, where `ref` is one's id."""
        self.ledger.append(
            LedgerRow(
                id=f"L{len(self.ledger)}", ref_id=ref, type="trade" if ref.startswith("T") else "deposit", subtype="",
                asset=asset, amount=D(amount), fee=D(0), balance=D(balance), time_ns=0,
            )
        )  # fmt: skip

    async def starts(self) -> None:
        """The engine begins, and has read the ledger."""
        self.by_hand._is_started = False
        for traded in [row for row in self.account.unclaimed.values() if row.side is Side.SELL]:
            assert self.account.owners.is_foreign(traded)
        await self.starts_reading()
        assert self.by_hand._deciding is not None
        await self.by_hand._deciding

    async def starts_reading(self) -> None:
        """The engine begins, whether or not the ledger answers."""
        self.by_hand._is_started = False
        await self.by_hand.start()

    def unheard(self, number: int, amount: str, second: int) -> None:
        """He has sold while nobody listened."""
        self.by_hand._is_started = False
        self.tell(number, amount, second)

    def tell(self, number: int, amount: str, second: int, side: Side = Side.SELL) -> None:
        """The exchange tells of a trade by hand."""
        traded = at(fill(number, side, amount, "61000.0", leverage=1), second)
        self.account.owners.describe(traded.order_id, None, None)
        self.account.unclaimed[traded.id] = traded
        self.by_hand.on_foreign(traded)

    def left(self, number: int, wallet: str) -> None:
        """The exchange tells what a trade left in the wallet."""
        self.account.wallet["BTC"] = D(wallet)
        self.by_hand.on_settled("BTC", f"T{number}")

    @property
    def in_doubt(self) -> bool:
        """Whether something still has to be judged."""
        return self.account.is_in_doubt("BTC")

    async def waits(self, seconds: float = 12) -> None:
        """Nothing moves for a while."""
        await self.clock.sleep(seconds)
        self.by_hand.look()
        await self.by_hand.decide()

    async def waits_for_nothing(self, seconds: float) -> None:
        """Time goes on."""
        await self.clock.sleep(seconds)
        self.by_hand.look()


def at(given: Fill, second: int) -> Fill:
    return replace(given, time_ns=second * SECOND)


@pytest.mark.parametrize("is_trade_first", [True, False])
def test_a_sale_of_more_than_his_own_sold_ours(is_trade_first: bool) -> None:
    case = Case()
    if is_trade_first:
        case.tell(9, "0.5", 161)
        assert case.books.closed == []
    case.left(9, "0.8")
    if not is_trade_first:
        case.tell(9, "0.5", 161)
    assert case.books.closed == [D("0.2")]


async def test_what_a_lost_message_told_of_a_deposit_is_his_to_sell() -> None:
    case = Case()
    case.tell(9, "0.5", 161)  # of 0.3 that are known to be his, and 0.4 that came in meanwhile
    case.left(9, "1.2")
    await case.waits()
    assert case.books.closed == [] and case.told == []


async def test_what_he_puts_in_after_his_sale_does_not_make_up_for_it() -> None:
    case = Case()
    case.account.wallet["BTC"] = D("0.8")
    case.left(9, "0.8")
    case.account.wallet["BTC"] = D("1.8")
    case.tell(9, "0.5", 161)
    assert case.books.closed == [D("0.2")]


async def test_a_sale_without_an_entry_is_judged_once_everything_was_told_anew() -> None:
    case = Case()
    case.tell(9, "0.5", 161)
    await case.waits()
    assert case.brackets.readings == 1 and case.books.closed == []
    case.by_hand.on_anew()
    case.account.wallet["BTC"] = D("0.8")
    case.lists("T9", "-0.5", "0.8")
    await case.by_hand.decide()
    assert case.books.closed == [D("0.2")] and not case.in_doubt


async def test_what_is_told_while_a_line_is_down_waits_for_it() -> None:
    """He had deposited what he then sold; the wallet says so once everything is told."""
    case = Case()
    case.account.wallet["BTC"], case.brackets.in_sync = D("1"), False
    case.tell(9, "0.2", 150)  # by REST, before the stream tells everything anew
    await case.waits()
    assert case.books.closed == []
    case.account.wallet["BTC"], case.brackets.in_sync = D("1.1"), True
    case.lists("T9", "-0.2", "1.1")
    assert case.in_doubt
    await case.waits()
    assert case.books.closed == [] and not case.in_doubt


async def test_a_sale_of_before_ours_changed_is_judged_by_what_is_missing_now() -> None:
    case = Case()
    case.account.apply_fill(at(fill(2, Side.BUY, "1", "60000.0", leverage=1), 162))
    case.left(9, "1.1")
    case.account.wallet["BTC"] = D("2.1")
    case.tell(9, "0.2", 161)
    case.lists("T9", "-0.2", "1.1")
    case.lists("T2", "1", "2.1")
    await case.waits()
    assert case.books.closed == [] and not case.in_doubt


class NoPositions:
    """An exchange at which nothing is held on margin."""

    async def fetch_positions(self) -> list[object]:
        return []


async def test_a_comparison_of_margin_that_a_broken_stream_prevented_is_made_as_soon_as_it_stands() -> None:
    """Else a position that he closed while no engine ran keeps its stop until the next one, half a minute later."""
    case = Case(exchange=NoPositions())
    case.account.apply_fill(at(fill(2, Side.SELL, "1", "60000.0", leverage=1), 101))
    case.account.apply_fill(at(fill(3, Side.SELL, "2", "60000.0", leverage=2), 102))
    traded = at(fill(9, Side.BUY, "2", "61000.0", leverage=2), 103)
    case.account.owners.describe(traded.order_id, None, None)
    case.account.unclaimed[traded.id] = traded
    await case.clock.sleep(10)
    asked = []
    for case.brackets.in_sync in (False, True):
        asked.append(case.by_hand.is_in_doubt)
        await case.by_hand.read_margin()
        asked.append(case.by_hand.is_in_doubt)
    assert asked == [False, False, True, False] and case.books.closed == [D("2")]


async def beside_a_stranger() -> tuple[Case, Fill]:
    """A sale by hand, told while nobody knows whose a larger one is."""
    case = Case()
    case.account.wallet["BTC"] = D("0.1")
    stranger = at(fill(8, Side.SELL, "1", "59000.0", leverage=1), 155)
    case.account.unclaimed[stranger.id] = stranger
    case.left(8, "0.3")
    case.tell(9, "0.2", 156)
    case.left(9, "0.1")
    case.lists("T8", "-1", "0.3")
    case.lists("T9", "-0.2", "0.1")
    await case.waits()
    return case, stranger


async def test_what_a_trade_of_unknown_origin_may_have_taken_is_not_put_on_a_sale_by_hand() -> None:
    """The stop of ours has fired, which only its order can say; his sale was of his own coins."""
    case, stranger = await beside_a_stranger()
    assert case.books.closed == []
    del case.account.unclaimed[stranger.id]
    case.account.apply_fill(stranger)
    await case.waits()
    assert case.books.closed == [] and case.told == []


async def test_once_it_is_told_to_be_his_too_both_closed_ours() -> None:
    case, stranger = await beside_a_stranger()
    case.account.owners.describe(stranger.order_id, None, None)
    case.by_hand.on_foreign(stranger)
    await case.waits()
    await case.waits()
    assert sum(case.books.closed) == D("0.9")


async def test_a_sale_from_before_the_position_did_not_close_it() -> None:
    case = Case()
    case.account.wallet["BTC"] = D("0.1")
    case.tell(9, "0.2", 30)
    case.left(9, "0.1")
    await case.waits()
    assert case.books.closed == []


async def test_what_he_has_just_bought_he_may_sell_again() -> None:
    case = Case()
    case.tell(8, "0.5", 164, Side.BUY)
    case.left(8, "1.8")
    case.tell(9, "0.5", 166)
    case.left(9, "1.3")
    await case.waits()
    assert case.books.closed == []


async def test_coins_that_an_order_of_his_own_holds_are_not_sold_yet() -> None:
    """His limit sell of 1.2 has filled 0.2 of his 0.3 while a line was down."""
    case = Case()
    case.brackets.in_sync = False
    case.tell(9, "0.2", 161)
    case.account.wallet["BTC"], case.brackets.in_sync = D("1.1"), True
    order = Order(
        id="O9", client_id=None, parent_id=None, symbol="BTC/USD", side=Side.SELL, type=OrderType.LIMIT,
        status=OrderStatus.OPEN, amount=D("1.2"), filled=D("0.2"), price=D("70000"),
    )  # fmt: skip
    case.account.resting.apply(order)
    assert case.account.spare("BTC/USD") < 0
    case.lists("T9", "-0.2", "1.1")
    await case.waits()
    assert case.books.closed == [] and not case.in_doubt


async def test_a_sale_that_the_wallet_did_not_show_at_the_start_is_judged_once_it_does() -> None:
    case = Case()
    case.unheard(9, "0.5", 161)
    await case.starts()
    assert case.books.closed == [] and case.in_doubt
    case.account.wallet["BTC"] = D("0.8")
    case.lists("T9", "-0.5", "0.8")
    await case.waits()
    assert case.books.closed == [D("0.2")] and not case.in_doubt


async def test_what_came_in_after_a_sale_that_nobody_heard_does_not_make_up_for_it() -> None:
    """The engine was dead while he sold 0.5 and put in 0.2: the ledger knows what the sale left."""
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("1.0")
    case.lists("T9", "-0.5", "0.8")
    case.lists("Q1", "0.2", "1.0")
    await case.starts()
    assert case.books.closed == [D("0.2")]


async def test_while_the_ledger_lags_nothing_is_decided() -> None:
    """As before, but what he put in is not listed yet; the wallet knows it already."""
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("1.0")
    case.lists("T9", "-0.5", "0.8")
    await case.starts()
    await case.waits()
    assert case.books.closed == [] and case.in_doubt
    case.lists("Q1", "0.2", "1.0")
    await case.waits()
    assert case.books.closed == [D("0.2")] and not case.in_doubt


async def test_a_ledger_that_never_lists_a_sale_is_not_waited_for_for_ever() -> None:
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("0.9")
    await case.starts()
    await case.waits(80)
    assert case.books.closed == [] and case.in_doubt
    await case.waits(20)
    assert case.books.closed == [D("0.1")] and not case.in_doubt


async def test_what_is_being_read_is_waited_for_where_coins_that_came_in_since_hide_what_is_gone() -> None:
    """As before, but its pages wait for room in the rate counter until the time is over."""
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("1.0")
    listed, read_before = asyncio.Event(), case.read_ledger

    async def read(since_ns: int) -> list[LedgerRow]:
        await listed.wait()
        return await read_before(since_ns)

    case.by_hand.untold._read_ledger = read
    await case.starts_reading()
    await case.waits_for_nothing(100)
    assert case.books.closed == [] and case.in_doubt
    case.lists("T9", "-0.5", "0.8")
    case.lists("Q1", "0.2", "1.0")
    listed.set()
    assert case.by_hand._deciding is not None
    await case.by_hand._deciding
    assert case.books.closed == [D("0.2")] and not case.in_doubt


async def test_a_reading_without_an_end_is_not_waited_for_for_ever() -> None:
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("0.9")
    never = asyncio.Event()

    async def read(since_ns: int) -> list[LedgerRow]:
        await never.wait()
        return []

    case.by_hand.untold._read_ledger = read
    await case.starts_reading()
    await case.waits_for_nothing(140)
    assert case.books.closed == [] and case.in_doubt
    await case.waits_for_nothing(20)
    assert case.by_hand._deciding is not None
    case.by_hand._deciding.cancel()
    assert case.books.closed == [D("0.1")] and not case.in_doubt


async def test_where_all_that_was_sold_is_gone_no_ledger_is_needed() -> None:
    case = Case()
    case.unheard(9, "0.2", 161)
    case.unheard(10, "0.3", 162)
    case.account.wallet["BTC"] = D("0.5")
    await case.starts()
    assert case.books.closed == [D("0.2"), D("0.3")] and not case.in_doubt


async def test_a_start_does_not_wait_for_a_ledger_that_does_not_answer() -> None:
    case = Case()
    case.unheard(9, "0.5", 161)
    never = asyncio.Event()

    async def read(since_ns: int) -> list[LedgerRow]:
        await never.wait()
        return []

    case.by_hand.untold._read_ledger = read
    case.by_hand._is_started = False
    await case.by_hand.start()
    assert case.in_doubt and case.by_hand._deciding is not None
    case.by_hand._deciding.cancel()


async def test_what_he_sells_while_the_ledger_is_read_is_not_lost() -> None:
    case = Case()
    case.unheard(9, "0.1", 161)
    case.account.wallet["BTC"] = D("1.2")
    case.lists("T9", "-0.1", "1.2")
    case.on_read = lambda: case.tell(10, "0.7", 162)
    await case.starts()
    case.left(10, "0.5")
    assert case.books.closed == [D("0.5")]
    case.lists("T10", "-0.7", "0.5")
    await case.waits()
    assert case.books.closed == [D("0.5")] and not case.in_doubt


async def test_what_moves_while_the_ledger_is_read_has_it_read_again() -> None:
    """He puts in 0.3 and sells it: the sale is told, what it left is not."""
    case = Case()
    case.unheard(9, "0.5", 161)
    case.account.wallet["BTC"] = D("0.8")
    case.lists("T9", "-0.5", "0.8")

    def moves() -> None:
        case.account.wallet["BTC"] = D("1.1")
        case.account.moved_ns["BTC"] = case.clock.now_ns() + 1
        case.tell(10, "0.3", 170)

    case.on_read = moves
    await case.starts()
    assert case.books.closed == []
    case.lists("Q1", "0.3", "1.1")
    case.lists("T10", "-0.3", "0.8")
    case.by_hand.untold._due_ns = 0
    case.account.wallet["BTC"] = D("0.8")
    await case.clock.sleep(5)
    await case.by_hand.decide()
    assert case.books.closed == [D("0.2")]
    case.left(10, "0.8")
    assert case.books.closed == [D("0.2")] and case.account.ours("BTC") == D("0.8") and not case.in_doubt


async def test_a_trade_that_took_from_what_earns_as_well_is_judged_by_its_last_entry() -> None:
    case = Case()
    case.account.wallet |= {"BTC": D("1.0"), "BTC.F": D("0.3")}
    case.tell(9, "1.1", 161)
    case.account.wallet["BTC"] = D(0)
    case.by_hand.on_settled("BTC", "T9")
    case.account.wallet["BTC.F"] = D("0.2")
    case.by_hand.on_settled("BTC.F", "T9")
    assert case.books.closed == []
    await case.waits(1)
    assert case.books.closed == [D("0.8")] and not case.in_doubt


async def test_sales_that_nobody_heard_are_judged_in_the_order_of_the_ledger_as_clocks_step() -> None:
    """He sold 0.5 and all the rest, by a clock that was behind, and put in 0.2 afterwards: nothing of ours is left."""
    case = Case()
    case.unheard(10, "0.8", 95)
    case.unheard(9, "0.5", 95)
    case.account.wallet["BTC"] = D("0.2")
    case.lists("T1", "1", "1.3")
    case.lists("T1", "-60000", "5", asset="USD")
    case.lists("T9", "-0.5", "0.8")
    case.lists("T10", "-0.8", "0")
    case.lists("Q1", "0.2", "0.2")
    await case.starts()
    assert case.books.closed == [D("0.2"), D("0.8")]


async def test_a_sale_before_a_trade_of_ours_is_not_judged_by_what_was_there_then() -> None:
    case = Case()
    case.unheard(9, "0.2", 99)
    case.account.wallet["BTC"] = D("1.1")
    case.lists("T9", "-0.2", "0.1")
    case.lists("T1", "1", "1.1")
    await case.starts()
    assert case.books.closed == [] and not case.in_doubt


async def test_a_sale_that_was_judged_is_not_judged_again_by_what_is_ours_later() -> None:
    """The position of then is closed, another is open, and the exchange describes the order of his sale once more."""
    case = Case()
    case.unheard(9, "0.2", 161)
    await case.starts()
    case.account.apply_fill(at(fill(2, Side.SELL, "1", "60000.0", leverage=1), 163))
    await case.waits()
    case.account.apply_fill(at(fill(3, Side.BUY, "1", "60000.0", leverage=1), 165))
    case.tell(9, "0.2", 161)
    assert not case.in_doubt and case.books.closed == []


def test_a_fee_that_he_paid_in_coins_closed_ours_too() -> None:
    case = Case()
    case.account.wallet["BTC"] = D("1")
    traded = replace(at(fill(9, Side.SELL, "0.996", "61000.0", leverage=1), 161), fee_coin=D("0.004"))
    case.account.owners.describe(traded.order_id, None, None)
    case.by_hand.on_foreign(traded)
    case.left(9, "0")
    assert case.account.position("BTC/USD") is None


KINDS = ("he sells", "he buys", "he moves", "we buy", "we sell")
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 12)), min_size=1, max_size=14)


class Truth:
    """What is whose at the exchange, and what each of two channels will tell of it, in order."""

    def __init__(self) -> None:
        self.ours, self.own, self.second = D("1"), D("0.3"), 200
        self.trades: list[tuple[bool, Fill]] = []
        """Whether it is ours, and what was traded."""
        self.entries: list[tuple[str, Decimal]] = []
        """The trade, or none, and what is there then."""

    def do(self, kind: str, tenths: int) -> None:
        """Let something happen, as far as it can."""
        amount, self.second = D(tenths) / 10, self.second + 1
        sign = -1 if kind.endswith("sells") or kind.endswith("sell") else 1
        if kind == "he moves":
            sign = 1 if tenths % 2 else -1
            amount = amount if sign > 0 else min(amount, self.own)
            self.own += sign * amount
        elif kind == "he sells":
            amount = min(amount, self.own + self.ours)
            taken = max(D("0"), amount - self.own)
            self.own, self.ours = self.own - (amount - taken), self.ours - taken
        elif kind == "he buys":
            self.own += amount
        else:
            amount = amount if sign > 0 else min(amount, self.ours)
            self.ours += sign * amount
        if amount == 0:
            return
        number, id = 100 + self.second, ""
        if kind != "he moves":
            side = Side.BUY if sign > 0 else Side.SELL
            traded = at(fill(number, side, amount, "60000.0", leverage=1), self.second)
            self.trades.append((kind.startswith("we"), traded))
            id = traded.id
        self.entries.append((id, self.ours + self.own))


def told(case: Case, truth: Truth, turns: Iterator[bool]) -> None:
    """Tell both channels, each in its order, in turns."""
    trades, entries = iter(truth.trades), iter(truth.entries)
    trade, entry = next(trades, None), next(entries, None)
    while trade is not None or entry is not None:
        if trade is not None and (entry is None or next(turns, True)):
            is_ours, traded = trade
            if is_ours:
                case.account.apply_fill(traded)
            else:
                case.account.owners.describe(traded.order_id, None, None)
                case.account.unclaimed[traded.id] = traded
                case.by_hand.on_foreign(traded)
            trade = next(trades, None)
        elif entry is not None:
            case.account.wallet["BTC"] = entry[1]
            if entry[0]:
                case.by_hand.on_settled("BTC", entry[0])
            entry = next(entries, None)


@settings(max_examples=1500)
@given(EVENTS, st.lists(st.booleans(), max_size=40))
def test_in_whatever_order_both_channels_tell_it_our_books_hold_what_is_ours(
    events: list[tuple[str, int]], turns: list[bool]
) -> None:
    case, truth = Case(), Truth()
    for kind, tenths in events:
        truth.do(kind, tenths)
    told(case, truth, iter(turns))
    assert case.account.ours("BTC") == truth.ours


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
        self.listed: set[str] = set()
        """Trades that REST is known to know."""
        self.since_ns = 0
        self.account.apply_fill(at(fill(3, Side.SELL, "1", "60000.0", leverage=1), 161))
        self.account.apply_fill(at(fill(4, Side.BUY, "1", "60000.0", leverage=2), 162))
        self.by_hand = ByHand(
            cast(Exchange, self.exchange), self.account, cast(Brackets, self.brackets), cast(Follower, self.books),
            self.clock, lambda kind, text: self.told.append(text),
            listing=lambda: Listing(frozenset(self.listed), self.since_ns), margin=True, read_ledger=self.read_ledger,
        )  # fmt: skip
        self.by_hand._is_started = True

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


async def test_they_are_as_soon_as_rest_has_listed_the_last_trade() -> None:
    case = OnMargin()
    case.listed.add(case.describe(6, Side.SELL, "1", 163).id)
    await case.by_hand.read_margin()
    assert case.books.closed == [D("1")]


async def compared(theirs: str) -> OnMargin:
    """A minute later, after a comparison with what the exchange tells."""
    case = OnMargin()
    await case.clock.sleep(70)
    case.exchange.contracts = theirs
    await case.by_hand.read_margin()
    return case


async def test_nor_with_what_he_has_just_opened_himself() -> None:
    case = await compared("1")
    case.by_hand.on_foreign(case.describe(6, Side.BUY, "0.5", 230))
    await case.by_hand.read_margin()  # the exchange's answer does not know of his
    case.by_hand.on_foreign(case.describe(7, Side.SELL, "0.5", 231))
    assert case.books.closed == [] and not case.by_hand.is_in_doubt


async def test_a_trade_on_margin_closes_ours_at_once_where_what_is_his_is_known() -> None:
    case = await compared("1")
    case.by_hand.on_foreign(case.describe(6, Side.SELL, "0.4", 231))
    assert case.books.closed == [D("0.4")]


async def test_until_it_is_known_his_own_sale_closes_nothing_of_ours() -> None:
    case = OnMargin()
    case.by_hand.on_foreign(case.describe(6, Side.SELL, "1", 165))  # of the 1 that was his
    assert case.books.closed == [] and case.by_hand.is_in_doubt
    case.listed.add("T6")
    case.exchange.contracts = "1"
    await case.by_hand.read_margin()
    assert case.books.closed == []
    case.by_hand.on_foreign(case.describe(7, Side.SELL, "1", 166))
    assert sum(case.books.closed) == 1


async def test_a_sale_that_the_exchanges_positions_hold_already_is_not_counted_again() -> None:
    """Told late, as a line was down: he held half a coin beside ours."""
    case = await compared("1")
    late = case.describe(6, Side.SELL, "0.5", 228)
    case.listed.add(late.id)
    case.by_hand.on_foreign(late)
    assert case.books.closed == [] and case.by_hand.is_in_doubt
    await case.by_hand.read_margin()
    assert case.books.closed == [] and not case.by_hand.is_in_doubt


async def test_one_from_before_what_rest_was_asked_for_waits_for_the_next_comparison_too() -> None:
    case = await compared("1.5")
    case.since_ns = 200 * SECOND
    case.by_hand.on_foreign(case.describe(6, Side.SELL, "0.5", 190))
    assert case.books.closed == [] and case.by_hand.is_in_doubt


async def test_nothing_is_compared_while_a_line_is_down_or_a_trade_is_nobodys_yet() -> None:
    case = OnMargin()
    await case.clock.sleep(70)
    case.exchange.contracts = "0.5"
    case.brackets.in_sync = False
    await case.by_hand.read_margin()
    case.brackets.in_sync = True
    stranger = at(fill(8, Side.SELL, "0.5", "60000.0", leverage=2), 163)
    case.account.unclaimed[stranger.id] = stranger
    case.describe(6, Side.SELL, "0.5", 163)
    await case.by_hand.read_margin()
    assert case.books.closed == []


async def test_a_closing_trade_that_is_told_after_the_exchange_knew_of_no_position_is_counted_once() -> None:
    case = await compared("1")
    case.by_hand.not_there("BTC/USD")
    assert case.books.closed == []
    case.by_hand.on_foreign(case.describe(8, Side.SELL, "1", 229))
    assert case.books.closed == [D("1")]
    case.account.apply_fill(at(fill(9, Side.BUY, "1", "60000.0", leverage=2), 231))
    position = case.account.position("BTC/USD")
    assert position is not None and case.by_hand._gap(position) == 0
