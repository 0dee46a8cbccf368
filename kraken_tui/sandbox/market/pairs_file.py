"""A file with Kraken's AssetPairs answer, from which the sandbox lists any pair."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from kraken_tui.config.instruments import instruments_from_asset_pairs
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument


def read_pairs(path: Path) -> tuple[Instrument, ...]:
    """Every pair of a saved AssetPairs answer, of any quote and any status.

    Args:
        path: the whole answer or its `result` alone; JSON, plain or gzip.

    Raises:
        UsageError: it can't be read, or holds no pair.
    """
    try:
        data = path.read_bytes()
        told: Any = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise UsageError(f"{path} can't be read: {error}; a saved answer of Kraken's AssetPairs is right") from error
    result = told.get("result", told) if isinstance(told, dict) else None
    pairs = instruments_from_asset_pairs(result, every=True) if isinstance(result, dict) else {}
    if not pairs:
        raise UsageError(f"{path} holds no pair; a saved answer of Kraken's AssetPairs is right")
    return tuple(pairs.values())
