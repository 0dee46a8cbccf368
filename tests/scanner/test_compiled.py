"""What is kept of compiled code, and when it is thrown away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kraken_tui.scanner.compiled import compiled
from kraken_tui.scanner.stops import share_up

CALLEE = """
from kraken_tui.scanner.compiled import compiled

@compiled
def answer() -> int:
    return {number}
"""

CALLER = """
from kraken_tui.scanner.compiled import compiled
from callee import answer

@compiled
def ask() -> int:
    return answer() + 1

print(ask(), sum(ask.stats.cache_hits.values()))
"""


def run(folder: Path, sources: str | None = None) -> list[str]:
    """Call the compiled caller in a new process, as if all sources had the digest `sources`."""
    begin = f"import kraken_tui.scanner.compiled as c; c.SOURCES = {sources!r}; " if sources else ""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}import caller"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}:{root}", "NUMBA_CACHE_DIR": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.thorough
def test_the_cache_is_used_and_notices_a_change_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "callee.py").write_text(CALLEE.format(number=41))
    (tmp_path / "caller.py").write_text(CALLER)
    assert run(tmp_path) == ["42", "0"]
    assert run(tmp_path) == ["42", "1"]
    (tmp_path / "callee.py").write_text(CALLEE.format(number=1_041))
    assert run(tmp_path, sources="another version") == ["1042", "0"]


@compiled
def shared(price: int, ppm: int) -> int:
    return share_up(price, ppm)


def test_a_part_called_from_python_runs_as_python() -> None:
    """Without a wrapper of its own numba would jump nowhere, before and after it is compiled into a caller."""
    assert share_up(100_001, 2_500) == 251
    assert shared(100_001, 2_500) == 251
    assert share_up(100_001, 2_500) == 251
