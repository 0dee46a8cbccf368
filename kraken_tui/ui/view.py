"""What every panel is handed: one picture, and how far it can be trusted."""

import shlex
from enum import Enum
from pathlib import Path

from msgspec import Struct

from kraken_tui import clock
from kraken_tui.model.roles import CONTROL, VIEW
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.ui.columns import Columns
from kraken_tui.ui.text import span


class LinkState(Enum):
    """Whether the engine answers."""

    CONNECTING = "CONNECTING"
    UP = "UP"
    DOWN = "LINK DOWN"
    """It exists, as far as can be told, and does not answer: it may still trade."""
    GONE = "ENGINE GONE"
    """No process listens: nobody manages what is open."""


class View(Struct, frozen=True, kw_only=True):
    """The newest picture of the engine as this screen has it."""

    roster: Roster | None = None
    snapshot: Snapshot | None = None
    columns: Columns | None = None
    link: LinkState = LinkState.CONNECTING
    silence_s: float = 0.0
    """Real seconds since the engine last answered, or since the start."""
    picture_s: float = 0.0
    """Real seconds since the last new snapshot."""
    why: str = ""
    """Why the link is down."""
    ended: str = ""
    """What the engine's last events said of its end, such as `stopped by cli stop`; empty while it said nothing."""
    speed: float = 1.0
    """Engine seconds per real second, measured."""
    role: str = CONTROL
    """What this screen may do: one of `ROLES`."""
    frozen: bool = False
    """The operator froze the view; data goes on."""

    @property
    def now_ns(self) -> int:
        """The engine's clock now, as far as can be told; 0 before the first picture."""
        if self.snapshot is None:
            return 0
        return self.snapshot.time_ns + int(self.picture_s * self.speed * clock.SECOND)

    @property
    def market(self) -> str:
        """Where prices come from, in a word; of a recording's path the last name."""
        return Path(self.roster.market).name if self.roster else ""

    @property
    def is_away(self) -> bool:
        """Whether no engine answers, for whichever reason."""
        return self.link in (LinkState.DOWN, LinkState.GONE)

    @property
    def limits(self) -> str:
        """What this screen can't do; empty where it has the control role."""
        return "" if self.role == CONTROL else "LOOKS ONLY" if self.role == VIEW else "ASKS ONLY"

    @property
    def outage(self) -> str:
        """`LINK DOWN 8 s` or `ENGINE GONE 8 s ago`."""
        return f"{self.link.value} {span(self.silence_s)}" + (" ago" if self.link is LinkState.GONE else "")

    def command(self, verb: str = "") -> str:
        """What to type for this engine in another terminal; names the home unless that is the folder we are in."""
        words = ["kraken-tui", verb] if verb else ["kraken-tui"]
        if self.roster is not None and Path(self.roster.home) != Path.cwd():
            words += ["--home", self.roster.home]
        return shlex.join(words)

    def again(self) -> str:
        """What to type to start such an engine again: on its market, with real money only where that was asked for."""
        options = self.roster.options if self.roster is not None else ()
        return " ".join(filter(None, (self.command(), shlex.join(options))))

    @property
    def picture_is_old(self) -> bool:
        """The engine answers, yet shows nothing new for three scans and five seconds."""
        longest = 5.0 if self.roster is None else max(5.0, 3 * self.roster.poll_interval)
        return self.link is LinkState.UP and self.picture_s > longest

    @property
    def stale(self) -> bool:
        """Whether values must look like yesterday's."""
        return (
            self.link is not LinkState.UP
            or self.picture_is_old
            or self.snapshot is None
            or self.snapshot.feed != "LIVE"
        )
