"""HTML that can't be broken out of: what is no `Html` is text, and is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from kraken_tui.model.plain import plain


class Html(str):
    """Markup as it stands; only `tag` and `joined` make it, and the report's own constants."""

    __slots__ = ()


VOID = ("meta", "line", "path", "rect")


def text(value: str) -> Html:
    """`value` as text: one line, no control characters, nothing that a browser would read as markup."""
    return value if isinstance(value, Html) else Html(escape(plain(value)))


def joined(parts: Iterable[str]) -> Html:
    """One after the other, each escaped unless it is markup."""
    return Html("".join(text(part) for part in parts))


def tag(name: str, /, *children: str, **attributes: str) -> Html:
    """An element; `_` in an attribute's name stands for `-`, and one at its end is dropped (`class_`)."""
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{words}/>" if name in VOID else f"<{name}{words}>{joined(children)}</{name}>")


def table(heads: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table that scrolls sideways where it is too wide; `kinds` are the columns' classes, `word` or `number`."""
    head = joined(tag("th", head, class_=kind, scope="col") for head, kind in zip(heads, kinds, strict=True))
    body = joined(
        tag("tr", *(tag("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True))) for row in rows
    )
    return tag("div", tag("table", tag("thead", tag("tr", head)), tag("tbody", body)), class_="wide")
