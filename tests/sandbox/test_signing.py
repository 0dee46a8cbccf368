"""Signatures: Kraken's own test vector, what real clients sent, and what tampering does."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.sandbox.rest.bodies import parse_body
from kraken_tui.sandbox.rest.signing import is_signed, signature
from tests.recorded import recorded

SECRET = base64.b64decode("kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==")
PATH = "/0/private/AddOrder"
NONCE = "1616492376594"
BODY = b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
SIGNATURE = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="


def test_kraken_s_own_vector() -> None:
    assert signature(SECRET, PATH.encode(), NONCE.encode(), BODY).decode() == SIGNATURE
    assert is_signed(SIGNATURE, SECRET, PATH, NONCE, BODY)


def test_every_recorded_request_of_a_client_is_signed_well() -> None:
    rows = [json.loads(line) for line in recorded("ccxt_wire/rest.jsonl").read_text().splitlines()]
    private = [row for row in rows if row["key"]]
    assert len(private) > 50
    assert {"application/json", "application/x-www-form-urlencoded"} <= {row["ct"] for row in private}
    for row in private:
        body = row["body"].encode()
        nonce = str(parse_body(body, row["ct"])["nonce"])
        assert is_signed(row["hdr"]["API-Sign"], SECRET, row["path"], nonce, body), row


@given(st.binary(max_size=200), st.integers(0, 2**64 - 1), st.data())
def test_a_changed_byte_is_noticed(body: bytes, nonce: int, data: st.DataObject) -> None:
    told = signature(SECRET, PATH.encode(), str(nonce).encode(), body).decode()
    assert is_signed(told, SECRET, PATH, str(nonce), body)
    at = data.draw(st.integers(0, len(body)))
    longer = body[:at] + data.draw(st.binary(min_size=1, max_size=1)) + body[at:]
    assert not is_signed(told, SECRET, PATH, str(nonce), longer)
    assert not is_signed(told, SECRET, PATH + "Batch", str(nonce), body)
    assert not is_signed(told, SECRET[:-1], PATH, str(nonce), body)
    assert not is_signed(told, SECRET, PATH, str(nonce + 1), body)


@given(st.text(max_size=100))
def test_any_header_can_be_compared(told: str) -> None:
    assert not is_signed(told, SECRET, PATH, NONCE, BODY)
