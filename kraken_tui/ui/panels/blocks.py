"""How a piece of the conversation looks. What is a record, and what only somebody's words, is said in words."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from kraken_tui import clock
from kraken_tui.model.talk import BlockKind
from kraken_tui.ui.conversation import Entry, Own
from kraken_tui.ui.panels.board import entitle
from kraken_tui.ui.text import span

SCREEN = "screen"
"""What an engine calls the author of what was typed on a screen: that is the operator."""

COMMENTARY = "commentary, not a record"
RECORDS = {BlockKind.FACT: "FACT", BlockKind.RECEIPT: "RECEIPT", BlockKind.FOOTER: "LEDGER", BlockKind.NOTICE: "NOTICE"}
"""Words that stand before what the app renders itself."""

STYLES = {
    BlockKind.FACT: "bold $hold",
    BlockKind.RECEIPT: "bold $up",
    BlockKind.FOOTER: "bold $dim",
    BlockKind.NOTICE: "bold $arm",
    Own.ANSWER: "bold $primary",
    Own.REFUSED: "bold $down",
}


def text(entry: Entry, operator: str, assistant: str) -> Content:
    """An entry's words, behind what they are. Nothing in them is taken for markup.

    Args:
        entry: what is shown.
        operator: the name for what was said on this screen.
        assistant: the name of whoever answers.
    """
    kind, body = entry.kind, Content("\n".join(entry.lines))
    if kind is BlockKind.USER:
        return _named(operator if entry.author in ("", SCREEN) else entry.author, "bold $secondary", body)
    if kind is BlockKind.PROSE:
        more = Content.styled(" …", "$dim") if not entry.done else Content()
        return Content.assemble((f"{assistant} · {COMMENTARY}\n", "italic $dim"), body, more)
    if kind is BlockKind.TOOL:
        state = "" if entry.done else " · running …"
        return Content.assemble((f"tool {' · '.join(entry.lines)}", "$dim"), (state, "bold $arm"))
    if kind is Own.WAITING:
        what = " ".join(("", *entry.lines)) or ""
        return Content.styled(f"{assistant}{what} …", "italic $dim")
    if kind in (Own.ANSWER, Own.REFUSED):
        return _named(assistant if kind is Own.ANSWER else f"{assistant} ✖", STYLES[kind], body)
    if kind is BlockKind.PROPOSAL:
        return body
    word = RECORDS[kind] + (f" {entry.row}" if entry.row and kind is BlockKind.RECEIPT else "")
    return Content.assemble((word, STYLES[kind]), "\n" if len(entry.lines) > 1 else "  ", body)


def standing(entry: Entry, now_ns: int) -> tuple[str, str]:
    """What stands in the frame of a proposal's card: its name and state, and what can be done."""
    name = f"PROPOSAL {entry.row}"
    if not entry.is_waiting(now_ns):
        return f"{name} · {'settled' if entry.done else 'EXPIRED'}", ""
    left = f"{span((entry.expires_ns - now_ns) / clock.SECOND)} left" if entry.expires_ns and now_ns else "waits"
    return f"{name} · {left}", "y confirm · n reject"


def copied(entry: Entry, operator: str, assistant: str) -> str:
    """An entry as plain text, with what it is."""
    words = text(entry, operator, assistant).plain
    return f"{standing(entry, 0)[0]}\n{words}" if entry.kind is BlockKind.PROPOSAL else words


def _named(name: str, style: str, body: Content) -> Content:
    """A name, and what was said behind it, its lines under each other."""
    lines = body.split("\n")
    return Content.assemble((f"{name} ", style), Content("\n" + " " * (len(name) + 1)).join(lines))


class BlockView(Static):
    """One entry. Shown again with other words it paints itself anew, and nothing else moves.

    Args:
        entry: what it shows first.
        names: of the operator and of the assistant.
    """

    class Chosen(Message):
        """A card was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, entry: Entry, names: tuple[str, str]) -> None:
        super().__init__(text(entry, *names), classes=f"block {entry.kind}", markup=False)
        self.entry = entry
        self._names = names

    def show(self, entry: Entry, names: tuple[str, str], now_ns: int, *, marked: bool) -> None:
        """Show `entry`, which has the key of the one before."""
        if entry != self.entry or names != self._names:
            self.set_class(False, self.entry.kind).set_class(True, entry.kind)
            self.entry, self._names = entry, names
            words, size = text(entry, *names), self.content_size
            self.update(words, layout=not size.width or words.get_height({}, size.width) != size.height)
        self.set_class(marked, "marked")
        if entry.kind is BlockKind.PROPOSAL:
            self.set_class(entry.is_waiting(now_ns), "waits")
            title, keys = standing(entry, now_ns)
            entitle(self, f"▶ {title}" if marked else title, keys)

    def on_click(self, event: events.Click) -> None:
        """A card is chosen; a click on anything else means what it means for the panel."""
        if self.entry.kind is BlockKind.PROPOSAL:
            event.stop()
            self.post_message(self.Chosen(self.entry.key))
