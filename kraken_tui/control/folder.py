"""The socket's folder and its peers: nobody but this user may come near."""

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path

from kraken_tui.model.errors import HomeLocked, SafetyRefusal, UsageError

LOCAL_PEERCRED = 1
"""macOS, <sys/un.h>; `struct xucred` follows: version, uid, number of groups, groups."""


def prepare_folder(folder: Path) -> None:
    """Make `folder` for this user only (0700), or make sure that it is.

    Raises:
        SafetyRefusal: it, or the folder above it, is a symlink, another user's, or open to others.
        UsageError: it can't be made.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    except OSError as error:
        raise UsageError(f"{error.filename}: the socket's folder can't be made: {error.strerror}") from error
    _refuse_unless_safe(folder.parent, shared_is_fine=True)
    _refuse_unless_safe(folder, shared_is_fine=False)


def _refuse_unless_safe(folder: Path, *, shared_is_fine: bool) -> None:
    """A folder above may be root's, or sticky as /tmp is: there nobody can put another in our folder's place."""
    status = folder.lstat()
    allowed = {os.getuid(), 0} if shared_is_fine else {os.getuid()}
    if not stat.S_ISDIR(status.st_mode):
        raise SafetyRefusal(f"{folder} must be a folder, and is a symlink or a file: remove it and start again")
    if status.st_uid not in allowed:
        raise SafetyRefusal(
            f"{folder} belongs to another user (uid {status.st_uid}): the socket can't be trusted there"
        )
    others = status.st_mode & (0o022 if shared_is_fine else 0o077)
    if others and not (shared_is_fine and status.st_mode & stat.S_ISVTX):
        raise SafetyRefusal(f"{folder} is open to other users: chmod 700 {folder}")


def bind_socket(path: Path) -> socket.socket:
    """A listening socket at `path`, 0600; a file that a dead engine left there is replaced.

    Raises:
        HomeLocked: somebody answers there.
        SafetyRefusal: something else than a socket lies there.
    """
    _clear(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
        bound.listen(64)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _clear(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise SafetyRefusal(f"{path} is there and is no socket: remove it and start again")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except (TimeoutError, BlockingIOError):
            pass
    raise HomeLocked(f"another engine answers on {path}: kraken-tui stop ends it, kraken-tui attach shows it")


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end, as the kernel tells it; None where it does not."""
    linux = getattr(socket, "SO_PEERCRED", None)
    if linux is not None:
        layout = struct.Struct("3i")
        return int(layout.unpack(connection.getsockopt(socket.SOL_SOCKET, linux, layout.size))[1])
    with contextlib.suppress(OSError):
        layout = struct.Struct("IIh2x16I")
        return int(layout.unpack(connection.getsockopt(0, LOCAL_PEERCRED, layout.size))[1])
    return None
