"""A file with Kraken's AssetPairs answer, from which the sandbox lists any pair."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from kraken_tui.config.instruments import instruments_from_asset_pairs
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument

MOST_BYTES = 64 * 1024 * 1024
"""Of the file, and of what is in it where it is packed; Kraken's whole answer has about 1 MiB."""


def read_pairs(path: Path) -> tuple[Instrument, ...]:
    """Every pair of a saved AssetPairs answer, of any quote and any status.

    Args:
        path: the whole answer or its `result` alone; JSON, plain or gzip.

    Raises:
        UsageError: it can't be read, is longer than `MOST_BYTES`, or holds no pair.
    """
    try:
        told: Any = json.loads(_content(path))
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise UsageError(f"{path} can't be read: {error}; a saved answer of Kraken's AssetPairs is right") from error
    result = told.get("result", told) if isinstance(told, dict) else None
    pairs = instruments_from_asset_pairs(result, every=True) if isinstance(result, dict) else {}
    if not pairs:
        raise UsageError(f"{path} holds no pair; a saved answer of Kraken's AssetPairs is right")
    return tuple(pairs.values())


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        data = (gzip.GzipFile(fileobj=file) if is_packed else file).read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it is longer than {MOST_BYTES:,} bytes")
    return data
