"""A grid of characters with a style each."""

from itertools import groupby

from textual.content import Content

from kraken_tui.model.plain import plain


class Canvas:
    """Cells of a chart; what lies outside is not drawn.

    Args:
        width: cells.
        height: lines.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._cells = [[(" ", "")] * self.width for _ in range(self.height)]

    def put(self, row: int, column: int, text: str, style: str = "") -> None:
        """Write `text` from a cell on, to the right."""
        if not 0 <= row < self.height:
            return
        for place, character in enumerate(plain(text), column):
            if 0 <= place < self.width:
                self._cells[row][place] = (character, style)

    def at(self, row: int, column: int) -> str:
        """The character of a cell."""
        return self._cells[row][column][0]

    def lines(self) -> list[Content]:
        """The lines, each with its styles."""
        return [_line(row) for row in self._cells]


def _line(row: list[tuple[str, str]]) -> Content:
    parts = []
    for style, cells in groupby(row, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in cells)
        parts.append(Content.styled(text, style) if style else Content(text))
    return Content("").join(parts)
