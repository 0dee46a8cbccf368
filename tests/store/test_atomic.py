"""A file is its old self or its new self, whoever looks, and whenever the writer dies."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kraken_tui.store.atomic import write_atomically


def test_content_and_permissions_are_new_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_old_file_and_leaves_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    path.mkdir()
    with pytest.raises(OSError, match=r"ledger\.json"):
        write_atomically(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import sys
from pathlib import Path
from kraken_tui.store.atomic import write_atomically
path = Path(sys.argv[1])
for number in range(10**9):
    write_atomically(path, (f"{number:09d} " * 20_000).encode())
    print(number, flush=True)
"""


@pytest.mark.parametrize("writes", [1, 2, 5, 11])
def test_kill_leaves_a_whole_file_with_all_that_was_acknowledged(tmp_path: Path, writes: int) -> None:
    path = tmp_path / "ledger.json"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(writes)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout if line.endswith(b"\n")]
    numbers = path.read_text().split()
    assert len(numbers) == 20_000
    assert len(set(numbers)) == 1
    assert int(numbers[0]) >= acknowledged[-1]
