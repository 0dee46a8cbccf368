"""Requests that nobody should send get Kraken's error, from the pure function and over a socket."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.sandbox.access.limits import RestLimits
from kraken_tui.sandbox.rest.answering import Request
from kraken_tui.sandbox.rest.server import all_endpoints
from kraken_tui.sandbox.sandbox import Sandbox
from tests.sandbox.rest_stand import FORM, Stand, error_of, told

JSON = "application/json"


@pytest.fixture
def stand() -> Stand:
    return Stand()


# -- requests that nobody should send

Headers = st.dictionaries(
    st.sampled_from(["API-Key", "API-Sign", "Content-Type"]), st.text(max_size=40) | st.sampled_from([JSON, FORM])
)
Paths = st.sampled_from(["/0/private/AddOrder", "/0/private/Withdraw", "/0/public/Time"]) | st.text(max_size=40)


@given(st.sampled_from(["GET", "POST", "PUT"]), Paths, Headers, st.text(max_size=80), st.binary(max_size=200))
def test_any_request_gets_kraken_s_error(
    method: str, path: str, headers: dict[str, str], query: str, body: bytes
) -> None:
    stand = Stand()
    errors = told(stand.answering, Request(method, path, headers, query, body))["error"]
    assert errors in ([], ["EGeneral:Unknown method"], ["EAPI:Invalid key"], ["EGeneral:Invalid arguments"])
    assert errors or path == "/0/public/Time"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.binary(max_size=200), st.sampled_from(["", FORM, JSON, "multipart/form-data", "text/xml"]))
def test_any_body_of_a_known_key_gets_kraken_s_error(body: bytes, kind: str) -> None:
    stand = Stand()
    assert error_of(stand, stand.signed("AddOrder", body, "1", kind)) in ("EAPI:Bad request", "EAPI:Invalid nonce")


NAMES = ["pair", "type", "ordertype", "volume", "price", "price2", "txid", "cl_ord_id", "userref", "oflags", "timeout",
         "orders", "close", "leverage", "start", "end", "ofs", "asset", "id", "trades", "since", "count", "interval",
         "expiretm", "starttm", "deadline", "validate", "displayvol", "order_qty", "limit_price", "trigger_price",
         "timeinforce", "trigger", "closetime", "info", "cl_ord_ids", "aclass", "consolidation", "docalcs"]  # fmt: skip
WORDS = ["XBTUSD", "BTC/USD", "ZUSD", "buy", "sell", "limit", "market", "stop-loss", "iceberg", "trailing-stop", "0",
         "1", "-1", "0.01", "60000", "+5%", "#1", "1e999", "NaN", "None", "true", "post", "IOC", "GTD", "+60", "max",
         "settle-position", "2026-01-01T00:00:30Z", "\x00", "OABCDE-FGHIJ-KLMNOP", "99999999999999999999"]  # fmt: skip
Floats = st.floats(allow_nan=False, allow_infinity=False)
Values = st.recursive(
    st.sampled_from(WORDS) | st.text(max_size=6) | st.none() | st.booleans() | st.integers() | Floats,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
ORDER = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.01", "price": "50000"}


async def test_whatever_is_asked_of_the_real_endpoints_they_answer_like_kraken(sandbox: Sandbox) -> None:
    parts = sandbox.parts
    answering, stand = all_endpoints(parts), Stand(parts.keys)

    @settings(max_examples=400, deadline=None)
    @given(st.sampled_from(answering.paths), st.dictionaries(st.sampled_from(NAMES), Values, max_size=6), st.booleans())
    def ask(path: str, fields: dict[str, Any], whole: bool) -> None:
        fields = {**ORDER, **fields} if whole else fields
        if path.startswith("/0/public/"):
            plain = {name: value for name, value in fields.items() if isinstance(value, str)}
            request = Request("GET", path, {}, urlencode(plain, errors="replace"))
        else:
            nonce = next(stand.nonces)
            body = json.dumps({**fields, "nonce": nonce}).encode()
            request = stand.signed(path.removeprefix("/0/private/"), body, str(nonce), JSON)
        parts.rest_limits = RestLimits(parts.tier)
        answering.lockouts.lift()
        for error in told(answering, request)["error"]:
            assert error[0] == "E" and ":" in error
            assert not error.startswith("EGeneral:Internal error"), (path, fields)

    ask()
    assert len(parts.statistics.requests) > 20
