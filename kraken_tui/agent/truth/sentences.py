"""A stream cut into sentences; the cuts are the same however the stream was cut into chunks."""

import re

LONGEST = 600
"""Characters. What has no end by then is cut there; it is no sentence that anybody would want to read."""

_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_END = re.compile(rf"[{_BREAKS}]|[.!?…。！？]+[\"')\]*_`”’]*(?=\s)")
_NO_END = re.compile(r"(?:^|[\s(])(?:\d{1,2}|[ei]\.?g|i\.e|vs|etc|approx|no)\.$", re.IGNORECASE)


class Sentences:
    """Keeps what has no end yet."""

    def __init__(self) -> None:
        self._text = ""
        """Without white space at its beginning."""
        self._lead = ""
        """What that white space comes to: nothing, a space, or one or two line breaks."""

    def feed(self, chunk: str) -> list[str]:
        """The sentences that became whole, each with the white space before it."""
        self._text += chunk
        whole = []
        self._skip()
        while (end := self._end()) > 0:
            whole.append(self._lead + self._text[:end])
            self._text, self._lead = self._text[end:], ""
            self._skip()
        return whole

    def rest(self) -> str:
        """What is left at the end of the stream; empty where it is white space."""
        text, lead = self._text, self._lead
        self._text = self._lead = ""
        return lead + text if text else ""

    def _skip(self) -> None:
        text = self._text.lstrip()
        if skipped := self._text[: len(self._text) - len(text)]:
            breaks = self._lead.count("\n") + sum(skipped.count(one) for one in _BREAKS)
            self._text, self._lead = text, "\n" * min(2, breaks) or " "

    def _end(self) -> int:
        """Where the first sentence ends; 0 where that isn't known yet."""
        text, at = self._text, 0
        while found := _END.search(text, at, LONGEST + 1):
            if found[0][0] in _BREAKS:
                return found.start()
            if not _NO_END.search(text[: found.end()]):
                return found.end()
            at = found.end()
        return LONGEST if len(text) > LONGEST else 0
