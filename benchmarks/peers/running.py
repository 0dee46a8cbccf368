"""One engine, one process, one core; what it measured, and what the process cost as a whole."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)  # fmt: skip
MARK = "MEASURED "


class Measured(Struct, frozen=True, kw_only=True):
    """One run of one engine. Seconds."""

    engine: str
    work: int
    """Candles or ticker-scans."""
    trades: int
    note: str
    cpu_s: float
    """Of the run alone, in processor time."""
    wall_s: float
    first_s: float | None
    """The first run in processor time, where something is compiled in it."""
    again_s: float
    """All but the first, in processor time."""
    mib: float
    whole_cpu_s: float
    """Of the process, from its start to its end, all runs included, in processor time."""
    whole_wall_s: float

    @property
    def cold_s(self) -> float:
        """A process that runs once: imports, data, compiling or loading what was compiled before, the run."""
        return self.whole_cpu_s - self.again_s

    @property
    def a_second(self) -> float:
        """Work per second of processor time."""
        return self.work / max(self.cpu_s, 1e-9)


def measure(python: Path, module: str, arguments: list[str], core: int, most_s: float) -> Measured | str:
    """Run a module to its end, pinned to a core; or say why it gave nothing."""
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="kraken-tui-peer-") as empty, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [str(python), "-m", module, *arguments], cwd=empty, env=environment, stdout=said, stderr=said, text=True,
        )  # fmt: skip
        os.sched_setaffinity(process.pid, {core})
        late, used = _wait(process, began + most_s)
        wall = time.perf_counter() - began
        said.seek(0)
        text = said.read()
    if late:
        return f"not done within {most_s:g} s"
    told = [line for line in text.splitlines() if line.startswith(MARK)]
    if process.returncode or not told:
        return _last_words(text)
    found: dict[str, Any] = json.loads(told[-1].removeprefix(MARK))
    return Measured(**found, whole_cpu_s=used, whole_wall_s=wall)


def _wait(process: subprocess.Popen[str], until: float) -> tuple[bool, float]:
    """Whether it took too long, and its processor seconds; it does not outlive this."""
    try:
        while time.perf_counter() < until:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                return False, used.ru_utime + used.ru_stime
            time.sleep(0.05)
        return True, 0.0
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else "it ended without a word")[:160]
