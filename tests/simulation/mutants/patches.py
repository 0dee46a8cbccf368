"""The patches: what each breaks, and a copy of the program with it applied."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import get_args

from msgspec import Struct

import kraken_tui
from kraken_tui.simulation.style import Policy

FOLDER = Path(__file__).parent
PROGRAM = Path(kraken_tui.__file__).parent


class Mutant(Struct, frozen=True):
    """A broken engine."""

    name: str
    about: str
    policies: tuple[Policy, ...]
    """Under which it must be found; under each by itself."""
    patch: Path


class NoLongerApplies(Exception):
    """A patch does not fit the program any more: it has to be made anew, or it proves nothing."""


def mutants() -> list[Mutant]:
    """All of them, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.patch"))]


def _read(path: Path) -> Mutant:
    about, policy, *_ = path.read_text().splitlines()
    words: dict[str, tuple[Policy, ...]] = {"both": get_args(Policy), **{each: (each,) for each in get_args(Policy)}}
    return Mutant(path.stem, about, words[policy.removeprefix("Policy: ")], path)


def break_copy(mutant: Mutant, folder: Path) -> None:
    """Put a copy of the program into `folder`, and break it.

    Raises:
        NoLongerApplies: the program has changed where the patch does.
    """
    shutil.copytree(PROGRAM, folder / PROGRAM.name, ignore=shutil.ignore_patterns("__pycache__"))
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = ("git", "apply", "-p1", "--whitespace=nowarn", str(mutant.patch))
    made = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if made.returncode:
        raise NoLongerApplies(f"{mutant.patch.name} no longer applies: {made.stderr.strip()}")
