"""What a sandbox did, for the end of its life and for the control API."""

from typing import Any

from kraken_tui.sandbox.statistics import Statistics
from kraken_tui.sandbox.venue import Venue


def summarise(statistics: Statistics, venue: Venue) -> dict[str, Any]:
    """Requests by endpoint, refusals by endpoint and string, faults by kind, and the account; money is text."""
    refusals: dict[str, dict[str, int]] = {}
    for (where, error), count in sorted(statistics.refusals.items()):
        refusals.setdefault(where, {})[error] = count
    return {
        "requests": dict(sorted(statistics.requests.items())),
        "refusals": refusals,
        "faults": dict(sorted(statistics.faults.items())),
        "open_orders": len(venue.state.orders),
        "closed_orders": len(venue.history.closed),
        "trades": len(venue.history.trades),
        "balances": {asset: f"{amount:f}" for asset, amount in sorted(venue.state.balances.items())},
        "positions": {
            symbol: f"{sum(lot.amount for lot in lots) * lots[0].side.sign:f}"
            for symbol, lots in sorted(venue.state.margin.items())
            if lots
        },
    }


def lines(summary: dict[str, Any]) -> list[str]:
    """A summary for a person."""
    told = [f"Requests: {sum(summary['requests'].values())}"]
    told += [f"  {count:>8}  {where}" for where, count in summary["requests"].items()]
    refused = [(where, error, n) for where, errors in summary["refusals"].items() for error, n in errors.items()]
    told.append(f"Refused: {sum(count for _, _, count in refused)}")
    told += [f"  {count:>8}  {where}  {error}" for where, error, count in refused]
    told.append(f"Faults made: {sum(summary['faults'].values())}")
    told += [f"  {count:>8}  {kind}" for kind, count in summary["faults"].items()]
    told.append(f"Orders: {summary['open_orders']} open, {summary['closed_orders']} ended; trades: {summary['trades']}")
    told.append("Balances")
    told += [f"  {amount:>24}  {asset}" for asset, amount in summary["balances"].items()]
    if summary["positions"]:
        told.append("Margin positions")
        told += [f"  {amount:>24}  {symbol}" for symbol, amount in summary["positions"].items()]
    return told
