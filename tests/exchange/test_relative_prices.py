"""Prices relative to others, in Kraken's syntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.exchange.matching.orders import Trail
from kraken_tui.exchange.matching.trading.relative import parse_price, resolve, trail_of
from kraken_tui.model.trading import OrderType, Side
from tests.careful import careful
from tests.exchange.cases import BTC, BUY, LIMIT, SELL, STOP, TARGET, D
from tests.exchange.desk import STOP_LIMIT, TARGET_LIMIT


def at(text: str, side: Side = BUY, type: OrderType = LIMIT, second: bool = False) -> D:
    return resolve(
        parse_price(text), reference=D("60000.0"), side=side, type=type, is_limit_of_triggered=second, instrument=BTC
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("59000.5", "59000.5"),
        ("59000.55", "59000.55"),
        ("+500", "60500.0"),
        ("-500.04", "59500.0"),
        ("+5%", "63000.0"),
        ("-0.333%", "59800.2"),
        ("+.5", "60000.5"),
    ],
)
def test_plain_and_signed(text: str, expected: str) -> None:
    assert str(at(text)) == expected


@pytest.mark.parametrize(
    ("side", "type", "second", "sign"),
    [
        (BUY, LIMIT, False, -1), (SELL, LIMIT, False, 1),
        (BUY, STOP, False, 1), (SELL, STOP, False, -1),
        (BUY, TARGET, False, -1), (SELL, TARGET, False, 1),
        (BUY, STOP_LIMIT, False, 1), (SELL, TARGET_LIMIT, False, 1),
        (BUY, STOP_LIMIT, True, 1), (SELL, TARGET_LIMIT, True, -1),
    ],
)  # fmt: skip
def test_hash_takes_its_sign_from_type_and_side(side: Side, type: OrderType, second: bool, sign: int) -> None:
    assert at("#100", side, type, second) == 60000 + 100 * sign
    assert at("#1%", side, type, second) == 60000 + 600 * sign


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "%",
        "5%",
        "+-5",
        "1e30",
        "1e-30",
        "1e",
        "nan",
        "inf",
        "+5%%",
        " 5",
        "5 ",
        "+5 %",
        "0x1",
        "1,000",
        "٣",
        "9" * 50,
    ],
)
def test_anything_else_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match="price"):
        parse_price(text)


@careful()
@given(st.text(max_size=12))
def test_any_text_is_a_price_or_a_value_error(text: str) -> None:
    try:
        assert parse_price(text).value >= 0
    except ValueError:
        pass
    else:
        assert text.strip("+-#%.0123456789") == ""


def test_trails() -> None:
    assert trail_of(parse_price("+500"), None) == Trail(distance=D(500))
    assert trail_of(parse_price("+5%"), parse_price("-50")) == Trail(distance=D(5), percent=True, limit_offset=D(-50))
    assert trail_of(parse_price("+5"), parse_price("+0%")) == Trail(
        distance=D(5), limit_offset=D(0), limit_percent=True
    )


@pytest.mark.parametrize(
    ("first", "second"), [("500", None), ("-500", None), ("#5", None), ("+0", None), ("+5", "50"), ("+5", "#50")]
)
def test_what_is_no_trail(first: str, second: str | None) -> None:
    with pytest.raises(ValueError, match="trailing stop"):
        trail_of(parse_price(first), None if second is None else parse_price(second))


@pytest.mark.parametrize(("text", "value"), [("9.8e-06", "0.0000098"), ("6E4", "60000"), ("+1e-2%", "0.01")])
def test_prices_may_have_an_exponent(text: str, value: str) -> None:
    assert parse_price(text).value == D(value)
