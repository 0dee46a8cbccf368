"""Where the recorded markets lie; they are never part of the project."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("KRAKEN_TUI_DATA", Path(__file__).parents[2] / "shared" / "data"))


def recorded(name: str) -> Path:
    """The recorded file or folder `name`, or skip the test and say why."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"recorded data is not here: {path} (set KRAKEN_TUI_DATA)")
    return path
