"""Emergency flatten: names what it will do, takes the typed word, and shows what was really closed.

It needs nothing but a way to send: no panel, no snapshot, no living pull.
"""

from collections.abc import Awaitable, Callable

from textual.content import Content
from textual.widgets import Button, Static

from kraken_tui import clock
from kraken_tui.model.command import CommandResult
from kraken_tui.ui.screens.typed import TypedScreen
from kraken_tui.ui.screens.word import Word
from kraken_tui.ui.text import MISSING, amount, counted, grouped, signed, span, tone, total
from kraken_tui.ui.view import LinkState, View

WORD = "FLATTEN"
LISTED = 8
PATIENCE_S = 4.0
"""Without an answer for so long, the other way to flatten is named."""


class FlattenScreen(TypedScreen[None]):
    """Ask, send, report.

    Args:
        view: the last picture, old or none at all.
        send: sends the flatten; raises nothing, its answer says what became of it.
    """

    def __init__(self, view: View, send: Callable[[], Awaitable[CommandResult]]) -> None:
        super().__init__(view, "EMERGENCY FLATTEN", WORD)
        self._send = send
        self._sent_ns = 0
        self._result: CommandResult | None = None

    def meaning(self) -> Content:
        """What is open, and what becomes of it."""
        return _picture(self._view)

    def on_mount(self) -> None:
        """While an answer is awaited, say for how long."""
        self.set_interval(0.5, self._tell)

    def confirmed(self) -> None:
        """Send it, once."""
        if self._sent_ns:
            return
        self._sent_ns = clock.stopwatch_ns()
        self.query_one(Word).taking = False
        self.set_focus(None)
        self._tell()
        # The app's worker: leaving this screen must not take back what was sent.
        self.app.run_worker(self._flatten(), name="flatten", exit_on_error=False)

    async def _flatten(self) -> None:
        self._result = await self._send()
        if not self.is_attached:
            text = "\n".join(self._result.lines)
            self.app.notify(text, title="FLATTEN", severity="information" if self._result.ok else "error", markup=False)
            return
        self.query_one(Button).label = "Close"
        self.query_one("#meaning", Static).update(_report(self._result))
        self._tell()

    def _tell(self) -> None:
        """What is awaited, once the word was sent."""
        if self._result is not None:
            self.query_one(Word).update(Content.styled("Escape closes this.", "$dim"))
        elif self._sent_ns:
            waited = (clock.stopwatch_ns() - self._sent_ns) / clock.SECOND
            text = f"Sent. Waiting for the engine: {span(waited)}"
            if waited > PATIENCE_S:
                text += f"\nNo answer yet. In another terminal: {self._view.command('flatten')}"
            self.query_one(Word).update(Content.styled(text, "bold $arm"))


def _picture(view: View) -> Content:
    lines = []
    if view.link is LinkState.GONE:
        lines += [
            Content.styled(f"✖ {view.outage}: nobody is there to do it.", "bold $down"),
            Content.assemble((view.again(), "bold $arm"), " starts an engine again; then it can be done."),
        ]
    elif view.link is not LinkState.UP:
        lines += [
            Content.styled(f"✖ {view.link.value} {span(view.silence_s)}: this may not arrive.", "bold $down"),
            Content.assemble("From another terminal: ", (view.command("flatten"), "bold $arm")),
        ]
    if view.limits:
        lines += [
            Content.styled(f"✖ This screen {view.limits.lower()}: nothing is sent from it.", "bold $down"),
            Content.assemble("From another terminal: ", (view.command("flatten"), "bold $arm")),
        ]
    roster, snapshot = view.roster, view.snapshot
    if roster is not None:
        lines.append(Content.assemble(("Account  ", "$dim"), f"{roster.account} · {view.market} · {roster.home}"))
    if snapshot is None:
        lines.append(Content("Positions are not known to this screen; the engine closes whatever is ours."))
    else:
        worth = total(row.notional for row in snapshot.positions)
        net = total(row.net for row in snapshot.positions)
        worth = worth if snapshot.positions else MISSING
        lines.append(
            Content.assemble(
                ("Closes   ", "$dim"),
                (counted(len(snapshot.positions), "position"), "bold"),
                f", notional {worth}, net ",
            ).append(Content.styled(signed(net), tone(net)))
        )
        for row in snapshot.positions[:LISTED]:
            side = "▲" if row.side == "LONG" else "▼"
            lines.append(
                Content(f"   {side} {row.side:<5} {row.symbol:<11} {amount(row.amount)} @ {grouped(row.mark)}")
            )
        if len(snapshot.positions) > LISTED:
            lines.append(Content(f"   … and {len(snapshot.positions) - LISTED} more"))
    lines.append(Content.styled("Cancels every order of ours. Entries stay paused afterwards.", "$foreground"))
    return Content("\n").join(lines)


def _report(result: CommandResult) -> Content:
    head = ("✔ THE ENGINE ANSWERED", "bold $up") if result.ok else ("✖ NOT DONE, OR NOT ALL", "bold $down")
    return Content("\n").join([Content.styled(*head), *(Content(line) for line in result.lines)])
