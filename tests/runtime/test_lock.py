"""One engine per home: the lock holds against another process and falls with its holder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kraken_tui.model.errors import HomeLocked, UsageError
from kraken_tui.runtime.lock import EngineLock

HOLDER = """
import sys
from pathlib import Path
from kraken_tui.runtime.lock import EngineLock
with EngineLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_engine_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "paper" / "engine.lock"
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(HomeLocked, match=f"pid {other.pid}"), EngineLock(path):
            pass
        os.kill(other.pid, signal.SIGKILL)
        other.wait(10)
    with EngineLock(path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("obstacle", ["state", "state/paper", "state/paper/engine.lock"])
def test_what_stands_in_the_locks_way_is_named(tmp_path: Path, obstacle: str) -> None:
    path = tmp_path / obstacle
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        path.mkdir()
    else:
        path.write_text("")
    with pytest.raises(UsageError, match=f"engine.lock: can't be made: .*{obstacle}"):
        EngineLock(tmp_path / "state" / "paper" / "engine.lock").__enter__()


def test_a_guard_that_takes_a_lock_loads_no_engine() -> None:
    code = "import sys, kraken_tui.cli.guard, kraken_tui.runtime.lock; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert {"numba", "numpy", "ccxt", "aiohttp", "kraken_tui.engine", "kraken_tui.runtime.run"}.isdisjoint(loaded)
