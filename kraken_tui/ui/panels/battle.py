"""Battle Stations: the few things that matter now. Never blank."""

from textual.content import Content

from kraken_tui.model.snapshot import Headline, PositionRow, Snapshot
from kraken_tui.ui.panels.board import Board
from kraken_tui.ui.text import amount, bar, fitting, grouped, signed, spread, tone
from kraken_tui.ui.view import LinkState, View

WORDS = {
    "ASK": ("?", "bold $ink on $arm"),
    "BUY": ("▲", "bold $ink on $up"),
    "SELL": ("▼", "bold $ink on $down"),
    "EXIT": ("◀", "bold $ink on $arm"),
    "HOLD": ("■", "bold $ink on $hold"),
    "ARM": ("◎", "bold $arm"),
    "COOLDOWN": ("◌", "bold $cool"),
    "SCANNING": ("○", "bold $head"),
    "WARMING": ("…", "bold $head"),
    "PAUSED": ("❚", "bold $ink on $arm"),
    "STALE": ("✖", "bold $live-ink on $live"),
    "ALERT": ("!", "bold $live-ink on $live"),
}


ROOMY = 100
"""Cells from which words are spread: lines without a stop leave its place empty, so that reasons stand in a column."""


class Battle(Board):
    """Word, symbol, price, stop and why, most urgent first."""

    BORDER_TITLE = "Battle Stations"

    def text(self, view: View, width: int) -> Content:
        """As many lines as fit."""
        height = max(1, self.content_size.height)
        return Content("\n").join(self._lines(view, max(10, width), height)[:height])

    def _lines(self, view: View, width: int, height: int) -> list[Content]:
        if view.link is LinkState.GONE:
            return _gone(view, width)
        if view.link is LinkState.DOWN:
            return _lost(view, width)
        snapshot = view.snapshot
        if snapshot is None:
            return [_progress("connecting to the engine", 0.0, width)]
        if snapshot.progress:
            height -= 1
        lines = _stations(view, snapshot, width, max(1, height))
        return [_progress(snapshot.progress, snapshot.progress_done, width), *lines] if snapshot.progress else lines


def word(text: str, width: int = 9) -> Content:
    """A headline's word with its glyph, in the same width for all words."""
    glyph, style = WORDS.get(text, ("·", "bold"))
    return Content.styled(f" {glyph} {text:<{width}}", style)


def _stations(view: View, snapshot: Snapshot, width: int, height: int) -> list[Content]:
    """The headlines that fit; the last line tells how much more is open than they show."""
    shown = snapshot.headlines[:height]
    named = {headline.symbol for headline in shown}
    unseen = sum(row.symbol not in named for row in snapshot.positions)
    held = {row.symbol: row for row in snapshot.positions}
    heads = _heads(view, shown, width)
    words = f"+{unseen} more open" if width >= ROOMY else f"+{unseen} more"
    more = Content.styled(words, "bold $hold") if unseen else Content()
    lines = []
    for place, (head, headline) in enumerate(zip(heads, shown, strict=True)):
        is_last = unseen and place == len(shown) - 1
        room = width - (more.cell_length + 1 if is_last else 0)
        line = Content.assemble(head, _why(headline, held, room - head.cell_length)).truncate(room, ellipsis=True)
        lines.append(spread(line, more, width) if is_last else line)
    return lines


def _heads(view: View, headlines: tuple[Headline, ...], width: int) -> list[Content]:
    """Word, symbol, price and stop of every line, in columns."""
    prices = [(_price(view, line, line.price), _price(view, line, line.stop)) for line in headlines]
    symbols = max((len(line.symbol) for line in headlines), default=0)
    wide, behind = (max((len(pair[place]) for pair in prices), default=0) for place in (0, 1))
    words = 9 if width >= ROOMY else max((len(line.word) + 1 for line in headlines), default=0)
    heads = []
    for line, (price, stop) in zip(headlines, prices, strict=True):
        head = Content.assemble(word(line.word, words), "  ")
        if line.symbol:
            head = Content.assemble(head, (f"{line.symbol:<{symbols}} {price:>{wide}}  ", "bold"))
        if line.symbol and behind and (line.stop or width >= ROOMY):
            head = Content.assemble(head, ("stop " if stop else " " * 5, "$dim"), (f"{stop:<{behind}}  ", "bold"))
        heads.append(head)
    return heads


def _price(view: View, headline: Headline, text: str) -> str:
    """A price as the table shows it."""
    roster = view.roster
    known = roster is not None and headline.symbol in roster.symbols
    return grouped(text, roster.price_decimals[roster.symbols.index(headline.symbol)] if roster and known else None)


def _why(headline: Headline, held: dict[str, PositionRow], width: int) -> Content:
    row = held.get(headline.symbol)
    if row is None or headline.word not in ("HOLD", "ALERT"):
        return Content.styled(headline.why, "$foreground")
    guard = Content() if row.protected else Content.styled(" NO STOP covers all of it ", "bold reverse $down")
    net = Content.assemble(("net ", "$dim"), (signed(row.net), f"bold {tone(row.net)}"))
    parts = [
        (0, guard),
        (0, net),
        (1, Content.styled(f"{row.net_percent:+.2f} %", tone(row.net))),
        (2, Content(f"{row.side} {amount(row.amount)}")),
        (3, Content.styled(f"from {grouped(row.entry)}", "$dim")),
    ]
    return fitting(parts, width, gap="  ")


def _progress(doing: str, done: float, width: int) -> Content:
    cells = min(40, max(8, width // 3))
    line = Content.assemble(
        word("WARMING"), ("  " + bar(done, cells), "$primary"), (f" {done * 100:3.0f} %  ", "bold"), doing
    )
    return line.truncate(width, ellipsis=True)


def _lost(view: View, width: int) -> list[Content]:
    head = Content.assemble(
        (f" ✖ {view.outage} ", "bold $live-ink on $live"),
        (f"  {view.why}", "bold"),
        ("  trying again; values are old", "$dim"),
    )
    advice = Content.assemble(
        ("   Flatten without this screen: ", "$foreground"),
        (view.command("flatten"), "bold $arm"),
    )
    fate = Content("   The engine may still trade; stops that rest stay.")
    return [line.truncate(width, ellipsis=True) for line in (head, advice, fate)]


def _gone(view: View, width: int) -> list[Content]:
    head = Content.assemble(
        (f" ✖ {view.outage} ", "bold $live-ink on $live"),
        (f"  {view.ended or 'why is not known here; its logs may tell'}", "bold"),
    )
    meaning = Content.styled("   Nobody manages what is open; positions stay behind their resting stops.", "bold")
    again = Content.assemble("   ", (view.again(), "bold $arm"), " starts an engine again.")
    again = fitting([(0, again), (1, Content.styled("This screen finds it by itself.", "$dim"))], width, gap=" ")
    return [line.truncate(width, ellipsis=True) for line in (head, meaning, again)]
