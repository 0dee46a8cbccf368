"""Kraken for an engine that trades LIVE: built, loaded, and let in by the check at the start."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.live.start_check import StartCheck
from kraken_tui.model.errors import ExchangeUnreachable, RetryLater
from kraken_tui.model.instrument import Instrument
from kraken_tui.runtime.admission import admit

if TYPE_CHECKING:
    from kraken_tui.exchange.live.kraken_client import KrakenClient
    from kraken_tui.exchange.live.private_stream import PrivateStream


class Live(Struct, frozen=True, kw_only=True):
    """An account that may be traded."""

    exchange: "KrakenClient"
    executions: "PrivateStream"
    """Does nothing until its `run` is started."""
    check: StartCheck
    """What was found, the fees among it."""


async def open_live(
    home: Home,
    settings: Settings,
    keys: Keys,
    word: str,
    instruments: Sequence[Instrument],
    clock: Clock,
    held: AsyncExitStack,
) -> Live:
    """Connect to the account, and check that it may be traded.

    Args:
        home: in LIVE's or the sandbox's mode.
        settings: the home's.
        keys: the account's.
        word: what the operator typed to confirm it.
        instruments: the pairs that are to be scanned.
        clock: the engine's.
        held: closes the client at last.

    Raises:
        SafetyRefusal: something keeps LIVE from starting.
        ExchangeUnreachable: Kraken does not answer.
    """
    client, stream = ExchangeManager(settings, home, clock).live(keys)
    held.push_async_callback(client.close)
    try:
        await client.load()
    except RetryLater as error:
        raise ExchangeUnreachable(f"Kraken does not answer: {error.text}") from error
    found = await admit(client, settings, instruments, clock, word)
    return Live(exchange=client, executions=stream, check=found)
