"""Checks, before long work begins, of files that will be written and of pairs that a recording must hold."""

import os
from pathlib import Path

from kraken_tui.model.errors import UsageError

SHOWN = 30
"""Pairs that an error lists at most."""


def file_to_write(option: str, path: Path, source: Path | None) -> Path:
    """Where a result can be written: a file that is new, or one that it replaces; a link's own file.

    Args:
        option: for messages, such as `--out`.
        path: as it was asked for.
        source: the recording that is read, which nothing may replace.

    Raises:
        UsageError: it is a folder, a device, a part of the recording, or in a folder that can't be written.
    """
    try:
        wanted = path.expanduser().resolve()
        if wanted.is_dir():
            raise UsageError(f"{option} {path}: is a folder; a file is right")
        if wanted.exists() and not wanted.is_file():
            raise UsageError(f"{option} {path}: is no file; a file is right")
        if not (wanted.parent.is_dir() and os.access(wanted.parent, os.W_OK)):
            raise UsageError(f"{option} {path}: {wanted.parent} is no folder that can be written")
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{option} {path}: {error}") from error
    if source is not None and wanted.exists():
        _spare(option, wanted, source.resolve())
    return wanted


def _spare(option: str, wanted: Path, source: Path) -> None:
    from kraken_tui.market.recorded_files import is_table

    if wanted == source or (wanted.parent == source and is_table(wanted)):
        raise UsageError(f"{option} {wanted}: is a part of the recording; another file is right")


def recorded_symbols(text: str, path: Path) -> list[str]:
    """The pairs of a recording that are named, in any spelling, each once.

    Raises:
        UsageError: a word names none of them, or several.
    """
    from kraken_tui.agent.symbols import symbols_of
    from kraken_tui.market.recorded_files import symbols_in

    there, named = symbols_in(path), list[str]()
    for word in (word.strip() for word in text.split(",")):
        hits = symbols_of(word, there)
        if len(hits) > 1:
            raise UsageError(f"--symbols: {word} may be {' or '.join(hits)}; say which")
        if not word:
            raise UsageError("--symbols: '' is no pair; BTC/USD,ETH/USD is right")
        if not hits:
            shown = ", ".join(there[:SHOWN]) + (f" and {len(there) - SHOWN} more" if len(there) > SHOWN else "")
            raise UsageError(f"--symbols: {word}: not in this recording; it holds {shown}")
        named.append(hits[0])
    return list(dict.fromkeys(named))
