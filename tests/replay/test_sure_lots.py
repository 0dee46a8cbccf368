"""Lots that are told in float64: never others than the exact number's, whatever the sums may have lost."""

from fractions import Fraction
from math import floor
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.replay.fast.paper_lots import A_STEP, ASK, STEPS, surely
from kraken_tui.replay.fast.paper_risk import CASH, NOTIONAL, WORTH
from kraken_tui.replay.fast.paper_rows import Purse


def books(cash: float, notional: float, worth: float, held: int) -> Any:
    peak, purse = np.zeros(WORTH + 2), np.zeros(len(Purse), np.int64)
    peak[[1 + CASH, 1 + NOTIONAL, 1 + WORTH]] = cash, notional, worth
    purse[Purse.OPEN] = held
    return SimpleNamespace(peak=peak, purse=purse)


@given(
    st.floats(0.5, 1e15), st.integers(-(1 << 20), 1 << 20), st.floats(-1e6, 1e6), st.floats(0, 1e8), st.floats(1, 1e6),
    st.integers(0, 200), st.booleans(),
)  # fmt: skip
def test_lots_are_told_only_where_no_rounding_could_change_them(
    wanted: float, slip: int, cash: float, notional: float, worth: float, held: int, whole: bool
) -> None:
    account = books(cash, notional, worth, held)
    wanted = float(np.rint(wanted)) if whole else wanted
    lost = Fraction(A_STEP) / 2 * (STEPS + held) * (1 + (abs(Fraction(cash)) + Fraction(notional)) / Fraction(worth))
    exactly = Fraction(wanted) * (1 + lost * Fraction(slip, 1 << 20))
    assert surely(account, wanted) in (ASK, floor(exactly))


def test_ordinary_lots_are_told() -> None:
    account = books(10_000.0, 40_000.0, 9_900.0, 20)
    assert surely(account, 2_512_345_678.43) == 2_512_345_678
    assert surely(account, 2_512_345_678.0) == ASK, "next to a whole lot"
    assert surely(account, 3e14 + 0.4) == ASK, "too many lots for float64"
