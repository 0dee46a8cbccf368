"""One sandbox process per module, and a fresh account with a market that stands still for each test."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.clients.ccxt_clients import rest_client, socket_client
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess, sandbox_process


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    """`kraken-tui sandbox --json --seed 1 --tier pro`: the tests of a module share its rate limits."""
    with sandbox_process("--tier", "pro") as process:
        yield process


@pytest.fixture
def steering(process: SandboxProcess) -> Steering:
    """Moves the sandbox, whose account is fresh."""
    steering = Steering(process.control)
    steering.begin()
    return steering


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_client(process: SandboxProcess) -> AsyncIterator[Any]:
    """ccxt's async client, its markets loaded; its module's tests run in the module's event loop."""
    client = rest_client(process)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


@pytest.fixture
def kraken(shared_client: Any, steering: Steering) -> Any:
    """The module's ccxt client, on a fresh account."""
    return shared_client


@pytest.fixture
async def pro(process: SandboxProcess, steering: Steering) -> AsyncIterator[Any]:
    """ccxt.pro, its markets loaded."""
    client = socket_client(process)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
