"""What tests of python-kraken-sdk's REST clients share."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def closing(*clients: Any) -> Iterator[None]:
    """The SDK never closes the sessions of its REST clients."""
    try:
        yield
    finally:
        for client in clients:
            client._SpotClient__session.close()


def placed(answer: dict[str, Any]) -> str:
    (id,) = answer["txid"]
    return str(id)


def order_of(user: Any, id: str) -> dict[str, Any]:
    told: dict[str, Any] = user.get_orders_info(id, trades=True)[id]
    return told
