"""Reads are whole: every page, every row once, and nothing that is missing is read as nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from kraken_tui.exchange.parse import fill_of, order_of
from kraken_tui.model.errors import Refused
from kraken_tui.model.trading import OrderStatus, OrderType
from tests.exchange_live.client_stand import done, failed, hang_up, loopback

NOW = 1_760_000_000


def order(number: int, *, closed: float | None = None, **fields: Any) -> dict[str, Any]:
    descr = {
        "pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "60000.0", "price2": "0", "leverage": "none",
        "order": "buy 0.01000000 XBTUSD @ limit 60000.0", "close": "",
    }  # fmt: skip
    ended = {} if closed is None else {"closetm": closed, "reason": None}
    return {
        "refid": None, "userref": None, "cl_ord_id": f"c-{number}", "status": "open" if closed is None else "canceled",
        "opentm": NOW - 1000 + number, "descr": descr, "vol": "0.01000000", "vol_exec": "0.00000000",
        "cost": "0.00000", "fee": "0.00000", "price": "0.00000", "stopprice": "0.00000", "limitprice": "0.00000",
        "misc": "", "oflags": "fciq", **ended, **fields,
    }  # fmt: skip


def trade(number: int, time: float | None = None) -> dict[str, Any]:
    return {
        "ordertxid": f"O{number:05}-AAAAA-AAAAAA", "postxid": "T", "pair": "XXBTZUSD", "type": "buy",
        "time": NOW + number if time is None else time, "ordertype": "market", "price": "60000.00000",
        "cost": "600.00000", "fee": "2.40000", "vol": "0.01000000", "margin": "0.00000", "leverage": "0", "misc": "",
        "maker": False,
    }  # fmt: skip


class Pages:
    """A paged method: newest first, 50 a page; more rows may come while somebody reads."""

    def __init__(self, name: str, rows: dict[str, Any]) -> None:
        self.name = name
        self.rows = rows
        self.grows: Callable[[], dict[str, Any]] = dict

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fields = dict(await request.post())
        offset = int(str(fields.get("ofs", 0)))
        newest_first = dict(reversed(self.rows.items()))
        found = dict(list(newest_first.items())[offset : offset + 50])
        answer = web.json_response(done({self.name: found, "count": len(self.rows)}))
        self.rows |= self.grows()
        return answer


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


async def test_all_trades_are_read_oldest_first() -> None:
    async with loopback() as (server, client):
        trades = {f"T{number:05}-AAAAA-AAAAAA": trade(number) for number in range(173)}
        server.set("TradesHistory", Pages("trades", trades).answer)
        assert ids(await client.fetch_my_trades()) == list(trades)
        assert len(server.bodies("TradesHistory")) == 4
        assert all("consolidate_taker=false" in body for body in server.bodies("TradesHistory"))


async def test_trades_that_come_while_pages_are_read_neither_hide_nor_double_others() -> None:
    async with loopback() as (server, client):
        pages = Pages("trades", {f"T{number:05}-AAAAA-AAAAAA": trade(number) for number in range(120)})
        before = list(pages.rows)
        count = iter(range(120, 1000))

        def two_more() -> dict[str, Any]:
            return {f"T{number:05}-AAAAA-AAAAAA": trade(number) for number in (next(count), next(count))}

        pages.grows = two_more
        server.set("TradesHistory", pages.answer)
        read = ids(await client.fetch_my_trades())
        assert set(before) <= set(read)
        assert read == sorted(set(read))


async def test_a_page_that_fails_is_asked_for_again_and_no_other() -> None:
    async with loopback() as (server, client):
        pages = Pages("trades", {f"T{number:05}-AAAAA-AAAAAA": trade(number) for number in range(70)})
        server.set("TradesHistory", pages.answer, failed("EService:Busy"), hang_up, pages.answer)
        assert len(await client.fetch_my_trades()) == 70
        assert ["ofs" in body for body in server.bodies("TradesHistory")] == [False, True, True, True]


async def test_trades_since_a_moment_are_those_at_or_after_it() -> None:
    async with loopback() as (server, client):
        rows = {f"T{n:05}-AAAAA-AAAAAA": trade(n, NOW + part) for n, part in enumerate((0.0, 0.499, 0.5, 0.75, 1.0))}
        server.set("TradesHistory", Pages("trades", rows).answer)
        assert ids(await client.fetch_my_trades(since=NOW * 1000 + 500)) == list(rows)[1:]  # to the millisecond
        assert f"start={NOW - 1}" in server.bodies("TradesHistory")[0]


async def test_closed_orders_are_found_by_their_end_however_early_they_were_placed() -> None:
    async with loopback() as (server, client):
        rows = {f"O{n:05}-AAAAA-AAAAAA": order(n, closed=NOW + n) for n in range(60)}
        server.set("ClosedOrders", Pages("closed", rows).answer)
        found = await client.fetch_closed_orders("BTC/USD", NOW * 1000 + 5_000)
        assert ids(found) == list(rows)[5:]
        assert all("closetime=close" in body and "end=" not in body for body in server.bodies("ClosedOrders"))
        assert order_of(found[0]).status is OrderStatus.CANCELED


async def test_one_order_is_found_or_refused() -> None:
    async with loopback() as (server, client):
        server.set("QueryOrders", done({"OAAAAA-AAAAAA-AAAAAA": order(1)}), failed("EOrder:Unknown order"), done({}))
        assert (await client.fetch_order("OAAAAA-AAAAAA-AAAAAA"))["clientOrderId"] == "c-1"
        for _ in range(2):
            with pytest.raises(Refused, match="EOrder:Unknown order"):
                await client.fetch_order("OAAAAA-AAAAAA-AAAAAA")


async def test_balances_have_unified_names_and_exact_numbers() -> None:
    async with loopback() as (server, client):
        server.set("BalanceEx", done({
            "ZUSD": {"balance": "25435.2112", "credit": "0", "hold_trade": "8249.7600"},
            "XXBT": {"balance": "0.1234567891", "hold_trade": "0.0000000001"},
            "USD.HOLD": {"balance": "5.0000", "hold_trade": "0.0000"},
            "XBT.F": {"balance": "0.5000000000", "hold_trade": "0.0000000000"},
            "NEWCOIN": {"balance": "3", "hold_trade": "0"},
        }))  # fmt: skip
        balance = await client.fetch_balance()
        assert balance["total"] == {
            "USD": "25435.2112", "BTC": "0.1234567891", "USD.HOLD": "5.0000", "BTC.F": "0.5000000000", "NEWCOIN": "3"
        }  # fmt: skip
        assert (balance["used"]["USD"], Decimal(balance["free"]["BTC"])) == ("8249.7600", Decimal("0.1234567890"))


async def test_foreign_orders_of_every_type_are_read(request: pytest.FixtureRequest) -> None:
    async with loopback() as (server, client):
        rows = {}
        for number, kind in enumerate(OrderType):
            price = "+5.0000%" if kind.startswith("trailing") else "55000.0"
            descr = order(0)["descr"] | {"ordertype": kind.value, "price": price}
            rows[f"O{number:05}-AAAAA-AAAAAA"] = order(number, descr=descr, userref=7)
        gone = order(99, descr=order(0)["descr"] | {"pair": "GONEUSD"})
        server.set("OpenOrders", done({"open": rows | {"OGGGGG-AAAAA-AAAAAA": gone}}))
        found = [order_of(row) for row in await client.fetch_open_orders()]
        assert [each.type for each in found[:-1]] == list(OrderType)
        assert ids(await client.fetch_open_orders("BTC/USD")) == list(rows)


async def test_an_order_tells_its_leverage_and_when_it_was_touched() -> None:
    async with loopback() as (server, client):
        id = "OAAAAA-AAAAA-AAAAAA"
        descr = order(0)["descr"] | {"ordertype": "stop-loss", "type": "sell", "price": "55000.0", "leverage": "3:1"}
        server.set("OpenOrders", done({"open": {id: order(1, descr=descr, reduce_only=True, refid="OPPPPP-A-B")}}))
        server.set("AmendOrder", done({"amend_id": "TAAAAA-BBBBB-CCCCCC"}))
        read = order_of((await client.fetch_open_orders())[0])
        assert (read.leverage, read.reduce_only, read.parent_id) == (3, True, "OPPPPP-A-B")
        assert read.touched_ns == (NOW - 999) * 10**9
        before_ns = client._clock.now_ns()
        await client.edit_order(id, "BTC/USD", "market", "sell", None, None, {"stopLossPrice": "56000.0"})
        read = order_of((await client.fetch_open_orders())[0])
        assert before_ns - 10**6 <= read.touched_ns <= client._clock.now_ns()


async def test_positions_tell_what_is_open_of_them() -> None:
    async with loopback() as (server, client):
        row = {
            "pair": "XXBTZUSD", "positions": "2", "type": "buy", "leverage": "2.00000", "cost": "1200.0", "fee": "3.1",
            "vol": "0.02000000", "vol_closed": "0.00500000", "margin": "600.0", "value": "1210", "net": "+10.0",
        }  # fmt: skip
        server.set("OpenPositions", done([row]), done([]), done({}))
        (position,) = await client.fetch_positions()
        assert (position["symbol"], position["side"], position["contracts"]) == ("BTC/USD", "long", "0.01500000")
        assert [await client.fetch_positions() for _ in range(2)] == [[], []]


async def test_the_ledger_is_exact_and_may_be_narrowed() -> None:
    async with loopback() as (server, client):

        def row(number: int, kind: str, asset: str) -> dict[str, Any]:
            return {"refid": f"R{number}", "time": NOW + number, "type": kind, "subtype": "", "asset": asset,
                    "amount": "-600.0010", "fee": "2.4000", "balance": "99397.5990"}  # fmt: skip

        rows = {f"L{n:05}": row(n, "rollover" if n % 3 else "trade", "ZUSD" if n % 2 else "XXBT") for n in range(75)}
        server.set("Ledgers", Pages("ledger", rows).answer)
        entries = await client.fetch_ledger(since=NOW * 1000)
        assert [entry.id for entry in entries] == list(rows)
        assert (entries[0].asset, entries[1].asset, entries[1].amount) == ("BTC", "USD", Decimal("-600.0010"))
        trades = await client.fetch_ledger(["trade"])
        assert {entry.type for entry in trades} == {"trade"}
        assert "type=trade" in server.bodies("Ledgers")[-1]
        both = await client.fetch_ledger(["trade", "rollover"])
        assert len(both) == 75


async def test_a_strange_pair_or_coin_does_not_keep_the_others_away(server_entries: dict[str, Any]) -> None:
    async with loopback() as (server, client):
        assert list(client.instruments) == ["BTC/USD"]
        server.set("Assets", done(server_entries["assets"]))
        server.set("AssetPairs", done(server_entries["pairs"]))
        client.markets = None
        await client.load()
        assert list(client.instruments) == ["BTC/USD"]
        server.set("OpenOrders", done({"open": {"OAAAAA-AAAAA-AAAAAA": order(1)}}))
        assert (await client.fetch_open_orders())[0]["symbol"] == "BTC/USD"


@pytest.fixture
def server_entries() -> dict[str, Any]:
    from tests.exchange_live.client_stand import ASSETS, PAIR

    return {
        "assets": {"XXBT": 7, "ODD": {"altname": None, "decimals": "many"}, **ASSETS},
        "pairs": {"ODD": None, "WORSE": PAIR | {"ordermin": "x", "wsname": "W/USD"}, "XXBTZUSD": PAIR},
    }


async def test_fills_are_values() -> None:
    async with loopback() as (server, client):
        server.set("TradesHistory", Pages("trades", {"TAAAAA-AAAAA-AAAAAA": trade(1)}).answer)
        (fill,) = await client.fills_since(NOW * 10**9)
        assert fill == fill_of((await client.fetch_my_trades())[0])
        assert (fill.price, fill.fee, fill.time_ns) == (Decimal("60000.00000"), Decimal("2.40000"), (NOW + 1) * 10**9)
