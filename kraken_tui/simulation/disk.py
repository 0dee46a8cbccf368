"""A disk in memory, for SQLite: it knows what was written from what was synced, and a power cut loses the rest."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import apsw

from kraken_tui.clock import Generator
from kraken_tui.simulation.file import File

_numbers = itertools.count(1)


class Disk:
    """The disk of the machine that the engine runs on.

    Args:
        chance: decides what a power cut leaves.
    """

    def __init__(self, chance: Generator) -> None:
        self.files: dict[str, File] = {}
        self.is_full = False
        """Whether nothing can be added any more."""
        self.syncs = 0
        self.on_change: Callable[[], None] | None = None
        """Called before each write, sync, cut or removal."""
        self._gone: dict[str, File] = {}
        """Removed, but a power cut may bring them back: until the next sync, as on a journalling file system."""
        self._chance = chance
        self._vfs = _Vfs(self)

    def connect(self, path: Path) -> apsw.Connection:
        """Open a SQLite file on it, or begin one.

        Raises:
            apsw.Error: it can't be opened.
        """
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        return apsw.Connection(str(path), flags=flags, vfs=self._vfs.name)

    @property
    def unsynced(self) -> int:
        """Changes that a power cut would lose."""
        return sum(file.unsynced for file in self.files.values())

    def cut_power(self) -> None:
        """What was not synced is lost, or some of it is not. Files that are open write to nowhere from now on."""
        self._change_hands()
        lucky = {name: file for name, file in sorted(self._gone.items()) if self._chance.random() < 0.5}
        self.files = {name: file.after_power_cut(self._chance) for name, file in {**lucky, **self.files}.items()}
        self._gone.clear()

    def end_process(self) -> None:
        """The program that used it is gone, the machine is not: all that was written is there."""
        self._change_hands()
        self.files = {name: file.handed_on() for name, file in self.files.items()}

    def _change_hands(self) -> None:
        """Whatever the program that is gone left open, and closes when it is collected, changes nothing any more."""
        self._vfs.is_over = True
        self._vfs.unregister()
        self._vfs = _Vfs(self)

    def close(self) -> None:
        """Nothing on it is opened again."""
        self._vfs.unregister()

    def touched(self) -> None:
        """Tell that something is about to change."""
        if self.on_change is not None:
            self.on_change()

    def open(self, name: str) -> File:
        """The file of that name, made where there is none."""
        if name not in self.files:
            self.files[name] = File()
        return self.files[name]

    def sync(self, file: File) -> None:
        """Make a file durable, and every removal before."""
        self.touched()
        self.syncs += 1
        self._gone.clear()
        file.sync()

    def remove(self, name: str, *, durably: bool) -> None:
        """Take a file away, if it is there."""
        file = self.files.pop(name, None)
        if file is not None:
            self._gone.pop(name, None)
            if not durably:
                self._gone[name] = file


class _Vfs(apsw.VFS):
    """SQLite's way to the disk; what has nothing to do with files is the real one's."""

    def __init__(self, disk: Disk) -> None:
        self.name = f"simulated-disk-{next(_numbers)}"
        self.is_over = False
        self._disk = disk
        super().__init__(self.name, base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        file = File() if path is None else self._disk.open(path)
        return _VfsFile(self, self._disk, file, path if flags[0] & apsw.SQLITE_OPEN_DELETEONCLOSE else None)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return pathname in self._disk.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        if not self.is_over:
            self._disk.touched()
            self._disk.remove(filename, durably=syncdir)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _VfsFile(apsw.VFSFile):
    """An open file. There is one program at a time, so that locks need not be kept."""

    def __init__(self, vfs: _Vfs, disk: Disk, file: File, temporary: str | None) -> None:
        self._vfs = vfs
        self._disk = disk
        self._file = file
        self._temporary = temporary

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._touch()
        if self._disk.is_full and not self._vfs.is_over:
            raise apsw.FullError("the disk is full")
        self._file.write(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._touch()
        self._file.truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if not self._vfs.is_over:
            self._disk.sync(self._file)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.content)

    def xClose(self) -> None:  # noqa: N802
        if self._temporary is not None and not self._vfs.is_over:
            self._disk.remove(self._temporary, durably=True)

    def _touch(self) -> None:
        if not self._vfs.is_over:
            self._disk.touched()

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE
