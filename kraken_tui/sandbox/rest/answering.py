"""From a request to the bytes of its answer: authentication, permissions, limits, the endpoint, the envelope.

Whatever is asked, the answer is Kraken's envelope. The order of the checks of a private request: method, lockout,
key, a body that can be read, nonce, signature, nonce used before, permission, REST counter, and then the endpoint's
own. Kraken does not document its order; this one tells a stranger least.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from kraken_tui.exchange.errors import error_for
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.access.keys import MOST_NONCE, ApiKey
from kraken_tui.sandbox.access.limits import PublicLimits
from kraken_tui.sandbox.internal_errors import INTERNAL, tell
from kraken_tui.sandbox.rest.bodies import Unreadable, parse_body, parse_form
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.forms import Params
from kraken_tui.sandbox.rest.lockouts import Lockouts
from kraken_tui.sandbox.rest.signing import is_signed

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.endpoint import PublicEndpoint

UNKNOWN = "rest:unknown"
"""Where a request is said to go whose path names no method."""


class Request(Struct, frozen=True):
    """What arrived."""

    method: str
    path: str
    """Without the query, as it was sent."""
    headers: Mapping[str, str]
    """Names in any case."""
    query: str = ""
    body: bytes = b""
    address: str = ""
    """The client's, for limits of public calls."""


class Route(Struct, frozen=True):
    """A path's endpoint."""

    where: str
    """As faults and statistics call it: `rest:AddOrder`, `rest:public/Time`."""
    public: PublicEndpoint | None = None
    private: PrivateEndpoint | None = None


class Answering:
    """Answers requests, one at a time.

    Args:
        parts: what endpoints work with.
        public: endpoints by method, such as `Time`.
        private: endpoints by method, such as `AddOrder`.
    """

    def __init__(
        self, parts: Parts, public: Mapping[str, PublicEndpoint], private: Mapping[str, PrivateEndpoint]
    ) -> None:
        self.lockouts = Lockouts()
        self._parts = parts
        self._public_limits = PublicLimits()
        self._routes = {f"/0/public/{name}": Route(f"rest:public/{name}", public=call) for name, call in public.items()}
        self._routes |= {f"/0/private/{name}": Route(f"rest:{name}", private=call) for name, call in private.items()}

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that names a method."""
        return tuple(self._routes)

    def where(self, path: str) -> str:
        """The name of the method at `path`."""
        route = self._routes.get(path)
        return route.where if route is not None else UNKNOWN

    def answer(self, request: Request) -> bytes:
        """The body of the answer; its HTTP status is always 200."""
        route = self._routes.get(request.path)
        where = route.where if route is not None else UNKNOWN
        self._parts.statistics.request(where)
        try:
            result = self._result(route, request)
            return b'{"error":[],"result":' + msgspec.json.encode(result) + b"}"
        except ExchangeError as error:
            return self.refusal(where, error.text)
        except Exception as error:  # noqa: BLE001 - a fault of ours: the client gets what Kraken says of its own
            tell(where, error)
            return self.refusal(where, INTERNAL)

    def refusal(self, where: str, text: str) -> bytes:
        """The envelope of one of Kraken's error strings, counted."""
        self._parts.statistics.refusal(where, text)
        return msgspec.json.encode({"error": [text]})

    def _result(self, route: Route | None, request: Request) -> Any:
        if route is None:
            raise error_for("EGeneral:Unknown method")
        if route.private is not None:
            return self._private_result(route.private, request)
        if route.public is None or request.method != "GET":  # public methods are GET only since 2024-01
            raise error_for("EGeneral:Unknown method")
        if self._parts.policies.public_rate_limit:
            self._public_limits.charge(request.address, self._parts.clock.now_ns())
        return route.public(self._parts, Params(_query(request.query)))

    def _private_result(self, endpoint: PrivateEndpoint, request: Request) -> Any:
        parts, now_ns = self._parts, self._parts.clock.now_ns()
        key, fields = self._authenticated(request, now_ns)
        if (endpoint.any_of and not endpoint.any_of & key.permissions) or not endpoint.all_of <= key.permissions:
            raise error_for("EGeneral:Permission denied")
        cost = parts.policies.history_cost if endpoint.cost == "history" else endpoint.cost
        parts.rest_limits.charge(key.key, cost, now_ns)
        return endpoint.call(parts, key, Params(fields))

    def _authenticated(self, request: Request, now_ns: int) -> tuple[ApiKey, dict[str, Any]]:
        """Whose request it is, and its fields; failures count towards a lockout."""
        told = request.headers.get("API-Key", "")
        if self.lockouts.is_locked(told, now_ns):
            raise error_for("EGeneral:Temporary lockout")
        try:
            return self._checked(told, request, now_ns)
        except ExchangeError:
            self.lockouts.failed(told, now_ns)
            raise

    def _checked(self, told: str, request: Request, now_ns: int) -> tuple[ApiKey, dict[str, Any]]:
        ring, headers = self._parts.keys, request.headers
        key = ring.by_key(told)
        if key is None:
            raise error_for("EAPI:Invalid key")
        try:
            fields = parse_body(request.body, headers.get("Content-Type", ""))
        except Unreadable as error:
            raise error_for("EAPI:Bad request") from error
        nonce = _nonce(fields)
        signed = headers.get("API-Sign", "")
        if not is_signed(signed, ring.secret_of(key), request.path, nonce, request.body):
            raise error_for("EAPI:Invalid signature")
        if not ring.use(key, int(nonce), now_ns):
            raise error_for("EAPI:Invalid nonce")
        return key, fields


def _nonce(fields: Mapping[str, Any]) -> str:
    """As the client worded it, which is how it was signed."""
    told = fields.get("nonce")
    text = str(told) if told.__class__ is int else told
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise error_for("EAPI:Invalid nonce")
    if int(text) > MOST_NONCE:
        raise error_for("EAPI:Invalid nonce")
    return text


def _query(query: str) -> dict[str, Any]:
    if not query:
        return {}
    try:
        if query.isascii():
            return parse_form(query)
    except Unreadable as error:
        raise error_for("EGeneral:Invalid arguments") from error
    raise error_for("EGeneral:Invalid arguments")
