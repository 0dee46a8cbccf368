"""What an API key may do, and what must keep it from trading."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.findings import Level, blocking
from kraken_tui.exchange.live.key_check import DANGEROUS, NEEDED, UNWANTED, judge_key, key_name

NOW_NS = 1_760_000_000 * SECOND
EVERYTHING = (*NEEDED, *DANGEROUS, *UNWANTED, "query-ledger", "export-data")
GOOD = {
    "api_key_name": "bot",
    "permissions": [*NEEDED, "query-ledger"],
    "valid_until": "0",
    "query_from": "0",
    "query_to": "0",
    "ip_allowlist": ["203.0.113.7"],
}


def levels(info: dict[str, Any] | None) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for row in judge_key(info, NOW_NS):
        told.setdefault(str(row.level), []).append(f"{row.what}: {row.detail}")
    return told


def test_a_good_key_is_fine() -> None:
    assert list(levels(GOOD)) == ["ok"]


def test_both_spellings_are_read() -> None:
    camel = {
        "apiKeyName": "bot", "permissions": GOOD["permissions"], "ipAllowlist": ["203.0.113.7"], "validUntil": "1",
    }  # fmt: skip
    assert (key_name(camel), key_name(GOOD), key_name({}), key_name(None)) == ("bot", "bot", "", "")
    assert levels(camel)["refuse"] == ["key: it expired at 1970-01-01T00:00:01.000Z"]


@pytest.mark.parametrize("name", NEEDED)
def test_each_missing_permission_is_named(name: str) -> None:
    told = levels({**GOOD, "permissions": [each for each in GOOD["permissions"] if each != name]})
    assert told["refuse"] == [f"permissions: the key lacks {name}: {NEEDED[name]}"]


@pytest.mark.parametrize("name", [*DANGEROUS, "withdraw-everything-v2"])
def test_a_key_that_may_withdraw_is_refused(name: str) -> None:
    (told,) = levels({**GOOD, "permissions": [*GOOD["permissions"], name]})["refuse"]
    assert f"the key has {name}" in told


@pytest.mark.parametrize("name", [*UNWANTED, "something-new"])
def test_what_is_unwanted_or_unknown_is_told(name: str) -> None:
    told = levels({**GOOD, "permissions": [*GOOD["permissions"], name]})
    assert "refuse" not in told
    assert f"the key has {name}" in told["warn"][0]


def test_no_ledger_and_no_address_list_are_told() -> None:
    told = levels({"permissions": list(NEEDED), "ip_allowlist": []})
    assert [line.split(":")[0] for line in told["warn"]] == ["permissions", "addresses"]
    assert "query-ledger" in told["warn"][0]


@pytest.mark.parametrize(
    ("field", "seconds", "level", "word"),
    [
        ("valid_until", -1, "refuse", "expired"),
        ("valid_until", 86_400, "warn", "expires"),
        ("query_from", -86_400, "warn", "before"),
        ("query_to", 86_400, "refuse", "after"),
    ],
)
def test_a_key_that_ends_or_does_not_see_all(field: str, seconds: int, level: str, word: str) -> None:
    (told,) = levels({**GOOD, field: str(NOW_NS // SECOND + seconds)})[level]
    assert told.startswith("key: ") and word in told


@pytest.mark.parametrize(
    "info", [None, {}, {"permissions": None}, {"permissions": "query-funds"}, {"permissions": [1]}, {"permissions": {}}]
)
def test_what_is_not_told_is_asked_for(info: dict[str, Any] | None) -> None:
    findings = judge_key(info, NOW_NS)
    assert [row.level for row in findings] == [Level.ASK]
    assert blocking(findings, Settings()) == findings
    assert blocking(findings, Settings(ALLOW_UNKNOWN_KEY=True)) == ()


@given(st.sets(st.sampled_from(EVERYTHING)))
def test_a_key_passes_exactly_if_it_has_all_that_is_needed_and_nothing_dangerous(has: set[str]) -> None:
    stops = blocking(judge_key({"permissions": sorted(has)}, NOW_NS), Settings(ALLOW_UNKNOWN_KEY=True))
    assert (not stops) == (set(NEEDED) <= has and not has & set(DANGEROUS))
    for name in (set(NEEDED) - has) | (has & set(DANGEROUS)):
        assert any(name in row.detail for row in stops)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
answers = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@given(st.dictionaries(st.sampled_from(list(GOOD)), answers))
def test_nonsense_never_passes_and_never_crashes(info: dict[str, Any]) -> None:
    key_name(info)
    stops = blocking(judge_key(info, NOW_NS), Settings())
    assert stops, "a key without all that is needed"


@pytest.mark.parametrize("seconds", [-62_135_596_801, "-1e300", "1e300", "inf", 253_402_300_800])
@pytest.mark.parametrize("name", ["valid_until", "query_from", "query_to"])
def test_a_time_outside_of_all_calendars_is_their_edge(name: str, seconds: object) -> None:
    found = levels({**GOOD, name: seconds})
    told = [text for level in ("refuse", "warn") for text in found.get(level, []) if "it " in text]
    never_ends = name == "valid_until" and not str(seconds).startswith("-")
    assert bool(told) is not never_ends, "what never ends needs no word"
