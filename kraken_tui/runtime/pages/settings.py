"""Settings: every key with its value, its default, what is allowed, what it means, and when a change takes effect."""

from collections.abc import Iterable

from kraken_tui.config.home import Home
from kraken_tui.config.schema import as_text, settings_rows
from kraken_tui.config.settings import Settings
from kraken_tui.model.page import PAGES, Column, Page, Table

COLUMNS = (Column("key"), Column("value"), Column("default"), Column("allowed"), Column("meaning"))


def settings_page(settings: Settings, home: Home, now_ns: int) -> Page:
    """As this engine was started with."""
    rows = tuple(_rows(settings))
    table = Table(name="config.json", columns=COLUMNS, rows=rows, total=len(rows))
    changed = sum(row[1] != row[2] for row in rows)
    return Page(
        name="settings", title=PAGES["settings"], time_ns=now_ns,
        lines=(f"{home.config}: {changed} of {len(rows)} keys differ from their defaults",), tables=(table,),
        notes=("A change takes effect at the next start; `kraken-tui config check` says whether it is sound.",),
    )  # fmt: skip


def _rows(settings: Settings) -> Iterable[tuple[str, ...]]:
    told = settings.model_dump(mode="json")
    for key, default, allowed, meaning in settings_rows():
        yield key, as_text(told[key]), default, allowed, meaning
