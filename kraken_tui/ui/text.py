"""Values as text for the screen: short, aligned, and never telling good from bad by colour alone."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from re import compile as pattern

from textual.content import Content

from kraken_tui import clock
from kraken_tui.model.plain import counted as counted
from kraken_tui.model.plain import plain

MISSING = "—"
BLOCKS = " ▁▂▃▄▅▆▇█"
LEVELS = dict(enumerate(BLOCKS))

STEERING = pattern(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, the cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"  # titles, the clipboard
    r"|\x1b[ -/]*[0-~]?"
)
"""What steers a terminal, with all that belongs to it."""


def harmless(text: str) -> list[str]:
    """The lines of a text from elsewhere, as they may stand on the screen: nothing in them steers the terminal."""
    return [plain(STEERING.sub("", line)) for line in text.splitlines()] or [""]


def price(value: float, decimals: int) -> str:
    """A price with its instrument's decimals; a missing one (0) is `—`."""
    return f"{value:,.{decimals}f}" if value > 0 and isfinite(value) else MISSING


def money(value: float | None) -> str:
    """A signed amount in quote units; `·` where there is none."""
    if value is None:
        return "·"
    return f"{arrow(value, 0.005)} {value:+,.2f}"


def percent(value: float) -> str:
    """Glyph, sign and percent: `▲ +0.21 %`."""
    return f"{arrow(value, 0.005)} {round(value, 2) + 0.0:+.2f} %"


def arrow(value: float, least: float = 0.0) -> str:
    """`▲` above `least`, `▼` below minus `least`, `·` between."""
    return "▲" if value > least else "▼" if value < -least else "·"


def tone(text: str) -> str:
    """The theme variable for a signed amount given as text: `$up`, `$down` or `$foreground`."""
    value = number(text)
    return "$foreground" if not value else "$up" if value > 0 else "$down"


def signed(text: str) -> str:
    """An amount given as text, with glyph and sign; text that is no number stays as it is."""
    value = number(text)
    return text or MISSING if value is None else f"{arrow(float(value))} {plus(text)}"


def plus(text: str) -> str:
    """An amount given as text, with its sign and separators; text that is no number stays as it is."""
    value = number(text)
    return text or MISSING if value is None else f"{value:+,f}"


def grouped(text: str, decimals: int | None = None) -> str:
    """A number given as text, with separators as in the table; text that is no number stays as it is.

    Args:
        text: the number.
        decimals: how many to show; as many as `text` has where not given.
    """
    value = number(text)
    if value is None:
        return text
    return f"{value:,f}" if decimals is None else f"{value:,.{decimals}f}"


def number(text: str) -> Decimal | None:
    """The number that a text shows, or None."""
    try:
        value = Decimal(text.replace(",", "").replace("$", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def amount(text: str) -> str:
    """An amount without its trailing zeros: `12.50000000` is `12.5`."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(texts: Iterable[str]) -> str:
    """The exact sum of amounts given as text; `—` when one of them is no number."""
    numbers = [number(text) for text in texts]
    if any(value is None for value in numbers):
        return MISSING
    return f"{sum((value for value in numbers if value is not None), Decimal(0)):,.2f}"


def span(seconds: float) -> str:
    """How long, in the largest fitting unit: `41 s`, `12 m`, `3 h`, `2 d`."""
    whole = int(max(0.0, seconds))
    for size, unit in ((86400, "d"), (3600, "h"), (100, "m")):
        if whole >= size:
            return f"{whole // (60 if unit == 'm' else size)} {unit}"
    return f"{whole} s"


def utc(time_ns: int) -> str:
    """Time of day of the engine's clock: `12:00:02`."""
    return clock.iso(time_ns)[11:19]


def spark(heights: bytes | memoryview, width: int) -> str:
    """The newest `width` heights (0 = missing, 1 to 255) as a sparkline between the lowest and the highest of them."""
    shown = bytes(heights[-width:])
    known = shown.replace(b"\0", b"")
    if not known:
        return " " * width
    return shown.translate(_levels(min(known), max(known))).decode("latin-1").translate(LEVELS).rjust(width)


@lru_cache(4096)
def _levels(low: int, high: int) -> bytes:
    """Of every height from `low` to `high` the number of its block."""
    step = max(1, high - low)
    return bytes(1 + (height - low) * 7 // step if low <= height <= high else 0 for height in range(256))


def bar(fraction: float, width: int) -> str:
    """A bar of `width` cells, filled by `fraction` (cut to 0..1)."""
    filled = round(min(1.0, max(0.0, fraction)) * width)
    return "█" * filled + "░" * (width - filled)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; what is cut shows as `…`."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"[: max(0, width)]


def spread(left: Content, right: Content, width: int) -> Content:
    """`left` and `right` at the two ends of a line; the left one gives way."""
    room = width - right.cell_length
    if left.cell_length > room - 1:
        left = left.truncate(max(0, room - 1), ellipsis=True)
    return Content.assemble(left, " " * max(0, room - left.cell_length), right)


def flowing(parts: Iterable[Content], width: int, gap: str = "   ") -> list[Content]:
    """Parts in as few lines as they need, in their order."""
    lines: list[Content] = []
    for part in parts:
        if lines and lines[-1].cell_length + len(gap) + part.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], gap, part)
        else:
            lines.append(part)
    return lines


def fitting(parts: Iterable[tuple[int, Content]], width: int, gap: str = "   ") -> Content:
    """As many parts as fit in one line, in their order; the highest rank gives way first.

    Args:
        parts: (rank, content); rank 0 never gives way.
        width: cells of the line.
        gap: between two parts.
    """
    kept = [(rank, part) for rank, part in parts if part]
    while kept and sum(part.cell_length + len(gap) for _, part in kept) - len(gap) > width:
        worst = max(rank for rank, _ in kept)
        if worst == 0:
            break
        last = max(index for index, (rank, _) in enumerate(kept) if rank == worst)
        del kept[last]
    return Content(gap).join([part for _, part in kept])
