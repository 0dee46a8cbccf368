"""The trials of a search on disk: a line for each, durable at once; what a crash tore off is done again."""

import fcntl
import os
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.replay.search.parameters import Values
from kraken_tui.replay.search.trials import Outcome
from kraken_tui.store.atomic import sync_folder

FILE = "trials.jsonl"
Key = tuple[int, int]


class Tried(Struct, frozen=True, kw_only=True):
    """A finished trial."""

    split: int
    number: int
    values: Values
    outcome: Outcome


class Head(Struct, frozen=True, kw_only=True):
    """What a search is about: a file with another head is another search's."""

    about: dict[str, Any]


class TrialLog:
    """Finished trials, held open by one process.

    Args:
        folder: of the search; made where it is missing.
        about: what must be the same for its trials to be worth anything: data, parameters, version.

    Raises:
        UsageError: it is another search's, damaged, or in use.
    """

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self._path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+b")
        except OSError as error:
            raise UsageError(f"{self._path}: can't be written: {error.strerror or error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise UsageError(f"{folder}: another process searches here; wait for it, or give a --name") from error
        try:
            self.done = self._read(about)
        except BaseException:
            self._file.close()
            raise

    def add(self, tried: Tried) -> None:
        """Keep a trial: on disk when this returns.

        Raises:
            UsageError: the disk does not take it.
        """
        self._append(msgspec.json.encode(tried))
        self.done[tried.split, tried.number] = tried

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    def _append(self, line: bytes) -> None:
        try:
            self._file.write(line + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UsageError(f"{self._path}: a trial can't be kept: {error.strerror or error}") from error

    def _read(self, about: dict[str, Any]) -> dict[Key, Tried]:
        about = msgspec.json.decode(msgspec.json.encode(about))
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._file.truncate(whole)
        head, *lines = data[:whole].split(b"\n")[:-1] or [b""]
        if not head:
            self._append(msgspec.json.encode(Head(about=about)))
            sync_folder(self._path.parent)
            return {}
        try:
            kept = msgspec.json.decode(head, type=Head).about
            found = [msgspec.json.decode(line, type=Tried) for line in lines]
        except GARBLED as error:
            raise UsageError(f"{self._path}: is damaged ({error}); move it away, or give another --name") from error
        if wrong := [key for key in about.keys() | kept.keys() if about.get(key) != kept.get(key)]:
            raise UsageError(
                f"{self._path} belongs to a search with other {', '.join(sorted(wrong))}: its trials would tell "
                "nothing here; give another --name"
            )
        return {(each.split, each.number): each for each in found}
