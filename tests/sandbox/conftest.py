"""Sandboxes for tests: in this process, with a market that stands still, and as a process of its own."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.sandbox.programs import SandboxProcess
from tests.sandbox.programs import sandbox_process as running

PRICES = {"BTC/USD": ("59999.9", "60000.1", "60000.0"), "ETH/USD": ("2999.99", "3000.01", "3000.00")}
"""Bid, ask and last of the pairs that the `sandbox` fixture fixes."""


@pytest.fixture
def options() -> Options:
    """What the `sandbox` fixture is started with; a test module may override it."""
    return Options(port=0, seed=1, paused=True)


@pytest.fixture
async def sandbox(options: Options) -> AsyncIterator[Sandbox]:
    """In this event loop; seeded, its market stands still, BTC/USD and ETH/USD at `PRICES`."""
    async with Sandbox(options) as sandbox:
        for pair, (bid, ask, last) in PRICES.items():
            sandbox.control.price(pair, Decimal(bid), Decimal(ask), Decimal(last))
        yield sandbox


@pytest.fixture
def sandbox_process() -> Iterator[SandboxProcess]:
    """`kraken-tui sandbox --json --seed 1` on free ports; its market moves."""
    with running() as process:
        yield process
