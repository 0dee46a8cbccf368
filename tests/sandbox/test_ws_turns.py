"""A long message does not hold others up, and a fault of ours does not end a connection."""

import asyncio
from typing import Any

from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.requests import Requests
from tests.sandbox.ws_stand import Stand, Wire, decoded, parts

SYMBOLS = ["BTC/USD", "DOGE/USD", "HBAR/USD"] * 20


class Counting:
    """A channel that counts, and breaks where it is told to."""

    name = "counting"
    by_symbol = True

    def __init__(self) -> None:
        self.asked = 0

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        self.asked += 1
        if symbol == params.get("break"):
            raise ZeroDivisionError
        return {"symbol": symbol}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Nothing follows."""

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        return {"symbol": symbol}


def _broken(parts: Parts, connection: Connection, params: dict[str, Any]) -> Any:
    raise KeyError("secret")


async def test_others_have_their_turn_and_one_client_its_order() -> None:
    channel, seen = Counting(), []
    async with Stand(channels={"counting": channel}) as stand, stand.client() as client:
        loop = asyncio.get_running_loop()

        def look() -> None:
            seen.append(channel.asked)
            if channel.asked < len(SYMBOLS):
                loop.call_soon(look)

        loop.call_soon(look)
        await client.say({"method": "subscribe", "params": {"channel": "counting", "symbol": SYMBOLS}})
        heard = [message for message in await client.ping() if message.get("method") == "subscribe"]

    assert len(set(seen)) >= 5
    assert [message["result"]["symbol"] for message in heard] == SYMBOLS


async def test_a_client_that_is_gone_gets_no_more() -> None:
    its, wire, channel = parts(), Wire(), Counting()
    connection = Connection(1, wire, wire, its.faults)
    requests = Requests(its, {"counting": channel}, {})
    request = requests.read(connection, b'{"method":"subscribe","params":{"channel":"counting","symbol":%s}}' % _LIST)
    assert request is not None
    wire.unsent = 2**30
    await requests.perform(connection, request, its.faults.on_request(requests.where(request)))

    assert wire.is_gone
    assert channel.asked < len(SYMBOLS)


_LIST = str(SYMBOLS).replace("'", '"').encode()


async def test_a_fault_of_ours_is_answered_and_the_connection_lives() -> None:
    async with (
        Stand(channels={"counting": Counting()}, methods={"add_order": _broken}) as stand,
        stand.client() as client,
    ):
        await client.say({"method": "add_order", "params": {}, "req_id": 5})
        answer = await client.hear(method="add_order")
        assert (answer["success"], answer["error"], answer["req_id"]) == (False, "EGeneral:Internal error", 5)
        params = {"channel": "counting", "symbol": ["BTC/USD", "DOGE/USD"], "break": "BTC/USD"}
        await client.say({"method": "subscribe", "params": params})
        heard = [decoded(await client.raw()) for _ in range(2)]
        assert [message["success"] for message in heard] == [False, True]
        assert (heard[0]["error"], heard[0]["symbol"]) == ("EGeneral:Internal error", "BTC/USD")
        assert await client.ping() == []
