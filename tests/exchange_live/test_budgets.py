"""Our counters against the sandbox's, which are written from Kraken's tables by themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.exchange.live.budgets import (
    ADD,
    INTERMEDIATE,
    PRO,
    STARTER,
    TIERS,
    Budgets,
    amend_cost,
    cancel_cost,
    tier_of,
)
from kraken_tui.execution.terms import STOPS_TO_PAY_FOR
from kraken_tui.model.errors import RetryLater
from kraken_tui.sandbox.access.limits import RestLimits, TradingLimits
from kraken_tui.sandbox.access.tiers import TIERS as THEIRS

PAIR = "BTC/USD"
START = 1_700_000_000 * SECOND

Action = tuple[str, float | None, float, float, float]
"""What, the order's age, seconds until it is sent, on its way, and back."""

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "amend", "cancel"]),
        st.one_of(st.none(), st.floats(0, 400)),
        st.floats(0, 20),
        st.floats(0, 2),
        st.floats(0, 2),
    ),
    max_size=60,
)


def charge(limits: TradingLimits, what: str, age_ns: int, now_ns: int) -> bool:
    """Whether the exchange takes it."""
    try:
        if what == "add":
            limits.add(PAIR, now_ns)
        else:
            getattr(limits, what)(PAIR, age_ns, now_ns)
    except RetryLater:
        return False
    return True


def cost_of(what: str, age_ns: int | None) -> float:
    return {"add": lambda _: ADD, "amend": amend_cost, "cancel": cancel_cost}[what](age_ns)


@given(tier=st.sampled_from(sorted(TIERS)), actions=ACTIONS)
def test_ours_is_never_below_the_exchanges_and_what_it_allows_is_taken(tier: str, actions: list[Action]) -> None:
    ours, theirs, now_ns = Budgets(TIERS[tier]), TradingLimits(THEIRS[tier]), START
    for what, age, pause, there, back in actions:
        now_ns += int(pause * SECOND)
        age_ns = None if age is None else int(age * SECOND)
        cost = cost_of(what, age_ns)
        fits = ours.trading(PAIR, now_ns) + cost <= ours.tier.trading_max
        ours.begin_trading(PAIR, cost)
        arrived_ns = now_ns + int(there * SECOND)
        # of an order whose age we do not know the exchange knows it: here it is just placed
        taken = charge(theirs, what, (age_ns or 0) + arrived_ns - now_ns, arrived_ns)
        assert taken or not fits
        assert ours.trading(PAIR, arrived_ns) >= theirs.counter(PAIR, arrived_ns) - 1e-6
        now_ns = arrived_ns + int(back * SECOND)
        ours.end_trading(PAIR, cost, now_ns, counts=taken)
        assert ours.trading(PAIR, now_ns) >= theirs.counter(PAIR, now_ns) - 1e-6


@given(
    tier=st.sampled_from(sorted(TIERS)),
    before=st.lists(st.tuples(st.sampled_from(["add", "amend", "cancel"]), st.floats(0, 3)), max_size=80),
    stops=st.integers(0, 25),
)
def test_an_entry_that_is_allowed_leaves_enough_to_flatten_at_once(
    tier: str, before: list[tuple[str, float]], stops: int
) -> None:
    ours, theirs, now_ns = Budgets(TIERS[tier]), TradingLimits(THEIRS[tier]), START
    for what, pause in before:
        now_ns += int(pause * SECOND)
        cost = cost_of(what, 0)
        ours.begin_trading(PAIR, cost)
        ours.end_trading(PAIR, cost, now_ns, counts=charge(theirs, what, 0, now_ns))
    if not ours.allows_entry(PAIR, now_ns, stops):
        return
    course = ["add", *["cancel"] * (stops + 2), "add", "add"]
    assert [charge(theirs, what, 0, now_ns) for what in course] == [True] * len(course)


@given(stops=st.integers(0, 25), age=st.floats(0, 400), counted=st.floats(0, 180))
def test_a_trail_that_is_allowed_leaves_enough_to_flatten_at_once(stops: int, age: float, counted: float) -> None:
    ours, age_ns = Budgets(PRO), int(age * SECOND)
    ours.begin_trading(PAIR, counted)
    ours.end_trading(PAIR, counted, START)
    if ours.allows_amend(PAIR, START, age_ns, stops):
        assert counted + amend_cost(age_ns) + 8 * stops + 2 <= PRO.trading_max


@given(
    tier=st.sampled_from(sorted(TIERS)),
    calls=st.lists(st.tuples(st.sampled_from([1.0, 4.0]), *[st.floats(0, 5)] * 3), max_size=60),
)
def test_reads_that_wait_for_our_counter_are_never_refused(
    tier: str, calls: list[tuple[float, float, float, float]]
) -> None:
    ours, theirs, now_ns = Budgets(TIERS[tier]), RestLimits(THEIRS[tier]), START
    for cost, pause, there, back in calls:
        now_ns += int(pause * SECOND)
        now_ns += int(ours.rest_wait_s(cost, now_ns) * SECOND) + 1
        assert ours.rest_wait_s(cost, now_ns) < 1e-6
        now_ns += int(there * SECOND)
        theirs.charge("key", cost, now_ns)
        now_ns += int(back * SECOND)
        ours.charge_rest(cost, now_ns)
        assert ours.rest(now_ns) >= theirs.counter("key", now_ns) - 1e-6


def test_krakens_worked_example_costs_eight() -> None:
    ours = Budgets(INTERMEDIATE)
    cost = ADD + amend_cost(7 * SECOND) + cancel_cost(36 * SECOND)
    assert cost == 8
    assert ours.tier.trading_max == 125


@pytest.mark.parametrize(
    ("told", "tier"), [(60, STARTER), (125, INTERMEDIATE), (180, PRO), (59, STARTER), (130, INTERMEDIATE), (500, PRO)]
)
def test_the_streams_threshold_tells_the_tier(told: float, tier: Any) -> None:
    assert tier_of(told) is tier


def test_what_kraken_refuses_for_its_counter_fills_ours() -> None:
    ours = Budgets(STARTER)
    ours.trading_is_full(PAIR, START)
    ours.rest_is_full(START)
    assert ours.trading(PAIR, START) == 60
    assert not ours.allows_entry(PAIR, START, 0)
    assert ours.rest_wait_s(1, START) == pytest.approx((3 + 1) / 0.33)
    assert ours.allows_entry("ETH/USD", START, 0)
    assert ours.allows_entry(PAIR, START + 60 * SECOND, 0)


def test_each_refusal_in_a_row_is_taken_for_a_fuller_counter_until_a_call_is_taken() -> None:
    ours = Budgets(STARTER)
    over = []
    for _ in range(4):
        ours.rest_is_full(START)
        over.append(round(ours.rest(START) - 15))
    assert over == [3, 6, 12, 15]
    ours.rest_had_room()
    later = START + 100 * SECOND
    ours.rest_is_full(later)
    assert round(ours.rest(later) - 15) == 3


def test_an_entry_in_pieces_can_be_paid_for_on_every_tier() -> None:
    assert Budgets(STARTER).allows_entry(PAIR, START, STOPS_TO_PAY_FOR)


def test_a_smaller_tier_than_the_settings_say_counts_from_when_kraken_tells_it() -> None:
    ours = Budgets(PRO)
    ours.begin_trading(PAIR, 50)
    ours.end_trading(PAIR, 50, START)
    assert ours.allows_entry(PAIR, START, 5)
    ours.learn_limit(60)
    assert ours.tier is STARTER
    assert not ours.allows_entry(PAIR, START, 5)
    assert ours.trading(PAIR, START + 2 * SECOND) == pytest.approx(50 - 2)


def test_a_larger_tier_than_the_settings_say_changes_nothing() -> None:
    ours = Budgets(STARTER)
    ours.learn_limit(180)
    assert ours.tier is STARTER


def test_a_clock_that_steps_back_lets_no_counter_fall_or_rise() -> None:
    ours = Budgets(STARTER)
    ours.begin_trading(PAIR, 10)
    ours.end_trading(PAIR, 10, START)
    assert ours.trading(PAIR, START - 3600 * SECOND) == 10
