"""Products of more than 64 bits, against Python's own integers; ladders against the exchange's."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.exchange.matching.exact import EXACT
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.fast import exactly
from kraken_tui.replay.fast.compiling import loop
from kraken_tui.replay.fast.paper_ladder import level
from kraken_tui.replay.fast.paper_opening import ladder_of
from kraken_tui.scanner.inputs import Matrix


@loop
def both(a: int, b: int, d: int) -> tuple[int, int, int]:
    return exactly.floor(a, b, d), exactly.ceiling(a, b, d), exactly.even(a, b, d)


@loop
def priced(best: int, k: int, buys: bool, ladder: Matrix) -> int:
    return level(best, k, buys, ladder)


@settings(deadline=None)
@given(st.integers(0, 1 << 60), st.integers(1, 1 << 50), st.integers(1, exactly.LARGEST - 1), st.booleans())
def test_products_over_divisors_are_exact(a: int, b: int, d: int, halves: bool) -> None:
    d = max(d, a * b // (1 << 61) + 1)
    if halves:
        a, d = a | 1, 2 * (d // 2) or 2
        b = max(1, d // 2) if d // 2 < 1 << 50 else b
    if d >= exactly.LARGEST:
        return
    share = Fraction(a * b, d)
    assert both(a, b, d) == (a * b // d, -(-a * b // d), round(share))


@settings(deadline=None)
@given(
    st.integers(1, (1 << 31) - 1), st.integers(0, 9), st.booleans(),
    st.sampled_from(["0", "0.02", "0.05", "0.3", "1", "5", "0.0173"]),
)  # fmt: skip
def test_levels_are_the_exchanges_own(best: int, k: int, buys: bool, worse: str) -> None:
    instrument = Instrument(
        symbol="X/USD", id="X", altname="X", base="X", quote="USD", price_decimals=3, lot_decimals=8, cost_decimals=5,
        tick=Decimal("0.001"), order_min=Decimal(1), cost_min=Decimal(1),
    )  # fmt: skip
    with localcontext(EXACT):
        price = instrument.price_of(best) * (1 + (1 if buys else -1) * Decimal(worse) / 100) ** k
        wanted = instrument.ticks_above(price) if buys else instrument.ticks_below(price)
    assert priced(best, k, buys, ladder_of(Decimal(worse))) in (wanted, 0)
    assert priced(best, min(k, 4), buys, ladder_of(Decimal("0.02"))) > 0 or best < 10


def test_ties_go_to_even() -> None:
    assert [both(n, 1, 2)[2] for n in range(6)] == [0, 0, 1, 2, 2, 2]
    assert np.iinfo(np.int64).max > exactly.LARGEST
