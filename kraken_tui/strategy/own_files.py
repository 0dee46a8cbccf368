"""The operator's own strategies: files in `strategies/` of the home, loaded only as they were when they were trusted.

A file runs with all the rights of the engine, so that nothing in that folder is executed until the operator said so,
with `kraken-tui strategies trust FILE`, which records its SHA-256 in `trusted.json`.
"""

import hashlib
import json
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import BUILT_IN
from kraken_tui.model.errors import UNREADABLE, UsageError
from kraken_tui.model.scan import Regime
from kraken_tui.store.atomic import write_atomically
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.opinions import fault_text
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import ballots_by

LARGEST = 1_000_000
"""Bytes; a strategy is a small file."""


class Own(Struct, frozen=True, kw_only=True):
    """A file of the operator's."""

    name: str
    path: Path
    strategy: Strategy | None
    state: str
    """trusted; not trusted; changed since it was trusted; missing; or what is wrong with it, with file and line."""

    @property
    def is_loaded(self) -> bool:
        """Whether it may trade, where STRATEGIES names it."""
        return self.strategy is not None


class BadStrategy(Exception):
    """A file says what no strategy can be."""


def folder_of(home: Home) -> Path:
    """Where the operator's strategies lie."""
    return home.root / "strategies"


def own_strategies(home: Home) -> list[Own]:
    """Every file in the operator's folder, by name, and what became of it; those that are trusted are executed.

    Raises:
        UsageError: `trusted.json` can't be believed.
    """
    folder, trusted = folder_of(home), _trusted(home)
    files = {path.name: path for path in sorted(folder.glob("*.py"))} if folder.is_dir() else {}
    missing = [name for name in sorted(trusted) if name not in files]
    return [
        *(_own(path, trusted.get(name, "")) for name, path in files.items()),
        *(Own(name=Path(name).stem, path=folder / name, strategy=None, state="missing") for name in missing),
    ]


def trust(home: Home, name: str) -> str:
    """Record that the file may be loaded as it is now; returns its SHA-256.

    Args:
        home: whose.
        name: of the file, or a path to it; it must lie in the home's `strategies/`.

    Raises:
        UsageError: there is no such file there.
    """
    path = _file(home, name)
    digest = _digest(_bytes(path))
    _write(home, {**_trusted(home), path.name: digest})
    return digest


def untrust(home: Home, name: str) -> None:
    """No longer load the file.

    Raises:
        UsageError: it is not trusted.
    """
    trusted, known = _trusted(home), Path(name).name
    if known not in trusted:
        raise UsageError(f"{known} is not trusted; kraken-tui strategies list shows which are")
    _write(home, {key: digest for key, digest in trusted.items() if key != known})


def _own(path: Path, digest: str) -> Own:
    name, strategy, state = path.stem, None, "trusted"
    try:
        source = _bytes(path)
        if not digest:
            state = "not trusted"
        elif _digest(source) != digest:
            state = "changed since it was trusted: not loaded"
        else:
            strategy = replace(_load(name, str(path), source), digest=digest)
    except UsageError as error:
        state = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the operator's own code may raise anything; it is told
        state = fault_text(str(path), error)
    return Own(name=name, path=path, strategy=strategy, state=state)


def _load(name: str, file: str, source: bytes) -> Strategy:
    """Execute the very bytes that were looked at."""
    if name in BUILT_IN:
        raise BadStrategy(f"{name} is the name of a strategy that comes with the house")
    module = types.ModuleType(f"kraken_tui_own_{name}")
    module.__file__ = file
    exec(compile(source, file, "exec"), module.__dict__)
    return _strategy(name, file, module.__dict__)


def _strategy(name: str, file: str, told: dict[str, Any]) -> Strategy:
    rules, ballots, votes = (_function(told, each) for each in ("rules", "ballots", "votes"))
    if sum(each is not None for each in (rules, ballots, votes)) != 1:
        raise BadStrategy(
            "it must define votes(candles, config), ballots(measures, config) or rules(config), one of the three"
        )
    move, maker = told.get("EXPECTED_MOVE"), told.get("MAKER", False)
    if not isinstance(move, int | float) or isinstance(move, bool) or not 0 < move < 1000:
        raise BadStrategy(f"EXPECTED_MOVE is {move!r}; it must be a number of percent above 0")
    if not isinstance(maker, bool):
        raise BadStrategy(f"MAKER is {maker!r}; it must be True or False")
    regimes = [regime.name for regime in SymbolRegime if regime is not SymbolRegime.UNKNOWN]
    return Strategy(
        name=name,
        regimes=frozenset(SymbolRegime[word] for word in _words(told, "REGIMES", regimes, least=1)),
        never=frozenset(Regime[word] for word in _words(told, "NEVER", [regime.name for regime in Regime], least=0)),
        maker=maker,
        expected_move=Move("", lambda config: float(move)),
        ballots=ballots if rules is None else ballots_by(rules),
        votes=votes,
        rules=rules,
        file=file,
    )


def _function(told: dict[str, Any], name: str) -> Callable[..., Any] | None:
    found = told.get(name)
    if found is not None and not callable(found):
        raise BadStrategy(f"{name} is no function")
    return found


def _words(told: dict[str, Any], key: str, known: list[str], least: int) -> list[str]:
    words = told.get(key, ())
    if not isinstance(words, tuple | list | set | frozenset) or len(words) < least or set(words) - set(known):
        raise BadStrategy(f"{key} is {words!r}; it must be a tuple out of {', '.join(known)}")
    return list(words)


def _file(home: Home, name: str) -> Path:
    folder = folder_of(home)
    path = folder / name if Path(name).name == name else Path(name).resolve()
    if path.parent.resolve() != folder.resolve() or path.suffix != ".py":
        raise UsageError(f"{name}: a strategy is a .py file in {folder}")
    if not path.is_file():
        raise UsageError(f"{path} does not exist")
    return path


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from error
    if len(source) > LARGEST:
        raise UsageError(f"{path}: is larger than {LARGEST:,} bytes, which no strategy is")
    return source


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def _trusted(home: Home) -> dict[str, str]:
    """SHA-256 by file name. A file that others could have written is worth nothing."""
    path = folder_of(home) / "trusted.json"
    try:
        status = path.stat()
        if status.st_mode & 0o022 or status.st_uid != os.getuid():
            raise UsageError(f"{path}: others may write it; it must be yours alone (chmod 600)")
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except UNREADABLE as error:
        raise UsageError(f"{path}: can't be read: {error}. Remove it, and trust each file again") from error
    if not isinstance(told, dict) or not all(isinstance(digest, str) for digest in told.values()):
        raise UsageError(f'{path}: must be an object such as {{"mine.py": "…"}}. Remove it, and trust each file again')
    return told


def _write(home: Home, trusted: dict[str, str]) -> None:
    path = folder_of(home) / "trusted.json"
    try:
        write_atomically(path, (json.dumps(trusted, indent=2, sort_keys=True) + "\n").encode(), mode=0o600)
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
