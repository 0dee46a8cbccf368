"""Brackets and orders: each position with its legs, what rests at the exchange, and what is not known."""

from collections.abc import Sequence

from kraken_tui.engine.engine import Parts
from kraken_tui.model.page import PAGES, Column, Page, Table
from kraken_tui.model.snapshot import PositionRow
from kraken_tui.store.journal import IntentRow

POSITIONS = (
    Column("symbol"), Column("side"), Column("amount", "number"), Column("entry", "number"), Column("now", "number"),
    Column("stop", "number"), Column("protected", "state"), Column("target", "number"), Column("rests", "state"),
    Column("net", "money"), Column("net %", "percent"), Column("by"), Column("state"),
)  # fmt: skip
ORDERS = (
    Column("symbol"), Column("role", "state"), Column("side"), Column("type"), Column("amount", "number"),
    Column("filled", "number"), Column("price", "number"), Column("id"),
)  # fmt: skip
UNKNOWN = (Column("symbol"), Column("asked"), Column("by"), Column("client id"), Column("what would tell"))
BALANCES = (Column("asset"), Column("total", "number"), Column("held", "number"), Column("ours", "number"))


def orders_page(parts: Parts, unsettled: Sequence[IntentRow], now_ns: int) -> Page:
    """As the account stands now."""
    legs = Table(
        name="Positions and their legs", columns=POSITIONS, rows=tuple(_positions(parts)),
        total=len(parts.account.positions()), empty="No open position.",
    )  # fmt: skip
    orders = tuple(
        (row.symbol, row.role, row.side, row.type, row.amount, row.filled, row.price, row.id)
        for row in parts.status.order_rows()
    )
    resting = Table(
        name="Resting at the exchange", columns=ORDERS, rows=orders, total=len(orders), empty="No order rests."
    )
    doubts = tuple(
        (row.symbol, str(row.kind), row.owner, row.client_id, row.proof or "no answer yet") for row in unsettled
    )
    doubtful = Table(
        name="Outcome not known", columns=UNKNOWN, rows=doubts, total=len(doubts), empty="Every request is settled."
    )
    balances = tuple((row.asset, row.total, row.held, row.ours) for row in parts.status.balance_rows())
    purse = Table(name="Balances", columns=BALANCES, rows=balances, total=len(balances), empty="No balance is known.")
    frozen = parts.account.frozen()
    lines = (f"WAITING FOR THE EXCHANGE: {', '.join(frozen)}: nothing is sent for these until it is settled",)
    return Page(
        name="orders", title=PAGES["orders"], time_ns=now_ns, lines=lines if frozen else (),
        tables=(legs, resting, doubtful, purse),
        notes=(
            "Foreign orders are shown and never touched; `ours` is what our own fills bought and have not sold.",
            "A target that is watched does not rest at the exchange: the engine sells there, while it runs.",
        ),
    )  # fmt: skip


def _resting(row: PositionRow) -> str:
    """What becomes of a target without the engine."""
    if not row.target:
        return ""
    return "yes" if row.target_rests else "watched"


def _positions(parts: Parts) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in parts.status.position_rows():
        bracket = parts.desk.bracket(row.symbol)
        rows.append((
            row.symbol, row.side, row.amount, row.entry, row.mark, row.stop or "none",
            "yes" if row.protected else "NO STOP", row.target, _resting(row), row.net, f"{row.net_percent:+.2f}%",
            parts.owner_of(row.symbol), "" if bracket is None else type(bracket).__name__.lower(),
        ))  # fmt: skip
    return rows
