"""The paper exchange as execution and account use it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.clock import SEEDED_START_NS, PacedClock, wait_for_any
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.exchange.port import Exchange, Executions
from kraken_tui.model.errors import Refused, RetryLater, SafetyRefusal, UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Order
from kraken_tui.store.atomic import write_atomically
from tests.exchange.cases import BTC, CASH, DOGE, MARGIN, PAIRS, D, quote


class Desk:
    """A paper exchange with quotes that the test sets, and what it told."""

    def __init__(self, settings: Settings = CASH, ledger: Ledger | None = None) -> None:
        self.clock = PacedClock(SEEDED_START_NS, float("inf"))
        self.quotes: dict[str, Quote] = {"BTC/USD": quote("99.9", "100.0", "5")}
        self.paper = PaperTrading(PAIRS, settings)
        self.exchange = PaperExchangeWrapper(self.paper, self.clock, self.quotes.get, ledger)
        self.told: list[str] = []
        self.wallet: dict[str, Decimal] = {}
        self.exchange.subscribe(self)

    def on_fill(self, fill: Fill) -> None:
        self.told.append(f"fill {fill.side} {fill.amount.normalize():f} @ {fill.price}")

    def on_order(self, order: Order) -> None:
        self.told.append(f"{order.type} {order.status} {order.reason}".strip())

    def on_snapshot(self, orders: Sequence[Order]) -> None:
        self.told.append(f"snapshot {len(orders)}")

    def on_balance(self, currency: str, total: Decimal) -> None:
        self.wallet[currency] = total

    def on_traded(self, currency: str, fill_id: str) -> None:
        """Nothing that matters here."""

    async def moves_to(self, bid: str, ask: str, amount: str = "5") -> None:
        await self.clock.sleep(2)
        self.quotes["BTC/USD"] = quote(bid, ask, amount, time_ns=self.clock.now_ns())
        await self.exchange.on_quotes(list(self.quotes.values()), self.clock.now_ns())

    async def place(self, type: str, side: str, amount: str, price: str | None = None, **params: Any) -> str:
        order_id: str = (await self.exchange.create_order("BTC/USD", type, side, amount, price, params))["id"]
        return order_id


def test_it_is_an_exchange_and_tells_executions() -> None:
    def is_both(exchange: Exchange, executions: Executions) -> bool:
        return all(hasattr(exchange, name) for name in vars(Exchange) if not name.startswith("_")) and hasattr(
            executions, "subscribe"
        )

    paper = Desk().exchange
    assert is_both(paper, paper)


async def test_what_happens_is_told_in_order() -> None:
    desk = Desk()
    await desk.place("market", "buy", "6", None, close={"ordertype": "stop-loss", "price": "95.0"})
    assert desk.told == [
        "market open", "fill buy 5 @ 100.0", "market open", "stop-loss open", "fill buy 1 @ 100.1", "market closed",
        "stop-loss open",
    ]  # fmt: skip
    desk.told.clear()
    await desk.moves_to("95.0", "95.1")
    assert desk.told == [
        "stop-loss open", "fill sell 5 @ 95.0", "stop-loss closed", "stop-loss open", "fill sell 1 @ 94.9",
        "stop-loss closed",
    ]  # fmt: skip
    assert desk.exchange.active_symbols() == frozenset()


async def test_liquidity_is_taken_once_per_quote() -> None:
    desk = Desk()
    await desk.place("market", "buy", "5")
    await desk.place("market", "buy", "1")
    assert desk.told[-2] == "fill buy 1 @ 100.1"
    await desk.moves_to("99.9", "100.0")
    await desk.place("market", "buy", "1")
    assert desk.told[-2] == "fill buy 1 @ 100.0"


async def test_active_symbols_are_those_with_orders_or_positions() -> None:
    desk = Desk(MARGIN)
    assert desk.exchange.active_symbols() == frozenset()
    resting = await desk.place("limit", "buy", "1", "90.0")
    assert desk.exchange.active_symbols() == {"BTC/USD"}
    await desk.exchange.cancel_order(resting)
    assert desk.exchange.active_symbols() == frozenset()
    await desk.place("market", "sell", "1", leverage=3)
    assert desk.exchange.active_symbols() == {"BTC/USD"}


async def test_without_a_sound_quote_nothing_trades_at_market() -> None:
    desk = Desk()
    desk.quotes.clear()
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        await desk.place("market", "buy", "1")
    desk.quotes["BTC/USD"] = quote("100.0", "99.0")
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        await desk.place("market", "buy", "1")
    await desk.place("limit", "buy", "1", "90.0")
    assert desk.told == ["limit open"]
    desk.quotes["BTC/USD"] = quote("99.0", "100.0", "5")
    await desk.place("market", "buy", "1")
    assert desk.told[-1] == "market closed"
    del desk.quotes["BTC/USD"]
    with pytest.raises(RetryLater, match="EService:Unavailable"):
        await desk.place("market", "buy", "1")


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("EGeneral:Invalid arguments:triggerPrice", {"triggerPrice": "90"}),
        ("EGeneral:Invalid arguments:stopLoss", {"stopLoss": {"triggerPrice": "90"}}),
        ("EGeneral:Invalid arguments:ordertype", {"type": "trailing-stop"}),
        ("EGeneral:Invalid arguments:ordertype", {"type": "limit", "price": "99.0", "stopLossPrice": "90.0"}),
        ("EGeneral:Invalid arguments:ordertype", {"stopLossPrice": "90.0", "takeProfitPrice": "110.0"}),
        ("EGeneral:Invalid arguments:type", {"side": "long"}),
        ("EGeneral:Invalid arguments:volume", {"amount": "one"}),
        ("EGeneral:Invalid arguments:volume", {"amount": 1.0}),
        ("EGeneral:Invalid arguments:price", {"type": "limit"}),
        ("EGeneral:Invalid arguments:price", {"type": "stop-loss"}),
        ("EGeneral:Invalid arguments:leverage", {"leverage": "2.5"}),
        ("EGeneral:Invalid arguments:leverage", {"leverage": 0}),
        ("EGeneral:Invalid arguments:timeinforce", {"timeInForce": "FOK"}),
        ("EGeneral:Invalid arguments:reduce_only", {"reduceOnly": "maybe"}),
        ("EGeneral:Invalid arguments:close[ordertype]", {"close": {"ordertype": "market"}}),
        ("EGeneral:Invalid arguments:close[price]", {"close": {"ordertype": "stop-loss", "price": "-5%"}}),
        ("EQuery:Unknown asset pair", {"symbol": "XBT/USD"}),
    ],
)
async def test_calls_that_kraken_would_not_take(text: str, call: dict[str, Any]) -> None:
    desk = Desk()
    before = desk.paper.snapshot()
    arguments = {"symbol": "BTC/USD", "type": "market", "side": "buy", "amount": "1", "price": None}
    arguments |= {key: call[key] for key in call if key in arguments}
    params = {key: call[key] for key in call if key not in arguments}
    with pytest.raises(Refused) as refused:
        await desk.exchange.create_order(**arguments, params=params)  # type: ignore[arg-type]
    assert refused.value.text == text
    assert desk.paper.snapshot() | {"venue": 0} == before | {"venue": 0}
    assert desk.paper.balance == 10000
    assert desk.told == []


async def test_types_may_be_named_krakens_way_or_ccxts_way() -> None:
    desk = Desk()
    await desk.place("market", "buy", "3")
    for words in [("market", None, {"stopLossPrice": "90.0"}), ("stop-loss", "90.0", {}),
                  ("stop-loss", None, {"price": "90.0"})]:  # fmt: skip
        made = await desk.exchange.create_order("BTC/USD", words[0], "sell", "1", words[1], words[2])
        assert made["info"]["descr"]["order"] == "sell 1.00000000 XBTUSD @ stop loss 90.0"
        assert made["stopLossPrice"] == "90.0"


async def test_validate_checks_and_places_nothing() -> None:
    desk = Desk()
    made = await desk.exchange.create_order("BTC/USD", "market", "buy", "1", None, {"validate": True})
    assert (made["id"], made["info"]) == (None, {"descr": {"order": "buy 1.00000000 XBTUSD @ market", "close": ""}})
    with pytest.raises(Refused, match="EOrder:Insufficient funds"):
        await desk.exchange.create_order("BTC/USD", "market", "sell", "1", None, {"validate": True})
    assert desk.told == []
    assert desk.paper.balance == 10000
    assert (await desk.place("market", "buy", "1")).endswith("000001")


async def test_orders_are_found_by_client_id() -> None:
    desk = Desk()
    await desk.place("limit", "buy", "1", "90.0", clientOrderId="mine")
    await desk.exchange.edit_order("", "BTC/USD", "limit", "buy", "2", "91.0", {"clientOrderId": "mine"})
    (row,) = await desk.exchange.fetch_open_orders("BTC/USD")
    assert (row["amount"], row["price"], row["info"]["misc"]) == ("2.00000000", "91.0", "amended")
    assert await desk.exchange.fetch_open_orders("DOGE/USD") == []
    await desk.exchange.cancel_order("", None, {"clientOrderId": "mine"})
    for call in (desk.exchange.cancel_order(row["id"]), desk.exchange.fetch_order("OXXXXX-XXXXX-XXXXXX")):
        with pytest.raises(Refused, match="EOrder:Unknown order"):
            await call


async def test_trades_can_be_asked_for_since_a_time() -> None:
    desk = Desk()
    await desk.place("market", "buy", "1")
    await desk.clock.sleep(5)
    await desk.place("market", "sell", "1")
    everything = await desk.exchange.fetch_my_trades("BTC/USD")
    assert [row["side"] for row in everything] == ["buy", "sell"]
    since = everything[1]["timestamp"]
    assert await desk.exchange.fetch_my_trades(since=since) == everything[1:]
    assert await desk.exchange.fetch_my_trades("DOGE/USD") == []


async def test_equity_and_profit_of_a_margin_account() -> None:
    desk = Desk(MARGIN)
    await desk.place("market", "buy", "5", leverage=5)
    assert desk.paper.equity({"BTC/USD": D("110")}) == D("10000") - 2 - D("0.1") + 50
    assert desk.paper.unrealised({}) == D("-0.5")
    await desk.moves_to("110.0", "110.1")
    await desk.place("market", "sell", "5", leverage=5, reduceOnly=True)
    assert (desk.paper.realised, desk.paper.unrealised({})) == (D(50), D(0))
    assert desk.paper.fees == D("2") + D("0.1") + D("2.2")
    assert desk.paper.equity({}) == desk.paper.balance == 10000 + desk.paper.realised - desk.paper.fees


async def test_equity_of_a_cash_account_counts_our_coins_and_no_others() -> None:
    desk = Desk()
    await desk.exchange.deposit("BTC", "3")
    await desk.place("market", "buy", "2")
    assert desk.paper.position("BTC/USD") == 2
    assert desk.paper.equity({"BTC/USD": D("105")}) == D("10000") - 200 - D("0.8") + 210
    await desk.place("market", "sell", "5")
    assert desk.paper.totals.deposits == D("299.7")
    assert desk.paper.realised == D("-0.2")
    assert desk.paper.position("BTC/USD") == 0


async def test_margin_pays_for_time_and_the_ledger_has_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.json", "margin")
    desk = Desk(MARGIN, ledger)
    await desk.place("market", "buy", "5", leverage=5)
    before = desk.paper.balance
    await desk.clock.sleep(4 * 3600)
    await desk.exchange.on_quotes([], desk.clock.now_ns())
    assert before - desk.paper.balance == D("0.1")
    state = ledger.load()
    assert state is not None
    assert state.venue.balances["USD"] == desk.paper.balance


class SlowDisk:
    """Holds a write until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def write(self, path: Path, data: bytes) -> None:
        self.reached.set()
        assert self.go_on.wait(20)
        write_atomically(path, data)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if condition():
            return
        await asyncio.to_thread(lambda: None)
    raise AssertionError("it did not come true")


async def test_nothing_is_acknowledged_or_shown_before_it_is_on_disk(tmp_path: Path) -> None:
    disk = SlowDisk()
    desk = Desk(CASH, Ledger(tmp_path / "ledger.json", "cash", write=disk.write))
    placing = asyncio.ensure_future(desk.place("market", "buy", "1"))
    await until(disk.reached.is_set)
    assert not placing.done()
    assert desk.told == []
    assert await desk.exchange.fetch_my_trades() == []
    disk.go_on.set()
    assert await placing
    assert len(await desk.exchange.fetch_my_trades()) == 1
    assert len(desk.told) == 3


async def test_a_caller_that_gives_up_leaves_memory_and_disk_in_agreement(tmp_path: Path) -> None:
    disk, ledger = SlowDisk(), Ledger(tmp_path / "ledger.json", "cash")
    desk = Desk(CASH, Ledger(tmp_path / "ledger.json", "cash", write=disk.write))
    placing = asyncio.ensure_future(desk.place("market", "buy", "1"))
    await until(disk.reached.is_set)
    placing.cancel()
    await wait_for_any(placing, at_most=5)
    assert placing.cancelled()
    disk.go_on.set()
    await desk.exchange.close()
    state = ledger.load()
    assert state is not None
    assert PaperTrading(PAIRS, CASH, state).snapshot() == desk.paper.snapshot()
    assert len(state.trades) == 1


async def test_orders_at_the_same_moment_are_taken_one_after_the_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.json", "cash")
    desk = Desk(CASH, ledger)
    orders: list[Awaitable[str]] = [desk.place("market", "buy", "1", clientOrderId=f"c{i}") for i in range(10)]
    ids = await asyncio.gather(*orders)
    assert len(set(ids)) == 10
    state = ledger.load()
    assert state is not None
    assert [order.id for order in state.closed] == sorted(ids)
    assert desk.paper.position("BTC/USD") == 10


async def test_the_same_calls_give_the_same_books() -> None:
    books = []
    for _ in range(2):
        desk = Desk(MARGIN)
        await desk.place("market", "buy", "7", leverage=5, close={"ordertype": "stop-loss", "price": "95.0"})
        await desk.moves_to("94.0", "94.1", "3")
        await desk.moves_to("97.0", "97.1", "3")
        books.append((desk.paper.snapshot(), desk.told))
    assert books[0] == books[1]


def test_one_quote_currency() -> None:
    euro: Instrument = Instrument(
        symbol="BTC/EUR", id="XXBTZEUR", altname="XBTEUR", base="BTC", quote="EUR", price_decimals=1, lot_decimals=8,
        cost_decimals=5, tick=D("0.1"), order_min=D("0.00005"), cost_min=D("0.5"),
    )  # fmt: skip
    with pytest.raises(UsageError, match="EUR, USD"):
        PaperTrading([BTC, DOGE, euro], CASH)


async def test_manager_builds_the_paper_exchange_and_continues_from_its_ledger(tmp_path: Path) -> None:
    home, clock = Home(tmp_path), PacedClock(SEEDED_START_NS, float("inf"))
    manager = ExchangeManager(Settings(), home, clock)
    now = quote("99.9", "100.0", "5")
    first = manager.paper(PAIRS, lambda symbol: now)
    await first.create_order("BTC/USD", "market", "buy", "1", None, {"leverage": 2})
    await first.close()
    second = manager.paper(PAIRS, lambda symbol: now)
    assert await second.fetch_positions() == await first.fetch_positions()
    with pytest.raises(SafetyRefusal, match="account 'margin', this run needs 'cash'"):
        ExchangeManager(CASH, home, clock).paper(PAIRS, lambda symbol: now)
    with pytest.raises(SafetyRefusal, match="only PAPER can trade here"):
        ExchangeManager(Settings(MODE="LIVE"), home, clock).paper(PAIRS, lambda symbol: now)
