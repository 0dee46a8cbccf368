"""Forms and JSON: both look the same to an endpoint, and nothing that comes in breaks the reader."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.errors import Refused
from kraken_tui.sandbox.rest.bodies import MOST_FIELDS, Unreadable, parse_body, parse_form, parse_json
from kraken_tui.sandbox.rest.forms import Params

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


def form(text: str) -> Params:
    return Params(parse_body(text.encode(), FORM))


def as_json(**fields: Any) -> Params:
    return Params(parse_body(json.dumps(fields).encode(), JSON))


@pytest.mark.parametrize("text", ["nonce=1&pair=XBTUSD&volume=0.01", "pair=XBT%55SD&volume=0.01&nonce=1"])
def test_a_form_in_either_order_of_fields(text: str) -> None:
    assert form(text).raw == {"nonce": "1", "pair": "XBTUSD", "volume": "0.01"}


def test_numbers_and_text_look_the_same() -> None:
    for params in (
        form("volume=0.010&userref=7"),
        as_json(volume="0.010", userref=7),
        as_json(volume="0.010", userref="7"),
    ):
        assert params.decimal("volume") == Decimal("0.010")
        assert params.text("volume") == "0.010"
        assert params.whole("userref") == 7


def test_a_json_number_keeps_every_digit() -> None:
    params = Params(parse_json(b'{"price": 12345678901234567.123456789, "volume": 1e-05}'))
    assert params.decimal("price") == Decimal("12345678901234567.123456789")
    assert params.decimal("volume") == Decimal("0.00001")


@pytest.mark.parametrize(
    "text",
    [
        "close[ordertype]=stop-loss&close[price]=-5%25",
        "close%5Bordertype%5D=stop-loss&close%5Bprice%5D=-5%25",
        '{"close": {"ordertype": "stop-loss", "price": "-5%"}}',
    ],
)
def test_a_group_is_the_same_however_it_is_worded(text: str) -> None:
    close = Params(parse_body(text.encode(), "")).group("close")
    assert close is not None
    assert (close.required("ordertype"), close.required("price")) == ("stop-loss", "-5%")
    assert close.text("price2") is None


@pytest.mark.parametrize(
    "text",
    [
        "orders[0][type]=buy&orders[0][close][price]=9&orders[1][type]=sell",
        '{"orders": [{"type": "buy", "close": {"price": 9}}, {"type": "sell"}]}',
    ],
)
def test_rows(text: str) -> None:
    rows = Params(parse_body(text.encode(), "")).rows("orders")
    assert [row.text("type") for row in rows] == ["buy", "sell"]
    close = rows[0].group("close")
    assert close is not None
    assert close.decimal("price") == 9


@pytest.mark.parametrize(
    "params", [form("txid=OA,%20OB,,OC"), form("txid[]=OA&txid[]=OB&txid[]=OC"), as_json(txid=["OA", "OB", "OC"])]
)
def test_names(params: Params) -> None:
    assert params.names("txid") == ["OA", "OB", "OC"]
    assert params.names("other") == []


def test_userrefs_in_a_list_are_names_too() -> None:
    assert as_json(orders=["OA", 1234]).names("orders") == ["OA", "1234"]


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("True", True), ("1", True), ("TRUE", True), ("false", False), ("False", False), ("0", False)],
)
def test_flags(word: str, value: bool) -> None:
    assert form(f"validate={word}").flag("validate") is value
    assert as_json(validate=value).flag("validate") is value
    assert as_json(validate=int(value)).flag("validate") is value
    assert form("").flag("validate") is False
    assert form("").flag("validate", True) is True


def test_an_empty_value_and_null_are_none() -> None:
    for params in (form("userref=&close="), as_json(userref=None, close=None)):
        assert params.text("userref") is None
        assert params.whole("userref") is None
        assert params.group("close") is None
        assert params.rows("close") == []
        assert "userref" not in params
        assert params.text("userref", "none") == "none"


def test_the_last_of_two_counts() -> None:
    assert form("pair=A&pair=B").text("pair") == "B"
    assert form("pair=%41&pair=B").text("pair") == "B"


def test_moments() -> None:
    assert form("start=1616492376").moment_ns("start") == 1616492376 * 10**9
    assert form("start=1616492376.1234").moment_ns("start") == 1616492376123400000
    assert as_json(start=1616492376.5).moment_ns("start") == 1616492376500000000
    assert form("").moment_ns("start") is None


Reader = Callable[[Params], object]


@pytest.mark.parametrize(
    ("params", "read", "name"),
    [
        (form("price=None"), lambda p: p.decimal("price"), "price"),
        (form("price=1e999999999"), lambda p: p.decimal("price"), "price"),
        (form("price=1e-999"), lambda p: p.decimal("price"), "price"),
        (form("price=NaN"), lambda p: p.decimal("price"), "price"),
        (form("price=Infinity"), lambda p: p.decimal("price"), "price"),
        (form("price=١"), lambda p: p.decimal("price"), "price"),
        (form("price=1_000"), lambda p: p.decimal("price"), "price"),
        (form("price=" + "9" * 100), lambda p: p.decimal("price"), "price"),
        (as_json(price=[1]), lambda p: p.decimal("price"), "price"),
        (as_json(price={"a": 1}), lambda p: p.text("price"), "price"),
        (form("userref=1.5"), lambda p: p.whole("userref"), "userref"),
        (form("userref=" + "1" * 30), lambda p: p.whole("userref"), "userref"),
        (form("validate=yes"), lambda p: p.flag("validate"), "validate"),
        (form("start=1e30"), lambda p: p.moment_ns("start"), "start"),
        (form("start=OABCDE"), lambda p: p.moment_ns("start"), "start"),
        (form(""), lambda p: p.required("pair"), "pair"),
        (form("close=9"), lambda p: p.group("close"), "close"),
        (as_json(orders=["OA"]), lambda p: p.rows("orders"), "orders"),
        (as_json(orders=5), lambda p: p.rows("orders"), "orders"),
        (as_json(txid=[["OA"]]), lambda p: p.names("txid"), "txid"),
        (as_json(close={"price": "x"}), lambda p: _close(p).decimal("price"), "close[price]"),
        (
            as_json(orders=[{}, {"close": {}}]),
            lambda p: _close(p.rows("orders")[1]).required("price"),
            "orders[1][close][price]",
        ),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_by_name(params: Params, read: Reader, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(params)
    assert refusal.value.text == f"EGeneral:Invalid arguments:{name}"


def _close(params: Params) -> Params:
    close = params.group("close")
    assert close is not None
    return close


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"a":1}}', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\ud800"}',
     b"[" * 100_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b'{"a":1' + b"0" * 5000 + b"}"],
)  # fmt: skip
def test_what_is_no_json_object(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_body(body, JSON)


@pytest.mark.parametrize(
    "body", [b"a=\xff", b"\xc3=1", b"a=%ff", b"&".join([b"a=1"] * (MOST_FIELDS + 1)), b"%61=1&" * MOST_FIELDS]
)
def test_what_is_no_form(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_body(body, FORM)


def test_deep_or_broken_brackets_stay_a_plain_name() -> None:
    for name in ("a" + "[b]" * 50, "a[b", "a]b[", "[a]", "a[b]c", "a[[b]]"):
        assert form(f"{name}=1").raw == {name: "1"}


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="[", exclude_categories=["Cs"]), min_size=1),
            st.text(st.characters(exclude_categories=["Cs"])),
        )
    )
)
def test_a_form_comes_back_as_the_standard_library_reads_it(pairs: list[tuple[str, str]]) -> None:
    text = urlencode(pairs)
    assert parse_form(text) == dict(pairs) == dict(parse_qsl(text, keep_blank_values=True))
    bare = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    assert parse_form(bare) == dict(pairs)


@given(st.text("ab=&;%+[]0 ", max_size=60))
def test_plain_forms_are_read_as_the_standard_library_reads_them(text: str) -> None:
    try:
        expected = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        with pytest.raises(Unreadable):
            parse_form(text)
        return
    if not any("[" in name for name in expected):
        assert parse_form(text) == expected


Scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
Documents = st.recursive(Scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(st.dictionaries(st.text(max_size=5), Documents, max_size=6))
def test_whatever_json_says_a_read_gives_a_value_or_kraken_s_refusal(fields: dict[str, Any]) -> None:
    try:
        params = Params(parse_json(json.dumps(fields).encode()))
    except Unreadable:
        return  # lone surrogates, numbers beyond what is read
    for name in fields:
        for read in (params.text, params.required, params.flag, params.whole, params.decimal, params.names,
                     params.moment_ns, params.group, params.rows):  # fmt: skip
            try:
                read(name)
            except Refused as refusal:
                assert refusal.text == f"EGeneral:Invalid arguments:{name}"


@given(st.binary(max_size=300), st.sampled_from(["", FORM, JSON, "text/plain", "\x00"]))
def test_any_bytes_are_fields_or_unreadable(body: bytes, kind: str) -> None:
    try:
        assert isinstance(parse_body(body, kind), dict)
    except Unreadable as error:
        assert str(error).startswith("no ") or "too many" in str(error)
