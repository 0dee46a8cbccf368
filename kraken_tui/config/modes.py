"""Which mode a run is of: paper, live, or a sandbox that is traded as if it were Kraken.

LIVE talks to Kraken's own hosts over TLS, or to a sandbox on loopback, and to nothing else: whoever else answered
under Kraken's name would be handed signed orders.
"""

from urllib.parse import urlsplit

from kraken_tui.config.home import Mode
from kraken_tui.config.settings import KRAKENS_PRIVATE_WS, Settings
from kraken_tui.model.errors import SafetyRefusal

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_KRAKENS = {
    "EXCHANGE_REST_URL": ("https", "api.kraken.com", ("", "/")),
    "EXCHANGE_WS_URL": ("wss", "ws.kraken.com", ("/v2",)),
    "EXCHANGE_WS_AUTH_URL": ("wss", "ws-auth.kraken.com", ("/v2",)),
}
"""Scheme, host and paths of Kraken's own addresses; the port is the scheme's."""


def mode_of(settings: Settings) -> Mode:
    """The mode of a run with these settings.

    Raises:
        SafetyRefusal: LIVE, and an address is neither Kraken's nor on loopback, or some are Kraken's and some are not;
            names each key and its value.
    """
    if settings.MODE == "PAPER":
        return Mode.PAPER
    told = {
        "EXCHANGE_REST_URL": settings.EXCHANGE_REST_URL,
        "EXCHANGE_WS_URL": settings.EXCHANGE_WS_URL,
        "EXCHANGE_WS_AUTH_URL": private_ws_url(settings),
    }
    kinds = {key: _kind(key, url) for key, url in told.items()}
    if wrong := [f"{key} is {_shown(told[key])}" for key, kind in kinds.items() if kind is None]:
        raise SafetyRefusal(
            f"MODE LIVE: {', '.join(wrong)}; it should be Kraken's own address over TLS, such as "
            "https://api.kraken.com, wss://ws.kraken.com/v2 or wss://ws-auth.kraken.com/v2, "
            "or a sandbox on 127.0.0.1, ::1 or localhost with http:// or ws://"
        )
    if len(set(kinds.values())) > 1:
        each = ", ".join(f"{key} {_shown(url)}" for key, url in told.items())
        raise SafetyRefusal(f"MODE LIVE: all addresses must be Kraken's, or all on loopback; they are {each}")
    return Mode.LIVE if kinds["EXCHANGE_REST_URL"] == "kraken" else Mode.SANDBOX


def private_ws_url(settings: Settings) -> str:
    """The address of the private WebSocket.

    Where EXCHANGE_WS_AUTH_URL is left as it is, and EXCHANGE_WS_URL is on loopback, it is the sandbox's: the same host
    and port, path `/auth/v2`.
    """
    url = settings.EXCHANGE_WS_AUTH_URL
    if url == KRAKENS_PRIVATE_WS and _kind("EXCHANGE_WS_URL", settings.EXCHANGE_WS_URL) == "loopback":
        return urlsplit(settings.EXCHANGE_WS_URL)._replace(path="/auth/v2").geturl()
    return url


def _kind(key: str, url: str) -> str | None:
    """kraken, loopback, or None where it is neither."""
    scheme, host, paths = _KRAKENS[key]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return None
    if parts.hostname in LOOPBACK and parts.scheme == scheme.removesuffix("s"):
        return "loopback"
    is_krakens = (parts.scheme, parts.hostname) == (scheme, host) and port in (None, 443) and parts.path in paths
    return "kraken" if is_krakens else None


def _shown(url: str) -> str:
    """Without what stands before an @: it may be a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('//')[0]}//***@{tail}" if at else url
