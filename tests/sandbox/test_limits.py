"""Rate counters against a plain reference, Kraken's worked example, and lockouts."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.model.errors import RetryLater
from kraken_tui.sandbox.access.limits import PUBLIC_BURST, PublicLimits, RestLimits, TradingLimits
from kraken_tui.sandbox.access.tiers import INTERMEDIATE, PRO, STARTER, TIERS
from kraken_tui.sandbox.rest.lockouts import FAILURES, LASTS_NS, MOST_KEYS, Lockouts

T = 1_700_000_000 * SECOND


def is_refused(call: Callable[[], None], text: str) -> bool:
    try:
        call()
    except RetryLater as error:
        assert error.text == text
        return True
    return False


def test_kraken_s_tiers() -> None:
    assert {name: (tier.rest_max, tier.rest_decay) for name, tier in TIERS.items()} == {
        "starter": (15, 0.33), "intermediate": (20, 0.5), "pro": (20, 1)
    }  # fmt: skip
    assert {name: (tier.trading_max, tier.trading_decay, tier.most_open_orders) for name, tier in TIERS.items()} == {
        "starter": (60, 1, 60), "intermediate": (125, 2.34, 80), "pro": (180, 3.75, 225)
    }  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2, 4]), st.integers(0, 8_000)), max_size=120))
def test_the_rest_counter_follows_its_definition(calls: list[tuple[int, int]]) -> None:
    limits, value, now_ms = RestLimits(STARTER), 0.0, 0
    for cost, wait_ms in calls:
        now_ms += wait_ms
        value = max(0.0, value - 0.33 * wait_ms / 1000)
        now_ns = T + now_ms * 1_000_000
        refused = is_refused(partial(limits.charge, "K", cost, now_ns), "EAPI:Rate limit exceeded")
        if cost:
            value += cost
            if abs(value - 15) > 1e-6:
                assert refused is (value > 15)
            value = min(value, 30)
        else:
            assert not refused
        assert limits.counter("K", now_ns) == pytest.approx(value, abs=1e-6)


def test_keys_have_counters_of_their_own() -> None:
    limits = RestLimits(INTERMEDIATE)
    for _ in range(20):
        limits.charge("A", 1, T)
    assert is_refused(lambda: limits.charge("A", 1, T), "EAPI:Rate limit exceeded")
    limits.charge("B", 1, T)


def test_calls_while_limited_make_the_block_longer() -> None:
    patient, hasty = RestLimits(INTERMEDIATE), RestLimits(INTERMEDIATE)
    for limits in (patient, hasty):
        for _ in range(20):
            limits.charge("K", 1, T)
    for second in range(4):
        assert is_refused(partial(hasty.charge, "K", 1, T + second * SECOND), "EAPI:Rate limit exceeded")
    patient.charge("K", 1, T + 4 * SECOND)
    assert is_refused(lambda: hasty.charge("K", 1, T + 4 * SECOND), "EAPI:Rate limit exceeded")
    for _ in range(1000):
        assert is_refused(lambda: hasty.charge("K", 4, T + 5 * SECOND), "EAPI:Rate limit exceeded")
    hasty.charge("K", 1, T + 5 * SECOND + 42 * SECOND)


def test_kraken_s_worked_example() -> None:
    limits = TradingLimits(INTERMEDIATE)
    still = T  # as in the example, decay left out: all at one moment, ages as told
    limits.add("BTC/USD", still)
    limits.amend("BTC/USD", 7 * SECOND, still)
    limits.cancel("BTC/USD", 36 * SECOND, still)
    assert limits.counter("BTC/USD", still) == 8
    assert limits.counter("BTC/USD", still + SECOND) == pytest.approx(8 - 2.34)
    assert limits.counter("ETH/USD", still) == 0


AGES = [0, 4.999, 5, 9.999, 10, 14.999, 15, 44.999, 45, 89.999, 90, 299.999, 300, 10**6]


@pytest.mark.parametrize(
    ("action", "costs"),
    [
        ("amend", [4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("edit", [7, 7, 6, 6, 5, 5, 3, 3, 2, 2, 1, 1, 1, 1]),
        ("cancel", [8, 8, 6, 6, 5, 5, 4, 4, 2, 2, 1, 1, 0, 0]),
    ],
)
def test_what_an_order_s_age_costs(action: str, costs: list[int]) -> None:
    found = []
    for age in AGES:
        limits = TradingLimits(PRO)
        getattr(limits, action)("BTC/USD", int(age * SECOND), T)
        found.append(limits.counter("BTC/USD", T))
    assert found == costs


def test_of_an_unknown_order_only_the_fixed_part_counts() -> None:
    limits = TradingLimits(PRO)
    limits.amend("BTC/USD", None, T)
    limits.edit("BTC/USD", None, T)
    limits.cancel("BTC/USD", None, T)
    assert limits.counter("BTC/USD", T) == 2


def test_batches() -> None:
    limits = TradingLimits(PRO)
    limits.batch_add("BTC/USD", 15, T)
    assert limits.counter("BTC/USD", T) == 7.5
    limits.batch_cancel("BTC/USD", [0, 7 * SECOND, None], T)
    assert limits.counter("BTC/USD", T) == 7.5 + 8 + 6


def test_beyond_the_threshold_only_the_cancels_of_a_batch_are_taken() -> None:
    limits = TradingLimits(STARTER)
    for _ in range(60):
        limits.add("BTC/USD", T)
    refusals = [
        lambda: limits.add("BTC/USD", T),
        lambda: limits.amend("BTC/USD", 0, T),
        lambda: limits.edit("BTC/USD", 0, T),
        lambda: limits.cancel("BTC/USD", 0, T),
        lambda: limits.batch_add("BTC/USD", 2, T),
    ]
    assert all(is_refused(call, "EOrder:Rate limit exceeded") for call in refusals)
    assert limits.counter("BTC/USD", T) == 60
    limits.cancel("BTC/USD", 300 * SECOND, T)
    limits.batch_cancel("BTC/USD", [0] * 10, T)
    assert limits.counter("BTC/USD", T) == 140
    limits.add("ETH/USD", T)
    assert is_refused(lambda: limits.add("BTC/USD", T + 80 * SECOND), "EOrder:Rate limit exceeded")
    limits.add("BTC/USD", T + 81 * SECOND)


def test_a_thousand_addresses_are_forgotten_again() -> None:
    limits = PublicLimits()
    for number in range(20_000):
        limits.charge(f"10.0.{number // 256}.{number % 256}", T + number * SECOND)
    limits.charge("10.0.0.1", T + 20_000 * SECOND)


def test_public_calls_are_held_to_one_a_second() -> None:
    limits = PublicLimits()
    for _ in range(int(PUBLIC_BURST)):
        limits.charge("127.0.0.1", T)
    assert is_refused(lambda: limits.charge("127.0.0.1", T), "EGeneral:Too many requests")
    limits.charge("::1", T)
    for second in range(1, 20):
        limits.charge("127.0.0.1", T + second * SECOND)
        assert is_refused(partial(limits.charge, "127.0.0.1", T + second * SECOND), "EGeneral:Too many requests")


def test_a_lockout_comes_with_the_last_failure_and_ends_by_itself() -> None:
    lockouts = Lockouts()
    for number in range(FAILURES):
        assert not lockouts.is_locked("K", T + number)
        lockouts.failed("K", T + number)
    assert lockouts.is_locked("K", T + FAILURES)
    assert not lockouts.is_locked("other", T + FAILURES)
    assert lockouts.is_locked("K", T + LASTS_NS)
    assert not lockouts.is_locked("K", T + FAILURES + LASTS_NS)


def test_failures_far_apart_do_not_lock() -> None:
    lockouts = Lockouts()
    for number in range(50):
        lockouts.failed("K", T + number * MINUTE // (FAILURES - 2))
    assert not lockouts.is_locked("K", T + 50 * MINUTE // (FAILURES - 2))


def test_lockouts_can_be_lifted_and_are_bounded() -> None:
    lockouts = Lockouts()
    for _ in range(FAILURES):
        lockouts.failed("K", T)
    lockouts.lift()
    assert not lockouts.is_locked("K", T)
    for number in range(3 * MOST_KEYS):
        for _ in range(FAILURES):
            lockouts.failed(f"K{number}", T)
    assert sum(lockouts.is_locked(f"K{number}", T) for number in range(3 * MOST_KEYS)) == MOST_KEYS
