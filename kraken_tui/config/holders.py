"""Who holds a home: the kernel drops a dead engine's lock, so a held one means a running engine."""

import fcntl
from pathlib import Path

from kraken_tui.config.home import Home, Mode

MOST_SERIOUS_FIRST = (Mode.LIVE, Mode.SANDBOX, Mode.PAPER)


def holder(home: Home) -> str:
    """The pid of the engine of this home and mode, or `unknown`; empty where none runs."""
    return _holder(home.lock)


def flattener(root: Path) -> str:
    """The pid of a `kraken-tui flatten` that acts without an engine, or `unknown`; empty where none does."""
    return _holder(flatten_lock_file(root))


def flatten_lock_file(root: Path) -> Path:
    """Held by a flatten that acts without an engine, whatever the mode."""
    return root / "state" / "flatten.lock"


def _holder(path: Path) -> str:
    try:
        with path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read(20).decode(errors="replace").strip() or "unknown"
    except OSError:
        pass  # no lock was ever made here
    return ""


def running(root: Path) -> Home | None:
    """The home at `root` in the mode that an engine runs it in; None where none runs."""
    homes = (Home(root, mode) for mode in MOST_SERIOUS_FIRST)
    return next((home for home in homes if holder(home)), None)
