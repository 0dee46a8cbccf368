"""The balances channel: what the account has, and every ledger entry that changes it. It tells nothing of holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from msgspec import Raw

from kraken_tui.exchange.matching.messages import Booked, Event, LedgerEntry
from kraken_tui.sandbox.ws.account.private_channel import Options, PrivateChannel
from kraken_tui.sandbox.ws.frames import encode, number
from kraken_tui.sandbox.ws.orders.fields import Fields
from kraken_tui.sandbox.ws.stamps import stamp

_CATEGORIES = {"margin": "margin-trade", "rollover": "marginrollover", "settled": "margin-settle"}
"""Where Kraken's category is another word than the entry's type."""
_WALLET = {"type": "spot", "id": "main"}


class Balances(PrivateChannel):
    """The channel. Each update is one message with one ledger entry."""

    name = "balances"

    def _options(self, fields: Fields) -> Options:
        return {"snapshot": fields.flag("snapshot", True)}

    def _permissions(self, options: Options) -> Sequence[str]:
        return ["query-funds"]

    def _result(self, options: Options) -> dict[str, Any]:
        return {"snapshot": options["snapshot"]}

    def _snapshots(self, options: Options) -> Iterator[Iterable[dict[str, Any]]]:
        """Every asset that the account has or had."""
        if options["snapshot"]:
            yield self._balances()

    def _balances(self) -> Iterator[dict[str, Any]]:
        for asset, balance in sorted(self._parts.venue.state.balances.items()):
            told = _never_more(balance, self._parts.pairs.decimals(asset))
            yield {"asset": asset, "asset_class": "currency", "balance": told, "wallets": [_WALLET | {"balance": told}]}

    def _tell(self, event: Event) -> None:
        if not isinstance(event, Booked):
            return
        self._subscribers.skip()
        body = self._subscribers.body("update", encode(self._update(event.entry)))
        for each in self._subscribers:
            self._subscribers.update(each, body)

    def _update(self, entry: LedgerEntry) -> dict[str, Any]:
        decimals = self._parts.pairs.decimals(entry.asset)
        return {
            "ledger_id": entry.id,
            "ref_id": entry.ref_id,
            "timestamp": stamp(self._parts, entry.time_ns),
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
