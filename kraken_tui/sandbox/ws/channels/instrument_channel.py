"""The instrument channel: every asset and pair, then the pairs whose rules changed."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kraken_tui.model.instrument import Instrument
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.ws.asked import flag
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.fanout import Fanout
from kraken_tui.sandbox.ws.frames import event, number

_ALL = "all"


class InstrumentChannel:
    """Reference data. Unlike in every other channel `data` is an object, not a list."""

    name = "instrument"
    by_symbol = False

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._fanout: Fanout[str] = Fanout(self.name, parts.faults)

    def subscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """It names no pairs. There are no tokenized assets here, wanted or not."""
        snapshot = flag(params, "snapshot", True)
        flag(params, "include_tokenized_assets", False)
        self._fanout.check(connection, _ALL)
        self._fanout.add(connection, _ALL, _ALL)
        return {
            "channel": self.name,
            "snapshot": snapshot,
            "warnings": ["tick_size is deprecated, use price_increment"],
        }

    def after_ack(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> None:
        """Send all assets and pairs."""
        if flag(params, "snapshot", True):
            pairs = self._parts.venue.rules.instruments.values()
            data = {"assets": [self._asset(code) for code in self._parts.pairs.assets], "pairs": _pairs(pairs)}
            connection.push(self.name, event(self.name, "snapshot", data))

    def unsubscribe(self, connection: Connection, params: dict[str, Any], symbol: str | None) -> dict[str, Any]:
        """End it."""
        self._fanout.remove(connection, _ALL)
        return {"channel": self.name}

    def on_rules(self, before: Mapping[str, Instrument], after: Mapping[str, Instrument]) -> None:
        """Tell which pairs are not as they were."""
        if before is after or _ALL not in self._fanout:
            return
        changed = _pairs(pair for symbol, pair in after.items() if before.get(symbol) != pair)
        if changed:
            self._fanout.publish([(_ALL, event(self.name, "update", {"assets": [], "pairs": changed}))])

    def _asset(self, code: str) -> dict[str, Any]:
        pairs, borrowable = self._parts.pairs, self._parts.pairs.is_on_margin(code)
        told: dict[str, Any] = {
            "id": code,
            "status": "enabled",
            "precision": pairs.decimals(code),
            "precision_display": pairs.display_decimals(code),
            "borrowable": borrowable,
        }
        if borrowable:
            rate = self._parts.venue.rules.fees.margin / 100
            told |= {"collateral_value": number(pairs.collateral_value(code), 2), "margin_rate": number(rate)}
        return told


def _pairs(instruments: Iterable[Instrument]) -> list[dict[str, Any]]:
    return [_pair(instrument) for instrument in instruments]


def _pair(instrument: Instrument) -> dict[str, Any]:
    on_margin, tick = bool(instrument.leverage_buy), number(instrument.tick)
    told: dict[str, Any] = {
        "symbol": instrument.symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "status": instrument.status,
        "qty_precision": instrument.lot_decimals,
        "qty_increment": number(instrument.lot),
        "price_precision": instrument.price_decimals,
        "cost_precision": instrument.cost_decimals,
        "marginable": on_margin,
        "has_index": True,
        "cost_min": number(instrument.cost_min),
        "tick_size": tick,
        "price_increment": tick,
        "qty_min": number(instrument.order_min),
    }
    if on_margin:
        told["margin_initial"] = number(round(Decimal(1) / max(instrument.leverage_buy), 2))
        limits = {"position_limit_long": instrument.long_limit, "position_limit_short": instrument.short_limit}
        told |= {name: number(limit) for name, limit in limits.items() if limit is not None}
    return told
