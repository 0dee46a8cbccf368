"""What makes a search the same search, and where it lies."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.parameters import Parameter
from kraken_tui.replay.search.prepare import Asked, data_digest, program

OF_NO_MATTER = ("LOG_LEVEL", "MARKET", "TRAJECTORY", "START_TIME_IST", "END_TIME_IST", "EXCHANGE_", "LEARNING")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def about_search(asked: Asked, parameters: Sequence[Parameter], lengths: Struct, seed: int) -> dict[str, Any]:
    """Everything that decides what a trial is and how it comes out, as plain values.

    How many trials there are, how long it may take and who runs them is no part of it: a search may go on.
    """
    import optuna

    from kraken_tui.replay.search.sampling import BATCH, STARTUP
    from kraken_tui.strategy.own_files import own_strategies

    settings = asked.settings.model_dump(mode="json")
    told = {
        "data": data_digest(asked.path, asked.part), "program": program(), "strategies": list(asked.strategies),
        "own_strategies": {
            row.name: row.strategy.digest
            for row in own_strategies(Home(asked.home)) if row.strategy and row.strategy.name in asked.strategies
        },
        "settings": {key: value for key, value in settings.items() if not key.startswith(OF_NO_MATTER)},
        "trading": asked.config.model_dump(mode="json"), "parameters": [str(row) for row in parameters],
        "lengths": lengths, "seed": seed, "sampling": f"optuna {optuna.__version__} TPE {STARTUP} {BATCH}",
    }  # fmt: skip
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told))
    return plain


def folder_name(name: str | None, path: Path, about: Mapping[str, Any]) -> str:
    """Of the search's folder: the given one, or one that only the same search has.

    Raises:
        UsageError: it is no name of a folder.
    """
    if name is None:
        digest = hashlib.blake2b(msgspec.json.encode(about, order="deterministic"), digest_size=4).hexdigest()
        stem = re.sub(r"[^A-Za-z0-9_-]", "-", path.resolve().name.partition(".")[0]) or "search"
        return f"{stem}-{'-'.join(about['strategies'])}-{digest}"
    if not NAME.fullmatch(name):
        raise UsageError(f"--name {name!r}: letters, digits, dots, dashes and underscores are right")
    return name
