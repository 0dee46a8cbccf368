"""The books of a home, one per mode and world, and spans of time as people give them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from kraken_tui.clock import SECOND
from kraken_tui.config.holders import MOST_SERIOUS_FIRST
from kraken_tui.config.home import Home, Mode
from kraken_tui.model.errors import UsageError

ModeOption = Annotated[Mode | None, typer.Option("--mode", help="Of one mode only.")]
WorldOption = Annotated[
    str | None, typer.Option("--world", metavar="NAME", help="kraken, demo or recorded-NAME; of one world only.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help='Such as 2026-11-01 or "2026-11-01 09:00".')
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Not included.")]
ZoneOption = Annotated[str, typer.Option("--tz", metavar="ZONE", help="Of times, an IANA name.")]

KRAKEN = "kraken"
LATEST_NS = 9_214_646_400 * SECOND
"""2262 begins; a little later 64 bits end."""


def books(root: Path, mode: Mode | None = None, world: str | None = None) -> list[Home]:
    """The home in each mode and world, real money first; books that were set aside are left out."""
    found = [there for one in MOST_SERIOUS_FIRST if mode in (None, one) for there in _worlds(Home(root, one))]
    return [there for there in found if world in (None, there.world or KRAKEN)]


def one_book(root: Path, mode: Mode | None, world: str | None, has: Callable[[Home], bool], what: str) -> Home:
    """The only book that has it.

    Raises:
        UsageError: none has, or several have.
    """
    found = [there for there in books(root, mode, world) if has(there)]
    if not found:
        raise UsageError(f"{root} has no {what}{_asked(mode, world)}")
    if len(found) > 1:
        named = ", ".join(f"--mode {there.mode} --world {there.world or KRAKEN}" for there in found)
        raise UsageError(f"{root} has {what} of several books; name one: {named}")
    return found[0]


def span_of(start: str | None, end: str | None, tz: str) -> tuple[int | None, int | None]:
    """First nanosecond, and the one after the last; None where nothing is said. Times before 1970 and after 2261 are
    those: no row can be farther off.

    Raises:
        UsageError: says which option, and what would be right.
    """
    from kraken_tui.config.moments import moment_ns, zone_of

    try:
        zone = zone_of(tz)
    except ValueError as error:
        raise UsageError(f"--tz: {error}") from error
    told: list[int | None] = []
    for option, text in (("--from", start), ("--to", end)):
        try:
            told.append(None if text is None else moment_ns(text, zone))
        except ValueError as error:
            raise UsageError(f"{option}: {error}") from error
    if told[0] is not None and told[1] is not None and told[1] <= told[0]:
        raise UsageError(f"--to {end} must be after --from {start}")
    begin, after = (None if moment is None else max(0, min(moment, LATEST_NS)) for moment in told)
    return begin, after


def _worlds(home: Home) -> list[Home]:
    """A home in Kraken's own market, then in each other."""
    folders = sorted(home.state.iterdir()) if home.state.is_dir() else []
    names = [folder.name for folder in folders if folder.is_dir() and folder.suffix != ".previous"]
    return [home, *(home.in_world(name) for name in names)]


def _asked(mode: Mode | None, world: str | None) -> str:
    return "".join(f" of {word}" for word in (mode, world) if word is not None)
