"""Writes the engine's sign of life as long as its event loop turns."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from typing import Literal

from loguru import logger

from kraken_tui.clock import SystemClock, real_sleep
from kraken_tui.config.home import Home
from kraken_tui.notify.heartbeat import EVERY_S, Beat, write_beat


@contextlib.asynccontextmanager
async def beating(home: Home, market: str, *, live: bool, is_running: Callable[[], bool]) -> AsyncIterator[None]:
    """Beat every two seconds of real time; at the end say that it is one, unless the engine died while it ran.

    Args:
        home: in its mode.
        market: what the engine is started on.
        live: whether it was started with `--live`.
        is_running: whether its start is over.
    """
    clock, told = SystemClock(), ""

    def beat(ended: Literal["", "stopped", "failed"] = "") -> None:
        nonlocal told
        state = ended or ("running" if is_running() else "starting")
        made = Beat(pid=os.getpid(), time_ns=clock.now_ns(), state=state, market=market, live=live)
        try:
            write_beat(home.heartbeat, made)
        except OSError as error:
            if told != str(error):
                told = str(error)
                logger.warning("no sign of life can be written: {}", error)
        else:
            told = ""

    async def keep() -> None:
        while True:
            await asyncio.to_thread(beat)
            await real_sleep(EVERY_S)

    beat()
    task = asyncio.ensure_future(keep())
    try:
        yield
    except Exception:
        if not is_running():
            await _ended(task)
            beat("failed")  # whoever started it is told why
        raise
    else:
        await _ended(task)
        beat("stopped")
    finally:
        await _ended(task)


async def _ended(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
