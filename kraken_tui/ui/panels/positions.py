"""Positions and P&L: what is open, behind which stop, and what it all came to."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from kraken_tui.model.snapshot import AccountRow, PositionRow, Snapshot, TradeRow
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.panels.board import Board, entitle
from kraken_tui.ui.panels.header import breakeven
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
        lines = _account(snapshot, width)
        lines.append(_rule("open", width))
        for row in snapshot.positions:
            lines += _position(row, roster.asked_leverage, width)
        if not snapshot.positions:
            lines.append(Content.styled("flat: nothing is open", "$dim"))
        lines.append(_rule("last trades", width))
        for trade in snapshot.trades:
            lines += _trade(trade, width)
        if not snapshot.trades:
            lines.append(Content.styled("none yet", "$dim"))
        text = Content("\n").join(lines)
        return text.stylize("$dim") if view.stale else text


def _pair(name: str, value: str, style: str = "$foreground") -> Content:
    return Content.assemble((f"{name} ", "$dim"), (value, style))


def _account(snapshot: Snapshot, width: int) -> list[Content]:
    row = snapshot.account
    parts = [
        _pair("EQUITY", grouped(row.equity), "bold"),
        _pair("balance", grouped(row.balance)),
        _pair("today net", signed(row.today), f"bold {tone(row.today)}"),
        _pair("exposure", f"{row.exposure_percent:.0f} %"),
        _pair("positions", f"{row.open_trades} of {row.most_trades}"),
        _pair("break-even", breakeven(snapshot)),
    ]
    tripped = f" ! KILL SWITCH: {snapshot.kill_switch} "
    stopped = [Content.styled(tripped, "bold reverse $down")] if snapshot.kill_switch else []
    return [*stopped, *_profit(row, width), *flowing(parts, width)]


def _profit(row: AccountRow, width: int) -> list[Content]:
    """`P&L net ▼ -155.24 = gross realised +84.11, open +128.30 · fees -367.65`; only the net sum has a colour.

    Where it takes more than one line, each of what is before fees says so.
    """
    realised, unrealised, fees = plus(row.realised), plus(row.unrealised), _paid(row.fees)
    result = Content.assemble(("P&L net ", "bold"), (signed(row.profit), f"bold {tone(row.profit)}"))
    gross = [_pair(" = gross realised", realised), _pair(", open", unrealised)]
    line = Content.assemble(result, *gross, " ", fees)
    if line.cell_length <= width:
        return [line]
    terms = (("= realised", realised), ("· open", unrealised))
    gross = [Content.assemble(_pair(*term), (" gross", "$dim")) for term in terms]
    return flowing([result, *gross, fees], width, gap=" ")


def _paid(text: str) -> Content:
    """Fees, as what they take away."""
    fees = number(text)
    return _pair("· fees", text if fees is None else plus(f"{-fees + 0:f}"))


def _rule(name: str, width: int) -> Content:
    return Content.assemble(("── ", "$faint"), (name, "$head"), (" " + "─" * max(0, width - len(name) - 4), "$faint"))


def _position(row: PositionRow, asked: int, width: int) -> list[Content]:
    long = row.side == "LONG"
    left = Content.assemble(
        (f"{'▲' if long else '▼'} {row.side:<5} ", "bold $up" if long else "bold $down"), (row.symbol, "bold")
    )
    right = _net(row.net, bold=True)
    geared = f"{row.leverage}×" if row.leverage == asked else f"{asked}× asked, {row.leverage}× effective"
    details = [
        Content.assemble(amount(row.amount), (" @ ", "$dim"), grouped(row.entry), (" → ", "$dim"), grouped(row.mark)),
        _stop(row),
        *([_target(row)] if row.target else []),
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
            Content.assemble(_pair("gross", plus(row.gross)), " ", _paid(row.fees)),
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


def _target(row: PositionRow) -> Content:
    watched = Content() if row.target_rests else Content.styled(" watched", "$dim")
    return Content.assemble(("target ", "$dim"), (grouped(row.target), "bold"), watched)


def _net(amount: str, *, bold: bool = False) -> Content:
    return _pair("net", signed(amount), f"bold {tone(amount)}" if bold else tone(amount))


def _trade(row: TradeRow, width: int) -> list[Content]:
    """When, what, why and its net; under it what that is made of."""
    net = _net(row.net)
    side = "▲" if row.side == "LONG" else "▼"
    parts = [
        (0, Content.styled(utc(row.closed_ns)[:5], "$dim")),
        (0, Content.assemble(f"{side} {row.symbol:<12}")),
        (1, Content.styled(row.reason, "$head")),
    ]
    details = [
        (0, Content.assemble(_pair("gross", plus(row.gross)), " ", _paid(row.fees))),
        (1, Content.styled(f"{amount(row.amount)} @ {grouped(row.entry)} → {grouped(row.exit)}", "$dim")),
    ]
    head = spread(fitting(parts, width - net.cell_length - 2, gap=" "), net, width)
    return [head, Content.assemble("      ", fitting(details, width - 6, gap="  "))]
