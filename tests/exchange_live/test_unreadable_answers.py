"""What is missing is never read as nothing; asking again is bounded."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kraken_tui.exchange.live.budgets import Budgets, Tier
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.model.errors import ExchangeError, Misconfigured, Refused, RetryLater
from tests.exchange_live.client_stand import done, failed, hang_up, loopback, page

NOW = 1_760_000_000


READS: dict[str, tuple[Callable[[KrakenClient], Awaitable[Any]], tuple[str, ...]]] = {
    "open orders": (lambda client: client.fetch_open_orders(), ("OpenOrders",)),
    "closed orders": (lambda client: client.fetch_closed_orders(), ("ClosedOrders",)),
    "trades": (lambda client: client.fetch_my_trades(), ("TradesHistory",)),
    "balance": (lambda client: client.fetch_balance(), ("BalanceEx",)),
    "positions": (lambda client: client.fetch_positions(), ("OpenPositions",)),
    "ledger": (lambda client: client.fetch_ledger(), ("Ledgers",)),
    "token": (lambda client: client.token(), ("GetWebSocketsToken",)),
    "key": (lambda client: client.key_info(), ("GetApiKeyInfo",)),
    "fees": (lambda client: client.trade_volume(["BTC/USD"]), ("TradeVolume",)),
    "time": (lambda client: client.server_time_ns(), ("Time",)),
    "status": (lambda client: client.system_status(), ("SystemStatus",)),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "answer",
    [{"error": []}, done(None), done("text"), done(7), done([[]]), page(502), page(200), "", hang_up,
     failed("EService:Timeout"), failed("EGeneral:Internal error")],
    ids=lambda answer: answer.__qualname__ if callable(answer) else str(answer),
)  # fmt: skip
async def test_what_is_no_answer_is_never_read_as_nothing(read: str, answer: Any) -> None:
    ask, methods = READS[read]
    async with loopback() as (server, client):
        for method in methods:
            server.set(method, answer)
        with pytest.raises(RetryLater):
            await ask(client)


@pytest.mark.parametrize("read", [name for name in READS if name not in ("key", "balance", "positions")])
async def test_a_table_without_its_entries_is_no_answer(read: str) -> None:
    ask, methods = READS[read]
    async with loopback() as (server, client):
        for method in methods:
            server.set(method, done({}))
        if read == "fees":
            assert await ask(client) == {"fees": {}, "fees_maker": {}}
            return
        with pytest.raises(RetryLater):
            await ask(client)


@pytest.mark.parametrize("row", [None, 7, [], {}, {"balance": "x", "hold_trade": "0"}, {"balance": "1"}])
async def test_a_balance_that_is_no_number_is_no_answer(row: Any) -> None:
    async with loopback() as (server, client):
        server.set("BalanceEx", done({"ZUSD": row}))
        with pytest.raises(RetryLater):
            await client.fetch_balance()


async def test_a_read_is_asked_three_times_and_no_more() -> None:
    async with loopback() as (server, client):
        server.set("BalanceEx", failed("EService:Busy"), page(503), done({}))
        assert (await client.fetch_balance())["total"] == {}
        server.set("BalanceEx", failed("EService:Busy"))
        with pytest.raises(RetryLater, match="EService:Busy"):
            await client.fetch_balance()
        assert len(server.bodies("BalanceEx")) == 6


@pytest.mark.parametrize(
    ("text", "kind"),
    [("EGeneral:Permission denied", Misconfigured), ("EAPI:Invalid key", Misconfigured),
     ("EGeneral:Temporary lockout", RetryLater), ("EGeneral:Invalid arguments", Refused)],
)  # fmt: skip
async def test_what_asking_again_makes_no_better_is_asked_once(text: str, kind: type[ExchangeError]) -> None:
    async with loopback() as (server, client):
        server.set("BalanceEx", failed(text))
        with pytest.raises(kind, match=text):
            await client.fetch_balance()
        assert len(server.bodies("BalanceEx")) == 1


async def test_being_over_the_limit_makes_the_next_polls_wait() -> None:
    tier = Tier(name="quick", rest_max=20, rest_decay=100, trading_max=60, trading_decay=1)
    async with loopback(counters=Budgets(tier)) as (server, client):
        server.set("GetWebSocketsToken", failed("EAPI:Rate limit exceeded"))
        with pytest.raises(RetryLater):
            await client.token()
        assert client.budgets.rest(client._clock.now_ns()) > 5
