"""The private channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kraken_tui.sandbox.ws.account.balances import Balances
from kraken_tui.sandbox.ws.account.executions import Executions

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.channel import Channel


def private_channels(parts: Parts) -> dict[str, Channel]:
    """Executions and balances, by name. They listen to the venue in this order: what happened to orders goes out
    before what it did to balances.
    """
    channels: list[Channel] = [Executions(parts), Balances(parts)]
    return {channel.name: channel for channel in channels}


PRIVATE_CHANNELS = private_channels
