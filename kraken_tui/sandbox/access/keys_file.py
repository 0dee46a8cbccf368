"""Keys in a file of one's own.

The file is JSON::

    {"keys": [{"name": "bot", "key": "…", "secret": "…base64…", "permissions": ["query-funds"], "nonce_window": 0}]}

`nonce_window` may be left out.
"""

import base64
import binascii
import difflib
import json
from pathlib import Path
from typing import Any

from kraken_tui.model.errors import UsageError
from kraken_tui.sandbox.access.keys import MOST_NONCE, PERMISSION_SETS, PERMISSIONS, ApiKey, KeyRing

_FIELDS = ("name", "key", "secret", "permissions", "nonce_window")
_SHAPE = '{"keys": [{"name": …, "key": …, "secret": …, "permissions": […]}]}'


def load(path: Path, created_ns: int = 0) -> KeyRing:
    """The keys in `path`.

    Args:
        path: the file.
        created_ns: what GetApiKeyInfo tells of when they were made.

    Raises:
        UsageError: names the file, the entry, the field, its value and what would be right. Secrets are not shown.
    """
    entries = _entries(path)
    keys: list[ApiKey] = []
    for index, entry in enumerate(entries):
        where = f"{path}: keys[{index}]"
        if not isinstance(entry, dict):
            raise UsageError(f"{where} is {_shown(entry)}; it should be an object with {', '.join(_FIELDS)}")
        key = _key(where, entry, created_ns)
        for other in keys:
            if other.name == key.name:
                raise UsageError(f"{where}.name is {_shown(key.name)}, as another key's; names must differ")
            if other.key == key.key:
                raise UsageError(f"{where}.key is {_shown(key.key)}, as that of {_shown(other.name)}; keys must differ")
        keys.append(key)
    return KeyRing(keys)


def _entries(path: Path) -> list[Any]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is no JSON ({error}); it should be {_SHAPE}") from error
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise UsageError(f"{path}: has no list `keys`; it should be {_SHAPE}")
    for name in found:
        if name != "keys":
            raise UsageError(f"{path}: {name!r} is no field of it; it should be {_SHAPE}")
    if not found["keys"]:
        raise UsageError(f"{path}: `keys` is empty; it should hold at least one key")
    entries: list[Any] = found["keys"]
    return entries


def _key(where: str, entry: dict[str, Any], created_ns: int) -> ApiKey:
    for field in entry:
        if field not in _FIELDS:
            raise UsageError(f"{where}.{field} is no field of a key{_near(field, _FIELDS)}")
    return ApiKey(
        name=_text(where, entry, "name", "a name"),
        key=_text(where, entry, "key", "the text of the API-Key header"),
        secret=_secret(where, entry),
        permissions=_permissions(where, entry),
        nonce_window=_window(where, entry),
        created_ns=created_ns,
    )


def _text(where: str, entry: dict[str, Any], field: str, right: str) -> str:
    value = entry.get(field)
    if field not in entry:
        raise UsageError(f"{where}.{field} is missing; it should be {right}")
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.isprintable()
        or value.strip() != value
        or not value
    ):
        raise UsageError(f"{where}.{field} is {_shown(value)}; it should be {right}: printable ASCII")
    return value


def _secret(where: str, entry: dict[str, Any]) -> str:
    value = entry.get("secret")
    right = "base64, as `openssl rand -base64 64 | tr -d '\\n'` makes it"
    if "secret" not in entry:
        raise UsageError(f"{where}.secret is missing; it should be {right}")
    try:
        if isinstance(value, str) and base64.b64decode(value, validate=True):
            return value
    except (binascii.Error, ValueError):
        pass
    kind = f"text of {len(value)} characters that is no base64" if isinstance(value, str) else _shown(value)
    raise UsageError(f"{where}.secret is {kind}; it should be {right}")


def _permissions(where: str, entry: dict[str, Any]) -> frozenset[str]:
    value = entry.get("permissions")
    if not isinstance(value, list):
        example = json.dumps(sorted(PERMISSION_SETS["trade"]))
        told = f"is {_shown(value)}" if "permissions" in entry else "is missing"
        raise UsageError(f"{where}.permissions {told}; it should be a list such as {example}")
    for index, each in enumerate(value):
        if each not in PERMISSIONS:
            raise UsageError(
                f"{where}.permissions[{index}] is {_shown(each)}{_near(str(each), PERMISSIONS)}; "
                f"there are {', '.join(PERMISSIONS)}"
            )
    return frozenset(value)


def _window(where: str, entry: dict[str, Any]) -> int:
    value = entry.get("nonce_window", 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_NONCE:
        raise UsageError(f"{where}.nonce_window is {_shown(value)}; it should be a whole number from 0 up")
    return value


def _near(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word.lower().replace("_", "-"), known, n=1, cutoff=0.5)
    near = near or difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
