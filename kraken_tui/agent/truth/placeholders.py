"""`[[R:id]]` and `[[F:id]]` in prose: the app puts a rendered row in their place."""

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\[\[([RF]:[\w.-]{1,40})\]\]")


def unknown(text: str, rows: Mapping[str, str]) -> bool:
    """Whether a placeholder names a row that the app doesn't know."""
    return any(found not in rows for found in PLACEHOLDER.findall(text))


def filled_in(text: str, rows: Mapping[str, str]) -> str:
    """With each placeholder replaced by its row.

    Args:
        text: all of its placeholders are known.
        rows: rendered rows by `R:id` and `F:id`.
    """
    return PLACEHOLDER.sub(lambda found: rows[found[1]], text) if "[[" in text else text
