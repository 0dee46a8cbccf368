"""Sparklines: heights between a ticker's own lowest and highest price, holes shown as holes."""

import numpy as np

from kraken_tui.engine.view import SPARK_EVERY, Sparks
from kraken_tui.model.snapshot import SPARK_WIDTH


def heights(*prices: int, every: int = SPARK_EVERY) -> list[int]:
    sparks = Sparks(2)
    for price in prices:
        for _ in range(every):
            sparks.add(np.array([price, 7]))
    return list(sparks.pack()[:SPARK_WIDTH])


def test_a_rising_price_rises_from_the_lowest_height_to_the_highest() -> None:
    assert heights(*range(100, 116)) == [1, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255]


def test_missing_prices_and_the_time_before_the_start_are_holes() -> None:
    assert heights(100, 0, 200) == [0] * (SPARK_WIDTH - 3) + [1, 0, 255]


def test_a_flat_price_is_a_flat_line() -> None:
    assert heights(100, 100) == [0] * (SPARK_WIDTH - 2) + [1, 1]


def test_between_two_points_the_newest_follows_the_price() -> None:
    assert heights(100, 200, 150, every=1)[-1] == 1
