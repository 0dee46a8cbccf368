"""Kraken's account endpoints about ledger entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import LedgerEntry
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.history import page_of, window_of
from kraken_tui.sandbox.rest.shapes import ledger_shape
from kraken_tui.sandbox.rest.told_times import entry_told

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params

MOST_ENTRIES = 20
LEDGER_TYPES = frozenset(
    {"all", "none", "trade", "deposit", "withdrawal", "transfer", "margin", "adjustment", "rollover", "spend"}
    | {"receive", "settled", "credit", "staking", "reward", "dividend", "sale", "conversion", "nfttrade"}
)


def ledgers(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """Ledgers: 50 per page, newest first."""
    view = parts.venue.view()
    skew_ns = parts.faults.skew_ns
    window = window_of(params, lambda id: None if (found := view.ledger_entry(id)) is None else found.time_ns, skew_ns)
    assets = {parts.pairs.asset(name) for name in params.names("asset") if name != "all"}
    type = params.text("type", "all")
    if type not in LEDGER_TYPES:
        raise params.invalid("type")
    if params.text("aclass", "currency") != "currency":
        return {"ledger": {}, "count": 0}
    matches = (
        entry
        for entry in view.ledger()
        if window.holds(entry.time_ns)
        and (not assets or entry.asset in assets)
        and (type == "all" or entry.type == type)
    )
    rows, count = page_of(matches, params)
    return {"ledger": _entries(rows, parts), **count}


def query_ledgers(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """QueryLedgers: up to 20 by id."""
    view, wanted = parts.venue.view(), params.names("id")
    if not 1 <= len(wanted) <= MOST_ENTRIES:
        raise params.invalid("id")
    found = [entry for id in wanted if (entry := view.ledger_entry(id)) is not None]
    if not found:
        raise error_for("EQuery:Unknown ledger")
    return _entries(found, parts)


def _entries(entries: Iterable[LedgerEntry], parts: Parts) -> dict[str, dict[str, Any]]:
    pairs, skew_ns = parts.pairs, parts.faults.skew_ns
    told = (entry_told(entry, skew_ns) for entry in entries)
    return {each.id: ledger_shape(each, pairs.asset_id(each.asset), pairs.decimals(each.asset)) for each in told}


_MAY = frozenset({"query-ledger"})

LEDGERS: dict[str, PrivateEndpoint] = {
    "Ledgers": PrivateEndpoint(ledgers, _MAY, "history"),
    "QueryLedgers": PrivateEndpoint(query_ledgers, _MAY),
}
