"""Positions and P&L: what is open, behind which stop, and what it all came to."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from kraken_tui.model.snapshot import AccountRow, PositionRow, TradeRow
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.panels.board import Board, entitle
from kraken_tui.ui.text import amount, fitting, flowing, signed, spread, tone, utc
from kraken_tui.ui.view import View

TITLE = "2 Positions and P&L"
NARROW = 48
"""Cells below which a position shows only what protects it."""


class Positions(VerticalScroll, can_focus=True):
    """The scrolling panel round the ledger."""

    BINDINGS = bindings("positions")
    BORDER_TITLE = TITLE

    def compose(self) -> ComposeResult:
        """One text."""
        yield Ledger()

    def show(self, view: View) -> None:
        """Show `view`."""
        self.query_one(Ledger).show(view)
        snapshot = view.snapshot
        entitle(
            self, TITLE + ("  FROZEN" if view.frozen else ""), f"{len(snapshot.positions)} open" if snapshot else ""
        )


class Ledger(Board):
    """Account, open positions, last trades."""

    GROWS = True

    def text(self, view: View, width: int) -> Content:
        """All of it; the panel scrolls."""
        snapshot, roster = view.snapshot, view.roster
        if snapshot is None or roster is None:
            return Content.styled("No picture of the account yet.", "$dim")
        lines = _account(snapshot.account, width)
        lines.append(_rule("open", width))
        for row in snapshot.positions:
            lines += _position(row, roster.asked_leverage, width)
        if not snapshot.positions:
            lines.append(Content.styled("flat: nothing is open", "$dim"))
        lines.append(_rule("last trades", width))
        lines += [_trade(row, width) for row in snapshot.trades]
        if not snapshot.trades:
            lines.append(Content.styled("none yet", "$dim"))
        text = Content("\n").join(lines)
        return text.stylize("$dim") if view.stale else text


def _pair(name: str, value: str, style: str = "$foreground") -> Content:
    return Content.assemble((f"{name} ", "$dim"), (value, style))


def _account(row: AccountRow, width: int) -> list[Content]:
    today = _pair("today", signed(row.today), f"bold {tone(row.today)}")
    open_now = _pair("open", f"{row.open_trades} of {row.most_trades}")
    return flowing(
        [
            _pair("EQUITY", row.equity, "bold"),
            today,
            open_now,
            _pair("exposure", f"{row.exposure_percent:.0f} %"),
            _pair("realised", signed(row.realised), tone(row.realised)),
            _pair("unrealised", signed(row.unrealised), tone(row.unrealised)),
            _pair("fees", row.fees),
            _pair("balance", row.balance),
        ],
        width,
    )


def _rule(name: str, width: int) -> Content:
    return Content.assemble(("── ", "$faint"), (name, "$head"), (" " + "─" * max(0, width - len(name) - 4), "$faint"))


def _position(row: PositionRow, asked: int, width: int) -> list[Content]:
    long = row.side == "LONG"
    left = Content.assemble(
        (f"{'▲' if long else '▼'} {row.side:<5} ", "bold $up" if long else "bold $down"), (row.symbol, "bold")
    )
    right = Content.assemble(
        (signed(row.net), f"bold {tone(row.net)}"),
        (f" {row.net_percent:>+7.2f} %", tone(row.net)),
    )
    geared = f"{row.leverage}×" if row.leverage == asked else f"{asked}× asked, {row.leverage}× effective"
    details = [
        Content.assemble(amount(row.amount), (" @ ", "$dim"), row.entry, (" → ", "$dim"), row.mark),
        _stop(row),
    ]
    if width < NARROW:
        details.append(Content.styled(f"{row.leverage}× of {asked}×", "$dim"))
    else:
        details += [
            Content.styled(geared, "$dim"),
            _pair("notional", row.notional),
            _pair("since", utc(row.opened_ns)[:5]),
        ]
    return [spread(left, right, width), *(Content.assemble("  ", line) for line in flowing(details, width - 2, "  "))]


def _stop(row: PositionRow) -> Content:
    resting = Content.assemble(("stop ", "$dim"), (row.stop, "bold")) if row.stop else Content()
    if row.stop and row.protected:
        return resting
    words = " ! PARTLY UNPROTECTED " if row.stop else " ! NO STOP "
    return Content.assemble(resting, " " if row.stop else "", (words, "bold reverse $down"))


def _trade(row: TradeRow, width: int) -> Content:
    net = Content.styled(signed(row.net), tone(row.net))
    side = "▲" if row.side == "LONG" else "▼"
    parts = [
        (0, Content.styled(utc(row.closed_ns)[:5], "$dim")),
        (0, Content.assemble(f"{side} {row.symbol:<10}")),
        (2, Content.styled(f"{amount(row.amount)} @ {row.entry} → {row.exit}", "$dim")),
        (1, Content.styled(row.reason, "$head")),
    ]
    return spread(fitting(parts, width - net.cell_length - 2, gap=" "), net, width)
