"""What was compiled once is loaded by other processes, cheaply, and compiled again only where a source has changed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE = """
import numpy as np
from kraken_tui.store.machine_code import kept

@kept("{sources}", error_model="numpy", _nrt=False)
def fill(values, told):
    for place in range(values.size):
        if values[place] < 0:
            raise ValueError("below zero")
        told[place] = np.rint(values[place] * {times})

@kept("{sources}", error_model="numpy")
def summed(values):
    room = np.zeros(values.size)
    fill(values, room)
    return room.sum()
"""
RUN = """
import sys
import numpy as np
import numbers_made as made
told = np.zeros(3)
made.fill(np.array([1.0, 2.0, 3.0]), told)
total = made.summed(np.array([1.0, 2.0, 3.0]))
try:
    made.fill(np.array([1.0, -2.0]), told)
except ValueError as error:
    print(told.tolist(), total, error)
found = [function.stats.cache_hits for function in (made.fill, made.summed)]
print([sum(hits.values()) for hits in found], "numba.np.arraymath" in sys.modules)
"""


def run(folder: Path, sources: str, times: int) -> list[str]:
    """What a process of its own says."""
    module = folder / "numbers_made.py"
    before = module.stat() if module.exists() else None
    module.write_text(MODULE.format(sources=sources, times=times))
    if before is not None:  # as the file of a caller, of which only what it calls has changed
        os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_is_compiled_once_and_again_where_a_source_has_changed(tmp_path: Path) -> None:
    right = "[2.0, 4.0, 6.0] 12.0 below zero"
    assert run(tmp_path, "a", 2) == [right, "[0, 0] True"]
    assert run(tmp_path, "a", 2) == [right, "[1, 1] False"]
    assert run(tmp_path, "b", 3) == ["[3.0, 6.0, 9.0] 18.0 below zero", "[0, 0] True"]
