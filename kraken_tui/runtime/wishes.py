"""What the operator has set and a restart must not forget: `operator.json` in the books' folder."""

from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.config.home import Home
from kraken_tui.model.errors import UNREADABLE
from kraken_tui.risk.pauses import PartPause
from kraken_tui.store.atomic import write_atomically


class Wishes(Struct, frozen=True):
    """The operator's."""

    paused: bool = False
    autopilot: str = ""
    """What the autopilot may do; empty: as the settings say."""
    assistant: str = ""
    """What the assistant may have done without being asked; empty: as the settings say."""
    pauses: tuple[PartPause, ...] = ()
    """Of a part of the market, or with an end."""


def wishes_file(home: Home) -> Path:
    """Where they lie; `home` in its world."""
    return home.books / "operator.json"


def read_wishes(path: Path) -> Wishes | None:
    """What was written down; the defaults where nothing was; None where it can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Wishes)
    except FileNotFoundError:
        return Wishes()
    except UNREADABLE:
        return None


def write_wishes(path: Path, wishes: Wishes) -> None:
    """Write them down; on the disk when this returns.

    Raises:
        OSError: they can't be written.
    """
    write_atomically(path, msgspec.json.encode(wishes))
