"""The sandbox over the wire: signed orders per second, their round trip, and the fan-out to many subscribers.

Beside it stands what a user could write instead in an afternoon: the same aiohttp answering a fixed text, without a
signature, an order or a book. Run: python -m benchmarks.sandbox
"""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import statistics
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.machine import machine
from kraken_tui.clock import stopwatch_ns
from kraken_tui.market.demo_levels import demo_instruments

PAIRS = 1_500
SUBSCRIBERS = 50
SPEED = "10"
"""A generated market moves once a second of the exchange's clock; ten times as fast is more than the real one."""
ORDERS = 4_000
MS = 1_000_000
ECHO = """
from aiohttp import web
async def answer(request):
    await request.read()
    return web.Response(body=b'{"error":[],"result":{"count":1}}', content_type="application/json")
app = web.Application()
app.router.add_post("/0/private/{name}", answer)
def tell(text):
    print(*[word for word in text.split() if word.startswith("http")], flush=True)
web.run_app(app, host="127.0.0.1", port=0, print=tell)
"""


@asynccontextmanager
async def sandbox(*arguments: str) -> AsyncIterator[tuple[dict[str, Any], psutil.Process]]:
    """A sandbox of its own process on the first core; what it says when ready."""
    command = [sys.executable, "-m", "kraken_tui", "sandbox", "--port", "0", "--seed", "1", "--json", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        ps = psutil.Process(process.pid)
        ps.cpu_affinity([0])
        yield ready, ps
    finally:
        process.terminate()
        await process.communicate()


class Client:
    """The cheapest client there is: one connection, one request at a time, so that the server is what is measured."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, key: dict[str, str]) -> None:
        self._reader, self._writer = reader, writer
        self._key = key["key"]
        self._secret = base64.b64decode(key["secret"])
        self._nonce = 0

    async def ask(self, method: str, body: str) -> dict[str, Any]:
        """The answer to a signed request."""
        self._nonce += 1
        path, data = f"/0/private/{method}", f"nonce={self._nonce}&{body}".encode()
        digest = hashlib.sha256(str(self._nonce).encode() + data).digest()
        sign = base64.b64encode(hmac.digest(self._secret, path.encode() + digest, "sha512")).decode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAPI-Key: {self._key}\r\nAPI-Sign: {sign}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        self._writer.write(head.encode() + data)
        headers = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(headers.split(b"content-length:")[1].split(b"\r\n")[0])
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(length))
        return answer


async def connect(url: str, key: dict[str, str]) -> Client:
    where = urlsplit(url)
    return Client(*await asyncio.open_connection(where.hostname, where.port), key)


async def place_and_cancel(client: Client, count: int) -> tuple[list[int], list[int]]:
    """Nanoseconds of each AddOrder and of each CancelOrder; each order rests far from the market."""
    placed, cancelled = [], []
    for _ in range(count):
        began = stopwatch_ns()
        answer = await client.ask("AddOrder", "pair=XBTUSD&type=buy&ordertype=limit&volume=0.001&price=1000")
        placed.append(stopwatch_ns() - began)
        began = stopwatch_ns()
        answer = await client.ask("CancelOrder", f"txid={answer['result']['txid'][0]}")
        cancelled.append(stopwatch_ns() - began)
        assert answer == {"error": [], "result": {"count": 1}}, answer
    return placed, cancelled


def told(name: str, spent: list[int]) -> str:
    ordered = sorted(spent)
    p99 = ordered[len(ordered) * 99 // 100]
    return f"{name:34} p50 {statistics.median(ordered) / MS:6.2f} ms   p99 {p99 / MS:6.2f} ms"


async def orders() -> float:
    """Round trips with one request on its way, then pairs per second with four keys at once."""
    async with sandbox("--policy", "rate_limits=off") as (ready, _):
        keys = [key for key in ready["keys"] if {"modify-trades", "close-trades"} <= set(key["permissions"])]
        client = await connect(ready["rest"], keys[0])
        await place_and_cancel(client, 200)
        placed, cancelled = await place_and_cancel(client, ORDERS // 2)
        print(told("AddOrder, signed", placed))
        print(told("CancelOrder, signed", cancelled))
        alone = len(placed) * 1e9 / (sum(placed) + sum(cancelled))
        print(f"{'pairs of both, one at a time':34} {alone:8.0f} /s")
        return alone


async def echo() -> float:
    """Pairs of requests per second against bare aiohttp."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ECHO, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = ""
        while not url.startswith("http"):
            url = (await process.stdout.readline()).decode().strip()
        psutil.Process(process.pid).cpu_affinity([0])
        client = await connect(url, {"key": "k", "secret": "c2VjcmV0"})
        for _ in range(200):
            await client.ask("AddOrder", "pair=XBTUSD")
        began = stopwatch_ns()
        for _ in range(ORDERS):
            await client.ask("AddOrder", "pair=XBTUSD&type=buy&ordertype=limit&volume=0.001&price=1000")
        return ORDERS / 2 * 1e9 / (stopwatch_ns() - began)
    finally:
        process.terminate()
        await process.wait()


def pairs_file(folder: Path) -> Path:
    """An AssetPairs answer of so many made-up pairs."""
    rows = {
        coin.id: {
            "altname": coin.altname, "wsname": coin.symbol, "base": coin.base, "quote": "ZUSD",
            "pair_decimals": coin.price_decimals, "lot_decimals": coin.lot_decimals,
            "cost_decimals": coin.cost_decimals, "tick_size": str(coin.tick), "ordermin": str(coin.order_min),
            "costmin": str(coin.cost_min), "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]], "status": "online",
        }
        for coin, _ in demo_instruments((), PAIRS)
    }  # fmt: skip
    path = folder / "pairs.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"error": [], "result": rows}).encode()))
    return path


async def listen(url: str, symbols: list[str], frames: list[int]) -> None:
    """Subscribe to the ticker of all `symbols` and count the frames that come."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(
        f"GET {where.path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    for begin in range(0, len(symbols), 250):
        params = {"channel": "ticker", "symbol": symbols[begin : begin + 250], "event_trigger": "bbo"}
        writer.write(masked(json.dumps({"method": "subscribe", "params": params}).encode()))
    try:
        while chunk := await reader.read(1 << 20):
            # A frame's text begins with an object that names its channel: cheaper to count than to parse.
            frames[0] += chunk.count(b'"type":"update"')
            frames[1] += len(chunk)
    except ConnectionError:
        frames[2] += 1
    finally:
        writer.close()


def masked(text: bytes) -> bytes:
    """A client's frame, masked with zeros."""
    return b"\x81" + bytes([0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text


async def fan_out() -> None:
    """Frames per second to all subscribers together, and what of a core the sandbox needs for it."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("--pairs", str(pairs_file(Path(folder))), "--speed", SPEED)
        async with sandbox(*arguments) as (ready, process):
            symbols = [coin.symbol for coin, _ in demo_instruments((), PAIRS)]
            frames = [0, 0, 0]
            tasks = [asyncio.create_task(listen(ready["ws"], symbols, frames)) for _ in range(SUBSCRIBERS)]
            await asyncio.sleep(20)
            before, cpu, began = tuple(frames), sum(process.cpu_times()[:2]), stopwatch_ns()
            await asyncio.sleep(20)
            seconds = (stopwatch_ns() - began) / 1e9
            count, size = frames[0] - before[0], frames[1] - before[1]
            used = (sum(process.cpu_times()[:2]) - cpu) / seconds
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    print(f"{f'{SUBSCRIBERS} subscribers of {PAIRS} tickers':34} {count / seconds:8,.0f} updates/s, "
          f"{size / seconds / 1e6:.1f} MB/s, {used:.0%} of a core, {frames[2]} dropped")  # fmt: skip


async def measure() -> None:
    alone = await orders()
    bare = await echo()
    print(f"{'bare aiohttp, a fixed answer':34} {bare:8.0f} /s   the sandbox reaches {alone / bare:.0%} of it")
    await fan_out()


def main() -> None:
    """Print every figure."""
    print(machine())
    asyncio.run(measure())


if __name__ == "__main__":
    main()
