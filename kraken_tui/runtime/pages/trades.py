"""Trades: every closed one, gross and net, and all that is known of one."""

from collections.abc import Sequence

from kraken_tui.account.status_service import StatusService
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.page import PAGES, Column, Page, Table
from kraken_tui.model.plain import counted
from kraken_tui.model.trading import Trade
from kraken_tui.runtime.pages.times import moment

COLUMNS = (
    Column("closed", "time"), Column("symbol"), Column("side"), Column("amount", "number"), Column("entry", "number"),
    Column("exit", "number"), Column("gross", "money"), Column("fees", "number"), Column("net", "money"),
    Column("held (s)", "number"), Column("owner"), Column("reason"),
)  # fmt: skip


def trades_page(trades: Sequence[Trade], status: StatusService, now_ns: int, most: int) -> Page:
    """The newest first, at most so many."""
    shown = trades[-most:]
    rows, keys = [], []
    for trade, row in zip(reversed(shown), status.trade_rows(shown), strict=True):
        rows.append((
            moment(trade.closed_ns), row.symbol, row.side, row.amount, row.entry, row.exit, row.gross, row.fees,
            row.net, held(trade), trade.owner, row.reason,
        ))  # fmt: skip
        keys.append(key_of(trade))
    table = Table(
        name="Closed trades, the newest first", columns=COLUMNS, rows=tuple(rows), total=len(trades), keys=tuple(keys),
        empty="No trade was closed yet.",
    )  # fmt: skip
    notes = [f"{len(trades):,} in all; the newest {most:,} are shown."] if len(trades) > most else []
    return Page(
        name="trades", title=PAGES["trades"], time_ns=now_ns, lines=_sums(trades), tables=(table,),
        notes=(*notes, "Gross is before fees, net after all of them; times are UTC."),
    )  # fmt: skip


def trade_page(trades: Sequence[Trade], key: str, status: StatusService, now_ns: int) -> Page:
    """All that is known of one.

    Raises:
        UsageError: it is not there.
    """
    for trade in reversed(trades):
        if key_of(trade) == key:
            row = status.trade_row(trade)
            lines = (
                f"{row.symbol} {row.side} {row.amount}: {row.entry} → {row.exit}, held {held(trade)} s",
                f"opened {moment(trade.opened_ns)}, closed {moment(trade.closed_ns)} UTC",
                f"gross {row.gross} - fees {row.fees} = net {row.net}",
                f"entered by {trade.owner}: {trade.entered_for}",
                f"left: {row.reason}",
            )
            return Page(name="trades", title=row.symbol, time_ns=now_ns, lines=lines)
    raise UsageError("that trade is not among the newest any more")


def key_of(trade: Trade) -> str:
    """Names a trade: the same after any restart."""
    return f"{trade.symbol} {trade.opened_ns} {trade.closed_ns}"


def held(trade: Trade) -> str:
    """Seconds."""
    return str((trade.closed_ns - trade.opened_ns) // SECOND)


def _sums(trades: Sequence[Trade]) -> tuple[str, ...]:
    if not trades:
        return ()
    won = sum(trade.net > 0 for trade in trades)
    gross, fees = sum(trade.gross for trade in trades), sum(trade.fees for trade in trades)
    money = f"gross {gross:,.2f} - fees {fees:,.2f} = net {gross - fees:,.2f}"
    return (f"{counted(len(trades), 'trade')}, {won:,} won; {money}",)
