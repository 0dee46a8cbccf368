"""What terms mean, written by hand: `glossary.toml`."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.toml")


@lru_cache(maxsize=1)
def terms() -> Mapping[str, str]:
    """Every term with its definition."""
    return {name: str(row["text"]) for name, row in _rows().items()}


def find_term(text: str) -> str:
    """The term that a text names, in any of its spellings; empty where it is none."""
    return _spellings().get(_plain(text), "")


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, row in _rows().items():
        also = row.get("also", [])
        for spelled in (name, *(also if isinstance(also, list) else [])):
            found[_plain(spelled)] = name
            found.setdefault(_plain(f"{spelled}s"), name)
    return found


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("'s", "").replace("-", " ").replace("_", " ").replace("/", " ").split())
