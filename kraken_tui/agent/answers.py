"""Answers rendered from the snapshot: what is said about the account is what the account's rows say."""

from kraken_tui.model.outcome import FlattenReport
from kraken_tui.model.snapshot import PositionRow, Roster, Snapshot


def status_lines(roster: Roster, snapshot: Snapshot) -> tuple[str, ...]:
    """Where the engine stands, as plain lines."""
    account = snapshot.account
    paused = ", entries paused" if snapshot.paused else ""
    feed = f"{snapshot.feed}{': ' + snapshot.feed_note if snapshot.feed_note else ''}"
    return (
        f"{roster.mode} on {roster.market}, {roster.account} account{paused}",
        f"market {snapshot.regime}, heat {snapshot.heat_percent:.0f} %, feed {feed}, scan {snapshot.scan}",
        f"equity {account.equity} USD, today {account.today}, open {account.open_trades}/{account.most_trades}, "
        f"exposure {account.exposure_percent:.0f} %",
        f"profit {account.profit} = realised {account.realised} + open {account.unrealised} - fees {account.fees} USD",
        *(f"ALERT: {alert}" for alert in snapshot.alerts),
    )


def position_lines(snapshot: Snapshot) -> tuple[str, ...]:
    """What is open, a line each."""
    if not snapshot.positions:
        return ("No open position.",)
    return tuple(_position_line(row) for row in snapshot.positions)


def _position_line(row: PositionRow) -> str:
    stop = f"stop {row.stop}" if row.protected else "NO STOP"
    return (
        f"{row.symbol} {row.side} {row.amount} at {row.entry}, now {row.mark}, {stop}, "
        f"net {row.net} USD ({row.net_percent:+.2f} %)"
    )


def flatten_lines(report: FlattenReport) -> tuple[str, ...]:
    """What a flatten did, from its receipts and fills."""
    head = f"Flat: {len(report.closed)} closed, net {report.net:.2f} USD" if report.flat else "NOT FLAT"
    return (
        f"{head}; {report.cancelled} resting stops gone; entries paused",
        *report.closed,
        *(f"LEFT OPEN: {line}" for line in report.left),
    )
