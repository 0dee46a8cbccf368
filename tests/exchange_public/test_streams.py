import asyncio
import gc
import json
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from aiohttp.connector import Connection

from kraken_tui.clock import SECOND, real_sleep
from kraken_tui.exchange.channels import TICKER, TickerRow
from kraken_tui.exchange.streams import CHUNK, PublicStream
from tests.market.fake_kraken import fake_kraken
from tests.recorded import recorded


class CountingClock:
    """Never waits; notes every wait, and stops the test after enough of them."""

    def __init__(self, enough: int) -> None:
        self.waits: list[float] = []
        self._now_ns = 1_767_225_600 * SECOND
        self._enough = enough

    def now_ns(self) -> int:
        return self._now_ns

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._now_ns += int(seconds * SECOND)
        if len(self.waits) >= self._enough:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    async def sleep_until(self, time_ns: int) -> None:
        await self.sleep((time_ns - self._now_ns) / SECOND)


async def waits_when_nobody_answers(chance: float, count: int = 9) -> list[float]:
    clock = CountingClock(count)
    stream = PublicStream("ws://127.0.0.1:1/v2", ["BTC/USD"], TICKER, lambda rows, now: None, clock, lambda: chance)
    with suppress(asyncio.CancelledError):
        await stream.run()
    assert "127.0.0.1" in stream.why_down
    return clock.waits


async def test_reconnects_at_once_and_then_ever_more_slowly() -> None:
    waits = await waits_when_nobody_answers(0.0)
    assert waits == [0.0, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert all(wait >= 5 for wait in waits[2:]), "Kraken asks for five seconds once the first tries failed"


async def test_jitter_only_lengthens() -> None:
    assert await waits_when_nobody_answers(1.0, 4) == [0.0, 1.25, 6.25, 12.5]


async def test_many_symbols_are_subscribed_in_chunks() -> None:
    symbols = [f"C{number}/USD" for number in range(2 * CHUNK + 7)]
    async with fake_kraken() as fake:
        fake.refuse = dict.fromkeys(symbols, "Currency pair not supported")
        stream = PublicStream(fake.ws_url, symbols, TICKER, lambda rows, now: None, QuickClock(), lambda: 0.0)
        task = asyncio.ensure_future(stream.run())
        await asyncio.wait_for(stream.settled(), 5)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert [len(message["params"]["symbol"]) for message in fake.heard] == [CHUNK, CHUNK, 7]
        assert len(stream.refused) == len(symbols)


class QuickClock(CountingClock):
    """Waits a hundredth of what is asked."""

    def __init__(self) -> None:
        super().__init__(10**9)

    async def sleep(self, seconds: float) -> None:
        self._now_ns += int(seconds * SECOND)
        await asyncio.sleep(seconds / 100)


class LateClock(QuickClock):
    """Jumps ahead at the first look at it after `jump`, so that a socket seems silent; that look is told."""

    def __init__(self) -> None:
        super().__init__()
        self.jump: Callable[[], object] | None = None

    def now_ns(self) -> int:
        if self.jump is not None:
            self._now_ns += 3600 * SECOND
            self.jump()
            self.jump = None
        return super().now_ns()


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_cancelled_while_it_gives_a_socket_up_it_lets_go_of_its_connection(turns: int, times: int) -> None:
    def cancel_after(turns: int, times: int) -> None:
        if turns == 0:
            task.cancel()
            turns, times = 1, times - 1
        if times:
            asyncio.get_running_loop().call_soon(cancel_after, turns - 1, times)

    async with fake_kraken() as fake:
        fake.mute = True
        clock = LateClock()
        stream = PublicStream(fake.ws_url, ["BTC/USD"], TICKER, lambda rows, now: None, clock, lambda: 0.0)
        task = asyncio.ensure_future(stream.run())
        while not fake.heard:
            await real_sleep(0.001)
        clock.jump = lambda: cancel_after(turns, times)
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()
        held = [each for each in gc.get_objects() if isinstance(each, Connection) and each.protocol is not None]
        assert not held, "left to the garbage collector, which warns of it whenever it comes by"


def test_krakens_own_messages_decode() -> None:
    snapshot = recorded("kraken_fixtures/nautilus/ws_ticker_snapshot.json").read_bytes()
    row = TICKER.decode(snapshot).data[0]
    assert (row.symbol, row.bid, row.bid_qty, row.ask, row.last) == ("BTC/USD", 105944.2, 2.5, 105944.3, 105899.4)
    answer = TICKER.decode(recorded("kraken_fixtures/nautilus/ws_subscribe_response.json").read_bytes())
    assert answer.method == "subscribe" and answer.success and answer.result and answer.result.symbol == "BTC/USD"
    assert TICKER.decode(recorded("kraken_fixtures/nautilus/ws_pong.json").read_bytes()).method == "pong"


@pytest.mark.parametrize("field", ["bid", "ask", "last"])
def test_null_and_absent_are_none(field: str) -> None:
    row = json.dumps({"symbol": "BTC/USD", field: None})
    assert msgspec.json.decode(row, type=TickerRow) == TickerRow("BTC/USD")
