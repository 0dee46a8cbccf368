"""Runs the program as its user does."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from kraken_tui.config.home import Home

PROGRAM = [sys.executable, "-m", "kraken_tui"]


class Ended(Struct, frozen=True):
    """How a run ended."""

    code: int
    out: str
    err: str


def run(*words: str, within_s: float = 60.0) -> Ended:
    done = subprocess.run(
        [*PROGRAM, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@contextmanager
def pretended(home: Path, behaviour: str = "flattens") -> Iterator["subprocess.Popen[str]"]:
    """A pretended engine of `home`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli.pretend", str(home), behaviour], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(Home(home).socket.parent, ignore_errors=True)
