"""The CRC32 over the best ten levels of a book, with which clients prove that theirs is right."""

import zlib
from collections.abc import Iterable
from itertools import islice

LEVELS = 10
"""That many of each side count, whatever the depth of the subscription."""

LevelText = tuple[str, str]
"""Price and amount with all the decimals of the pair."""


def checksum(bids: Iterable[LevelText], asks: Iterable[LevelText]) -> int:
    """Kraken's checksum of a book: asks before bids, each best first, without points and leading zeros."""
    text = "".join(_digits(price) + _digits(amount) for side in (asks, bids) for price, amount in islice(side, LEVELS))
    return zlib.crc32(text.encode())


def _digits(text: str) -> str:
    return text.replace(".", "").lstrip("0")
