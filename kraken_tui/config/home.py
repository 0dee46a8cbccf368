"""Where the parts of a home lie, and where its engine's socket is."""

import hashlib
import os
import tempfile
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """What stands in folder names, locks and rows."""

    PAPER = "paper"
    LIVE = "live"
    SANDBOX = "sandbox"
    """LIVE's own code against a sandbox on loopback."""


class Home:
    """A folder with everything of one operator: settings, logs and state per mode.

    Args:
        root: the folder; it need not exist yet.
        mode: paper, live or sandbox; each has its own state.
        world: the market, where it is not Kraken's own: `demo`, or `recorded-NAME`. Invented or past prices must
            never value what was bought at real ones, so each world keeps its own books within the mode.
    """

    def __init__(self, root: Path, mode: str = "paper", world: str = "") -> None:
        self.root = root.resolve()
        self.mode = mode
        self.world = world

    def in_world(self, world: str) -> "Home":
        """The same home with the books of another world."""
        return Home(self.root, self.mode, world)

    @property
    def config(self) -> Path:
        """`config.json`."""
        return self.root / "config.json"

    @property
    def env(self) -> Path:
        """`.env`: secrets and addresses, read by name."""
        return self.root / ".env"

    @property
    def logs(self) -> Path:
        """Rotated text logs."""
        return self.root / "logs"

    @property
    def state(self) -> Path:
        """What this mode remembers; no other mode reads it."""
        return self.root / "state" / self.mode

    @property
    def books(self) -> Path:
        """What this mode remembers of this world."""
        return self.state / self.world if self.world else self.state

    @property
    def lock(self) -> Path:
        """Held by the one engine of this home and mode; holds its pid."""
        return self.state / "engine.lock"

    @property
    def heartbeat(self) -> Path:
        """The engine's sign of life, which the guard watches."""
        return self.state / "heartbeat.json"

    @property
    def notifications(self) -> Path:
        """What the operator was told, and whether it arrived (SQLite); the guard writes it too."""
        return self.state / "notifications.db"

    @property
    def journal(self) -> Path:
        """The order journal (SQLite)."""
        return self.books / "journal.db"

    @property
    def evaluation_log(self) -> Path:
        """Every decision with its checks (SQLite); its head lies beside it."""
        return self.books / "evaluation_log.db"

    @property
    def memory(self) -> Path:
        """The trading memory: trades, decisions, what was learned (SQLite)."""
        return self.books / "trading_memory.db"

    @property
    def ledger(self) -> Path:
        """The paper exchange's own books."""
        return self.books / "paper_ledger.json"

    @property
    def inputs(self) -> Path:
        """The input log, a file a day."""
        return self.books / "inputs"

    @property
    def trajectory(self) -> Path:
        """Today's trajectory."""
        return self.books / "trajectory.csv"

    @property
    def ui_state(self) -> Path:
        """Layout choices of the screen."""
        return self.root / "state" / "ui-state.json"

    @property
    def socket(self) -> Path:
        """The engine's socket, in a folder of this user only; short, as a socket's path may have 104 bytes at most."""
        name = hashlib.sha256(f"{self.root}:{self.mode}".encode()).hexdigest()[:16]
        return _runtime_folder() / name / "engine.sock"


def account_lock(api_key: str, rest_url: str) -> Path:
    """Held by the one engine that trades with `api_key` there, whatever its home; its name tells nothing of the key.

    Below /tmp, and not where $XDG_RUNTIME_DIR or $TMPDIR say, which may differ between a service and a login.
    """
    name = hashlib.sha256(f"{rest_url} {api_key}".encode()).hexdigest()[:16]
    return Path(f"/tmp/kraken-tui-{os.getuid()}") / "accounts" / f"{name}.lock"


def _runtime_folder() -> Path:
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and Path(given).is_dir() and os.access(given, os.W_OK) and len(given) < 50:
        return Path(given) / "kraken-tui"
    return Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp") / f"kraken-tui-{os.getuid()}"
