"""What a sandbox is started with."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

BALANCES: Mapping[str, Decimal] = {"USD": Decimal(100_000), "BTC": Decimal(2), "ETH": Decimal(20)}
"""Of a fresh account, as far as the market lists them; where it has no USD, as much of its first quote currency."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_SPEED = 1_000
"""A market is made up second by second; much faster than this, that takes longer than the seconds themselves."""


class Options(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    host: str = "127.0.0.1"
    """One of `LOOPBACK`."""
    port: int = 8900
    """Of REST and WebSocket; 0 picks a free one."""
    control_port: int = 0
    market: str = "demo"
    """kraken, demo, or a recorded file or folder."""
    speed: float = 1.0
    """Seconds of the exchange's clock per real second, up to `MOST_SPEED`; not for Kraken's own market."""
    seed: int | None = None
    """From 0 up; of the demo market, the keys and random faults. The exchange's clock shows the real time even so."""
    tier: str = "intermediate"
    policies: tuple[str, ...] = ()
    """`NAME=VALUE` words."""
    keys_file: Path | None = None
    """Key pairs to use in place of generated ones."""
    state_file: Path | None = None
    """Where the account survives a restart."""
    pairs_file: Path | None = None
    """An AssetPairs answer, plain or `.gz`: all of its pairs are listed, besides the table's."""
    trades: Path | None = None
    """Time and sales, a file or a folder: what Trades tells from before the start."""
    balances: Mapping[str, Decimal] | None = None
    """Of a fresh account, by any of Kraken's names of an asset; None: `BALANCES`."""
    paused: bool = False
    """Start with a market that stands still; the control API moves it."""
