"""Which ticker a word names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9.]+(?:[/-][a-z0-9]+)?", re.ASCII)
_OLD_NAMES = {"xbt": "btc", "xdg": "doge"}
"""Kraken's own names of two coins."""
COIN_NAMES = {
    "bitcoin": "btc", "bitcoins": "btc", "ether": "eth", "ethers": "eth", "ethereum": "eth", "solana": "sol",
    "ripple": "xrp", "cardano": "ada", "litecoin": "ltc", "litecoins": "ltc", "chainlink": "link", "avalanche": "avax",
    "polkadot": "dot", "dogecoin": "doge", "dogecoins": "doge", "shiba": "shib", "tron": "trx", "stellar": "xlm",
    "cosmos": "atom", "uniswap": "uni", "aptos": "apt", "injective": "inj", "bittensor": "tao", "monero": "xmr",
    "zcash": "zec", "dogwifhat": "wif", "tether": "usdt",
}  # fmt: skip
"""What people call coins."""
_COMMON = (
    "a all am an and any are as at be by do everything for go half has have he i if in is it limit market me my no not "
    "now of off on one open or order orders our out part position positions safe so some stop t target that the them "
    "they this to up us was we when will you your"
)
COMMON = frozenset(_COMMON.split())
"""Words of sentences: as such none names a coin, whatever is listed; `AT/USD` does."""


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


def named(words: Sequence[str], symbols: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Every symbol that the first words of a sentence may mean, and how many words that is; at most two.

    Args:
        words: in lower case.
        symbols: the symbols that may be named.
    """
    if not words or words[0] in COMMON:
        return (), 0
    if words[0] == "bitcoin" and len(words) > 1 and words[1] == "cash":
        return tuple(symbols_by_word(symbols).get("bch", ())), 2
    return tuple(symbols_by_word(symbols).get(words[0].replace("-", "/"), ())), 1


@lru_cache(maxsize=8)
def symbols_by_word(symbols: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Every word that names a symbol, or may name one of several."""
    found: dict[str, list[str]] = {}
    for symbol in symbols:
        plain = symbol.lower()
        spelled = _spellings(plain)
        for old, new in _OLD_NAMES.items():
            spelled |= {old + word.removeprefix(new) for word in spelled if word.startswith(new)}
        base = plain.split("/")[0]
        for word in spelled | {name for name, coin in COIN_NAMES.items() if coin == base}:
            found.setdefault(word, []).append(symbol)
    return {word: tuple(hits) for word, hits in found.items()}
