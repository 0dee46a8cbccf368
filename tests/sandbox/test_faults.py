from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, generator
from kraken_tui.sandbox.faults.fault_plan import Armed, FaultRule, decide, most_times
from kraken_tui.sandbox.faults.faults import EventFault, Faults, Injected
from kraken_tui.sandbox.statistics import Statistics

ORDER = "rest:AddOrder"


class HandClock:
    def __init__(self) -> None:
        self.time_ns = 0

    def now_ns(self) -> int:
        return self.time_ns

    async def sleep_until(self, time_ns: int) -> None:
        raise AssertionError("faults never wait")

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("faults never wait")


class Stand:
    def __init__(self, *rules: FaultRule, seed: int = 1) -> None:
        self.clock, self.statistics = HandClock(), Statistics()
        self.faults = Faults(self.clock, generator(seed), self.statistics)
        for rule in rules:
            self.faults.arm(rule)

    def hits(self, count: int, where: str = ORDER) -> list[bool]:
        return [self.faults.on_request(where) != Injected() for _ in range(count)]


def lost(**more: object) -> FaultRule:
    return msgspec.convert({"kind": "lost", **more}, FaultRule)


def test_nothing_is_wrong_where_nothing_is_armed() -> None:
    stand = Stand()
    assert stand.faults.on_request(ORDER) == Injected()
    assert stand.faults.on_event("executions") == EventFault()
    assert stand.faults.sequence_gap("executions") == 0
    assert stand.faults.partial("BTC/USD") is None
    assert not stand.faults.pong_stalled
    assert not stand.statistics.faults


def test_the_next_ones_after_some_and_every_so_many() -> None:
    assert Stand(lost()).hits(3) == [True, False, False]
    assert Stand(lost(times=2, after=1)).hits(4) == [False, True, True, False]
    assert Stand(lost(every=3)).hits(6) == [False, False, True, False, False, True]
    assert Stand(lost(every=2, times=1)).hits(6) == [False, True, False, False, False, False]


@given(after=st.integers(0, 5), every=st.integers(1, 5), times=st.integers(1, 5) | st.none(), count=st.integers(0, 60))
def test_scripted_rules_hit_exactly_what_they_say(after: int, every: int, times: int | None, count: int) -> None:
    rule = lost(after=after, every=every, times=times)
    right = [number >= after and (number - after + 1) % every == 0 for number in range(count)]
    most, expected = most_times(rule), list[bool]()
    for is_due in right:
        expected.append(is_due and (most is None or sum(expected) < most))
    assert Stand(rule).hits(count) == expected


def test_chance_comes_from_the_seed_and_is_as_likely_as_it_says() -> None:
    rule = lost(probability=0.3)
    first, again, other = Stand(rule, seed=5), Stand(rule, seed=5), Stand(rule, seed=6)
    hits = first.hits(2000)
    assert hits == again.hits(2000)
    assert hits != other.hits(2000)
    assert 500 < sum(hits) < 700
    assert first.statistics.faults == Counter(lost=sum(hits))


def test_a_rule_ends_with_its_time() -> None:
    stand = Stand(lost(for_s=2))
    assert stand.hits(2) == [True, True]
    stand.clock.time_ns = 2 * SECOND
    assert stand.hits(2) == [False, False]
    assert not stand.faults.armed


@pytest.mark.parametrize(
    ("pattern", "where", "is_hit"),
    [
        ("rest:AddOrder", "rest:AddOrder", True),
        ("rest:AddOrder", "rest:AddOrderBatch", False),
        ("rest:Add*", "rest:AddOrderBatch", True),
        ("rest:*", "ws:add_order", False),
        ("rest:public/*", "rest:public/Time", True),
        ("*", "ws:add_order", True),
    ],
)
def test_patterns_say_whom_a_rule_hits(pattern: str, where: str, is_hit: bool) -> None:
    assert Stand(lost(where=pattern)).hits(1, where) == [is_hit]


def test_a_request_that_a_rule_does_not_match_does_not_use_it_up() -> None:
    stand = Stand(lost(where=ORDER))
    assert stand.hits(5, "rest:Balance") == [False] * 5
    assert stand.hits(1) == [True]


@pytest.mark.parametrize(
    ("rule", "injected"),
    [
        (FaultRule(kind="latency", seconds=0.25), Injected(latency_s=0.25)),
        (FaultRule(kind="lost"), Injected(lost=True)),
        (FaultRule(kind="reply-lost"), Injected(reply_lost=True)),
        (FaultRule(kind="http", status=520), Injected(status=520)),
        (FaultRule(kind="http", done=True), Injected(status=502, done=True)),
        (FaultRule(kind="error", error="EService:Busy"), Injected(error="EService:Busy")),
        (
            FaultRule(kind="error", error="EService:Timeout", done=True),
            Injected(error="EService:Timeout", done=True),
        ),
    ],
)
def test_each_kind_does_to_a_request_what_it_says(rule: FaultRule, injected: Injected) -> None:
    stand = Stand(rule)
    assert stand.faults.on_request(ORDER) == injected
    assert sum(stand.statistics.faults.values()) == 1


def test_latencies_add_up_and_go_together_with_the_first_other_fault() -> None:
    busy, late = FaultRule(kind="error", error="EService:Busy"), FaultRule(kind="latency", seconds=0.5)
    stand = Stand(late, lost(), late, busy)
    assert stand.faults.on_request(ORDER) == Injected(latency_s=1.0, lost=True)
    assert stand.statistics.faults == Counter({"latency": 2, "lost": 1})


def test_a_fault_that_another_one_covers_waits_for_the_next_request() -> None:
    stand = Stand(lost(), FaultRule(kind="error", error="EService:Busy"))
    assert stand.faults.on_request(ORDER) == Injected(lost=True)
    assert stand.faults.on_request(ORDER) == Injected(error="EService:Busy")
    assert stand.faults.on_request(ORDER) == Injected()


def test_jitter_lies_between_nothing_and_what_it_says() -> None:
    stand = Stand(FaultRule(kind="latency", seconds=1, jitter=2, times=200))
    waits = [stand.faults.on_request(ORDER).latency_s for _ in range(200)]
    assert min(waits) >= 1
    assert max(waits) <= 3
    assert max(waits) - min(waits) > 1


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("drop-event", EventFault(drop=True)),
        ("duplicate-event", EventFault(duplicate=True)),
        ("late-event", EventFault(delay_s=0.5)),
        ("swap-event", EventFault(swap=True)),
    ],
)
def test_each_kind_does_to_an_event_what_it_says(kind: str, fault: EventFault) -> None:
    rule = msgspec.convert({"kind": kind, "where": "executions", "seconds": 0.5}, FaultRule)
    stand = Stand(rule)
    assert stand.faults.on_event("balances") == EventFault()
    assert stand.faults.on_event("executions") == fault
    assert stand.faults.on_event("executions") == EventFault()
    assert stand.statistics.faults == Counter({kind: 1})


def told(stand: Stand, count: int) -> list[EventFault]:
    return [stand.faults.on_event("executions") for _ in range(count)]


def test_a_late_event_waits_for_a_message_that_is_not_swapped() -> None:
    stand = Stand(FaultRule(kind="late-event", seconds=0.5), FaultRule(kind="swap-event"))
    assert told(stand, 3) == [EventFault(swap=True), EventFault(delay_s=0.5), EventFault()]
    assert stand.statistics.faults == Counter({"late-event": 1, "swap-event": 1})


def test_a_message_that_is_dropped_uses_up_no_other_fault() -> None:
    rules = [FaultRule(kind="duplicate-event"), FaultRule(kind="swap-event"), FaultRule(kind="drop-event", times=2)]
    stand = Stand(*rules)
    both = EventFault(duplicate=True, swap=True)
    assert told(stand, 4) == [EventFault(drop=True), EventFault(drop=True), both, EventFault()]


def test_event_faults_leave_requests_alone_and_the_reverse() -> None:
    stand = Stand(FaultRule(kind="drop-event"), lost())
    assert stand.faults.on_request("executions") == Injected(lost=True)
    assert stand.faults.on_event(ORDER) == EventFault(drop=True)


def test_gaps_and_partial_fills() -> None:
    stand = Stand(
        FaultRule(kind="sequence-gap", where="executions", numbers=3),
        FaultRule(kind="partial-fill", where="BTC/*", fraction=Decimal("0.25")),
    )
    assert stand.faults.sequence_gap("balances") == 0
    assert stand.faults.sequence_gap("executions") == 3
    assert stand.faults.sequence_gap("executions") == 0
    assert stand.faults.partial("ETH/USD") is None
    assert stand.faults.partial("BTC/USD") == Decimal("0.25")
    assert stand.faults.partial("BTC/USD") is None


def test_a_pong_is_stalled_until_its_time_is_over_however_often_it_is_asked_for() -> None:
    stand = Stand(FaultRule(kind="stall-pong", for_s=3))
    assert all(stand.faults.pong_stalled for _ in range(5))
    stand.clock.time_ns = 3 * SECOND
    assert not stand.faults.pong_stalled
    assert stand.statistics.faults == Counter({"stall-pong": 1})


def test_disarmed_rules_hit_no_more() -> None:
    stand = Stand(lost(times=5), lost(times=5))
    assert stand.faults.disarm() == 2
    assert stand.hits(3) == [False] * 3


def test_dropping_asks_everybody_who_has_connections() -> None:
    stand, asked = Stand(), list[str]()

    def drop(which: str) -> int:
        asked.append(which)
        return 2

    stand.faults.on_drop_connections += [drop, lambda which: 1]
    assert stand.faults.drop_connections("private") == 3
    assert asked == ["private"]
    assert stand.statistics.faults == Counter({"dropped-socket": 3})


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "error"},
        {"kind": "lost", "error": "EService:Busy"},
        {"kind": "partial-fill", "fraction": 1},
        {"kind": "partial-fill", "fraction": -0.1},
        {"kind": "partial-fill", "fraction": "NaN"},
        {"kind": "lost", "every": 0},
        {"kind": "lost", "times": 0},
        {"kind": "lost", "probability": 1.5},
        {"kind": "http", "status": 200},
        {"kind": "nonsense"},
        {"kind": "lost", "unknown": 1},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(rule, FaultRule, strict=False)


@given(st.lists(st.sampled_from(["lost", "latency", "drop-event"]), max_size=8), st.integers(0, 2**32))
def test_a_plan_never_grows_by_being_asked(kinds: list[str], seed: int) -> None:
    rules = [msgspec.convert({"kind": kind, "times": 2}, FaultRule) for kind in kinds]
    plan, chance = [Armed(rule=rule, since_ns=0) for rule in rules], generator(seed)
    for _ in range(3):
        before = len(plan)
        plan, hits = decide(plan, frozenset({"lost", "latency"}), ORDER, 0, chance)
        assert len(plan) <= before
        assert all(rule.kind != "drop-event" for rule in hits)
    assert [armed.rule.kind for armed in plan] == [kind for kind in kinds if kind == "drop-event"]


def test_a_swap_that_cannot_be_is_neither_counted_nor_used_up() -> None:
    stand = Stand(FaultRule(kind="swap-event"))
    assert stand.faults.on_event("book", can_swap=False) == EventFault()
    assert not stand.statistics.faults
    assert stand.faults.on_event("book") == EventFault(swap=True)
