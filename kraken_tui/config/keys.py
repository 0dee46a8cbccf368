"""The exchange keys: read by name, once, and shown to nobody."""

import base64
import binascii
import contextlib
import io
import json
import os
import stat
from collections.abc import Mapping, MutableMapping, Sequence
from typing import NoReturn

from dotenv import dotenv_values

from kraken_tui.config.dotenv_lines import values_of
from kraken_tui.config.home import Home
from kraken_tui.config.secrets import SECRET_NAME, hold
from kraken_tui.model.errors import SafetyRefusal

KEY_NAMES = ("KRAKEN_API_KEY", "KRAKEN_API_SECRET")
NOTIFY_NAMES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "KRAKEN_TUI_WEBHOOK_TOKEN")
"""What notifications are sent with; see `notify_keys`."""
MODEL_NAMES = ("OPENAI_API_KEY", "ASSISTANT_API_KEY")
"""The only names that a language model's key is read by; see `model_key`."""
_LONGEST = 64 * 1024


class Keys:
    """An API key with its secret.

    Neither is shown by `repr`, written by `pickle`, nor encoded by msgspec or pydantic; logs and crash reports of this
    process mask both from the moment they are read.

    Args:
        api_key: what the API-Key header says.
        secret: base64, as Kraken gives it.

    Raises:
        SafetyRefusal: they can't be a Kraken key; says how, without showing them.
    """

    __slots__ = ("api_key", "secret")

    def __init__(self, api_key: str, secret: str) -> None:
        hold(api_key, secret)
        if not (api_key and api_key.isascii() and api_key.isprintable() and " " not in api_key):
            raise SafetyRefusal(
                f"KRAKEN_API_KEY has {len(api_key)} characters that are no key: copy it as Kraken shows it"
            )
        try:
            is_base64 = bool(base64.b64decode(secret, validate=True))
        except (binascii.Error, ValueError):
            is_base64 = False
        if not is_base64:
            raise SafetyRefusal(
                f"KRAKEN_API_SECRET has {len(secret)} characters that are no base64: copy it as Kraken shows it"
            )
        self.api_key = api_key
        self.secret = secret

    def __repr__(self) -> str:
        """Says nothing."""
        return "Keys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not written anywhere")


def read_keys(home: Home, environ: Mapping[str, str]) -> Keys:
    """The keys from `environ`, or else from the home's `.env`, which nobody else may read.

    Raises:
        SafetyRefusal: one or both are missing, or `.env` is not ours alone.
    """
    told, where = environ, "the environment"
    if not any(environ.get(name) for name in KEY_NAMES):
        told, where = _private_file(home), str(home.env)
    missing = [name for name in KEY_NAMES if not told.get(name)]
    if len(missing) == len(KEY_NAMES):
        raise SafetyRefusal(
            f"{' and '.join(missing)} are missing: write both into {home.env} (chmod 600), or into the environment"
        )
    if missing:
        raise SafetyRefusal(f"{missing[0]} is missing: {where} has only the other one; both belong in one place")
    return Keys(*(told[name].strip() for name in KEY_NAMES))


def hold_dotenv(home: Home) -> None:
    """Mask whatever in the home's `.env` looks like a secret; for a mode that may read secrets."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        told = dotenv_values(home.env, interpolate=False, encoding="utf-8")
        hold(*(value for name, value in told.items() if value and SECRET_NAME.search(name)))


def forget_keys(environ: MutableMapping[str, str]) -> None:
    """Take the keys out of `environ`, so that no child process gets them."""
    for name in (*KEY_NAMES, *NOTIFY_NAMES, *MODEL_NAMES):
        environ.pop(name, None)


def send_keys(environ: Mapping[str, str], names: Sequence[str] = KEY_NAMES) -> int | None:
    """The reading end of a pipe that holds the keys of `environ`; None where it has none. The caller closes it.

    A process that is started finds them there, and neither in its environment nor in its arguments.
    """
    told = {name: environ[name] for name in names if environ.get(name)}
    if not told:
        return None
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(json.dumps(told).encode())
    return reading


def receive_keys(descriptor: int) -> dict[str, str]:
    """What `send_keys` put into the pipe; it is closed.

    Raises:
        SafetyRefusal: nothing of the kind is there.
    """
    try:
        with os.fdopen(descriptor, "rb") as pipe:
            told = json.loads(pipe.read(_LONGEST))
    except (OSError, ValueError) as error:
        raise SafetyRefusal(f"no keys came through descriptor {descriptor}: {type(error).__name__}") from None
    if not isinstance(told, dict):
        raise SafetyRefusal(f"no keys came through descriptor {descriptor}")
    known = (*KEY_NAMES, *NOTIFY_NAMES, *MODEL_NAMES)
    return {name: value for name, value in told.items() if name in known and isinstance(value, str)}


def private_values(home: Home, names: Sequence[str]) -> dict[str, str]:
    """What the home's `.env` says of `names`; no other line of it is looked into.

    Raises:
        SafetyRefusal: it is there, and is not ours alone.
    """
    return values_of(_private_text(home), names)


def _private_file(home: Home) -> dict[str, str]:
    told = dotenv_values(stream=io.StringIO(_private_text(home)), interpolate=False)
    return {name: value for name, value in told.items() if value is not None}


def _private_text(home: Home) -> str:
    """What `.env` holds, looked at and read through one descriptor, so that nobody can swap it in between."""
    try:
        descriptor = os.open(home.env, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SafetyRefusal(f"{home.env}: can't be read: {error.strerror}") from error
    try:
        _refuse_unless_ours(home, os.fstat(descriptor))
        return os.read(descriptor, _LONGEST).decode()
    except UnicodeDecodeError as error:
        raise SafetyRefusal(f"{home.env}: is not UTF-8 at byte {error.start}") from None
    finally:
        os.close(descriptor)


def _refuse_unless_ours(home: Home, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SafetyRefusal(f"{home.env}: is no file")
    if found.st_uid != os.getuid():
        raise SafetyRefusal(f"{home.env}: belongs to user {found.st_uid}, not to us: chown it, then chmod 600")
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise SafetyRefusal(f"{home.env}: others may read or write it (mode {mode:04o}): chmod 600 {home.env}")
