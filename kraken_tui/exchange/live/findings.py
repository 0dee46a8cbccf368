"""What a check at the start found, and what follows from it."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from kraken_tui.config.settings import Settings


class Level(StrEnum):
    """What a finding means for a start."""

    OK = "ok"
    WARN = "warn"
    ASK = "ask"
    """It can't be told: LIVE does not start unless the operator allows it in so many words."""
    REFUSE = "refuse"


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    level: Level
    what: str
    detail: str
    override: str = ""
    """The setting that lets LIVE start in spite of an ASK; empty where none does."""

    @property
    def line(self) -> str:
        """As a person reads it."""
        return f"{self.level:<6} {self.what}: {self.detail}"


def ok(what: str, detail: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, what, detail)


def warn(what: str, detail: str) -> Finding:
    """The operator should know."""
    return Finding(Level.WARN, what, detail)


def refuse(what: str, detail: str) -> Finding:
    """LIVE does not start."""
    return Finding(Level.REFUSE, what, detail)


def blocking(findings: Sequence[Finding], settings: Settings) -> tuple[Finding, ...]:
    """Those that keep LIVE from starting with these settings."""
    allowed = {"ALLOW_UNKNOWN_KEY"} if settings.ALLOW_UNKNOWN_KEY else set()
    return tuple(
        row for row in findings if row.level is Level.REFUSE or (row.level is Level.ASK and row.override not in allowed)
    )
