"""`kraken-tui sandbox` as a process of its own, as its user runs it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

PROGRAM = [sys.executable, "-m", "kraken_tui", "sandbox"]


class SandboxProcess(Struct, frozen=True):
    """A running one."""

    process: "subprocess.Popen[str]"
    rest: str
    ws: str
    control: str
    keys: Mapping[str, Mapping[str, Any]]
    """By name: `full`, `trade`, `read-only`, ..."""

    def key(self, name: str = "full") -> tuple[str, str]:
        """Key and secret."""
        return self.keys[name]["key"], self.keys[name]["secret"]

    def stop(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """End it; returns its summary."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, err
        summary: dict[str, Any] = json.loads(out)
        return summary


@contextmanager
def sandbox_process(*words: str) -> Iterator[SandboxProcess]:
    """A seeded one on free ports, ended at last; `words` go to its command line."""
    arguments = ["--port", "0", "--json", "--seed", "1", *words]
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if '"rest"' not in line:
            process.kill()
            raise AssertionError(f"it did not start: {line} {process.stderr.read()}")
        told = json.loads(line)
        keys = {key["name"]: key for key in told["keys"]}
        try:
            yield SandboxProcess(process, told["rest"], told["ws"], told["control"], keys)
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            except ValueError:  # its output was read to the end by `stop`
                pass
