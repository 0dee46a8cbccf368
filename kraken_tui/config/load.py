"""`config.json`: written once with every default, read exactly, refused with all its faults at once."""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kraken_tui.config.dotenv_lines import values_of
from kraken_tui.config.faults import faults_in
from kraken_tui.config.home import Home
from kraken_tui.config.modes import mode_of
from kraken_tui.config.settings import Money, Settings
from kraken_tui.model.errors import UsageError

FROM_ENVIRONMENT = ("EXCHANGE_REST_URL", "EXCHANGE_WS_URL", "EXCHANGE_WS_AUTH_URL")
"""The only names that are read from the environment and `.env`; no secret is among them."""

_MONEY = [name for name, field in Settings.model_fields.items() if field.annotation in (Decimal, Money | None)]
EXACT = re.compile(rf'"({"|".join(_MONEY)})": "([^"]*)"')
"""Decimals as pydantic writes them: as text, so that nobody rounds them; here they become numbers again."""


def load_settings(home: Home, environ: Mapping[str, str]) -> Settings:
    """The settings of `home`; its `config.json` is written first where there is none.

    Addresses in `environ`, then those in the home's `.env`, come before those of the file.

    Raises:
        UsageError: the file can't be read or is wrong; one line for each fault.
    """
    if not home.config.exists():
        _write_first(home.config)
    return read_settings(home.config, addresses(home, environ))


def look_at_settings(home: Home, environ: Mapping[str, str]) -> Settings:
    """The settings of `home` as `load_settings` gives them; nothing is written.

    Raises:
        UsageError: see `load_settings`.
    """
    told = addresses(home, environ)
    return read_settings(home.config, told) if os.path.lexists(home.config) else Settings.model_validate(told)


def home_in_mode(root: Path, environ: Mapping[str, str], *, write: bool = True) -> tuple[Home, Settings]:
    """The home at `root` in the mode that its settings say, and the settings.

    Args:
        root: the home's folder.
        environ: may hold addresses.
        write: whether `config.json` is written where there is none.

    Raises:
        UsageError: see `load_settings`.
        SafetyRefusal: LIVE with addresses that it must not talk to.
    """
    settings = (load_settings if write else look_at_settings)(Home(root), environ)
    return Home(root, mode_of(settings)), settings


def read_settings(path: Path, overrides: Mapping[str, str] | None = None) -> Settings:
    """The settings in the file at `path`, with some values replaced.

    Raises:
        UsageError: the file can't be read or is wrong; one line for each fault.
    """
    values = read_object(path)
    values.update(overrides or {})
    settings, faults = faults_in(values)
    if settings is None:
        raise UsageError("\n".join(f"{path}: {fault}" for fault in faults))
    return settings


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in the file at `path`, exactly: numbers with a point as Decimal, no key twice.

    Raises:
        UsageError: the file can't be read, or is no JSON object; says where.
    """
    return _parse(path, _read(path))


def addresses(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """The exchange's addresses that the environment, or else `.env`, gives; asked for by name, nothing else is kept.

    Raises:
        UsageError: an address of the wrong kind.
    """
    told = {**_dotenv(home.env), **environ}
    found = {name: told[name] for name in FROM_ENVIRONMENT if told.get(name)}
    _, faults = faults_in(found)
    if faults:
        raise UsageError("\n".join(f"environment or {home.env}: {fault}" for fault in faults))
    return found


def as_text(settings: Settings) -> str:
    """The settings as `config.json` holds them: every key, in the order of `Settings`, exact decimals as they are."""
    text = json.dumps(settings.model_dump(mode="json"), indent=2, ensure_ascii=False)
    return EXACT.sub(r'"\1": \2', text) + "\n"


def _write_first(path: Path) -> None:
    """Whole or not at all, and never over a file that somebody made meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(as_text(Settings()))
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}. Is --home right?") from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError as error:
        raise UsageError(f"{path}: is a folder; it must be a JSON file") from error
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{path}: is not JSON at {where}: {error.msg}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: is nested too deeply") from error
    except _Unwanted as error:
        raise UsageError(f"{path}: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: must be an object, {{ … }}, with a key for each setting")
    return values


class _Unwanted(Exception):
    """Python reads it, and it is still wrong."""


def _no_number(constant: str) -> object:
    raise _Unwanted(f"{constant} is no number that a setting can have")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise _Unwanted(f"{key} is there twice; keep one")
        values[key] = value
    return values


def _dotenv(path: Path) -> dict[str, str]:
    try:
        return values_of(path.read_text(encoding="utf-8"), FROM_ENVIRONMENT)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't be read: {error}") from error
