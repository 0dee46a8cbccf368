import json
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SEEDED_START_NS
from kraken_tui.sandbox.ws.frames import (
    Request,
    WsRefused,
    ack,
    close_frame,
    decode,
    encode,
    event,
    failure,
    framed,
    number,
    pong,
)
from kraken_tui.sandbox.ws.stamps import nanos
from tests.samples import D

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.decimals(-9, 9, places=4) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def read_back(block: bytes) -> list[tuple[int, bytes]]:
    """The frames of a block as RFC 6455 reads them: opcode and payload. All final, none masked."""
    found = []
    while block:
        assert block[0] & 0xF0 == 0x80
        assert not block[1] & 0x80
        length, begins = block[1], 2
        if length >= 126:
            begins = 4 if length == 126 else 10
            length = int.from_bytes(block[2:begins], "big")
            assert length >= (126 if begins == 4 else 65_536)
        assert len(block) >= begins + length
        found.append((block[0] & 0x0F, block[begins : begins + length]))
        block = block[begins + length :]
    return found


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_frames_of_every_length_are_read(length: int) -> None:
    text = b"x" * length

    assert read_back(framed(text)) == [(1, text)]


def test_many_frames_in_one_block_are_read_one_by_one() -> None:
    texts = [b"a", b"b" * 300, b"c" * 70_000, b"d"]

    assert read_back(b"".join(map(framed, texts))) == [(1, text) for text in texts]


def test_a_close_frame_has_its_code_and_a_reason_that_fits() -> None:
    [(opcode, payload)] = read_back(close_frame(1001, "r" * 500))

    assert opcode == 8
    assert payload == (1001).to_bytes(2, "big") + b"r" * 123


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("45281", 1, b"45281.0"),
        ("0.1", 8, b"0.10000000"),
        ("0", 8, b"0.00000000"),
        ("1E-8", 8, b"0.00000001"),
        ("1E+3", 0, b"1000"),
        ("1E+3", None, b"1000"),
        ("0.00000001000", None, b"0.00000001000"),
        ("-3.5", 2, b"-3.50"),
    ],
)
def test_numbers_keep_their_decimals(value: str, decimals: int | None, text: bytes) -> None:
    assert bytes(number(D(value), decimals)) == text
    assert encode({"price": number(D(value), decimals)}) == b'{"price":' + text + b"}"


def test_numbers_are_rounded_half_to_even_whatever_the_thread_does() -> None:
    with localcontext(rounding=ROUND_HALF_UP):  # as ccxt leaves it behind in the thread where it is used
        assert bytes(number(D("0.125"), 2)) == b"0.12"
        assert bytes(number(D("0.135"), 2)) == b"0.14"


@given(st.decimals(min_value=0, max_value=10**9, places=8), st.integers(8, 12))
def test_a_number_means_the_value(value: Decimal, decimals: int) -> None:
    assert Decimal(bytes(number(value, decimals)).decode()) == value


def test_answers_have_krakens_fields() -> None:
    request = Request(method="subscribe", params={}, req_id=4, time_in="in")

    assert json.loads(ack(request, {"channel": "book"}, "out")) == {
        "method": "subscribe", "result": {"channel": "book"}, "success": True, "time_in": "in", "time_out": "out",
        "req_id": 4,
    }  # fmt: skip
    assert json.loads(failure(request, "No", "out", "XBT/USD")) == {
        "error": "No", "method": "subscribe", "success": False, "symbol": "XBT/USD", "time_in": "in",
        "time_out": "out", "req_id": 4,
    }  # fmt: skip
    assert "symbol" not in json.loads(failure(request, "No", "out"))


@pytest.mark.parametrize(("req_id", "more"), [(None, {}), (0, {"req_id": 0}), (101, {"req_id": 101})])
def test_req_id_comes_back_only_where_it_was_given(req_id: int | None, more: dict[str, int]) -> None:
    request = Request(method="ping", params={}, req_id=req_id, time_in="in")

    assert json.loads(pong(request, "out")) == {"method": "pong", "time_in": "in", "time_out": "out"} | more


def test_events_have_channel_type_data_and_what_else() -> None:
    message = event("ohlc", "update", [{"a": number(D(1), 2)}], timestamp="t")

    assert message == b'{"channel":"ohlc","type":"update","data":[{"a":1.00}],"timestamp":"t"}'


@given(JSON)
def test_what_was_encoded_is_decoded(value: Any) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"nonsense", b'{"a":1e999999999}', b'{"a":1e-999999999}', b"[" * 100_000, b"1" * 5_000,
        b'{"a":NaN}', b'"\xff"', b'{"a":0.' + b"1" * 100 + b"}", b"\x00\x01",
    ],
)  # fmt: skip
def test_what_nobody_means_is_refused(text: bytes) -> None:
    with pytest.raises(WsRefused, match="Malformed request"):
        decode(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        decode(text)
    except WsRefused as refused:
        assert refused.text == "Malformed request"


def test_nine_digits_of_time() -> None:
    assert nanos(SEEDED_START_NS + 1_234_567) == "2026-01-01T00:00:00.001234567Z"
