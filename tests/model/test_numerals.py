"""Numbers that people type: exactly one spelling of each is read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.numerals import plain_number

POSITIVE = st.decimals(min_value="0.000000000001", max_value="999999999999", places=12)


@given(POSITIVE)
def test_a_plain_number_is_read_exactly(number: Decimal) -> None:
    assert plain_number(f"{number:f}") == number


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.0", "0.", ".5", "5.", "05", "00.5", "60,000", "0,5", "1_000", "+1", "-1", "1e3", "1E3", "inf", "nan",
     "60k", "$5", "5%", "0x10", " 1", "1 ", "1\n", "٣", "１", "1.2.3", "1" * 13, "0." + "1" * 13],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    assert plain_number(text) is None


@given(st.text(max_size=20))
def test_what_is_read_is_what_decimal_reads(text: str) -> None:
    number = plain_number(text)
    assert number is None or (number == Decimal(text) > 0 and text.isascii() and set(text) <= set("0123456789."))
