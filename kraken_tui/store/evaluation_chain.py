"""The chain through the evaluation log: each row's hash covers the row and the hash before it.

A row's hash is SHA-256 over the hash of the row before (32 bytes) and the MessagePack array of the row's columns in
their order, the hash itself left out. Row 1 follows SHA-256 of `mode|log_id`, both as `meta` has them.

The newest row's number and hash also lie in a file beside, the head: without it nobody could tell that rows were cut
off at the end. Whoever rewrites the log and the head together is not found out; a copy of the head elsewhere would.
"""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.model.errors import UNREADABLE
from kraken_tui.store.atomic import write_atomically
from kraken_tui.store.database import Row

_ENCODER = msgspec.msgpack.Encoder()


class Head(Struct, frozen=True):
    """Where the chain ends."""

    row: int
    """0 before the first one."""
    hash: bytes


def genesis(mode: str, log_id: str) -> Head:
    """What row 1 follows."""
    return Head(0, hashlib.sha256(f"{mode}|{log_id}".encode()).digest())


def chained(previous: bytes, columns: Row) -> bytes:
    """The hash of a row.

    Args:
        previous: the hash of the row before.
        columns: every column but the hash.

    Raises:
        UnicodeEncodeError: a text is no UTF-8.
    """
    return hashlib.sha256(previous + _ENCODER.encode(columns)).digest()


def head_file(log: Path) -> Path:
    """Where the head of a log is kept."""
    return log.with_suffix(".head")


def write_head(log: Path, head: Head) -> None:
    """Replace the head, durably.

    Raises:
        OSError: it can't be written; the old one stays.
    """
    write_atomically(head_file(log), msgspec.json.encode(head))


def read_head(log: Path) -> Head | str:
    """The head of a log, or what is wrong with it."""
    path = head_file(log)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Head)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except UNREADABLE as error:
        return f"{path.name} can't be read: {error}"
