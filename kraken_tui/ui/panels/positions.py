"""Positions and P&L: what is open, behind which stop, and what it all came to."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from kraken_tui.model.snapshot import AccountRow, PositionRow, TradeRow
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.panels.board import Board, entitle
from kraken_tui.ui.text import amount, fitting, flowing, grouped, number, plus, signed, spread, tone, utc
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
    parts = [
        _pair("EQUITY", grouped(row.equity), "bold"),
        _pair("today", signed(row.today), f"bold {tone(row.today)}"),
        _pair("positions", f"{row.open_trades} of {row.most_trades}"),
        _pair("exposure", f"{row.exposure_percent:.0f} %"),
        _pair("balance", grouped(row.balance)),
    ]
    return [*_profit(row, width), *flowing(parts, width)]


def _profit(row: AccountRow, width: int) -> list[Content]:
    """`P&L ▼ -155.24 = realised +84.11 · open +128.32 · fees -367.65`; only the sum has a colour.

    Where it takes more than one line, what is before fees says so, as it no longer stands beside them.
    """
    fees = number(row.fees)
    paid = row.fees if fees is None else plus(f"{-fees + 0:f}")
    result = Content.assemble(("P&L ", "bold"), (signed(row.profit), f"bold {tone(row.profit)}"))
    terms = [("= realised", plus(row.realised)), ("· open", plus(row.unrealised)), ("· fees", paid)]
    line = Content(" ").join([result, *(_pair(*term) for term in terms)])
    if line.cell_length <= width:
        return [line]
    gross = [Content.assemble(_pair(*term), (" gross", "$dim")) for term in terms[:2]]
    return flowing([result, *gross, _pair(*terms[2])], width, gap=" ")


def _rule(name: str, width: int) -> Content:
    return Content.assemble(("── ", "$faint"), (name, "$head"), (" " + "─" * max(0, width - len(name) - 4), "$faint"))


def _position(row: PositionRow, asked: int, width: int) -> list[Content]:
    long = row.side == "LONG"
    left = Content.assemble(
        (f"{'▲' if long else '▼'} {row.side:<5} ", "bold $up" if long else "bold $down"), (row.symbol, "bold")
    )
    right = Content.styled(signed(row.net), f"bold {tone(row.net)}")
    geared = f"{row.leverage}×" if row.leverage == asked else f"{asked}× asked, {row.leverage}× effective"
    details = [
        Content.assemble(amount(row.amount), (" @ ", "$dim"), grouped(row.entry), (" → ", "$dim"), grouped(row.mark)),
        _stop(row),
    ]
    if width < NARROW:
        details += [
            Content.styled(f"{row.net_percent:+.2f} %", tone(row.net)),
            Content.styled(f"{row.leverage}× of {asked}×", "$dim"),
        ]
    else:
        right = Content.assemble(right, (f" {row.net_percent:>+7.2f} %", tone(row.net)))
        details += [
            Content.styled(geared, "$dim"),
            _pair("notional", grouped(row.notional)),
            _pair("since", utc(row.opened_ns)[:5]),
        ]
    return [spread(left, right, width), *(Content.assemble("  ", line) for line in flowing(details, width - 2, "  "))]


def _stop(row: PositionRow) -> Content:
    resting = Content.assemble(("stop ", "$dim"), (grouped(row.stop), "bold")) if row.stop else Content()
    if row.stop and row.protected:
        return resting
    words = " ! PARTLY UNPROTECTED " if row.stop else " ! NO STOP "
    return Content.assemble(resting, " " if row.stop else "", (words, "bold reverse $down"))


def _trade(row: TradeRow, width: int) -> Content:
    net = Content.styled(signed(row.net), tone(row.net))
    side = "▲" if row.side == "LONG" else "▼"
    parts = [
        (0, Content.styled(utc(row.closed_ns)[:5], "$dim")),
        (0, Content.assemble(f"{side} {row.symbol:<12}")),
        (2, Content.styled(f"{amount(row.amount)} @ {grouped(row.entry)} → {grouped(row.exit)}", "$dim")),
        (1, Content.styled(row.reason, "$head")),
    ]
    return spread(fitting(parts, width - net.cell_length - 2, gap=" "), net, width)
