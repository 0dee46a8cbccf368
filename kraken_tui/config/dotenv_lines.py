"""Reads some names of a `.env`, and looks into no other line: what a process does not need it shall not hold."""

import io
import re
from collections.abc import Sequence

from dotenv import dotenv_values


def values_of(text: str, names: Sequence[str]) -> dict[str, str]:
    """What `text`, all of a `.env`, says of `names`; empty values are left out."""
    begins = re.compile(rf"""\s*(?:export\s+)?['"]?(?:{"|".join(map(re.escape, names))})['"]?\s*=""")
    lines = (line for line in text.splitlines() if begins.match(line))
    told = dotenv_values(stream=io.StringIO("\n".join(lines)), interpolate=False)
    return {name: value for name, value in told.items() if value}
