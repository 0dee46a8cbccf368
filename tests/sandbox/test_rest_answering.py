"""REST: who may do what, the order in which that is checked, and what keys and tokens tell."""

import pytest
from msgspec.structs import replace

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import RetryLater
from kraken_tui.sandbox.access.keys import PERMISSIONS, generate
from kraken_tui.sandbox.access.limits import PUBLIC_BURST
from kraken_tui.sandbox.rest.access import REFUSED
from kraken_tui.sandbox.rest.answering import Request
from kraken_tui.sandbox.rest.lockouts import FAILURES, LASTS_NS
from tests.sandbox.rest_stand import FORM, Stand, error_of, told

JSON = "application/json"


@pytest.fixture
def stand() -> Stand:
    return Stand()


def with_header(request: Request, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers={**request.headers, **named})


def test_a_signed_form_is_answered_and_counted(stand: Stand) -> None:
    envelope = told(stand.answering, stand.request("AddOrder", {"pair": "XBTUSD", "close[price]": "-5%"}))
    assert envelope["error"] == [] and envelope["result"]["txid"] == ["OABCDE-FGHIJ-KLMNOP"]
    [(name, fields)] = stand.calls
    assert (name, fields["pair"], fields["close"]) == ("full", "XBTUSD", {"price": "-5%"})
    assert stand.statistics.requests == {"rest:AddOrder": 1}
    assert stand.keys.last_used_ns(stand.keys.named("full")) == stand.clock.time_ns


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"nonce=77&pair=BTC/USD&volume=1", FORM),
        (b"pair=BTC%2FUSD&volume=1&nonce=77", FORM),
        (b"pair=BTC%2FUSD&volume=1&nonce=77", ""),
        (b'{"nonce": "77", "pair": "BTC/USD", "volume": 1}', JSON),
        (b'{"pair": "BTC/USD", "volume": 1, "nonce": 77}', "application/json; charset=utf-8"),
    ],
)
def test_bodies_of_every_client(stand: Stand, body: bytes, kind: str) -> None:
    assert told(stand.answering, stand.signed("AddOrder", body, "77", kind))["error"] == []
    [(_, fields)] = stand.calls
    assert (fields["pair"], str(fields["volume"])) == ("BTC/USD", "1")


def test_the_checks_come_in_their_order(stand: Stand) -> None:
    """A request in which everything is wrong, mended step by step."""
    good = stand.request("AddOrder", {"volume": "0"}, key="read-only", nonce=50)
    wrong = [
        (replace(good, path="/0/private/Nothing"), "EGeneral:Unknown method"),
        (with_header(good, API_Key="unknown"), "EAPI:Invalid key"),
        (with_header(good, Content_Type=JSON), "EAPI:Bad request"),
        (replace(good, body=b"volume=0"), "EAPI:Invalid nonce"),
        (with_header(good, API_Sign="c2lnbg=="), "EAPI:Invalid signature"),
        (good, "EGeneral:Permission denied"),
        (good, "EAPI:Invalid nonce"),
        (stand.request("AddOrder", {"volume": "0"}, nonce=50), "EOrder:Order minimum not met"),
    ]
    assert [error_of(stand, request) for request, _ in wrong] == [text for _, text in wrong]
    assert stand.calls == []
    assert sum(stand.statistics.refusals.values()) == len(wrong)
    assert stand.statistics.refusals["rest:AddOrder", "EAPI:Invalid key"] == 1


@pytest.mark.parametrize("nonce", ["", "-1", "1.5", "1e3", "0x10", "abc", " 5", "٣", str(2**64), "9" * 5000])
def test_what_is_no_nonce(stand: Stand, nonce: str) -> None:
    body = b"nonce=" + nonce.encode()
    assert error_of(stand, stand.signed("AddOrder", body, nonce, FORM)) == "EAPI:Invalid nonce"


@pytest.mark.parametrize("nonce", ["null", "true", "1.5", "[1]", "{}", "-1", str(2**64)])
def test_what_is_no_nonce_in_json(stand: Stand, nonce: str) -> None:
    body = b'{"nonce": %b}' % nonce.encode()
    assert error_of(stand, stand.signed("AddOrder", body, nonce, JSON)) == "EAPI:Invalid nonce"


def test_the_largest_nonce_is_the_last(stand: Stand) -> None:
    assert told(stand.answering, stand.request("AddOrder", nonce=2**64 - 1))["error"] == []
    assert error_of(stand, stand.request("AddOrder", nonce=2**64 - 1)) == "EAPI:Invalid nonce"
    assert told(stand.answering, stand.request("AddOrder", key="trade", nonce=1))["error"] == []


def test_a_request_that_was_not_signed_well_uses_no_nonce_up(stand: Stand) -> None:
    request = stand.request("AddOrder", nonce=9)
    assert error_of(stand, with_header(request, API_Sign="x")) == "EAPI:Invalid signature"
    assert told(stand.answering, request)["error"] == []


def test_a_get_of_a_private_path_has_no_nonce(stand: Stand) -> None:
    bare = Request("GET", "/0/private/Balance", {})
    assert error_of(stand, bare) == "EAPI:Invalid key"
    signed = stand.signed("Balance", b"", "5", "")
    assert error_of(stand, replace(signed, method="GET", query="nonce=5")) == "EAPI:Invalid nonce"


def test_repeated_failures_lock_the_key_out_and_only_it(stand: Stand) -> None:
    good = stand.request("AddOrder")
    for _ in range(FAILURES):
        assert error_of(stand, with_header(good, API_Sign="x")) == "EAPI:Invalid signature"
    assert error_of(stand, good) == "EGeneral:Temporary lockout"
    assert told(stand.answering, stand.request("AddOrder", key="trade"))["error"] == []
    stand.clock.time_ns += LASTS_NS
    assert told(stand.answering, good)["error"] == []


# -- permissions and limits


def test_permissions_are_needed(stand: Stand) -> None:
    for key, expected in [("trade", []), ("read-only", ["EGeneral:Permission denied"]), ("full", [])]:
        for method in ("AddOrder", "Batch"):
            assert told(stand.answering, stand.request(method, key=key))["error"] == expected
    assert told(stand.answering, stand.request("Balance", key="read-only"))["error"] == []


def test_one_of_several_permissions_may_be_missing_but_not_of_those_that_are_all_needed() -> None:
    stand = Stand(generate({"lesser": frozenset({"modify-trades"})}, clock.generator(1)))
    assert told(stand.answering, stand.request("AddOrder", key="lesser"))["error"] == []
    assert error_of(stand, stand.request("Batch", key="lesser")) == "EGeneral:Permission denied"


@pytest.mark.parametrize("cost", [2, 4])
def test_the_rest_counter_counts_calls_and_history(cost: int) -> None:
    stand = Stand(history_cost=cost)
    for _ in range(20 // cost):
        assert told(stand.answering, stand.request("History"))["error"] == []
    assert error_of(stand, stand.request("Balance")) == "EAPI:Rate limit exceeded"
    assert told(stand.answering, stand.request("AddOrder"))["error"] == []
    assert told(stand.answering, stand.request("Balance", key="trade"))["error"] == []
    stand.clock.time_ns += 4 * SECOND
    assert told(stand.answering, stand.request("Balance"))["error"] == []


def test_public_methods_are_get_only(stand: Stand) -> None:
    assert told(stand.answering, Request("GET", "/0/public/Time", {}, "a=1&b=%2B"))["result"] == {
        "unixtime": 1_700_000_000
    }
    assert stand.calls == [("Time", {"a": "1", "b": "+"})]
    assert error_of(stand, Request("POST", "/0/public/Time", {})) == "EGeneral:Unknown method"
    assert error_of(stand, Request("GET", "/0/public/Time", {}, "a=%ff")) == "EGeneral:Invalid arguments"
    assert error_of(stand, Request("GET", "/0/public/Time", {}, "a=\udcff")) == "EGeneral:Invalid arguments"


@pytest.mark.parametrize(
    "path", ["/0/", "/0/public/", "/0/public/Time/", "/0/private/time", "/0/public/AddOrder", "/0/x" * 999]
)
def test_other_paths_name_no_method(stand: Stand, path: str) -> None:
    assert error_of(stand, Request("GET", path, {})) == "EGeneral:Unknown method"
    assert stand.statistics.requests == {"rest:unknown": 1}


def test_public_calls_are_limited_only_where_the_policy_says_so() -> None:
    for limited in (False, True):
        stand = Stand(public_rate_limit=limited)
        asked = Request("GET", "/0/public/Time", {}, address="127.0.0.1")
        errors = [told(stand.answering, asked)["error"] for _ in range(int(PUBLIC_BURST) + 2)]
        assert errors[: int(PUBLIC_BURST)] == [[]] * int(PUBLIC_BURST)
        assert errors[int(PUBLIC_BURST) :] == [["EGeneral:Too many requests"] if limited else []] * 2
        assert told(stand.answering, replace(asked, address="127.0.0.2"))["error"] == []


def test_a_fault_of_ours_is_told_as_kraken_tells_its_own(stand: Stand) -> None:
    assert error_of(stand, stand.request("Broken")) == "EGeneral:Internal error"


# -- keys and tokens


def test_a_token_stands_for_its_key(stand: Stand) -> None:
    answer = told(stand.answering, stand.request("GetWebSocketsToken", key="trade"))["result"]
    assert answer["expires"] == 900
    assert stand.parts.tokens.key_of(answer["token"]) is stand.keys.named("trade")
    assert error_of(stand, stand.request("GetWebSocketsToken", key="no-token")) == "EGeneral:Permission denied"
    stand.clock.time_ns += 900 * SECOND
    with pytest.raises(RetryLater):
        stand.parts.tokens.key_of(answer["token"])


def test_a_key_tells_what_it_may_do() -> None:
    snake = Stand(key_info="snake")
    request = snake.request("GetApiKeyInfo", key="trade", nonce=123)
    assert told(snake.answering, request)["result"] == {
        "api_key_name": "trade", "api_key": snake.keys.named("trade").key, "nonce": "123", "nonce_window": "0",
        "permissions": ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades",
                        "create-ws-token"],
        "iban": "", "valid_until": "0", "query_from": "0", "query_to": "0", "created_time": "1750000000",
        "modified_time": "1750000000", "ip_allowlist": [], "last_used": "1700000000",
    }  # fmt: skip
    camel = told((other := Stand(key_info="camel")).answering, other.request("GetApiKeyInfo", key="withdraw"))["result"]
    assert {"apiKeyName", "nonceWindow", "ipAllowlist", "lastUsed", "validUntil", "queryFrom"} <= camel.keys()
    assert "withdraw-funds" in camel["permissions"]
    assert camel["permissions"] == [each for each in PERMISSIONS if each in camel["permissions"]]


@pytest.mark.parametrize("method", REFUSED)
def test_money_stays_where_it_is(stand: Stand, method: str) -> None:
    assert error_of(stand, stand.request(method, key="withdraw")) == "EGeneral:Permission denied"
