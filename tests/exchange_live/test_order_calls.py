"""What leaves for Kraken, in which order, with which nonces, and what is counted."""

import asyncio
from typing import Any

import pytest

from kraken_tui.clock import SECOND, SystemClock
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.nonces import DAY, Nonces
from kraken_tui.exchange.port import Lane
from kraken_tui.model.errors import ExchangeError, Misconfigured, OutcomeUnknown, Refused
from tests.exchange_live.client_stand import (
    SECRET,
    HandKeys,
    Loopback,
    done,
    failed,
    loopback,
    placed,
)

ID = "OAAAAA-BBBBB-CCCCCC"


async def buy(client: KrakenClient, **params: Any) -> Any:
    return await client.create_order("BTC/USD", "market", "buy", "0.01", None, {"clientOrderId": "e-1", **params})


async def failure(client: KrakenClient) -> ExchangeError:
    with pytest.raises(ExchangeError) as raised:
        await buy(client)
    return raised.value


async def test_a_text_that_says_otherwise_is_not_believed() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", placed("buy 0.01000000 XBTUSD @ market"))
        stop = {"ordertype": "stop-loss", "price": "58000.0"}
        with pytest.raises(OutcomeUnknown, match="took something else"):
            await buy(client, close=stop)
        with pytest.raises(OutcomeUnknown, match="took something else"):
            await buy(client, stopLossPrice="58000.0")


async def test_an_invalid_nonce_is_answered_once_with_one_far_ahead() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", failed("EAPI:Invalid nonce"), placed())
        assert (await buy(client))["id"] == ID
        first, second = (int(each.fields["nonce"]) for each in server.asked if each.method == "AddOrder")
        assert second - first > 23 * 3600 * 1_000_000
        server.set("AddOrder", placed())
        await buy(client)
        assert int(server.asked[-1].fields["nonce"]) > second


async def test_a_key_that_others_use_is_the_operators_to_settle() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", failed("EAPI:Invalid nonce"))
        error = await failure(client)
        assert type(error) is Misconfigured
        assert error.text.startswith("EAPI:Invalid nonce")
        assert "another program" in error.text
        assert len(server.bodies("AddOrder")) == 5
        nonces = [int(each.fields["nonce"]) for each in server.asked if "nonce" in each.fields]
        await failure(client)
        assert len(server.bodies("AddOrder")) == 6, "further it does not go: the key would be of no use"
        assert max(nonces) - min(nonces) < 66 * 24 * 3600 * 1_000_000


async def test_a_jump_of_an_earlier_run_whose_clock_was_ahead_is_jumped_over() -> None:
    ahead, behind = Nonces(StillClock(1_800_000_005)), Nonces(StillClock(1_800_000_000))
    while ahead.jump():
        before = ahead.next()
        if before - 1_800_000_005_000_000 == 64 * DAY:
            break
    while behind.jump():
        pass
    assert behind.next() > before


class StillClock(SystemClock):
    """Stands still."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now_ns(self) -> int:
        return self._seconds * SECOND


class SteppingClock(SystemClock):
    """Was set back an hour at each reading."""

    def __init__(self) -> None:
        self._now_ns = 1_800_000_000 * SECOND

    def now_ns(self) -> int:
        self._now_ns -= 3600 * SECOND
        return self._now_ns


async def test_nonces_rise_whatever_the_clock_does() -> None:
    async with loopback(clock=SteppingClock()) as (server, client):
        server.set("AddOrder", placed())
        for _ in range(5):
            await buy(client)
        nonces = [int(each.fields["nonce"]) for each in server.asked if each.method == "AddOrder"]
        assert nonces == sorted(set(nonces))


async def test_with_validate_orders_are_only_checked_and_nothing_is_changed() -> None:
    async with loopback(validate=True) as (server, client):
        server.set("AddOrder", done({"descr": {"order": "buy 0.01000000 XBTUSD @ market"}}))
        assert (await buy(client))["id"] is None
        assert server.asked[-1].fields["validate"] == "true"
        with pytest.raises(Refused, match="VALIDATE"):
            await client.cancel_order(ID)
        with pytest.raises(Refused, match="VALIDATE"):
            await client.edit_order(ID, "BTC/USD", "market", "sell", "0.01")
        assert {each.method for each in server.asked} == {"Assets", "AssetPairs", "AddOrder"}


async def test_the_bytes_are_those_that_kraken_reads() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", placed(close="close position @ stop loss 58000.0"))
        await buy(client, close={"ordertype": "stop-loss", "price": "58000.0"}, lane=Lane.PROTECT)
        assert server.bodies("AddOrder") == [
            "pair=XXBTZUSD&type=buy&ordertype=market&volume=0.01&cl_ord_id=e-1&oflags=fciq"
            "&close[ordertype]=stop-loss&close[price]=58000.0"
        ]


async def test_a_lane_is_named_and_polls_are_not_for_orders() -> None:
    async with loopback() as (server, client):
        for lane in (Lane.POLL, 7, "protect"):
            with pytest.raises(Refused, match="lane"):
                await buy(client, lane=lane)
        assert server.bodies("AddOrder") == []


async def test_an_unknown_pair_is_refused_unsent() -> None:
    async with loopback() as (_, client):
        with pytest.raises(Refused, match="no pair 'XBT/USD'"):
            await client.create_order("XBT/USD", "market", "buy", "0.01")


async def test_the_counter_knows_what_was_sent_and_believes_kraken() -> None:
    async with loopback() as (server, client):
        now_ns = SystemClock().now_ns
        server.set("AddOrder", placed(), failed("EOrder:Insufficient funds"), failed("EOrder:Rate limit exceeded"))
        await buy(client)
        await failure(client)
        assert client.budgets.trading("BTC/USD", now_ns()) == pytest.approx(2, abs=1.5)
        await failure(client)
        assert client.budgets.trading("BTC/USD", now_ns()) > 170
        assert not client.allows_entry("BTC/USD", 0)
        assert not client.allows_amend(ID, "BTC/USD", 1)


@pytest.mark.parametrize("keys", [HandKeys("", SECRET), HandKeys("a b", SECRET), HandKeys("k\nx", SECRET)])
def test_a_key_that_can_be_none_is_named(keys: HandKeys) -> None:
    with pytest.raises(Misconfigured, match="KRAKEN_API_KEY"):
        KrakenClient(keys, "http://127.0.0.1:9", SystemClock())


@pytest.mark.parametrize("secret", ["", "not base64!", "YWJj\n="])
def test_a_secret_that_can_be_none_is_named_and_not_shown(secret: str) -> None:
    with pytest.raises(Misconfigured, match="KRAKEN_API_SECRET") as raised:
        KrakenClient(HandKeys(secret=secret), "http://127.0.0.1:9", SystemClock())
    assert not secret or secret not in str(raised.value)


def servers_nonces(server: Loopback) -> list[int]:
    return [int(each.fields["nonce"]) for each in server.asked if "nonce" in each.fields]


async def test_requests_at_once_arrive_in_the_order_of_their_nonces() -> None:
    async with loopback() as (server, client):
        server.set("AddOrder", placed())
        server.set("BalanceEx", done({}))
        await asyncio.gather(*(buy(client) for _ in range(10)), *(client.fetch_balance() for _ in range(3)))
        assert servers_nonces(server) == sorted(set(servers_nonces(server)))
        assert [each.method for each in server.asked[-3:]] == ["BalanceEx"] * 3
