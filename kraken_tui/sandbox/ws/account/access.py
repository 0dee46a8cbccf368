"""Who may do what on a WebSocket: tokens, and the permissions of the keys behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kraken_tui.exchange.errors import error_for
from kraken_tui.model.errors import ExchangeError

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.connection import Connection
    from kraken_tui.sandbox.ws.orders.fields import Fields


def authorise(
    parts: Parts, connection: Connection, fields: Fields, permissions: Iterable[str], *, lasting: bool = False
) -> ApiKey:
    """Whose message it is, if its key may do it.

    Args:
        parts: whose tokens count.
        connection: the token's key becomes its key.
        fields: hold the token.
        permissions: all are needed.
        lasting: a subscription opens, after which the token stays good on this connection, however old it becomes.

    Raises:
        ExchangeError: `ESession:Invalid session`, `EGeneral:Permission denied`.
    """
    token = fields.text("token") or ""
    try:
        key = parts.tokens.key_of(token)
    except ExchangeError:
        if token not in connection.tokens:
            raise
        key = connection.tokens[token]
    if not set(permissions) <= key.permissions:
        raise error_for("EGeneral:Permission denied")
    connection.key, connection.is_private = key, True
    if lasting:
        connection.tokens[token] = key
    return key
