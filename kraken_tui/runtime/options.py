"""What an engine is started with, and what it ends with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.status_service import StatusService
from kraken_tui.market.recorded_part import WHOLE, Part


class Watched(Struct, frozen=True):
    """What a watcher of a run is shown."""

    time_ns: int
    regime: str
    """The scanner's, in a word."""
    account: AccountState
    status: StatusService


class EngineOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    home: Path
    market: str | None = None
    """kraken, demo, or a recorded file or folder; None takes MARKET from `config.json`."""
    duration: float | None = None
    """Engine seconds after which to stop; None runs until stopped."""
    speed: float = 1.0
    """Engine seconds per wall second; only for generated and recorded markets."""
    seed: int | None = None
    """Seed of the demo market; with it the engine's clock starts at a fixed time, with fresh books."""
    foreground: bool = True
    """Whether the log also goes to stderr."""
    live: bool = False
    """Whether LIVE was asked for with `--live`; MODE alone starts nothing."""
    part: Part = WHOLE
    """What of a recording is played."""
    watch: Callable[[Watched], None] | None = None
    """Shown the account after each scan of a paced run."""
    word: str = ""
    """The account's name, as the operator typed it to confirm LIVE."""


class RunSummary(Struct, frozen=True, kw_only=True):
    """What a run did; `--json` prints it. Money is text, quote units."""

    scans: int
    transitions: dict[str, int]
    """Counts by kind, such as `WAIT->ARM`."""
    trades: list[dict[str, Any]]
    """Closed in this run, oldest first."""
    open_positions: list[dict[str, Any]]
    realised_pnl: str
    """Before fees, of this run."""
    unrealised_pnl: str
    """Before fees, at the prices at which positions could be closed now."""
    fees: str
    """Of this run."""
    equity: str | None
    """Of the account, with what earlier runs of this home made; None where the run was stopped before it began."""
    worst_scan_us: int
    stopped: bool
    """Whether a signal or the operator ended it, before its time or its recording was over."""
