"""What the operator chose about the screen, kept in a small file."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.model.errors import UNREADABLE
from kraken_tui.ui.columns import COLUMN_SETS, SORTS
from kraken_tui.ui.price_alerts import PriceAlert, check
from kraken_tui.ui.themes import THEME_NAMES

VERSION = 1
PANELS = ("tickers", "positions", "chat", "events")
ARRANGEMENTS: dict[str, tuple[str, ...]] = {
    "all": PANELS,
    "trading": ("tickers", "positions"),
    "talking": ("tickers", "chat"),
    "events": ("tickers", "events"),
}
"""Which panels stand side by side, where the terminal has room for them, in the order in which the key goes through."""


class UiState(Struct, kw_only=True, forbid_unknown_fields=True):
    """Layout choices. They never touch trading."""

    version: int = VERSION
    theme: str = THEME_NAMES[0]
    panel: str = PANELS[0]
    """The panel that has the focus; in layouts with tabs, the one shown."""
    zoomed: bool = False
    arrangement: str = "all"
    """One of `ARRANGEMENTS`."""
    sort: str = SORTS[0]
    descending: bool = True
    filter: str = ""
    grouped: bool = False
    columns: str = COLUMN_SETS[0]
    alerts: list[PriceAlert] = msgspec.field(default_factory=list)
    """Prices to be told of."""
    bell: bool = False
    """Whether the terminal's bell rings for them."""


def load(path: Path) -> tuple[UiState, str]:
    """The kept choices, and a notice when the file had to be ignored; no file means defaults and no notice."""
    try:
        state = msgspec.json.decode(path.read_bytes(), type=UiState)
        _check(state)
    except FileNotFoundError:
        return UiState(), ""
    except UNREADABLE as error:
        return UiState(), f"Layout choices ignored: {path}: {error}"
    return state, ""


def merged(now: UiState, before: UiState, stored: UiState) -> UiState:
    """What is to be kept where several screens keep their choices in one file: of `stored` what this one left alone.

    Args:
        now: this screen's choices.
        before: what they were when it kept them last.
        stored: what stands in the file.
    """
    taken = {
        name: getattr(stored, name)
        for name in UiState.__struct_fields__
        if name != "alerts" and getattr(now, name) == getattr(before, name)
    }
    others = [alert for alert in stored.alerts if alert not in before.alerts or alert in now.alerts]
    alerts = others + [alert for alert in now.alerts if alert not in before.alerts and alert not in others]
    return msgspec.structs.replace(now, **taken, alerts=alerts)


def save(path: Path, state: UiState) -> str:
    """Keep `state`: written aside, then renamed over. Returns why it could not be kept, or an empty text."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2))
        aside.replace(path)
    except OSError as error:
        return f"Layout choices can't be kept: {path}: {error}"
    return ""


def _check(state: UiState) -> None:
    check(state.alerts)
    for key, value, allowed in (
        ("version", state.version, (VERSION,)),
        ("theme", state.theme, THEME_NAMES),
        ("panel", state.panel, PANELS),
        ("arrangement", state.arrangement, tuple(ARRANGEMENTS)),
        ("sort", state.sort, SORTS),
        ("columns", state.columns, COLUMN_SETS),
    ):
        if value not in allowed:
            raise ValueError(f"{key} is {value!r}, not one of {', '.join(map(str, allowed))}")
