"""API keys: what each may do, its nonce, and the sets of permissions that the sandbox hands out.

Source: Kraken's documentation of authentication (nonce, nonce window) and of GetApiKeyInfo (permission names).
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from kraken_tui.clock import Generator

PERMISSIONS = (
    "query-funds",
    "add-funds",
    "withdraw-funds",
    "earn-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "query-ledger",
    "export-data",
    "create-ws-token",
    "add-withdraw-address",
    "update-withdraw-address",
)
"""In Kraken's order, in which GetApiKeyInfo lists them too."""

_READ = frozenset({"query-funds", "query-open-trades", "query-closed-trades", "query-ledger", "create-ws-token"})
_TRADE = _READ - {"query-ledger"} | {"modify-trades", "close-trades"}

PERMISSION_SETS: Mapping[str, frozenset[str]] = {
    "full": _TRADE | {"query-ledger", "export-data"},
    "trade": _TRADE,
    "read-only": _READ,
    "no-token": _TRADE - {"create-ws-token"},
    "withdraw": _TRADE | {"query-ledger", "withdraw-funds"},
}
"""`full`: all that the sandbox answers. `trade`: the least that a bot needs. `withdraw`: to see whether a bot refuses
a key that could empty the account."""

MOST_NONCE = 2**64 - 1
SECRET_BYTES = 64


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key pair and what it may do."""

    name: str
    key: str
    """What the API-Key header says."""
    secret: str
    """Base64."""
    permissions: frozenset[str]
    nonce_window: int = 0
    """How far below the highest nonce one may lie that was not used yet, in the nonce's own unit. Kraken does not
    document the unit."""
    created_ns: int = 0

    def __repr__(self) -> str:
        """Without the secret: it must not stand in a log."""
        return f"ApiKey({self.name!r})"


class KeyRing:
    """The keys that the exchange knows, and how each was used.

    Args:
        keys: names and keys are unique.
    """

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys = {key.key: key for key in keys}
        self._secrets = {key.key: base64.b64decode(key.secret) for key in self._keys.values()}
        self._used_ns: dict[str, int] = {}
        self._recent: dict[str, set[int]] = {}
        self._floors: dict[str, int] = {}
        self.nonces: dict[str, int] = {}
        """The highest nonce of each key that was used; what must survive a restart."""
        self.on_use: Callable[[str, int], None] | None = None
        """Told each new highest nonce, by API-Key header, before the request goes on."""

    def __iter__(self) -> Iterator[ApiKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def by_key(self, text: str) -> ApiKey | None:
        """The key whose API-Key header is `text`."""
        return self._keys.get(text)

    def named(self, name: str) -> ApiKey:
        """The key of this name.

        Raises:
            KeyError: there is none.
        """
        for key in self:
            if key.name == name:
                return key
        raise KeyError(name)

    def secret_of(self, key: ApiKey) -> bytes:
        """The decoded secret."""
        return self._secrets[key.key]

    def nonce_of(self, key: ApiKey) -> int:
        """The highest nonce used; 0 where none was."""
        return self.nonces.get(key.key, 0)

    def last_used_ns(self, key: ApiKey) -> int:
        """When a request was last signed well with it; 0 for never."""
        return self._used_ns.get(key.key, 0)

    def use(self, key: ApiKey, nonce: int, now_ns: int) -> bool:
        """Use `nonce` up; False where it may not be used (any more), and nothing changed.

        A nonce must be above the highest one, or within the key's nonce window below it and not used yet. Which of
        them were used before a restart is not known any more, so none up to the highest one of then may be used.
        """
        highest = self.nonces.get(key.key, -1)
        floor = self._floors.setdefault(key.key, highest)
        if nonce > highest:
            self.nonces[key.key] = nonce
            if self.on_use is not None:
                self.on_use(key.key, nonce)
        elif nonce <= floor or nonce <= highest - key.nonce_window or nonce in self._recent.get(key.key, ()):
            return False
        if key.nonce_window:
            self._remember(key, nonce)
        self._used_ns[key.key] = now_ns
        return True

    def _remember(self, key: ApiKey, nonce: int) -> None:
        recent = self._recent.setdefault(key.key, set())
        recent.add(nonce)
        if len(recent) > 1000:
            floor = self.nonces[key.key] - key.nonce_window
            self._recent[key.key] = {each for each in recent if each > floor}


def generate(permission_sets: Mapping[str, frozenset[str]], generator: Generator, created_ns: int = 0) -> KeyRing:
    """A key for each set of permissions, named after it.

    Args:
        permission_sets: `PERMISSION_SETS`, or others.
        generator: what keys are made of; a seed gives the same keys again.
        created_ns: what GetApiKeyInfo tells of it.
    """
    return KeyRing(
        ApiKey(
            name=name,
            key=base64.b64encode(generator.randbytes(42)).decode(),
            secret=base64.b64encode(generator.randbytes(SECRET_BYTES)).decode(),
            permissions=permissions,
            created_ns=created_ns,
        )
        for name, permissions in permission_sets.items()
    )
