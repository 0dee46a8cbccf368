"""An API key as the client takes it."""

import base64
import binascii
from typing import Protocol

from kraken_tui.model.errors import Misconfigured


class Credentials(Protocol):
    """An API key."""

    @property
    def api_key(self) -> str:
        """The public half."""
        ...

    @property
    def secret(self) -> str:
        """The private half, base64."""
        ...


def check_credentials(keys: Credentials) -> None:
    """Hold a key against what Kraken's look like, before ccxt stumbles over it with the secret in its hands.

    Raises:
        Misconfigured: names the half that can't be one, and does not show it.
    """
    if not keys.api_key or not keys.api_key.isascii() or not keys.api_key.isprintable() or " " in keys.api_key:
        raise Misconfigured("KRAKEN_API_KEY is no API key of Kraken's: one is a line of letters, digits and + / =")
    try:
        is_secret = bool(base64.b64decode(keys.secret, validate=True))
    except (binascii.Error, ValueError):
        is_secret = False
    if not is_secret:
        raise Misconfigured("KRAKEN_API_SECRET is not base64, as Kraken's secrets are; copy all of it, == included")
