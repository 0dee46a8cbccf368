"""How an exchange stands, as the control API tells it."""

from typing import Any

import msgspec

from kraken_tui.clock import SECOND, iso_micros
from kraken_tui.exchange.matching.money.fees import volume_of
from kraken_tui.sandbox.market.held_feed import HeldFeed
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.summary import summarise


def status_of(parts: Parts, feed: HeldFeed) -> dict[str, Any]:
    """Its time, modes, faults and market, and what it was asked so far."""
    venue, told = parts.venue, feed.told
    off = {symbol: row.status for symbol, row in sorted(venue.rules.instruments.items()) if row.status != "online"}
    return {
        "time": iso_micros(parts.clock.now_ns()),
        "system": venue.rules.system,
        "pairs": off,
        "lag_s": venue.lag_ns / SECOND,
        "skew_s": parts.faults.skew_ns / SECOND,
        "market": {"state": told.state.name, "note": told.note} if told is not None else None,
        "paused": feed.is_paused,
        "held": sorted(feed.instruments[index].symbol for index in feed.held),
        "volume_usd": f"{volume_of(venue.state):f}",
        "faults": [
            {"rule": msgspec.to_builtins(each.rule), "seen": each.seen, "hits": each.hits}
            for each in parts.faults.armed
        ],
        "summary": summarise(parts.statistics, venue),
    }
