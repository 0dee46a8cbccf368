"""A file on a disk: what was written to it, and what of that a power cut would leave."""

from __future__ import annotations

from kraken_tui.clock import Generator

SECTOR = 512
"""Bytes that are written whole or not at all, whatever happens."""


class File:
    """What a file holds, and what of it would still be there after a power cut."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self._synced = bytearray(content)
        self._unsynced: list[tuple[int, bytes] | int] = []
        """Since the last sync: bytes at an offset, or the length it was cut to."""

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`; what lies between it and the end so far is zeros."""
        _put(self.content, offset, data)
        self._unsynced.append((offset, data))

    def truncate(self, length: int) -> None:
        """Cut it to `length` bytes."""
        del self.content[length:]
        self._unsynced.append(length)

    def sync(self) -> None:
        """Make everything durable."""
        for change in self._unsynced:
            _apply(self._synced, change)
        self._unsynced.clear()

    @property
    def unsynced(self) -> int:
        """Changes that a power cut would lose."""
        return len(self._unsynced)

    def handed_on(self) -> File:
        """The same file for another program; what this one's holders still write does not reach it."""
        after = File()
        after.content, after._synced, after._unsynced = (
            bytearray(self.content),
            bytearray(self._synced),
            [*self._unsynced],
        )
        return after

    def after_power_cut(self, chance: Generator) -> File:
        """The file as it is found then. Of what was not synced, any change may be there, or some sectors of it."""
        found, luck = bytearray(self._synced), chance.choice((0.0, 0.0, 0.5, 0.9))
        for change in self._unsynced:
            if chance.random() >= luck:
                continue
            if isinstance(change, tuple) and chance.random() < 0.2:
                offset, data = change
                change = offset, data[: SECTOR * chance.randrange(1 + len(data) // SECTOR)]
            _apply(found, change)
        return File(bytes(found))


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
    else:
        _put(content, *change)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
