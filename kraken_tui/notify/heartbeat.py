"""The engine's sign of life: a small file that is replaced whole every two seconds, and read by the guard."""

import os
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from kraken_tui.model.errors import UNREADABLE

EVERY_S = 2.0
LONGEST = 10_000


class Beat(Struct, frozen=True, kw_only=True):
    """An engine at one moment."""

    pid: int
    time_ns: int
    """The wall clock's."""
    state: Literal["starting", "running", "stopped", "failed"]
    """`stopped` once it ended because somebody wanted that, `failed` where its start was refused."""
    market: str
    """What it was started on."""
    live: bool = False
    """Whether it was started with `--live`."""


def write_beat(path: Path, beat: Beat) -> None:
    """Replace the file. It need not outlive a power cut, so nothing is synced.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{beat.pid}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(beat))
    finally:
        os.close(descriptor)
    temporary.replace(path)


def read_beat(path: Path) -> Beat | None:
    """The last sign of life; None where there never was one, or it can't be read."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(LONGEST), type=Beat)
    except UNREADABLE:
        return None
