"""Two sandbox processes, and for each test a fresh account and a market that stands still."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from kraken.spot import Market, Trade, User

from tests.sandbox.clients.ccxt_clients import rest_client, socket_client
from tests.sandbox.clients.sdk_clients import closing
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess, sandbox_process


@pytest.fixture(scope="session")
def process() -> Iterator[SandboxProcess]:
    """`kraken-tui sandbox --json --seed 1 --tier pro`, for clients whose nonces are milliseconds."""
    with sandbox_process("--tier", "pro") as process:
        yield process


@pytest.fixture(scope="session")
def sdk_process() -> Iterator[SandboxProcess]:
    """Another one: a key that the SDK used, with nonces of 18 digits, is of no use to any other client."""
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


@pytest.fixture
def market(process: SandboxProcess, steering: Steering) -> Iterator[Any]:
    """The SDK's public client."""
    client = Market(url=process.rest)
    with closing(client):
        yield client


@pytest.fixture
def trade(process: SandboxProcess, market: Any) -> Iterator[Any]:
    """The SDK's client for orders."""
    client: Any = Trade(*process.key(), url=process.rest)
    # its `truncate` asks a Market of its own, which always is at api.kraken.com
    client._Trade__market = market
    with closing(client):
        yield client


@pytest.fixture
def user(process: SandboxProcess, steering: Steering) -> Iterator[Any]:
    """The SDK's client for the account."""
    client = User(*process.key(), url=process.rest)
    with closing(client):
        yield client
