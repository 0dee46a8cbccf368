"""What the server asks of a channel and of an order method."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.connection import Connection

Params = dict[str, Any]
"""`params` of a message; numbers with a fraction or an exponent are Decimals, whole numbers are ints."""

Result = Params | list[Params]
"""What becomes `result` of a reply; a list only for batch_add."""

Method = Callable[[Parts, Connection, Params], Sequence[Result | ExchangeError]]
"""An order method: one result or refusal per reply. It may raise instead where all of it is refused."""


class Channel(Protocol):
    """Something to subscribe to."""

    @property
    def name(self) -> str:
        """As in `params.channel`."""
        ...

    @property
    def by_symbol(self) -> bool:
        """Whether a subscription names pairs, and each is acknowledged by itself."""
        ...

    def subscribe(self, connection: Connection, params: Params, symbol: str | None) -> Params:
        """Take a subscription; returns the `result` of the ack.

        Args:
            connection: whose.
            params: of the message.
            symbol: a pair that the exchange lists; None where `by_symbol` is False.

        Raises:
            ExchangeError: refused, with Kraken's text.
        """
        ...

    def after_ack(self, connection: Connection, params: Params, symbol: str | None) -> None:
        """The ack went out: send the snapshot, if one is wanted."""
        ...

    def unsubscribe(self, connection: Connection, params: Params, symbol: str | None) -> Params:
        """End a subscription; returns the `result` of the ack.

        Raises:
            ExchangeError: there is none.
        """
        ...
