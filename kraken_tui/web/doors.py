"""Under which names the server may be called, and from which pages: all else is somebody else's page or name."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from kraken_tui.model.errors import SafetyRefusal, UsageError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MISDIRECTED, FORBIDDEN = 421, 403
OWN = ("same-origin", "none")
"""Sec-Fetch-Site of what this page, or the address bar, asks for. A page of another port counts as `same-site`."""


class Doors(Struct, frozen=True, kw_only=True):
    """Names of the server."""

    plain: frozenset[str]
    """Hosts over http, on loopback: `localhost:5000`."""
    proxied: frozenset[str]
    """Hosts behind the proxy, over https."""

    def turned_away(self, method: str, path: str, headers: Mapping[str, str]) -> int:
        """The status that a request is refused with before anything else is looked at; 0 lets it pass.

        A foreign name (a rebound DNS entry) is 421, a foreign page 403. Whatever changes something, and the socket,
        must say which page asks.
        """
        host = headers.get("Host", "").lower()
        if host not in self.plain and host not in self.proxied:
            return MISDIRECTED
        origin = headers.get("Origin")
        must_tell = method not in ("GET", "HEAD") or path == "/ws"
        if (origin is None and must_tell) or (origin is not None and origin.lower() != self.origin(host)):
            return FORBIDDEN
        site = headers.get("Sec-Fetch-Site")
        is_link = method == "GET" and path == "/" and headers.get("Sec-Fetch-Mode") == "navigate"
        return FORBIDDEN if site is not None and site not in OWN and not is_link else 0

    def origin(self, host: str) -> str:
        """Of the pages that are served under that name."""
        return f"https://{host.removesuffix(':443')}" if self.is_secure(host) else f"http://{host}"

    def is_secure(self, host: str) -> bool:
        """Whether a browser comes over https."""
        return host.lower() in self.proxied


def doors_of(port: int, proxy: str | None) -> Doors:
    """The names of a server that listens on `port`, behind `proxy` or not.

    Raises:
        UsageError: `proxy` is no address of a site.
    """
    plain = {f"{name}:{port}" for name in LOOPBACK} | (set(LOOPBACK) if port == 80 else set())
    return Doors(plain=frozenset(plain), proxied=frozenset(_proxied(proxy)) if proxy else frozenset())


def listening(host: str, proxy: str | None, *, has_token_file: bool) -> str:
    """The address to listen on: loopback, or another one behind a stated proxy.

    Raises:
        UsageError: `host` is no address.
        SafetyRefusal: it is not loopback, and no proxy or no token file is stated.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise UsageError(f"--host {host}: is no address; 127.0.0.1 is right") from error
    if proxy:
        _proxied(proxy)
    if not address.is_loopback and not (proxy and has_token_file):
        raise SafetyRefusal(
            f"--host {host}: others could reach it, and read what is typed: beyond loopback it needs --token-file FILE "
            "and --proxy https://NAME, the address of a proxy in front of it that speaks TLS"
        )
    return str(address)


def _proxied(proxy: str) -> set[str]:
    wrong = f"--proxy {proxy}: is no address of a site; https://trading.example is right"
    try:
        parts = urlsplit(proxy)
        port = parts.port
    except ValueError as error:
        raise UsageError(wrong) from error
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.path.strip("/") or parts.query:
        raise UsageError(wrong)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return {name, f"{name}:443"} if port in (None, 443) else {f"{name}:{port}"}
