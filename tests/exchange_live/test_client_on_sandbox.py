"""The client against the sandbox: whole orders, and every fault that a request can meet."""

import asyncio
from decimal import Decimal, getcontext
from typing import Any

import pytest

from kraken_tui.clock import iso
from kraken_tui.exchange.live.budgets import PRO, STARTER, Budgets
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.model.errors import ExchangeError, OutcomeUnknown, Refused, RetryLater
from kraken_tui.model.trading import OrderStatus, OrderType, Side
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from tests.exchange_live.client_stand import client_of, standing, starts

BTC = "BTC/USD"
STOP = {"ordertype": "stop-loss", "price": "58000.0"}


async def enter(client: KrakenClient, client_id: str = "e-1", **params: Any) -> Any:
    return await client.create_order(
        BTC, "market", "buy", "0.01", None, {"clientOrderId": client_id, "close": STOP, **params}
    )


async def orders_of(client: KrakenClient, client_id: str) -> list[Any]:
    rows = [*await client.fetch_open_orders(), *await client.fetch_closed_orders()]
    return [row for row in rows if row["clientOrderId"] == client_id]


async def test_an_entry_its_stop_and_its_end() -> None:
    async with standing() as (_, client):
        receipt = await enter(client, deadline=iso(client._clock.now_ns() + 5 * 10**9))
        assert receipt["clientOrderId"] == "e-1"
        (stop,) = [order_of(row) for row in await client.fetch_open_orders(BTC)]
        assert (stop.type, stop.price, stop.parent_id) == (OrderType.STOP_LOSS, Decimal("58000.0"), receipt["id"])
        await client.edit_order(stop.id, BTC, "market", "sell", None, None, {"stopLossPrice": "58500.0"})
        moved = order_of(await client.fetch_order(stop.id))
        assert (moved.price, moved.id) == (Decimal("58500.0"), stop.id)
        await client.cancel_order(stop.id, BTC)
        sold = await client.create_order(BTC, "market", "sell", "0.01", None, {"clientOrderId": "x-1"})
        fills = [fill_of(row) for row in await client.fetch_my_trades(BTC)]
        assert [(fill.side, fill.order_id) for fill in fills] == [(Side.BUY, receipt["id"]), (Side.SELL, sold["id"])]
        assert [order_of(row).status for row in await client.fetch_closed_orders(BTC)] == [
            OrderStatus.CLOSED,
            OrderStatus.CANCELED,
            OrderStatus.CLOSED,
        ]
        assert await client.fetch_open_orders() == []
        ledger = await client.fetch_ledger(["trade"])
        assert sum(entry.amount for entry in ledger if entry.asset == "BTC") == 0


async def test_our_decimal_context_stays_ours() -> None:
    """Ccxt's own roundings, of which none is used, would change the thread's."""
    before = (getcontext().prec, getcontext().rounding, dict(getcontext().traps))
    async with standing() as (_, client):
        await enter(client)
        (stop,) = await client.fetch_open_orders()
        await client.edit_order(stop["id"], BTC, "market", "sell", "0.01", None, {"stopLossPrice": "58500.0"})
        await client.cancel_order(stop["id"])
        await client.create_order(BTC, "limit", "buy", "0.01", "50000.0", {"leverage": 2})
        for read in (client.fetch_closed_orders, client.fetch_my_trades, client.fetch_balance, client.fetch_positions):
            await read()
        await client.fetch_ledger()
        await client.trade_volume([BTC])
    assert (getcontext().prec, getcontext().rounding, dict(getcontext().traps)) == before
    assert Decimal("0.5").quantize(Decimal(1)) == 0


async def test_targets_and_limits_rest_as_what_they_are() -> None:
    async with standing() as (_, client):
        await client.create_order(BTC, "market", "sell", "0.01", None, {"takeProfitPrice": "65000.0"})
        await client.create_order(BTC, "limit", "buy", "0.01", "55000.0", {"postOnly": True, "clientOrderId": "l-1"})
        target, limit = (order_of(row) for row in await client.fetch_open_orders())
        assert (target.type, target.price) == (OrderType.TAKE_PROFIT, Decimal("65000.0"))
        assert (limit.type, limit.price, limit.client_id) == (OrderType.LIMIT, Decimal("55000.0"), "l-1")
        await client.edit_order(limit.id, BTC, "limit", "buy", "0.02", "55500.0")
        moved = order_of(await client.fetch_order(limit.id))
        assert (moved.price, moved.amount) == (Decimal("55500.0"), Decimal("0.02"))
        await client.cancel_order("", BTC, {"clientOrderId": "l-1"})
        assert [row["id"] for row in await client.fetch_open_orders()] == [target.id]


async def test_a_margin_position_tells_its_leverage() -> None:
    async with standing() as (_, client):
        await client.create_order(BTC, "market", "buy", "0.02", None, {"leverage": 2})
        await client.create_order(BTC, "market", "sell", "0.005", None, {"leverage": 2, "reduceOnly": True})
        (position,) = await client.fetch_positions()
        assert (position["symbol"], Decimal(position["contracts"])) == (BTC, Decimal("0.015"))
        stop = {"stopLossPrice": "58000.0", "leverage": 2, "reduceOnly": True}
        await client.create_order(BTC, "market", "sell", "0.015", None, stop)
        (order,) = [order_of(row) for row in await client.fetch_open_orders()]
        assert (order.leverage, order.reduce_only) == (2, True)


DONE = [
    FaultRule(kind="reply-lost", where="rest:AddOrder"),
    FaultRule(kind="http", status=502, where="rest:AddOrder", done=True),
    FaultRule(kind="http", status=520, where="rest:AddOrder", done=True),
    FaultRule(kind="error", error="EService:Timeout", where="rest:AddOrder", done=True),
    FaultRule(kind="error", error="EGeneral:Internal error", where="rest:AddOrder", done=True),
]
NOT_DONE = [
    FaultRule(kind="lost", where="rest:AddOrder"),
    FaultRule(kind="http", status=504, where="rest:AddOrder"),
    FaultRule(kind="error", error="EService:Deadline elapsed", where="rest:AddOrder"),
]


@pytest.mark.parametrize("fault", DONE, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.error}")
async def test_an_order_whose_answer_is_lost_is_unknown_and_found(fault: FaultRule) -> None:
    async with standing() as (sandbox, client):
        sandbox.control.arm(fault)
        with pytest.raises(OutcomeUnknown):
            await enter(client)
        (found,) = await orders_of(client, "e-1")
        assert order_of(found).filled == Decimal("0.01")
        assert len(await client.fetch_open_orders()) == 1


@pytest.mark.parametrize("fault", NOT_DONE, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.error}")
async def test_an_order_that_never_arrived_is_unknown_and_not_found(fault: FaultRule) -> None:
    async with standing() as (sandbox, client):
        sandbox.control.arm(fault)
        with pytest.raises(OutcomeUnknown):
            await enter(client)
        assert await orders_of(client, "e-1") == []


@pytest.mark.parametrize("text", ["EService:Unavailable", "EService:Busy", "EGeneral:Temporary lockout"])
async def test_what_was_definitely_not_done_may_be_done_later(text: str) -> None:
    async with standing() as (sandbox, client):
        sandbox.control.arm(FaultRule(kind="error", error=text, where="rest:AddOrder"))
        with pytest.raises(RetryLater, match=text):
            await enter(client)
        assert (await enter(client))["id"]


async def test_an_invalid_nonce_is_got_over() -> None:
    async with standing() as (sandbox, client):
        sandbox.control.arm(FaultRule(kind="error", error="EAPI:Invalid nonce", where="rest:AddOrder"))
        assert (await enter(client))["id"]
        async with client_of(sandbox) as restarted:  # its clock is a day behind the nonces that were used
            assert (await enter(restarted, "e-2"))["id"]
            assert len(await restarted.fetch_open_orders()) == 2


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (("BTC/USD", "market", "buy", "100", None), "EOrder:Insufficient funds"),
        (("BTC/USD", "market", "buy", "0.00001", None), "EOrder:Order minimum not met"),
        (("BTC/USD", "limit", "buy", "0.00005", "100.0"), "EOrder:Cost minimum not met"),
    ],
)
async def test_what_kraken_refuses_is_refused_with_its_words(given: Any, text: str) -> None:
    async with standing() as (_, client):
        with pytest.raises(Refused) as refused:
            await client.create_order(*given)
        assert refused.value.text == text


async def test_an_order_that_rests_no_more_is_refused() -> None:
    async with standing() as (_, client):
        receipt = await enter(client)
        with pytest.raises(Refused, match="EOrder:Unknown order"):
            await client.cancel_order(receipt["id"], BTC)
        with pytest.raises(ExchangeError):
            await client.edit_order(receipt["id"], BTC, "market", "buy", None, None, {"stopLossPrice": "58000.0"})


async def test_rest_that_lags_finds_nothing_yet() -> None:
    async with standing() as (sandbox, client):
        sandbox.control.lag(60)
        await enter(client)
        assert await orders_of(client, "e-1") == []
        sandbox.control.lag(0)
        assert len(await orders_of(client, "e-1")) == 1


async def test_more_than_a_page_of_everything() -> None:
    async with standing(starts("rate_limits=off")) as (_, client):
        for number in range(55):
            await client.create_order(BTC, "market", "buy", "0.001", None, {"clientOrderId": f"e-{number}"})
        assert len(await client.fetch_my_trades(BTC)) >= 55
        closed = await client.fetch_closed_orders(BTC)
        assert [row["clientOrderId"] for row in closed] == [f"e-{number}" for number in range(55)]
        assert len(await client.fetch_ledger(["trade"])) >= 110


async def test_the_starters_counters_are_kept_to() -> None:
    async with standing(starts(tier="starter"), counters=Budgets(STARTER)) as (_, client):
        entries = 0
        while client.allows_entry(BTC, entries):
            await enter(client, f"e-{entries}")
            entries += 1
        assert 2 <= entries <= 8
        stops = [row["id"] for row in await client.fetch_open_orders(BTC)]
        await asyncio.gather(*(client.cancel_order(id, BTC) for id in stops))
        await client.create_order(BTC, "market", "sell", f"{Decimal('0.01') * entries}")
        assert await client.fetch_open_orders(BTC) == []


async def test_polls_keep_below_the_rest_counter_and_hold_up_no_order() -> None:
    async with standing(starts(tier="pro"), counters=Budgets(PRO)) as (_, client):
        polls = [asyncio.create_task(client.fetch_open_orders()) for _ in range(21)]
        await asyncio.wait_for(enter(client), 2)
        assert not all(poll.done() for poll in polls)
        answers = await asyncio.gather(*polls)
        assert len(answers[-1]) == 1
