"""Worlds: which books belong to a market, and where in its time a run begins.

Kraken's own market is the real one and has no name. A demo sleeps while nobody runs it and goes on where it stopped;
with a seed it begins anew at a fixed time. A recording always begins anew. What began anew sets the books of the
last run aside as `NAME.previous`.
"""

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.clock import SECOND, SEEDED_START_NS, generator
from kraken_tui.config.home import Home
from kraken_tui.model.errors import UNREADABLE, SafetyRefusal
from kraken_tui.store.atomic import write_atomically

LONGEST_SLEEP_NS = 2 * 86_400 * SECOND
"""A demo older than this begins anew: its past would take too long to live through again."""


class DemoWorld(Struct, frozen=True):
    """Enough to live a demo market again up to where it stopped."""

    seed: int
    start_ns: int
    now_ns: int

    def save(self, home: Home, now_ns: int) -> None:
        """Remember that the world has reached `now_ns`."""
        write_atomically(_file(home), msgspec.json.encode(DemoWorld(self.seed, self.start_ns, now_ns)))


def enter_demo(home: Home, seed: int | None, wall_ns: int) -> DemoWorld:
    """The demo world to run in.

    Args:
        home: in the demo's world.
        seed: begins anew at a fixed time; None goes on with the last world, or draws a new one.
        wall_ns: where a newly drawn world begins.
    """
    last = _read(home) if seed is None else None
    if last is not None and last.now_ns - last.start_ns <= LONGEST_SLEEP_NS:
        return last
    set_aside(home)
    if seed is None:
        return DemoWorld(generator(None).getrandbits(32), wall_ns, wall_ns)
    return DemoWorld(seed, SEEDED_START_NS, SEEDED_START_NS)


def set_aside(home: Home) -> None:
    """Move the books of a world's last run to `NAME.previous`, in place of those that lie there.

    Raises:
        SafetyRefusal: another mode's journal lies among them, or among those that they would replace.
    """
    assert home.world, "the books of the real market are never set aside"
    if home.books.exists():
        for name in (home.world, f"{home.world}.previous"):
            _refuse_others(home.in_world(name))
        previous = home.books.with_name(f"{home.books.name}.previous")
        shutil.rmtree(previous, ignore_errors=True)
        home.books.rename(previous)


def _refuse_others(home: Home) -> None:
    """A journal of real orders, put there by whatever mistake, is neither moved nor replaced."""
    if not home.journal.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(home.journal)) as journal:
            rows = journal.execute("SELECT value FROM meta WHERE key = 'mode'").fetchall()
    except sqlite3.Error:
        return  # no journal, or what is left of one: it names no mode
    if rows and rows[0][0] != home.mode:
        raise SafetyRefusal(f"{home.journal} is the {rows[0][0]} journal; {home.mode} must not touch it")


def name_of(market: str) -> str:
    """The world's name for a market: empty for Kraken's, `demo`, or `recorded-NAME`."""
    if market in ("kraken", "demo"):
        return "" if market == "kraken" else "demo"
    return "recorded-" + re.sub(r"[^A-Za-z0-9_.-]", "_", Path(market).resolve().name)


def _file(home: Home) -> Path:
    return home.books / "world.json"


def _read(home: Home) -> DemoWorld | None:
    try:
        world = msgspec.json.decode(_file(home).read_bytes(), type=DemoWorld)
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise _unreadable(home, str(error)) from error
    if not 0 <= world.start_ns <= world.now_ns:
        raise _unreadable(home, "its times make no sense")
    return world


def _unreadable(home: Home, why: str) -> SafetyRefusal:
    return SafetyRefusal(
        f"{_file(home)}: can't be read: {why}. Without it the demo's books would be set aside: put a good copy back, "
        f"or move {home.books} away to begin a new demo"
    )
