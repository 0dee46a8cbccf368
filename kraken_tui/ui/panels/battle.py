"""Battle Stations: the few things that matter now. Never blank."""

from textual.content import Content

from kraken_tui.model.snapshot import Headline
from kraken_tui.ui.panels.board import Board
from kraken_tui.ui.text import bar, span
from kraken_tui.ui.view import LinkState, View

WORDS = {
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
FLATTEN_ELSEWHERE = "kraken-tui flatten"


class Battle(Board):
    """Word, symbol, price, stop and why, most urgent first."""

    BORDER_TITLE = "Battle Stations"

    def text(self, view: View, width: int) -> Content:
        """As many lines as fit."""
        lines = self._lines(view, max(10, width))
        return Content("\n").join(lines[: max(1, self.content_size.height)])

    def _lines(self, view: View, width: int) -> list[Content]:
        if view.link is LinkState.DOWN:
            return _lost(view, width)
        snapshot = view.snapshot
        if snapshot is None:
            return [_progress("connecting to the engine", 0.0, width)]
        starting = [_progress(snapshot.progress, snapshot.progress_done, width)] if snapshot.progress else []
        return starting + [_line(headline, width) for headline in snapshot.headlines]


def word(text: str) -> Content:
    """A headline's word with its glyph, in the same width for all words."""
    glyph, style = WORDS.get(text, ("·", "bold"))
    return Content.styled(f" {glyph} {text:<9}", style)


def _line(headline: Headline, width: int) -> Content:
    line = Content.assemble(word(headline.word), " ")
    if headline.symbol:
        stop = ("stop ", "$dim") if headline.stop else ("     ", "")
        line = Content.assemble(
            line, (f" {headline.symbol:<11} {headline.price:>10}  ", "bold"), stop, (f"{headline.stop:<10}", "bold")
        )
    return Content.assemble(line, (f"  {headline.why}", "$foreground")).truncate(width, ellipsis=True)


def _progress(doing: str, done: float, width: int) -> Content:
    cells = min(40, max(8, width // 3))
    line = Content.assemble(
        word("WARMING"), ("  " + bar(done, cells), "$primary"), (f" {done * 100:3.0f} %  ", "bold"), doing
    )
    return line.truncate(width, ellipsis=True)


def _lost(view: View, width: int) -> list[Content]:
    head = Content.assemble(
        (f" ✖ LINK DOWN {span(view.silence_s)} ", "bold $live-ink on $live"),
        (f"  {view.why}", "bold"),
        ("  trying again; values are old", "$dim"),
    )
    advice = Content.assemble(
        ("   Flatten without this screen: ", "$foreground"),
        (FLATTEN_ELSEWHERE, "bold $arm"),
        ("   The engine may still trade; stops that rest stay.", "$dim"),
    )
    return [head.truncate(width, ellipsis=True), advice.truncate(width, ellipsis=True)]
