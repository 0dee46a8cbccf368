"""What answers may cost a day: counted from what the provider says, kept over restarts, anew at midnight."""

import asyncio
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.agent.llm.models import Usage, known_model
from kraken_tui.clock import SECOND, Clock
from kraken_tui.model.errors import UNREADABLE
from kraken_tui.risk.trading_day import trading_day
from kraken_tui.store.atomic import write_atomically

MOST_USD = 10**9
"""A larger sum in the file is damage."""


class Spent(Struct, frozen=True, kw_only=True):
    """A day's answers."""

    day: str
    """Local date, such as `2026-01-01`."""
    input: int = 0
    output: int = 0
    usd: Decimal = Decimal(0)
    priced: bool = True
    """Whether every model's price is known; else `usd` is only a part."""

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input + self.output


class Limits(Struct, frozen=True, kw_only=True):
    """The most of a day; None: no limit."""

    usd: Decimal | None
    tokens: int | None


def spend(spent: Spent, model: str, usage: Usage, *, free: bool = False) -> Spent:
    """`spent` after one more request to `model`; `free` where it runs on this computer."""
    known = known_model(model)
    cost = Decimal(0) if free or known is None else known.price.cost(usage)
    return msgspec.structs.replace(
        spent,
        input=spent.input + usage.input,
        output=spent.output + usage.output,
        usd=spent.usd + cost,
        priced=spent.priced and (free or known is not None),
    )


def exhausted(spent: Spent, limits: Limits) -> str:
    """Which limit the day has reached, in words; empty: none."""
    if limits.usd is not None and spent.usd >= limits.usd:
        return f"{spent.usd:.2f} of {limits.usd:.2f} USD"
    if limits.tokens is not None and spent.tokens >= limits.tokens:
        return f"{spent.tokens} of {limits.tokens} tokens"
    return ""


def next_midnight(now_ns: int, zone: tzinfo) -> str:
    """When the next day begins, as people write it."""
    today = datetime.fromtimestamp(now_ns // SECOND, zone)
    midnight = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{midnight:%Y-%m-%d %H:%M} {zone}"


class Budget:
    """Keeps the day's account in a file.

    A file that can't be read counts as a spent day: what was spent is not known, and tomorrow it is written anew.

    Args:
        path: `assistant_budget.json` of a mode's state.
        limits: of a day.
        zone: whose midnight begins a day.
        clock: tells the time.
    """

    def __init__(self, path: Path, limits: Limits, zone: tzinfo, clock: Clock) -> None:
        self.problem = ""
        """Why what was spent is not known, or not kept; empty where it is."""
        self._path = path
        self._limits = limits
        self._zone = zone
        self._clock = clock
        self._unknown_day = ""
        self._spent = self._read()

    @property
    def spent(self) -> Spent:
        """Today's account."""
        today = trading_day(self._clock.now_ns(), self._zone)
        if self._spent.day != today:
            self._spent, self._unknown_day, self.problem = Spent(day=today), "", ""
        return self._spent

    def stop(self) -> str:
        """Why no more may be asked today, in a sentence; empty: it may."""
        spent, until = self.spent, next_midnight(self._clock.now_ns(), self._zone)
        if self._unknown_day:
            return f"budget not known until {until}: {self.problem}; delete the file to begin anew"
        reached = exhausted(spent, self._limits)
        return f"budget spent until {until}: {reached}" if reached else ""

    async def spend(self, model: str, usage: Usage, *, free: bool = False) -> None:
        """Count a request; on the disk on return, where the disk takes it."""
        self._spent = spend(self.spent, model, usage, free=free)
        data = msgspec.json.encode(self._spent)
        try:
            await asyncio.to_thread(write_atomically, self._path, data)
        except OSError as error:
            self.problem = f"{self._path} can't be written: {error.strerror}"

    def _read(self) -> Spent:
        today = trading_day(self._clock.now_ns(), self._zone)
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Spent)
            if not found.usd.is_finite() or found.usd > MOST_USD:
                raise ValueError(f"{found.usd} is no sum")
        except FileNotFoundError:
            return Spent(day=today)
        except UNREADABLE as error:
            self.problem, self._unknown_day = f"{self._path} can't be read ({type(error).__name__})", today
            return Spent(day=today)
        return found
