"""`kraken-tui sandbox`: a Kraken-compatible exchange on loopback, in the foreground."""

import asyncio
import contextlib
import gc
import json
import signal
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.clock import wait_for_any
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.sandbox.options import Options

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BEFORE = "stopped before it began"


def sandbox(
    port: Annotated[int, typer.Option(metavar="N", help="Of REST and WebSocket; 0 picks a free one.")] = 8900,
    market: Annotated[str, typer.Option(metavar="demo|kraken|FOLDER-OR-FILE", help="Where prices come from.")] = "demo",
    speed: Annotated[float, typer.Option(metavar="X", help="Demo and recordings only: times real time.")] = 1.0,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same market, keys and chances again.")] = None,
    tier: Annotated[
        str, typer.Option(metavar="starter|intermediate|pro", help="Whose rate limits hold.")
    ] = "intermediate",
    policy: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What to do where Kraken's rule is not known.")
    ] = None,
    balance: Annotated[
        list[str] | None, typer.Option(metavar="ASSET=AMOUNT", help="Of a fresh account; USD, BTC and ETH by default.")
    ] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FILE", help="Key pairs in place of generated ones.")] = None,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the account survives a restart.")] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An AssetPairs answer, plain or .gz: list its pairs.")
    ] = None,
    trades: Annotated[
        Path | None, typer.Option(metavar="FOLDER-OR-FILE", help="Time and sales: what Trades tells of the past.")
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="An address of this machine's loopback.")] = "127.0.0.1",
    control_port: Annotated[int, typer.Option(metavar="N", help="Of the control API; 0 picks a free one.")] = 0,
    duration: Annotated[float | None, typer.Option(metavar="SECONDS", help="End after so many real seconds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object when ready, one at the end.")] = False,
) -> None:
    """Serve a Kraken-compatible spot exchange on this machine, for any Kraken client; no real order leaves it."""
    from kraken_tui.sandbox.options import Options
    from kraken_tui.store.logs import log_to_stderr, silence

    if duration is not None and not 0 < duration < float("inf"):
        raise UsageError(f"--duration is {duration:g}; it must be a number of seconds above 0")
    options = Options(
        host=host, port=port, control_port=control_port, market=market, speed=speed, seed=seed, tier=tier,
        policies=tuple(policy or ()), keys_file=keys, state_file=state, pairs_file=pairs, trades=trades,
        balances=_amounts(balance) if balance else None,
    )  # fmt: skip
    log_to_stderr("INFO")
    try:
        asyncio.run(_serve(options, duration, as_json=as_json))
    finally:
        silence()


def _amounts(words: list[str]) -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = {}
    for word in words:
        asset, _, text = word.partition("=")
        try:
            amounts[asset.strip()] = Decimal(text)
        except InvalidOperation as error:
            raise UsageError(f"--balance {word!r}: ASSET=AMOUNT is right, such as USD=5000") from error
    return amounts


async def _serve(options: "Options", duration: float | None, *, as_json: bool) -> None:
    from kraken_tui.sandbox.greeting import about, greeting
    from kraken_tui.sandbox.sandbox import Sandbox
    from kraken_tui.sandbox.serving import brief_about_sockets
    from kraken_tui.sandbox.summary import lines

    stopping, sandbox = asyncio.Event(), Sandbox(options)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(brief_about_sockets)
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    async with contextlib.AsyncExitStack() as running:
        opening = asyncio.ensure_future(running.enter_async_context(sandbox))
        await wait_for_any(stopping.wait(), asyncio.wait({opening}))
        if not opening.done():
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            print(json.dumps({"message": BEFORE}) if as_json else BEFORE, flush=True)
            return
        opening.result()
        gc.collect()
        gc.freeze()  # what start-up made lives on: a full collection would hold every request up
        told = sandbox.ready()
        print(json.dumps(told) if as_json else greeting(told, about(options, sandbox.parts)), flush=True)
        await wait_for_any(stopping.wait(), sandbox.failure(), at_most=duration)
        unkept = await _close(running)
    summary = sandbox.summary()
    print(json.dumps(summary) if as_json else "\n".join(plain(line) for line in lines(summary)), flush=True)
    if unkept:
        print(f"kraken-tui: {plain(unkept)}", file=sys.stderr)
        raise typer.Exit(1)


async def _close(running: contextlib.AsyncExitStack) -> str:
    """Why the account could not be kept at last; empty where it was."""
    from kraken_tui.sandbox.venue import NotKept

    try:
        await running.aclose()
    except NotKept as error:
        return str(error)
    return ""
