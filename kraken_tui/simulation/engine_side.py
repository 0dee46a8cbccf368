"""What an engine in the simulation is built on: the real client and the real private stream, in memory."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from kraken_tui.clock import generator
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.live.budgets import TIERS, Budgets
from kraken_tui.exchange.live.http_session import HttpSession
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.nonces import Nonces
from kraken_tui.exchange.live.private_stream import PrivateStream
from kraken_tui.exchange.live.signed_kraken import Markets, SignedKraken
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.simulation.exchange_side import REST_URL, WS_URL, ExchangeSide
from kraken_tui.simulation.machine import Machine


class Credentials(Struct, frozen=True):
    """An API key, as the client takes it."""

    api_key: str
    secret: str


def client(exchange: ExchangeSide, machine: Machine) -> KrakenClient:
    """A client that has loaded what the exchange trades."""
    key = exchange.key
    return KrakenClient(
        Credentials(key.key, key.secret), REST_URL, machine.clock, session=exchange.session(),
        markets=markets(exchange.terms.symbols), counters=Budgets(TIERS[exchange.terms.tier]),
    )  # fmt: skip


def stream(exchange: ExchangeSide, machine: Machine, of: KrakenClient, seed: int) -> PrivateStream:
    """A private stream with its tokens from `of`."""
    return PrivateStream(WS_URL, of.token, machine.clock, generator(seed).random, exchange.sockets.connect)


@cache
def markets(symbols: tuple[str, ...]) -> Markets:
    """What the client would load: the same for all schedules, so worked out once."""
    pairs, clock = Pairs(load_instruments()[symbol] for symbol in symbols), _NoClock()
    reader = SignedKraken("key", "c2VjcmV0", REST_URL, _no_session, Nonces(clock))
    return reader.read_markets(pairs.assets_answer(), pairs.pairs_answer())


class _NoClock:
    """Nobody asks it."""

    def now_ns(self) -> int:
        return 0

    async def sleep_until(self, time_ns: int) -> None:
        raise AssertionError

    async def sleep(self, seconds: float) -> None:
        raise AssertionError


def _no_session() -> HttpSession:
    """Nothing is sent."""
    raise AssertionError
