"""Whether a database's files are still those that were opened: whoever removes them takes all that is written after."""

from pathlib import Path

from kraken_tui.model.errors import SafetyRefusal


class SameFiles:
    """A database and its log, as they lay on the disk when it was opened.

    Args:
        path: the database; open by now, so that its log is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._there = _identities(path)

    def refuse_others(self) -> None:
        """Raise where one of them is gone, or another lies in its place.

        Raises:
            SafetyRefusal: what is written now goes with the files that were removed.
        """
        if _identities(self._path) != self._there:
            raise SafetyRefusal(
                f"{self._path} can't be written: it was removed or replaced under the running engine; put it back, or "
                "flatten, and start anew"
            )


def _identities(path: Path) -> list[tuple[int, int] | None]:
    return [_identity(path), _identity(path.with_name(f"{path.name}-wal"))]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino
