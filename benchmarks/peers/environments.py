"""An environment for each engine, made with the index that pip is configured with."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

MOST_S = 1_800
ADDRESS = re.compile(r"\w+://\S+")


class Environment(Struct, frozen=True):
    """A name and what is installed under it."""

    name: str
    packages: tuple[str, ...]


class Missing(Exception):
    """It can't be installed here; the message says why."""


def python_of(environment: Environment, folder: Path) -> Path:
    """The interpreter of an environment; made, where it is not there yet.

    Raises:
        Missing: pip can't install it.
    """
    place = folder / environment.name
    python, ready, log = place / "bin" / "python", place / ".ready", folder / f"{environment.name}.log"
    wanted = "\n".join(environment.packages)
    if ready.exists() and ready.read_text() == wanted:
        return python
    folder.mkdir(parents=True, exist_ok=True)
    print(f"making the environment of {environment.name} in {place} ...", file=sys.stderr, flush=True)
    if not python.exists():
        shutil.rmtree(place, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(place)], log)
    _run([str(python), "-m", "pip", "install", "--prefer-binary", *environment.packages], log)
    frozen = subprocess.run([str(python), "-m", "pip", "freeze"], check=False, capture_output=True, text=True)
    (folder / f"{environment.name}.freeze").write_text(frozen.stdout)
    ready.write_text(wanted)
    return python


def _run(command: list[str], log: Path) -> None:
    try:
        with log.open("w") as out:
            done = subprocess.run(command, check=False, stdout=out, stderr=subprocess.STDOUT, timeout=MOST_S)
    except subprocess.TimeoutExpired as late:
        raise Missing(f"not installed within {MOST_S // 60} minutes") from late
    if done.returncode:
        raise Missing(_reason(log.read_text(errors="replace")))


def _reason(text: str) -> str:
    """The first error that pip tells, without addresses."""
    lines = [line.strip() for line in text.splitlines() if "error" in line.lower()]
    told = next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "pip failed")
    return "not installed: " + ADDRESS.sub("…", told.removeprefix("ERROR:").strip())[:160]
