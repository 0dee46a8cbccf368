"""The chat: what was said, what came of it, proposals that wait, and the line to write in."""

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message

from kraken_tui.model.command import CommandResult
from kraken_tui.model.talk import Block, BlockKind, Talk
from kraken_tui.ui.actions import bindings
from kraken_tui.ui.conversation import Conversation, Entry, Exchange
from kraken_tui.ui.panels.blocks import SCREEN, BlockView, copied
from kraken_tui.ui.panels.board import entitle
from kraken_tui.ui.panels.chat_log import ChatLog
from kraken_tui.ui.panels.chat_writing import Writing
from kraken_tui.ui.text import cut, fitting, harmless
from kraken_tui.ui.view import View

TITLE = "3 Chat"


class Settle(Message):
    """The operator wants a proposal done, or dropped."""

    def __init__(self, proposal: Entry, *, wanted: bool) -> None:
        super().__init__()
        self.proposal = proposal
        self.wanted = wanted


class Hush(Message):
    """The operator wants the answer that is under way to end."""


class Chat(Writing):
    """Log and line. The focus is on the log, where letters are keys, or in the line, where they are text.

    Args:
        operator: name shown for the operator, until the engine tells one.
        persona: name shown for the answers, likewise.
    """

    BINDINGS = bindings("chat")
    BORDER_TITLE = TITLE

    def __init__(self, operator: str, persona: str) -> None:
        super().__init__(id="chat")
        self._names = (operator, persona)
        self._conversation = Conversation()
        self._view = View()
        self._hushed = False

    def compose(self) -> ComposeResult:
        """The log, the words that would fit, the line."""
        yield ChatLog()
        yield from super().compose()

    @property
    def names(self) -> tuple[str, str]:
        """Of the operator and of the assistant."""
        talk = self._conversation.talk
        if talk is None:
            return self._names
        told = (" ".join(harmless(name)) for name in (talk.operator, talk.assistant))
        operator, assistant = (name or own for name, own in zip(told, self._names, strict=True))
        return operator, assistant

    def show(self, view: View) -> None:
        """Learn what can be said, and how late it is for what waits."""
        if view.roster is not None and view.roster is not self._view.roster:
            self._completions.symbols = view.roster.symbols
            self._completions.learn(view.roster.commands)
        self._view = view
        self._log.tick(view.now_ns)
        self._entitle()

    def on_resize(self, _: events.Resize) -> None:
        """As much of the title as fits now."""
        self._entitle()

    def tell(self, talk: Talk | None, blocks: tuple[Block, ...], *, past: bool = False, anew: bool = False) -> None:
        """Take what the engine told.

        Args:
            talk: its state, where that changed.
            blocks: what it told, or told again.
            past: whether that was said before this screen; what the operator said then can be recalled.
            anew: whether another engine speaks now.
        """
        if anew:
            self._conversation.forget()
        self._conversation.tell(talk, blocks)
        self._hushed = self._hushed and self._is_busy
        for block in blocks if past else ():
            if block.kind is BlockKind.USER and block.author in (SCREEN, self.names[0]):
                self._history.add("\n".join(line for text in block.lines for line in harmless(text)))
        self._redraw()

    def asked(self, text: str) -> Exchange:
        """Show what the operator said; an answer is awaited."""
        exchange = self._conversation.ask(text)
        self._log.to_newest()
        self._redraw()
        return exchange

    def answered(self, exchange: Exchange, result: CommandResult) -> None:
        """Show the engine's answer, unless it tells it as blocks."""
        exchange.answer(result)
        self._redraw()

    def waiting(self) -> list[Entry]:
        """Proposals that wait, the oldest first."""
        now_ns = self._view.now_ns
        return [entry for turn in self._conversation.turns() for entry in turn if entry.is_waiting(now_ns)]

    def focus(self, scroll_visible: bool = True) -> "Chat":
        """The focus belongs to the log."""
        self._log.focus(scroll_visible)
        return self

    def action_type(self) -> None:
        """Write in the line."""
        self._line.focus()

    def action_done(self) -> None:
        """End the answer that is under way; without one, letters are keys again."""
        if not self._hush():
            self.focus()

    async def action_leave(self) -> None:
        """End the answer that is under way; without one, back to the tickers."""
        if not self._hush():
            await self.app.run_action("app.perform('app.panel_1')")

    def action_mark_next(self) -> None:
        """Mark the next block."""
        self._log.step(+1)

    def action_mark_previous(self) -> None:
        """Mark the block before."""
        self._log.step(-1)

    def action_older(self) -> None:
        """Show the turns before."""
        self._log.older()

    def action_newest(self) -> None:
        """Show the newest turns."""
        self._log.to_newest()

    def action_copy(self) -> None:
        """Copy the marked block, or the newest."""
        if entry := self._log.marked or self._log.newest:
            words = copied(entry, *self.names)
            self.app.copy_to_clipboard(words)
            self.app.notify(words.partition("\n")[0], title="Copied", markup=False)

    def action_confirm(self) -> None:
        """Ask to have the proposal done."""
        self._settle(wanted=True)

    def action_reject(self) -> None:
        """Drop the proposal."""
        self._settle(wanted=False)

    @property
    def _log(self) -> ChatLog:
        return self.query_one(ChatLog)

    @property
    def _is_busy(self) -> bool:
        talk = self._conversation.talk
        return talk is not None and talk.busy

    def _hush(self) -> bool:
        """Whether there was something to end; asked for once, so that a second escape leaves."""
        if self._hushed or not self._is_busy:
            return False
        self._hushed = True
        self.post_message(Hush())
        return True

    def _settle(self, *, wanted: bool) -> None:
        """The marked card, or the only one: never one of several that nobody pointed at."""
        waiting, marked = self.waiting(), self._log.marked
        if marked in waiting:
            self.post_message(Settle(marked, wanted=wanted))
        elif len(waiting) == 1:
            self._log.mark(waiting[0].key)
            self.post_message(Settle(waiting[0], wanted=wanted))
        elif waiting:
            self._log.mark(waiting[-1].key)
            self.app.notify(f"{len(waiting)} proposals wait: mark one with j and k.", severity="warning")
        else:
            self.app.notify("No proposal waits.", severity="warning")

    @on(BlockView.Chosen)
    def _chosen(self, event: BlockView.Chosen) -> None:
        event.stop()
        self.focus()
        self._log.mark(event.key)

    def _redraw(self) -> None:
        self._log.show(self._conversation.turns(), self.names)
        self._entitle()

    def _entitle(self) -> None:
        """State, cost and tokens in the frame; where it is narrow, the model gives way first."""
        talk, width = self._conversation.talk, self.outer_size.width - 6
        if talk is None:
            entitle(self, TITLE, "")
            return
        state, model, cost = (" ".join(harmless(words)) for words in (talk.state, talk.model, talk.cost))
        state = cut(state, width - len(TITLE) - 3)
        above = [(0, Content(TITLE)), (0, Content(state)), (1, Content("esc cancels" if talk.busy else ""))]
        below = [(2, Content(model))]
        if talk.tokens:
            below += [(1, Content(f"{talk.tokens:,} tokens")), (0, Content(f"{cost} USD today" if cost else ""))]
        entitle(self, fitting(above, width, " · ").plain, fitting(below, width, " · ").plain)

    def on_click(self, _: events.Click) -> None:
        """A click anywhere in the panel means the line."""
        self.action_type()
