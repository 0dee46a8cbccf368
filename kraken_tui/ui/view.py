"""What every panel is handed: one picture, and how far it can be trusted."""

from enum import Enum

from msgspec import Struct

from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.ui.columns import Columns


class LinkState(Enum):
    """Whether the engine answers."""

    CONNECTING = "CONNECTING"
    UP = "UP"
    DOWN = "LINK DOWN"


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
    speed: float = 1.0
    """Engine seconds per real second, measured."""
    frozen: bool = False
    """The operator froze the view; data goes on."""

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
