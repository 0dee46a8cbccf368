"""Liquidity at fixed prices, a round distance apart: the stated model of a deep book where there is none.

Levels stand at multiples of a step: the 1-2-5 number of ticks that is nearest to `Impact.worse` percent of the price.
What stands at one depends on the price of the level and its side alone, so that a moving best price changes only the
nearest levels.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from kraken_tui.exchange.matching.rules import Impact
from kraken_tui.model.instrument import Instrument

Level = tuple[Decimal, Decimal]
_BLOCK = 25
_MASK = 0xFFFFFFFF
_LEAST, _SPREAD = 400, 1201
"""An amount is 0.400 to 1.600 times what `Impact.depth` buys at that price."""
_BOUNDS = ((1, 1_414), (2, 3_162), (5, 7_071))
"""A 1-2-5 number, and the ratio (in thousandths) up to which it is the nearest: the geometric means between them."""


def round_step(ticks: int) -> int:
    """The number of the row 1, 2, 5, 10, 20, 50, ... that is nearest to `ticks` by ratio."""
    decade = int("1".ljust(len(str(max(1, ticks))), "0"))
    for digit, bound in _BOUNDS:
        if ticks * 1000 <= bound * decade:
            return digit * decade
    return 10 * decade


def ladder(best: Decimal, *, rising: bool, instrument: Instrument, impact: Impact) -> Iterator[Level]:
    """The levels behind `best`, nearest first: asks where `rising`, else bids; `Impact.slices` of them at most."""
    ticks = instrument.ticks_of(best)
    step = round_step(int(ticks * impact.worse / 100))
    sign = 1 if rising else -1
    index = ticks // step + 1 if rising else (ticks - 1) // step
    depth = int(impact.depth.scaleb(instrument.lot_decimals) / instrument.tick)
    tick, decimals = int(instrument.tick.scaleb(instrument.price_decimals)), instrument.price_decimals
    left = impact.slices
    while left > 0 and index > 0:
        block, offset = divmod(index, _BLOCK)
        levels = _block(block, step, rising, depth, tick, decimals, instrument.lot_decimals)
        lowest = max(0 if block else 1, offset - left + 1)
        here = levels[offset : offset + left] if rising else levels[lowest : offset + 1][::-1]
        yield from here
        left -= len(here)
        index += sign * len(here)


@lru_cache(maxsize=4096)
def _block(
    block: int, step: int, rising: bool, depth: int, tick: int, price_decimals: int, lot_decimals: int
) -> tuple[Level, ...]:
    """The levels number `block * _BLOCK` and following, lowest first. Number 0 has no price: not for use."""
    levels = []
    for index in range(block * _BLOCK, (block + 1) * _BLOCK):
        ticks = index * step
        lots = max(1, depth * (_LEAST + _scatter(index, rising) % _SPREAD) // (1000 * max(1, ticks)))
        price = Decimal(ticks * tick).scaleb(-price_decimals)
        levels.append((price, Decimal(lots).scaleb(-lot_decimals)))
    return tuple(levels)


def _scatter(index: int, rising: bool) -> int:
    """A number that looks random and is always the same for a level and its side (a multiply-xorshift hash)."""
    mixed = (index * 2 + rising) * 2_654_435_761 & _MASK
    mixed = (mixed ^ mixed >> 15) * 2_246_822_519 & _MASK
    mixed = (mixed ^ mixed >> 13) * 3_266_489_917 & _MASK
    return mixed ^ mixed >> 16
