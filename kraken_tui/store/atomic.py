"""Write a file so that a reader, or a machine that loses power, finds the old one whole or the new one whole."""

import contextlib
import os
import tempfile
from pathlib import Path


class NotSynced(OSError):
    """The file has its new content, but its folder could not be synced: a power cut may still lose it."""


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `data`, durably: temporary file in the same folder, fsync, rename, fsync of the folder.

    Args:
        path: the file; its folder is made where missing.
        data: all of its new content.
        mode: permissions of the new file.

    Raises:
        NotSynced: `path` has the new content, but the folder could not be synced.
        OSError: nothing was replaced, and the temporary file is gone again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    try:
        sync_folder(path.parent)
    except OSError as error:
        raise NotSynced(error.errno, error.strerror, str(path.parent)) from error


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
