"""The balances channel: what the account has, and every ledger entry that changes it. It tells nothing of holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Raw

from kraken_tui.clock import iso_micros
from kraken_tui.exchange.matching.messages import Booked, Event, LedgerEntry
from kraken_tui.sandbox.ws.account.access import authorise
from kraken_tui.sandbox.ws.account.sequenced import Subscribers
from kraken_tui.sandbox.ws.frames import encode, number
from kraken_tui.sandbox.ws.orders.fields import Fields

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.ws.connection import Connection

_CATEGORIES = {"margin": "margin-trade", "rollover": "marginrollover", "settled": "margin-settle"}
"""Where Kraken's category is another word than the entry's type."""
_WALLET = {"type": "spot", "id": "main"}


class Balances:
    """The channel. Each update is one message with one ledger entry.

    Args:
        parts: whose venue is listened to.
    """

    name = "balances"
    by_symbol = False

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._subscribers = Subscribers(self.name, parts.faults)
        parts.venue.subscribe(self._on_events)

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """Take a subscription.

        Raises:
            ExchangeError: `ESession:Invalid session` without a good token, `EGeneral:Permission denied`.
            WsRefused: there is one already.
        """
        fields = Fields(params)
        snapshot = fields.flag("snapshot", True)
        authorise(self._parts, connection, fields, ["query-funds"], lasting=True)
        self._subscribers.add(connection, {"snapshot": snapshot})
        return {"channel": self.name, "snapshot": snapshot}

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send the snapshot: every asset that the account has or had."""
        subscription = self._subscribers.begin(connection)
        if subscription is not None and subscription.options["snapshot"]:
            self._subscribers.snapshot(subscription, [encode(balance) for balance in self._balances()])

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End the subscription."""
        self._subscribers.remove(connection)
        return {"channel": self.name}

    def _balances(self) -> Iterator[dict[str, Any]]:
        for asset, balance in sorted(self._parts.venue.state.balances.items()):
            told = _never_more(balance, self._parts.pairs.decimals(asset))
            yield {"asset": asset, "asset_class": "currency", "balance": told, "wallets": [_WALLET | {"balance": told}]}

    def _on_events(self, events: Sequence[Event]) -> None:
        if not len(self._subscribers):
            return
        for event in events:
            if isinstance(event, Booked):
                self._tell(event.entry)

    def _tell(self, entry: LedgerEntry) -> None:
        self._subscribers.skip()
        body = self._subscribers.body("update", encode(self._update(entry)))
        for each in self._subscribers:
            self._subscribers.update(each, body)

    def _update(self, entry: LedgerEntry) -> dict[str, Any]:
        decimals = self._parts.pairs.decimals(entry.asset)
        return {
            "ledger_id": entry.id,
            "ref_id": entry.ref_id,
            "timestamp": iso_micros(entry.time_ns),
            "type": entry.type,
            "subtype": "",
            "asset": entry.asset,
            "asset_class": "currency",
            "category": _CATEGORIES.get(entry.type, entry.type),
            "wallet_type": _WALLET["type"],
            "wallet_id": _WALLET["id"],
            "amount": number(entry.amount, decimals),
            "fee": number(entry.fee, decimals),
            "balance": _never_more(entry.balance, decimals),
        }


def _never_more(balance: Decimal, decimals: int) -> Raw:
    """Cut to the asset's decimals, as REST tells it."""
    return number(balance.quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR), decimals)
