"""Numbers that are read from text at once are those that Python reads, to the last bit."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE
from kraken_tui.market.recorded_digits import plain_table
from kraken_tui.market.recorded_forms import BOM, Form, Rows, form_of
from kraken_tui.market.recorded_rows import Sorting
from kraken_tui.market.recorded_text import lines_of, parse_block, parse_part

FAR = 10**25
NUMBERS = st.builds(
    lambda whole, decimals: f"{whole:0{decimals + 1}d}" if not decimals else f"{whole // 10**decimals}."
    f"{whole % 10**decimals:0{decimals}d}",
    st.one_of(st.integers(0, 10**6), st.integers(0, 10**19), st.integers((1 << 53) - 3, (1 << 54) + 3)),
    st.integers(0, 18),
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
@example(["9007199254740993", "9007199254740995", "18014398509481983", "9007199254740992.5", "9007199254740993.5"])
@example(["0.9999999999999999", "9.00719925474099250", "4611686018427387.905", "123456789.12345678", "007", ".5", "5."])
def test_each_is_the_nearest_float(cells: list[str]) -> None:
    table = plain_table("\n".join(cells).encode(), 0, [0])
    if table is None:
        assert any(len(cell.replace(".", "").lstrip("0")) > 17 or float(cell) >= 1 << 54 for cell in cells)
    else:
        assert table[:, 0].tolist() == [float(cell) for cell in cells]


def test_only_what_is_wanted_need_be_a_number() -> None:
    text = b"1,2.5,b,limit\n3,4,s,market\r\n5,6,,\n"
    table = plain_table(text, 3, [1, 0])
    assert table is not None and table.tolist() == [[2.5, 1], [4, 3], [6, 5]]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "1,2\n\n3,4", "1", "1,2,3", "1,", ",1", "1,-2", "1,2e5", "1, 2", "1,nan", "1,1.2.3", "1,.",
        "1,2\r3,4", "1,2\x0b", "1,2\u2028", "1,9223372036854775808", "1,0.0000000000000000001", "1,١",
    ],
)  # fmt: skip
def test_anything_else_is_left_to_others(text: str) -> None:
    assert plain_table(text.encode(), 1, [0, 1]) is None


CELLS = st.one_of(NUMBERS, st.sampled_from(["", "-1", "x", "1e3", " 2", "nan", "3\r", "4\n5", "6\x0c7"]))


def looked_at(rows: Rows) -> tuple[object, ...]:
    return rows.time_ns.tolist(), rows.prices.tolist(), rows.bad, rows.first_bad, rows.interval_ns


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_a_block_is_read_as_its_lines_are(rows: list[list[str]], is_headed: bool, newline: str) -> None:
    form = form_of("a table", "ts_us,price,volume,side,type" if is_headed else "1,2,3")
    lines = ["ts_us,price,volume,side,type"] * is_headed
    lines += [",".join([str(1_700_000_000 + place), *row]) for place, row in enumerate(rows)]
    text = newline.join(lines).encode()
    if text:
        compared(form, text, int(is_headed))


def compared(form: Form, text: bytes, skip: int) -> None:
    lines, one, other = lines_of(text), Sorting(), Sorting()
    expected = parse_part(form, lines, skip, MINUTE, 7, one)
    read, count = parse_block(form, text, skip, MINUTE, 7, other)
    assert count == len(lines)
    assert looked_at(read) == looked_at(expected)
    assert one.latest == other.latest


def test_a_table_of_candles_is_read_at_once() -> None:
    """Not by the careful way, which knows everything: that one is slower."""
    rows = [f"{1_700_000_000 + 300 * place},1.5,2.25,1.0,2.0,{place / 7},9" for place in range(1, 50)]
    text = "\n".join(rows).removeprefix(BOM).encode()
    table = plain_table(text, 6, [0, 1, 2, 3, 4, 5])
    assert table is not None and np.array_equal(table, np.array([row.split(",")[:6] for row in rows], np.float64))
