"""The tick that recorded prices lie on, and so the rules of a pair that they were made by."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.config.instruments import derived_instrument, load_instruments
from kraken_tui.model.instrument import Instrument

Floats = NDArray[np.float64]
MOST_DECIMALS = 12
PIECE = 1 << 12
"""Rows of prices that are looked at together."""


class PriceSurvey:
    """Looks at recorded prices, part by part, for the tick that they lie on.

    Args:
        symbol: the pair.
    """

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._known = load_instruments().get(symbol)
        self._count = 0
        ticks = [10.0**-decimals for decimals in range(MOST_DECIMALS)]
        self._at_hand: list[Floats] = []
        self._lying = dict.fromkeys([*ticks, *([float(self._known.tick)] if self._known is not None else [])], 0)

    def add(self, prices: Floats) -> None:
        """Look at some more."""
        self._count += prices.size
        for tick in self._lying:
            self._lying[tick] += _lying_on(tick, prices)

    def leave(self, prices: Floats) -> None:
        """Look at some that stay in memory anyway, only when a tick is asked for, and only for that."""
        self._count += prices.size
        self._at_hand.append(prices)

    def join(self, other: "PriceSurvey") -> None:
        """Take in what another one of the pair has looked at."""
        self._count += other._count
        self._at_hand += other._at_hand
        for tick, count in other._lying.items():
            self._lying[tick] += count

    def _lie_on(self, tick: float) -> bool:
        lying, left, least = self._lying[tick], sum(prices.size for prices in self._at_hand), 0.999 * self._count
        for prices in self._at_hand:
            for begin in range(0, len(prices), PIECE):
                piece = prices[begin : begin + PIECE]
                lying, left = lying + _lying_on(tick, piece), left - piece.size
                if lying + left < least:
                    return False
        return lying >= least

    def rules(self) -> Instrument:
        """Today's rules of the pair; with the tick of the data where recorded prices do not lie on today's tick.

        One price in a thousand may lie off the tick (2018 has such strays); it is rounded to the nearest.
        """
        known = self._known
        if known is not None and self._lie_on(float(known.tick)):
            return known
        decimals = next((d for d in range(MOST_DECIMALS) if self._lie_on(10.0**-d)), MOST_DECIMALS)
        if known is None:
            return derived_instrument(self._symbol, decimals)
        return replace(known, price_decimals=decimals, tick=Decimal(1).scaleb(-decimals))


def _lying_on(tick: float, prices: Floats) -> int:
    ticks = prices / tick
    return int(np.count_nonzero(np.abs(ticks - np.rint(ticks)) < 1e-4))


def rules_for(symbol: str, surveys: Iterable[PriceSurvey]) -> Instrument:
    """The rules of a pair at whose recorded prices these have looked."""
    whole = PriceSurvey(symbol)
    for survey in surveys:
        whole.join(survey)
    return whole.rules()
