"""Getting in by steps, going back at any time, and no way to a looser limit."""

import itertools
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning import canary
from kraken_tui.learning.adoptable import RANGES, Candidate, Limit, Parameter, Tightening, effective, faults
from kraken_tui.learning.adopted import Adoption
from kraken_tui.learning.adoption import after
from kraken_tui.learning.campaign import Source, Stage
from kraken_tui.learning.operations import (
    Accept,
    Block,
    Cause,
    Choose,
    Declare,
    Freeze,
    GiveUp,
    Kind,
    Level,
    Mode,
    Operation,
    Pin,
    Register,
    RollBack,
    SetLevel,
    Thaw,
    Unpin,
)
from kraken_tui.model.errors import UsageError
from tests.learning.campaigns import (
    CHAMPION,
    DAY_NS,
    SANE,
    block,
    candidate,
    declaration,
    in_shadow,
    new_state,
    run,
    search,
    trial,
)

WIN_DAYS = 40
"""Blocks of +3 % against a bound of 6 % that are more than enough."""
OPERATOR = {Limit.RISK_PER_TRADE: 1.0, Limit.MAX_TRADES_PER_DAY: 20.0, Limit.MAX_SPREAD: 0.3}


def won(state: Adoption, *challengers: Candidate, begin: int = 1, name: str = "first") -> Adoption:
    """A campaign that was just won; on an automatic level the winner is in its first step."""
    state = in_shadow(state, *challengers, name=name)
    running = state.campaign
    assert running is not None
    day = begin
    while state.campaign is not None and state.campaign.stage is Stage.TESTING:
        told = {each.candidate.id: 0.03 for each in running.contenders}
        state, _ = after(state, block(day, mode=state.mode, told=told))
        day += 1
        assert day < begin + WIN_DAYS
    return state


def days(state: Adoption, begin: int, count: int, watched: float = 0.001, trades: int = 3) -> Adoption:
    for day in range(begin, begin + count):
        state, _ = after(state, block(day, watched, trades, state.mode))
    return state


class TestSteps:
    def test_by_steps_to_the_whole_sleeve(self) -> None:
        state, shares = won(new_state()), []
        for day in range(50, 50 + 70):
            state, notes = after(state, block(day, 0.001))
            shares += [note.text for note in notes]
        assert shares == ["25 % of the sleeve", "50 % of the sleeve", "100 % of the sleeve", "adopted"]
        assert state.shares("trend") == {"new": 1.0}
        assert state.shares("other") == {"o": 1.0}
        assert state.adopted[0].complete_ns

    def test_the_rest_stays_with_the_champion(self) -> None:
        assert won(new_state()).shares("trend") == {"today": 0.9, "new": 0.1}

    @pytest.mark.parametrize(("each_day", "share"), [(2, 0.1), (3, 0.25)])
    def test_a_step_takes_thirty_trades(self, each_day: int, share: float) -> None:
        state = won(new_state())
        state = days(state, 1 + state.adopted[0].began_ns // DAY_NS, 14, trades=each_day)
        assert state.shares("trend")["new"] == share

    def test_a_step_takes_fourteen_days(self) -> None:
        state = won(new_state())
        state = days(state, 1 + state.adopted[0].began_ns // DAY_NS, 13, trades=100)
        assert state.shares("trend")["new"] == 0.1

    def test_a_frozen_canary_takes_no_step_but_goes_back(self) -> None:
        state, _ = after(won(new_state()), Freeze(Cause.INCIDENT))
        state = days(state, 50, 30)
        assert state.shares("trend")["new"] == 0.1
        state = days(state, 80, 60, watched=-0.03)
        assert state.shares("trend") == {"today": 1.0}


class TestBack:
    def test_by_evidence(self) -> None:
        state, day = won(new_state()), 50
        while state.canary is not None:
            state, notes = after(state, block(day, -0.02))
            day += 1
        assert notes[0].kind is Kind.ROLLED_BACK
        assert notes[0].text == "evidence that it is worse: 6.1 of 5"
        assert state.shares("trend") == {"today": 1.0}
        assert state.adopted[0].reverted_ns == (day - 1) * DAY_NS
        assert state.canary is None

    def test_by_a_drawdown(self) -> None:
        """Long after it was let in evidence is slow: it has been good for so long."""
        state = days(won(new_state()), 50, 300, watched=0.004)
        state = days(state, 350, 5, watched=-0.05)
        assert "behind what it replaced; 24.0 % was allowed" in state.adopted[0].why
        assert state.champions["trend"] == CHAMPION

    def test_by_command_as_far_as_the_beginning(self) -> None:
        state = days(won(new_state()), 50, 70)
        second = won(state, candidate("newer", 1.8), begin=150, name="second")
        assert second.shares("trend") == {"new": 0.9, "newer": 0.1}
        second, _ = after(second, RollBack("trend", 200 * DAY_NS))
        assert second.shares("trend") == {"new": 1.0}
        second, _ = after(second, RollBack("trend", 201 * DAY_NS))
        assert second.shares("trend") == {"today": 1.0}
        _, notes = after(second, RollBack("trend", 202 * DAY_NS))
        assert notes[0].kind is Kind.REFUSED

    def test_even_when_learning_is_off(self) -> None:
        state, _ = after(won(new_state()), SetLevel(Level.OFF))
        assert days(state, 50, 30, watched=-0.02).shares("trend") == {"today": 1.0}

    def test_a_good_one_stays(self) -> None:
        assert days(won(new_state()), 50, 500, watched=0.001).shares("trend") == {"new": 1.0}

    def test_values_by_hand(self) -> None:
        state = canary.new_canary(0, 0.06)
        state = canary.after_block(state, 1, 0.03, 2, 1, frozen=False)
        state = canary.after_block(state, 2, -0.06, 2, 1, frozen=False)
        assert (state.total, state.peak, state.trades) == pytest.approx((-0.03, 0.03, 4))
        assert state.reverse.wealth == pytest.approx([0.9 * 1.2, 0.8 * 1.4, 0.7 * 1.6, 0.6 * 1.8, 0.525 * 1.95])
        assert canary.after_block(state, 2, -0.06, 2, 1, frozen=False) == state


class TestWhoMay:
    @pytest.mark.parametrize(
        ("mode", "level", "is_in"),
        [
            (Mode.PAPER, Level.SUGGEST, False),
            (Mode.PAPER, Level.AUTO_PAPER, True),
            (Mode.PAPER, Level.AUTO_LIVE, True),
            (Mode.LIVE, Level.SUGGEST, False),
            (Mode.LIVE, Level.AUTO_PAPER, False),
            (Mode.LIVE, Level.AUTO_LIVE, True),
        ],
    )
    def test_levels(self, mode: Mode, level: Level, *, is_in: bool) -> None:
        state = won(new_state(mode, level))
        assert (state.canary is not None) is is_in
        if not is_in:
            state, notes = after(state, Accept(60 * DAY_NS))
            assert notes[0].kind is Kind.CANARY
            assert state.shares("trend")["new"] == 0.1

    def test_off_tests_nothing(self) -> None:
        _, notes = after(new_state(level=Level.OFF), Declare(declaration(), "trend"))
        assert notes[0].kind is Kind.REFUSED
        running, _ = after(in_shadow(new_state()), SetLevel(Level.OFF))
        assert after(running, block(1, told={"new": 0.03}))[0] == running

    @pytest.mark.parametrize("cause", list(Cause))
    def test_frozen(self, cause: Cause) -> None:
        state, _ = after(new_state(), Freeze(cause))
        state = won(state)
        assert state.canary is None
        state, notes = after(state, Accept(60 * DAY_NS))
        assert notes[0].text == f"frozen: {cause}"
        state, _ = run(state, Thaw(cause), block(61))
        assert state.canary is not None

    def test_pinned(self) -> None:
        state, _ = after(new_state(), Pin("trend"))
        state = won(state)
        assert state.canary is None
        state, _ = run(state, Unpin("trend"), block(61))
        assert state.canary is not None

    def test_seven_days_from_one_to_the_next(self) -> None:
        state = won(new_state())
        began = state.adopted[0].began_ns // DAY_NS
        state, _ = after(state, RollBack("trend", began * DAY_NS))
        state = in_shadow(state, candidate("newer", 0.9), name="second")
        for day in range(began + 1, began + 40):
            state, _ = after(state, block(day, told={"newer": 0.5}))
            if state.canary is not None:
                break
        assert day == began + 7

    def test_paper_and_live_learn_apart(self) -> None:
        with pytest.raises(UsageError, match="a block of LIVE for PAPER"):
            after(in_shadow(new_state()), block(1, mode=Mode.LIVE, told={"new": 0.03}))

    def test_a_holdout_is_used_once(self) -> None:
        first = declaration(holdout_start_ns=10, holdout_end_ns=20, holdout_blocks=1)
        state, _ = run(new_state(), Declare(first, "trend"), GiveUp())
        for start, end, kind in [(19, 30, Kind.REFUSED), (0, 11, Kind.REFUSED), (20, 30, Kind.DECLARED)]:
            again = declaration("again", holdout_start_ns=start, holdout_end_ns=end, holdout_blocks=1)
            assert after(state, Declare(again, "trend"))[1][0].kind is kind

    def test_every_campaign_counts(self) -> None:
        state = new_state()
        for number in range(3):
            state, _ = run(state, Declare(declaration(f"c{number}"), "trend"), GiveUp())
        state, notes = after(state, Declare(declaration("fourth"), "trend"))
        assert "campaign 4: the winner needs 1579" in notes[0].text

    def test_evidence_against_a_champion_that_is_gone_is_void(self) -> None:
        state = days(won(new_state()), 50, 70)
        state = in_shadow(state, candidate("newer", 1.8), name="second")
        state, _ = after(state, RollBack("trend", 125 * DAY_NS))
        assert state.campaign is not None
        assert (state.campaign.stage, state.campaign.why) == (Stage.VOID, "its champion new was taken back")
        assert after(state, Accept(171 * DAY_NS))[1][0].kind is Kind.REFUSED

    def test_who_wins_in_the_holdout_waits_for_the_present(self) -> None:
        """A block of two years ago is no time at which anything could get in."""
        new, held_out = candidate("new", 1.4), declaration(holdout_blocks=30, holdout_end_ns=30 * DAY_NS)
        state, _ = run(
            new_state(), Declare(held_out, "trend"), Register(trial("new")),
            Choose(challengers=(new,), search=search(1), sane=(SANE,)),
        )  # fmt: skip
        day = 0
        while state.campaign is not None and state.campaign.stage is Stage.TESTING:
            day += 1
            past = Block(
                mode=Mode.PAPER, end_ns=day * DAY_NS, span_ns=DAY_NS, source=Source.HOLDOUT, differences={"new": 0.03}
            )
            state, notes = after(state, past)
        assert notes[0].kind is Kind.SUGGESTED
        assert state.canary is None
        state, _ = after(state, block(900))
        assert state.adopted[0].began_ns == 900 * DAY_NS

    def test_refusals(self) -> None:
        for operation in (Register(trial("x")), GiveUp(), Accept(0), RollBack("trend", 0)):
            state, notes = after(new_state(), operation)
            assert state == new_state()
            assert notes[0].kind is Kind.REFUSED
        with pytest.raises(UsageError, match="nobody has no champion"):
            after(new_state(), Declare(declaration(), "nobody"))
        assert after(in_shadow(new_state()), Declare(declaration("b"), "trend"))[1][0].kind is Kind.REFUSED
        assert after(won(new_state()), Declare(declaration("b"), "trend"))[1][0].kind is Kind.REFUSED


class TestReach:
    def test_no_parameter_is_a_limit(self) -> None:
        """What may be learned are signals of the autopilot; nothing of the settings, no size, no stop, no filter."""
        names = {each.value for each in Parameter}
        assert names <= set(TradingConfig.model_fields)
        assert not names & (set(Settings.model_fields) | {each.value for each in Limit})
        assert not [name for name in names if name.startswith(("MAX", "MIN", "STOP", "RISK", "ALLOW", "DENY"))]
        assert set(RANGES) == set(Parameter)

    def test_the_defaults_lie_in_their_ranges(self) -> None:
        for name, reach in RANGES.items():
            assert reach.low <= getattr(TradingConfig(), name) <= reach.high
            for edge in (reach.low, reach.high):
                around = {"FAST_MEAN": 12, "VOLATILITY_PERIOD": 12} | {name.value: edge}
                assert getattr(TradingConfig.model_validate(around), name) == edge

    @pytest.mark.parametrize("name", ["RISK_PER_TRADE", "STOP_ATRS", "MAX_SPREAD", "BASE_LEVERAGE", "DAILY_LOSS_LIMIT"])
    def test_no_stored_candidate_can_carry_one(self, name: str) -> None:
        text = f'{{"id":"x","strategy":"trend","code":"c","parameters":{{"{name}":1.0}}}}'
        with pytest.raises(msgspec.ValidationError, match=name):
            msgspec.json.decode(text, type=Candidate)

    @pytest.mark.parametrize("factor", [1.0001, 0.0, -1.0, float("nan"), float("inf")])
    def test_a_limit_can_only_be_tightened(self, factor: float) -> None:
        with pytest.raises(UsageError, match="only tightens"):
            Tightening(Limit.RISK_PER_TRADE, factor)
        with pytest.raises((UsageError, msgspec.ValidationError, msgspec.DecodeError)):
            msgspec.json.decode(f'["MAX_SPREAD", {factor}]', type=Tightening)

    @pytest.mark.parametrize(
        ("gap", "is_near"), [(1.0 + 0.56, True), (1.0 - 0.56, True), (1.0 + 0.57, False), (2.9, False)]
    )
    def test_a_fifth_of_its_range(self, gap: float, *, is_near: bool) -> None:
        assert (not faults(CHAMPION, candidate("x", gap))) is is_near

    def test_what_cannot_be_compared(self) -> None:
        bare = Candidate(id="x", strategy="trend", code="c0de")
        assert "other parameters" in faults(CHAMPION, bare)[0]
        assert "itself" in faults(CHAMPION, CHAMPION)[0]
        assert faults(CHAMPION, Candidate(id="x", strategy="trend", code="another")) == ()
        with pytest.raises(UsageError, match=r"0\.2 to 3 is right"):
            candidate("x", 99.0)


TIGHT = st.lists(st.builds(Tightening, st.sampled_from(list(OPERATOR)), st.floats(0.01, 1.0)), max_size=2).map(tuple)
CANDIDATES = st.builds(
    lambda name, gap, tight: candidate(name, gap, tight=tight),
    st.sampled_from(["new", "newer", "newest"]), st.floats(0.8, 1.3), TIGHT,
)  # fmt: skip
STEPS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(SetLevel, st.sampled_from(list(Level))),
    st.builds(Freeze, st.sampled_from(list(Cause))),
    st.builds(Thaw, st.sampled_from(list(Cause))),
    st.builds(Pin, st.just("trend")),
    st.builds(Unpin, st.just("trend")),
    st.just(Declare(declaration(budget=3), "trend")),
    st.builds(Register, st.sampled_from(["new", "newer", "newest"]).map(trial)),
    st.builds(
        lambda one, count: Choose(challengers=(one,), search=search(count), sane=(SANE,)), CANDIDATES, st.integers(1, 3)
    ),
    st.builds(Accept, st.integers(0, 900).map(lambda day: day * DAY_NS)),
    st.just(GiveUp()),
    st.builds(RollBack, st.just("trend"), st.integers(0, 900).map(lambda day: day * DAY_NS)),
)


class Days(Struct, frozen=True):
    """So many blocks of the same."""

    count: int
    earned: float
    watched: float


Burst = tuple[Operation | Days, ...]


def campaign_of(one: Candidate) -> Burst:
    choice = Choose(challengers=(one,), search=search(1), sane=(SANE,))
    return (Declare(declaration(budget=3), "trend"), Register(trial(one.id)), choice)


def let_in(one: Candidate) -> Burst:
    """All that a candidate needs to get in, unless it is pinned or too far away."""
    free: Burst = (SetLevel(Level.AUTO_PAPER), *(Thaw(cause) for cause in Cause))
    return (*free, *campaign_of(one), Days(20, 0.03, 0.005))


BURSTS: st.SearchStrategy[Burst] = st.one_of(
    STEPS.map(lambda one: (one,)),
    st.builds(Days, st.integers(1, 60), st.sampled_from([0.03, 0.0, -0.01]), st.sampled_from([0.005, 0.0, -0.03])).map(
        lambda one: (one,)
    ),
    CANDIDATES.map(campaign_of),
    CANDIDATES.map(let_in),
    CANDIDATES.map(let_in).map(lambda way: (*way, Days(60, 0.0, 0.005))),
    CANDIDATES.map(let_in).map(lambda way: (Unpin("trend"), GiveUp(), *way, Days(60, 0.0, 0.005))),
)


WAYS = st.builds(
    lambda first, rest: [*first, *rest],
    st.one_of(st.just([]), CANDIDATES.map(lambda one: [let_in(one), (Days(60, 0.0, 0.005),)])),
    st.lists(BURSTS, max_size=8),
)
"""Half of them begin with one that was let in whole."""


def played(bursts: list[Burst]) -> list[tuple[Adoption, Operation, Adoption]]:
    """Every state on the way, the operation that came then, and the state after it."""
    state, day, way = new_state(), 0, []
    for part in itertools.chain.from_iterable(bursts):
        steps: tuple[Operation, ...] = ()
        if isinstance(part, Days):
            told = dict.fromkeys(("new", "newer", "newest"), part.earned)
            steps = tuple(block(day + each, part.watched, told=told) for each in range(1, part.count + 1))
            day += part.count
        else:
            steps = (part,)
        for step in steps:
            before, (state, _) = state, after(state, step)
            way.append((before, step, state))
    return way


class TestEveryWay:
    def test_the_ways_lead_somewhere(self) -> None:
        """Among them are ways on which several get in, some whole, some back, some with a tighter limit."""
        tight = candidate("newer", 1.3, tight=(Tightening(Limit.MAX_SPREAD, 0.5),))
        *_, (_, _, state) = played([let_in(candidate("new", 1.2)), (Days(60, 0.0, 0.005),), let_in(tight)])
        assert len(state.adopted) == 2
        assert state.adopted[0].complete_ns
        assert state.factors

    @settings(deadline=None)
    @given(WAYS)
    def test_no_sequence_of_operations_loosens_a_limit(self, bursts: list[Burst]) -> None:
        limits: Mapping[Limit, float] = dict(OPERATOR)
        for _, _, after_it in played(bursts):
            now = after_it.limits(OPERATOR)
            assert now.keys() == OPERATOR.keys()
            assert all(now[limit] <= limits[limit] <= OPERATOR[limit] for limit in OPERATOR)
            limits = now

    @settings(deadline=None)
    @given(WAYS)
    def test_shares_are_whole_moves_are_small_and_nothing_frozen_gets_in(self, bursts: list[Burst]) -> None:
        for state, _, now in played(bursts):
            assert sum(now.shares("trend").values()) == pytest.approx(1)
            if len(now.adopted) > len(state.adopted):
                assert not state.is_frozen
                assert "trend" not in state.pinned
                assert state.level is not Level.OFF
                assert not faults(now.adopted[-1].before, now.adopted[-1].after)
                assert now.adopted[-1].evidence.value >= now.adopted[-1].needed
                if state.adopted:
                    assert now.adopted[-1].began_ns - state.adopted[-1].began_ns >= 7 * DAY_NS
            if now.shares("trend").get("today", 0) < state.shares("trend").get("today", 0):
                assert not state.is_frozen

    @settings(deadline=None)
    @given(WAYS, st.integers(0, 200))
    def test_a_replay_after_a_crash_gives_the_same_bits(self, bursts: list[Burst], crash: int) -> None:
        way = played(bursts)
        if not way:
            return
        last = way[-1][2]
        state = way[min(crash, len(way) - 1)][0]
        state = msgspec.json.decode(msgspec.json.encode(state), type=Adoption)
        for _, operation, _ in way[min(crash, len(way) - 1) :]:
            coded = msgspec.msgpack.decode(msgspec.msgpack.encode(operation), type=Operation)
            state, _ = after(state, coded)
        assert state == last
        assert msgspec.json.encode(state) == msgspec.json.encode(last)


def test_effective_limits_by_hand() -> None:
    factors = {Limit.RISK_PER_TRADE: 0.5, Limit.MAX_SLIPPAGE: 0.1}
    assert effective(OPERATOR, factors) == OPERATOR | {Limit.RISK_PER_TRADE: 0.5}
    assert effective({}, factors) == {}
    assert effective(OPERATOR, {Limit.MAX_SPREAD: 7.0}) == OPERATOR


def test_going_back_keeps_what_was_tightened() -> None:
    tight = candidate("new", 1.4, tight=(Tightening(Limit.MAX_SPREAD, 0.5),))
    state = won(new_state(), tight)
    assert state.limits(OPERATOR)[Limit.MAX_SPREAD] == 0.15
    state, _ = after(state, RollBack("trend", 60 * DAY_NS))
    assert state.limits(OPERATOR)[Limit.MAX_SPREAD] == 0.15


def test_the_next_one_loosens_nothing_of_what_the_last_one_tightened() -> None:
    first = candidate("new", 1.2, tight=(Tightening(Limit.MAX_SPREAD, 0.5), Tightening(Limit.RISK_PER_TRADE, 0.9)))
    second = candidate("newer", 1.3, tight=(Tightening(Limit.MAX_SPREAD, 0.8), Tightening(Limit.RISK_PER_TRADE, 0.6)))
    state = OPERATOR
    for bursts in ([let_in(first)], [let_in(first), (Days(60, 0.0, 0.005),), let_in(second)]):
        *_, (_, _, last) = played(bursts)
        now = last.limits(OPERATOR)
        assert all(now[limit] <= state[limit] for limit in OPERATOR)
        state = now
    assert len(last.adopted) == 2
    assert state == OPERATOR | {Limit.MAX_SPREAD: 0.15, Limit.RISK_PER_TRADE: 0.6}


def test_a_block_without_data_counts_nothing() -> None:
    state = in_shadow(new_state())
    assert after(state, Block(mode=Mode.PAPER, end_ns=DAY_NS, span_ns=DAY_NS))[0] == state
