"""How the line to the exchange is doing, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kraken_tui.clock import SECOND
from kraken_tui.execution.terms import Terms
from kraken_tui.execution.trader import Trader

if TYPE_CHECKING:  # LIVE alone needs them
    from kraken_tui.exchange.live.budgets import Budgets
    from kraken_tui.exchange.live.private_stream import PrivateStream


def budget_words(budgets: Budgets, symbols: Sequence[str], now_ns: int) -> str:
    """What both rate counters show; of the trading counters that of the busiest of `symbols`."""
    busiest = max(symbols, key=lambda symbol: budgets.trading(symbol, now_ns))
    tier, trading = budgets.tier, budgets.trading(busiest, now_ns)
    return (
        f"rate counters ({tier.name}): REST {budgets.rest(now_ns):.1f} of {tier.rest_max:g}, "
        f"trading {trading:.1f} of {tier.trading_max:g} ({busiest}, the busiest)"
    )


def stream_words(stream: PrivateStream, now_ns: int) -> str:
    """Whether the private stream tells everything, and how often it had to be made anew."""
    state = "in sync" if stream.in_sync else f"NOT IN SYNC{': ' + stream.why_down if stream.why_down else ''}"
    heard = f"heard {max(0, now_ns - stream.heard_ns) / SECOND:.1f} s ago" if stream.heard_ns else "nothing heard yet"
    return f"private stream {state}, {heard}, connection {stream.connections}, {stream.doubts} given up in doubt"


def reconciliation_words(trader: Trader, terms: Terms, now_ns: int) -> str:
    """When everything was last read anew, where the exchange is another process; and what is unknown."""
    read_ns, unknown = trader.brackets.read_ns, len(trader.gateway.unsettled())
    if terms.in_process:
        return f"reconciliation: not needed, the exchange is in this process; {unknown} outcomes are unknown"
    age = f"{max(0, now_ns - read_ns) / SECOND:.0f} s ago" if read_ns else "not yet"
    return f"reconciliation: everything was last told {age}; {unknown} outcomes are unknown"
