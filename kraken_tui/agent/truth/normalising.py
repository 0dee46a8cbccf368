"""One spelling for what can be spelled in many ways, and what no spelling makes readable.

Escape sequences, control and invisible characters are taken out, look-alikes of one letter (full width, mathematical)
become that letter (Unicode's NFKC). What is no plain Latin text after that is not read at all.
"""

import re
import unicodedata

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # a control sequence: colour, cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # a title or a link
    r"|\x1b[ -/]*[0-~]?"
)
_EMPHASIS = re.compile(r"\*+|`+|(?<![A-Za-z0-9])_+(?=\S)|(?<=[^\s_])_+(?![A-Za-z0-9])")
_MARKER = re.compile(r"\s*(?:#{1,6} |[-*•] |\d{1,2}[.)] )?\s*")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": ";", "−": "-", "•": "-"})
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PLAIN = _LETTERS | frozenset(" \n.,;:!?'\"()-/%$+~€£’‘“”–—−")


def plain(text: str) -> str:
    """`text` without what can't be seen, in Unicode's compatibility spelling; of a plain text, the same text again."""
    if text.isascii() and text.strip("\n").isprintable():
        return text
    while (done := _once(text)) != text:
        text = done
    return text


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", _ESCAPES.sub("", text))
    kept = (" " if one == "\t" else one for one in text)
    return "".join(one for one in kept if one == "\n" or unicodedata.category(one) not in ("Cc", "Cf"))


def unmarked(text: str) -> str:
    """Plain text without the marks of emphasis."""
    return _EMPHASIS.sub("", text) if "*" in text or "`" in text or "_" in text else text


def body(text: str) -> tuple[str, str]:
    """The mark of a heading or list item that a sentence begins with, and the sentence after it."""
    found = _MARKER.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def straight(text: str) -> str:
    """With typewriter quotes and hyphens; a dash parts clauses as a semicolon does."""
    return text.translate(_QUOTES) if not text.isascii() else text


def unreadable(text: str) -> str:
    """Which rule keeps a plain text from being read: script, symbols, or none."""
    if _PLAIN.issuperset(text):
        return ""
    if any(unicodedata.category(one)[0] in "LM" and one not in _LETTERS for one in text):
        return "script"
    return "symbols"
