"""What the operator has the engine do: say, flatten, pause, resume, approve, and what the autopilot may do."""

from textual import on

from kraken_tui.model.command import (
    Approve,
    CancelTurn,
    Command,
    CommandResult,
    Confirm,
    Flatten,
    Pause,
    Reject,
    Resume,
    Say,
    SetAutopilot,
)
from kraken_tui.ui.attached import AttachedApp
from kraken_tui.ui.conversation import Entry
from kraken_tui.ui.panels.chat import Chat, Hush, Settle
from kraken_tui.ui.panels.chat_writing import Said
from kraken_tui.ui.panels.header import is_real_money
from kraken_tui.ui.panels.tickers import Tickers
from kraken_tui.ui.screens.autopilot import AutopilotScreen, approve_meaning, auto_meaning
from kraken_tui.ui.screens.confirm import ConfirmScreen
from kraken_tui.ui.screens.flatten import FlattenScreen
from kraken_tui.ui.screens.proposal import ProposalScreen, confirm_meaning


class CommandingApp(AttachedApp):
    """Asks where something is at stake, sends, and shows the answer."""

    @on(Said)
    def _said(self, event: Said) -> None:
        if event.text.lower() == "flatten":
            self.action_flatten()
        else:
            self.say(event.text)

    @on(Tickers.Asked)
    def _asked(self, event: Tickers.Asked) -> None:
        if not self.desk.panel("chat").display:
            self.desk.choose("chat")
        self.say(f"why {event.symbol}")

    def say(self, text: str) -> None:
        """Say a line to the engine and show its answer in the chat."""
        chat = self.desk.query_one(Chat)
        exchange = chat.asked(text)

        async def talk() -> None:
            chat.answered(exchange, await self.ask(Say(text)))

        self.run_worker(talk(), name=f"saying {text!r}", exit_on_error=False)

    @on(Hush)
    def _hush(self) -> None:
        self._order(CancelTurn())

    @on(Settle)
    def _settle(self, event: Settle) -> None:
        """Drop a proposal at once; ask before one is done, in LIVE for a word."""
        if not event.wanted:
            self._order(Reject(event.proposal.row))
            return
        shown, view = event.proposal, self.follower.view()
        if is_real_money(view):
            meaning = confirm_meaning(view, shown)
            screen = ConfirmScreen(view, f"CONFIRM {shown.row}", meaning, "CONFIRM")
            self.push_screen(screen, lambda yes: self._confirm(shown) if yes else None)
        else:
            self.push_screen(
                ProposalScreen(view, shown), lambda answer: self._confirm(shown) if answer == "confirm" else None
            )

    def _confirm(self, shown: Entry) -> None:
        """What is confirmed is what was shown: where it changed meanwhile, nothing is sent."""
        if any(entry.row == shown.row and entry.lines == shown.lines for entry in self.desk.query_one(Chat).waiting()):
            self._order(Confirm(shown.row))
        else:
            self.toast("hint", f"{shown.row} no longer waits as it was shown; nothing was sent.", severity="warning")

    async def _flatten(self) -> CommandResult:
        result = await self.ask(Flatten())
        for line in result.lines:
            self.desk.note(f"flatten: {line}")
        return result

    def _order(self, command: Command) -> None:
        """Send it and tell the answer; what goes well in the conversation is told there, and not over it."""

        async def order() -> None:
            result = await self.ask(command)
            text = "\n".join(result.lines) or ("done" if result.ok else "refused")
            self.desk.note(text)
            if not (result.ok and isinstance(command, Confirm | Reject | CancelTurn)):
                self.notify(text, severity="information" if result.ok else "error", markup=False)

        self.run_worker(order(), name=type(command).__name__.lower(), exit_on_error=False)

    def action_flatten(self) -> None:
        """Ask for the word, over whatever is on the screen."""
        if not any(isinstance(screen, FlattenScreen) for screen in self.screen_stack):
            self.push_screen(FlattenScreen(self.follower.view(), self._flatten))

    def action_pause_entries(self) -> None:
        """No new entries."""
        self._order(Pause())

    def action_resume_entries(self) -> None:
        """Entries again."""
        self._order(Resume())

    def action_approve(self) -> None:
        """Show the newest entry that the autopilot asks about, and send what was shown once the word is typed."""
        view = self.follower.view()
        asked = view.snapshot.asked if view.snapshot else ()
        if not asked:
            self.toast("hint", "The autopilot asks nothing now.", severity="warning")
            return
        symbol = asked[0].split(" ", 1)[0]
        screen = ConfirmScreen(view, f"APPROVE {symbol}", approve_meaning(view, asked), "YES")
        self.push_screen(screen, lambda yes: self._order(Approve(symbol)) if yes else None)

    def action_autopilot(self) -> None:
        """Choose what the autopilot may do."""
        self.push_screen(AutopilotScreen(self.follower.view()), self._set_autopilot)

    def _set_autopilot(self, level: str | None) -> None:
        if level == "auto":
            view = self.follower.view()
            screen = ConfirmScreen(view, "AUTOPILOT AUTO", auto_meaning(view), "AUTO")
            self.push_screen(screen, lambda yes: self._order(SetAutopilot("auto")) if yes else None)
        elif level:
            self._order(SetAutopilot(level))
