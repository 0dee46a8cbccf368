"""The client against `kraken-tui sandbox` as a process of its own, which then dies."""

import asyncio

import pytest

from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.model.errors import OutcomeUnknown, RetryLater
from kraken_tui.sandbox.control.client import SandboxControl
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from tests.exchange_live.client_stand import HandKeys, QuickClock
from tests.sandbox.programs import sandbox_process


async def test_an_order_on_its_way_when_the_exchange_dies_is_unknown_and_the_next_is_not_sent() -> None:
    with sandbox_process() as process:
        client = KrakenClient(HandKeys(*process.key()), process.rest, QuickClock())
        try:
            await client.load()
            stop = {"ordertype": "stop-loss", "price": "1000.0"}
            first = await client.create_order("BTC/USD", "market", "buy", "0.01", None, {"close": stop})
            assert [row["info"]["refid"] for row in await client.fetch_open_orders()] == [first["id"]]

            async with SandboxControl(process.control) as control:
                await control.arm(FaultRule(kind="latency", where="rest:AddOrder", seconds=30))
                order = asyncio.create_task(client.create_order("BTC/USD", "market", "buy", "0.01"))
                async with asyncio.timeout(5):
                    while (await control.status())["faults"]:  # until the request is there
                        pass
            process.process.kill()
            with pytest.raises(OutcomeUnknown):
                await order
            await asyncio.to_thread(process.process.wait, 10)
            with pytest.raises(RetryLater, match="was not sent"):
                await client.create_order("BTC/USD", "market", "buy", "0.01")
            with pytest.raises(RetryLater):
                await client.fetch_open_orders()
        finally:
            await client.close()
