"""Which ticker a word names."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9.]+(?:[/-][a-z0-9]+)?", re.ASCII)
_OLD_NAMES = {"xbt": "btc", "xdg": "doge"}
"""Kraken's own names of two coins."""


def symbols_of(word: str, symbols: Iterable[str]) -> list[str]:
    """Every symbol that a word may mean: `btc`, `BTCUSD`, `btc-usd` and `XBT/USD` all mean `BTC/USD`."""
    plain = word.lower().replace("-", "/")
    if not _WORD.fullmatch(plain):
        return []
    spelled = {plain, *(new + plain.removeprefix(old) for old, new in _OLD_NAMES.items() if plain.startswith(old))}
    return [symbol for symbol in symbols if spelled & _spellings(symbol.lower())]


def find_symbol(word: str, symbols: Iterable[str]) -> str | None:
    """The symbol that a word names, or None where there is none or more than one."""
    hits = symbols_of(word, symbols)
    return hits[0] if len(hits) == 1 else None


def no_symbol(word: str, symbols: Iterable[str]) -> str:
    """Why `find_symbol` found nothing, and what would be right."""
    hits = symbols_of(word, symbols)
    if hits:
        return f"{word} may be {' or '.join(hits)}: say which"
    return f"{word} is not among the tickers"


def _spellings(symbol: str) -> set[str]:
    return {symbol, symbol.replace("/", ""), symbol.split("/")[0]}
