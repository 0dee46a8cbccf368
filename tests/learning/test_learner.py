"""All that was learned as one value: events and block returns lead to it bit for bit, and it only makes smaller."""

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import Candidate, Parameter
from kraken_tui.learning.campaign import Declaration, Stage, Trial
from kraken_tui.learning.consider import candidate_of
from kraken_tui.learning.events import BLOCKS_NS, Closed, Considered, Done, Enrol, Event
from kraken_tui.learning.gates import Sanity, Search
from kraken_tui.learning.keeping import packed, records_of, replayed_from, unpacked
from kraken_tui.learning.learner import Learner, after, new_learner
from kraken_tui.learning.operations import Accept, Cause, Choose, Freeze, Kind, Level, Mode, Note, RollBack, SetLevel
from kraken_tui.learning.status import learning_lines
from kraken_tui.learning.views import bound_of, in_force, runners, size_factors, weights
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.memory import BlockReturn, LearningState
from tests.careful import careful

BLOCK_NS = BLOCKS_NS["4h"]
START_NS = 1_000 * BLOCK_NS
NAMES = ("trend_following", "breakout")
CONFIG = TradingConfig().model_dump(mode="json")
REGIMES = ("LOW_VOL", "CHOP", "TRENDING")


def own(name: str, **changes: float) -> Candidate:
    return candidate_of(name, "1.0", {**CONFIG, **changes})


CHALLENGER = own("breakout", BREAKOUT_VOLUME=2.5)


def enrol(*candidates: Candidate, time_ns: int = START_NS, block_ns: int = BLOCK_NS) -> Enrol:
    rows = candidates or tuple(map(own, NAMES))
    return Enrol(time_ns=time_ns, block_ns=block_ns, candidates=rows, regimes=REGIMES)


def considered(after_ns: int, *, trades: int = 200) -> Considered:
    declaration = Declaration(
        id="s", declared_ns=after_ns, budget=1, challengers=1, bound=0.06, holdout_start_ns=after_ns,
        holdout_end_ns=after_ns, holdout_blocks=0,
    )  # fmt: skip
    trial = Trial(candidate=CHALLENGER.id, seed=1, data_hash="d", returns_hash="r")
    sane = Sanity(trades=trades, months=12, stressed=0.1, retained=0.9)
    choice = Choose(challengers=(CHALLENGER,), search=Search(evaluated=1, deflated=0.99, overfitting=0.1), sane=(sane,))
    return Considered(strategy="breakout", declaration=declaration, trials=(trial,), choice=choice)


class Book:
    """A learner with all that is kept of it."""

    def __init__(self, mode: Mode = Mode.PAPER) -> None:
        self.state = new_learner(mode)
        self.states: list[LearningState] = []
        self.rows: list[BlockReturn] = []
        self.notes: list[Note] = []
        self.end_ns = START_NS

    def take(self, event: Event, nets: Mapping[tuple[str, str], float] = {}) -> None:
        before = self.state
        self.state, notes = after(before, event, nets)
        self.notes += notes
        states, _ = records_of(before, self.state, event, self.end_ns)
        self.states += states

    def block(self, nets: Mapping[str, float], regime: str = "TRENDING", trades: int = 0) -> None:
        """By candidate's id."""
        self.end_ns += BLOCK_NS
        rows = [
            BlockReturn(
                time_ns=self.end_ns, strategy=each.strategy, parameters=each.id, source="shadow", regime=regime,
                net=nets[each.id], gross=nets[each.id], cost=0.0,
            )
            for each in runners(self.state)
            if each.id in nets
        ]  # fmt: skip
        self.rows += rows
        self.take(
            Closed(end_ns=self.end_ns, regime=regime, trades=trades),
            {(row.strategy, row.parameters): row.net for row in rows},
        )

    def replayed(self) -> Learner:
        return replayed_from(self.state.mode, self.states, self.rows)


def nets(state: Learner, values: Sequence[float]) -> dict[str, float]:
    return {each.id: values[place % len(values)] for place, each in enumerate(runners(state))}


returns = st.floats(-0.08, 0.08, allow_nan=False)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("block"), st.lists(returns, min_size=2, max_size=4), st.sampled_from(["", *REGIMES])),
        st.tuples(st.sampled_from(["consider", "adopt", "rollback", "freeze", "level", "operator", "gone"])),
    ),
    max_size=40,
)


@careful(30)
@given(steps, st.sampled_from(Mode))
def test_events_and_block_returns_make_the_same_state_bit_for_bit(made: list[tuple[object, ...]], mode: Mode) -> None:
    book = Book(mode)
    book.take(enrol())
    for step in made:
        match step:
            case ("block", list() as values, str() as regime):
                book.block(nets(book.state, values), regime)
            case ("consider",):
                book.take(considered(book.end_ns))
            case ("adopt",):
                book.take(Done(Accept(book.end_ns)))
            case ("rollback",):
                book.take(Done(RollBack("breakout", book.end_ns)))
            case ("freeze",):
                book.take(Done(Freeze(Cause.OPERATOR)))
            case ("level",):
                book.take(Done(SetLevel(Level.AUTO_PAPER)))
            case ("operator",):
                book.take(enrol(own("trend_following"), own("breakout", BREAKOUT_VOLUME=3.0)))
            case _:
                book.take(enrol(own("breakout")))
        assert all(0 <= share <= 1 for share in size_factors(book.state).values())
        assert all(0 <= row.share <= 1 for row in in_force(book.state))
    assert packed(book.replayed()) == packed(book.state)
    kept = next(row for row in reversed(book.states) if row.name == "learner")
    assert unpacked(kept) == book.state


def test_a_damaged_state_is_refused() -> None:
    with pytest.raises(SafetyRefusal, match="can't be read"):
        unpacked(LearningState(name="learner", time_ns=1, state=b"\x93nonsense"))


def test_only_where_it_may_act_does_it_cut_a_size() -> None:
    book = Book()
    book.take(enrol())
    for _ in range(400):
        book.block({own("trend_following").id: 0.01, own("breakout").id: -0.01})
    assert weights(book.state)["trend_following"] > 0.2 > weights(book.state)["breakout"] == 0
    assert size_factors(book.state) == {}
    book.take(Done(SetLevel(Level.AUTO_LIVE)))
    acting = size_factors(book.state)
    assert acting["breakout"] == 0 and 0 < acting["trend_following"] <= 1
    live = msgspec.structs.replace(book.state, adoption=msgspec.structs.replace(book.state.adoption, mode=Mode.LIVE))
    assert size_factors(live) == acting
    book.take(Done(SetLevel(Level.AUTO_PAPER)))
    assert size_factors(book.state) == acting
    live = msgspec.structs.replace(book.state, adoption=msgspec.structs.replace(book.state.adoption, mode=Mode.LIVE))
    assert size_factors(live) == {}, "auto-paper leaves real money alone"


def test_a_challenger_is_let_in_by_evidence_and_taken_back_by_a_word() -> None:
    book = Book()
    book.take(enrol())
    book.take(considered(book.end_ns))
    told = book.state.adoption.campaign
    assert told is not None and told.stage is Stage.TESTING
    assert "not enough evidence yet: 1.0 of 33" in "\n".join(learning_lines(book.state))
    assert {each.id for each in runners(book.state)} == {*(own(name).id for name in NAMES), CHALLENGER.id}
    assert bound_of(book.state, CHALLENGER.id) == 0.06
    better = {own("trend_following").id: 0.0, own("breakout").id: 0.0, CHALLENGER.id: 0.02}
    while book.state.adoption.campaign.stage is Stage.TESTING:  # type: ignore[union-attr]
        book.block(better)
    assert Kind.SUGGESTED in {note.kind for note in book.notes}
    assert in_force(book.state) == (), "a winner waits for the operator"
    book.take(Done(Accept(book.end_ns)))
    (row,) = in_force(book.state)
    assert (row.candidate, row.share, row.bound) == (CHALLENGER, 0.1, 0.06)
    book.block(better, trades=3)
    watched = book.state.adoption.canary
    assert watched is not None and watched.trades == 3
    book.take(Done(RollBack("breakout", book.end_ns)))
    assert in_force(book.state) == ()
    assert Kind.ROLLED_BACK in {note.kind for note in book.notes}
    assert packed(book.replayed()) == packed(book.state)


def test_where_it_may_it_lets_a_winner_in_by_itself_and_takes_it_back_by_itself() -> None:
    book = Book()
    book.take(enrol())
    book.take(Done(SetLevel(Level.AUTO_PAPER)))
    book.take(considered(book.end_ns))
    good = {own("trend_following").id: 0.0, own("breakout").id: 0.0, CHALLENGER.id: 0.02}
    while not in_force(book.state):
        book.block(good)
    bad = {**good, CHALLENGER.id: -0.02}
    for _ in range(20):
        book.block(bad)
    assert in_force(book.state) == ()
    assert book.notes[-1].kind is Kind.ROLLED_BACK and "worse" in book.notes[-1].text


def test_what_fails_a_gate_is_lost_and_says_why() -> None:
    book = Book()
    book.take(enrol())
    book.take(considered(book.end_ns, trades=20))
    assert book.notes[-1].kind is Kind.LOST and "20 trades; 100 or more are right" in book.notes[-1].text
    assert {each.id for each in runners(book.state)} == {own(name).id for name in NAMES}


def test_what_the_operator_changes_ends_what_was_learned_against_it() -> None:
    book = Book()
    book.take(enrol())
    book.take(considered(book.end_ns))
    changed = own("breakout", BREAKOUT_VOLUME=4.0)
    book.take(enrol(own("trend_following"), changed))
    assert book.state.adoption.champions["breakout"] == changed
    assert book.state.adoption.campaign is not None and book.state.adoption.campaign.stage is Stage.VOID
    book.take(enrol(changed))
    assert book.state.allocation is not None
    assert book.state.allocation.strategies == ("breakout",)


def let_in(book: Book, challenger: Candidate) -> None:
    """Until it has the whole sleeve."""
    at = considered(book.end_ns)
    book.take(
        msgspec.structs.replace(
            at, strategy=challenger.strategy, choice=msgspec.structs.replace(at.choice, challengers=(challenger,)),
            trials=(msgspec.structs.replace(at.trials[0], candidate=challenger.id),),
        )
    )  # fmt: skip
    while (running := book.state.adoption.campaign) is not None and running.stage is Stage.TESTING:
        book.block({each.id: 0.02 * (each == challenger) for each in runners(book.state)})
    book.take(Done(Accept(book.end_ns)))
    while (watched := book.state.adoption.canary) is not None and not watched.is_complete:
        book.block({each.id: 0.001 * (each == challenger) for each in runners(book.state)}, trades=5)


TREND = own("trend_following", TREND_VOLUME=1.1 * CONFIG["TREND_VOLUME"])


def test_what_the_operator_changes_ends_all_that_was_adopted_for_it_and_no_way_back_leads_above_it() -> None:
    book = Book()
    book.take(enrol())
    let_in(book, CHALLENGER)
    let_in(book, own("breakout", BREAKOUT_VOLUME=3.0))
    let_in(book, TREND)
    changed = own("breakout", BREAKOUT_VOLUME=4.0)
    book.take(enrol(own("trend_following"), changed, time_ns=book.end_ns))
    told = book.state.adoption
    assert [row.why for row in told.adopted] == ["the operator's settings changed"] * 2 + [""]
    book.take(Done(RollBack("breakout", book.end_ns)))
    assert book.notes[-1].kind is Kind.REFUSED
    assert book.state.adoption.champions["breakout"] == changed
    assert [row.candidate for row in in_force(book.state)] == [TREND]
    assert packed(book.replayed()) == packed(book.state)


def lose(book: Book, loser: Candidate, most: int = 50) -> None:
    """Until something goes back."""
    for _ in range(most):
        if book.notes[-1].kind is Kind.ROLLED_BACK:
            return
        book.block({each.id: -0.05 * (each == loser) for each in runners(book.state)})


def test_what_was_let_in_stays_watched_though_another_was_let_in_after_it() -> None:
    book = Book()
    book.take(enrol())
    let_in(book, CHALLENGER)
    let_in(book, TREND)
    assert bound_of(book.state, CHALLENGER.id) == 0.06 and own("breakout") in runners(book.state)
    assert sum("so far" in line for line in learning_lines(book.state)) == 2
    lose(book, CHALLENGER)
    assert book.notes[-1].candidate == CHALLENGER.id and book.state.adoption.champions["breakout"] == own("breakout")
    assert [row.candidate for row in in_force(book.state)] == [TREND]
    assert [entry.after for entry, _ in book.state.adoption.watches] == [TREND]
    book.notes.append(Note(Kind.ADOPTED, ""))
    lose(book, TREND)
    assert in_force(book.state) == () and not book.state.adoption.watches
    assert packed(book.replayed()) == packed(book.state)


def test_what_goes_back_takes_along_what_was_let_in_on_top_of_it() -> None:
    book, second = Book(), own("breakout", BREAKOUT_VOLUME=3.0)
    book.take(enrol())
    let_in(book, CHALLENGER)
    let_in(book, second)
    assert msgspec.json.decode(msgspec.json.encode(book.state), type=Learner) == book.state
    while book.notes[-1].kind is not Kind.ROLLED_BACK:
        book.block({each.id: -0.05 * (each in (CHALLENGER, second)) for each in runners(book.state)})
    first, last = book.state.adoption.adopted
    assert first.why.startswith("it fell") or first.why.startswith("evidence that it is worse")
    assert last.why == f"what it replaced went back: {first.why}"
    assert book.state.adoption.champions["breakout"] == own("breakout") and in_force(book.state) == ()
    assert packed(book.replayed()) == packed(book.state)


def test_days_that_nobody_watched_are_no_step_of_the_canary() -> None:
    book = Book()
    book.take(enrol())
    book.take(considered(book.end_ns))
    good = {own("trend_following").id: 0.0, own("breakout").id: 0.0, CHALLENGER.id: 0.02}
    while book.state.adoption.campaign is not None and book.state.adoption.campaign.stage is Stage.TESTING:
        book.block(good)
    book.take(Done(Accept(book.end_ns)))
    for _ in range(3):
        book.end_ns += 90 * BLOCK_NS
        book.block(good, trades=30)
    assert [row.share for row in in_force(book.state)] == [0.1]
    for _ in range(14 * 6 - 3):
        assert [row.share for row in in_force(book.state)] == [0.1]
        book.block(good)
    assert [row.share for row in in_force(book.state)] == [0.25]
    assert packed(book.replayed()) == packed(book.state)


def test_another_version_of_a_strategy_is_not_told_as_the_operators_act() -> None:
    book = Book()
    book.take(enrol())
    let_in(book, CHALLENGER)
    newer = [candidate_of(name, "1.1", CONFIG) for name in NAMES]
    book.take(enrol(*newer, time_ns=book.end_ns))
    assert (book.notes[-1].kind, book.notes[-1].text) == (Kind.ROLLED_BACK, "its code changed")
    book = Book()
    book.take(enrol())
    book.take(considered(book.end_ns))
    book.take(enrol(*newer))
    assert (book.notes[-1].kind, book.notes[-1].text) == (Kind.VOID, "its code changed")


def test_a_block_without_every_champion_counts_for_nothing() -> None:
    book = Book()
    book.take(enrol())
    book.block({own("breakout").id: 0.01})
    counted = [book.state.allocation]
    book.block({own(name).id: 0.01 for name in NAMES})
    counted.append(book.state.allocation)
    book.end_ns -= BLOCK_NS  # told again, after a demo was killed and lived a minute twice
    book.block({own(name).id: 0.05 for name in NAMES})
    counted.append(book.state.allocation)
    assert [row.blocks for row in counted if row is not None] == [0, 1, 1]


def test_a_drift_alarm_halves_and_freezes_and_says_so() -> None:
    book = Book()
    book.take(enrol())
    for _ in range(300):
        book.block({own("trend_following").id: 0.01, own("breakout").id: 0.0})
    before = weights(book.state)["trend_following"]
    while not book.state.drifts["trend_following"].stands:
        book.block({own("trend_following").id: -0.02, own("breakout").id: 0.0})
    assert Cause.DRIFT in book.state.adoption.causes
    assert any(note.kind is Kind.DRIFT for note in book.notes)
    known = book.state.allocation
    assert known is not None and weights(book.state)["trend_following"] == pytest.approx(known.weights[0] / 2)
    assert weights(book.state)["trend_following"] < before
    assert any("drift alarm stands" in line for line in learning_lines(book.state))


def test_a_candidates_id_is_made_of_what_it_is() -> None:
    assert own("breakout") == own("breakout")
    assert own("breakout").id != own("breakout", BREAKOUT_VOLUME=3.0).id
    assert Parameter.HYSTERESIS not in own("breakout").parameters, "regimes belong to all strategies"
    assert Parameter.SLOW_MEAN not in own("breakout", SLOW_MEAN=12).parameters, "out of what may be learned"
