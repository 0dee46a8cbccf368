"""Settings: every key with its value, its default, what is allowed, what it means, and when a change takes effect."""

from collections.abc import Iterable

from kraken_tui.agent.setting_changes import changed_setting, value_of
from kraken_tui.config.faults import faults_in
from kraken_tui.config.home import Home
from kraken_tui.config.load import FROM_ENVIRONMENT, read_object
from kraken_tui.config.schema import as_text, settings_rows
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError
from kraken_tui.model.page import PAGES, Column, Page, Table

COLUMNS = tuple(map(Column, ("key", "value", "next start", "default", "allowed", "meaning")))


def settings_page(settings: Settings, home: Home, now_ns: int) -> Page:
    """As this engine was started with, and what `config.json` now says for the next start where that differs."""
    written, fault = _written(home)
    rows = tuple(_rows(settings, written or settings))
    table = Table(
        name="config.json", columns=COLUMNS, rows=rows, total=len(rows), keys=tuple(row[0] for row in rows)
    )  # fmt: skip
    differ, wait = sum(row[1] != row[3] for row in rows), sum(bool(row[2]) for row in rows)
    lines = [f"{home.config}: {differ} of {len(rows)} keys differ from their defaults"]
    lines += [f"{wait} changed since this engine started: they hold from the next start on"] if wait else []
    lines += [f"✖ {fault}"] if fault else []
    return Page(
        name="settings", title=PAGES["settings"], time_ns=now_ns, lines=tuple(lines), tables=(table,),
        notes=("A change takes effect at the next start; `kraken-tui config check` says whether it is sound.",),
    )  # fmt: skip


def change_page(settings: Settings, home: Home, name: str, text: str, now_ns: int) -> Page:
    """What writing `text` as the setting `name` would change. Writes nothing.

    Raises:
        UsageError: it is no setting, out of its bounds, changed by hand only, or what `config.json` says already.
    """
    changed_setting(settings, name, text)
    values = read_object(home.config) if home.config.exists() else {}
    made, faults = faults_in({**values, name: value_of(text)})
    if made is None:
        raise UsageError("; ".join(faults))
    before, after = _text(_written(home)[0] or settings, name), _text(made, name)
    if before == after:
        raise UsageError(f"{name} is {after} in {home.config} already")
    _, default, allowed, meaning = next(row for row in settings_rows() if row[0] == name)
    lines = (
        f"{name}  {before} → {after}",
        f"{meaning} Default {default}{f', allowed {allowed}' if allowed else ''}.",
        f"This engine goes on with {_text(settings, name)}; {after} holds from the next start on.",
    )
    return Page(name="settings", title=name, time_ns=now_ns, lines=lines)


def _written(home: Home) -> tuple[Settings | None, str]:
    """What `config.json` says now, or what is wrong with it."""
    try:
        made, faults = faults_in(read_object(home.config)) if home.config.exists() else (None, [])
    except UsageError as error:
        return None, str(error)
    return made, "; ".join(faults)


def _rows(settings: Settings, written: Settings) -> Iterable[tuple[str, ...]]:
    for key, default, allowed, meaning in settings_rows():
        now, then = _text(settings, key), _text(written, key)
        yield key, now, "" if then == now or key in FROM_ENVIRONMENT else then, default, allowed, meaning


def _text(settings: Settings, key: str) -> str:
    return as_text(settings.model_dump(mode="json")[key])
