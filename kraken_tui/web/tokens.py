"""The two secrets of a browser: a token lets in to look, a code lets command; printed once, or kept in a file."""

import hmac
import os
import secrets
import stat
from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal, UsageError

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Of the code, which a person types: none that is read as another."""
GROUPS, GROUP = 4, 4
SHORTEST_TOKEN, SHORTEST_CODE = 24, 12
LONGEST_FILE = 4096
FORM = "two lines, `view TOKEN` and `control CODE`"


class Tokens(Struct, frozen=True):
    """What lets in, and what unlocks."""

    view: str
    control: str

    def __repr__(self) -> str:
        """Says nothing."""
        return "Tokens(***)"

    def lets_in(self, told: str) -> bool:
        """Whether `told` is the token; takes as long whatever is told."""
        return hmac.compare_digest(told.encode(errors="replace"), self.view.encode())

    def unlocks(self, told: str) -> bool:
        """Whether `told` is the code, in any case, with its dashes or without."""
        return hmac.compare_digest(_bare(told).encode(errors="replace"), _bare(self.control).encode())


def fresh() -> Tokens:
    """A pair that nobody can guess: 256 and 78 bits from the system's generator."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return Tokens(secrets.token_urlsafe(32), "-".join(groups))


def from_file(path: Path) -> Tokens:
    """The pair that `path` holds; a file that is not there is made, 0600, with a fresh one.

    Raises:
        SafetyRefusal: others may read it, it is another user's, or one secret is too short.
        UsageError: it can't be read or written, or holds something else.
    """
    try:
        return _written(path) if not os.path.lexists(path) else _read(path)
    except OSError as error:
        raise UsageError(f"--token-file {path}: {error.strerror or error}") from error


def _written(path: Path) -> Tokens:
    made = fresh()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"view {made.view}\ncontrol {made.control}\n")
    return made


def _read(path: Path) -> Tokens:
    """Looked at and read through one descriptor, so that nobody can swap it in between."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"--token-file {path}: is no file")
        if found.st_uid != os.getuid():
            raise SafetyRefusal(f"--token-file {path}: belongs to user {found.st_uid}, not to us: chown it")
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise SafetyRefusal(f"--token-file {path}: others may read or write it ({mode:04o}): chmod 600 {path}")
        told = file.read(LONGEST_FILE)
    return _parsed(path, told)


def _parsed(path: Path, told: bytes) -> Tokens:
    lines = [line.split() for line in told.decode("ascii", "replace").splitlines() if line.strip()]
    if [line[0] for line in lines] != ["view", "control"] or any(len(line) != 2 for line in lines):
        raise UsageError(f"--token-file {path}: {FORM} are right; without the file they are made")
    tokens = Tokens(lines[0][1], lines[1][1])
    if len(tokens.view) < SHORTEST_TOKEN or len(_bare(tokens.control)) < SHORTEST_CODE:
        raise SafetyRefusal(
            f"--token-file {path}: too short; {SHORTEST_TOKEN} letters for view and {SHORTEST_CODE} for control, at "
            "least, are right"
        )
    if tokens.unlocks(tokens.view):
        raise SafetyRefusal(f"--token-file {path}: view and control are the same; two secrets are right")
    return tokens


def _bare(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())
