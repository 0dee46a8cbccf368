"""A campaign proves something only if all of it was declared: every way around that makes it void."""

import msgspec
import pytest

from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.campaign import Campaign, Source, Stage, after_block, chosen, registered, voided
from kraken_tui.learning.gates import Sanity, Search, doubts, search_of
from kraken_tui.learning.verdict import judge
from kraken_tui.model.errors import UsageError
from tests.learning.campaigns import CHAMPION, DAY_NS, SANE, candidate, declaration, search, trial

NEW, OTHER = candidate("new", 1.4), candidate("other", 0.7)


def begun(**changed: float) -> Campaign:
    return Campaign(number=1, declaration=declaration("first", **changed), champion=CHAMPION)


def tried(campaign: Campaign, *names: str) -> Campaign:
    for name in names:
        campaign = registered(campaign, trial(name))
    return campaign


def chosen_of(*challengers: Candidate, **changed: float) -> Campaign:
    campaign = tried(begun(**changed), *(each.id for each in challengers))
    return chosen(campaign, challengers, search(len(challengers)), (SANE,) * len(challengers))


class TestRegistry:
    def test_the_trial_too_many_voids_it(self) -> None:
        campaign = tried(begun(budget=3), "a", "b", "c")
        assert campaign.stage is Stage.SEARCHING
        assert tried(campaign, "c").stage is Stage.SEARCHING
        over = tried(campaign, "d")
        assert (over.stage, over.why) == (Stage.VOID, "4 trials, declared were 3")

    def test_a_trial_that_was_left_out_voids_it(self) -> None:
        campaign = chosen(tried(begun(), "new"), (NEW,), search(12), (SANE,))
        assert (campaign.stage, campaign.why) == (Stage.VOID, "12 trials were evaluated and 1 registered")

    def test_a_trial_after_the_end_voids_it(self) -> None:
        assert tried(chosen_of(NEW), "late").stage is Stage.VOID

    def test_choosing_twice_voids_it(self) -> None:
        assert chosen(chosen_of(NEW), (NEW,), search(1), (SANE,)).stage is Stage.VOID

    @pytest.mark.parametrize(
        ("challengers", "why"),
        [
            ((NEW, OTHER), "2 challengers, declared were 1"),
            ((candidate("ghost", 1.1),), "ghost was never tried"),
        ],
    )
    def test_who_was_not_declared_voids_it(self, challengers: tuple[Candidate, ...], why: str) -> None:
        campaign = tried(begun(challengers=1), "new", "other")
        assert chosen(campaign, challengers, search(2), (SANE,) * len(challengers)).why == why

    def test_named_twice_voids_it(self) -> None:
        assert chosen(tried(begun(), "new"), (NEW, NEW), search(1), (SANE, SANE)).stage is Stage.VOID
        assert chosen(tried(begun(), "new"), (NEW,), search(1), ()).stage is Stage.VOID

    def test_what_has_ended_stays(self) -> None:
        lost = chosen(tried(begun(), "new"), (NEW,), search(1, deflated=0.5), (SANE,))
        assert lost.stage is Stage.LOST
        assert voided(lost, "later") == lost


class TestGates:
    @pytest.mark.parametrize(
        ("sanity", "figures", "text"),
        [
            (Sanity(trades=99, months=12, stressed=0.1), search(1), "99 trades"),
            (Sanity(trades=100, months=5.9, stressed=0.1), search(1), "5.9 months"),
            (Sanity(trades=100, months=6, stressed=0.0), search(1), "half as large"),
            (Sanity(trades=100, months=6, stressed=float("nan")), search(1), "half as large"),
            (Sanity(trades=100, months=6, stressed=0.1, retained=0.49), search(1), "neighbours keep 49 %"),
            (SANE, search(1, deflated=None), "undefined"),
            (SANE, search(1, deflated=0.949), "0.949"),
            (SANE, search(1, overfitting=0.21), "0.21"),
            (SANE, Search(evaluated=2, deflated=0.99), "not measured"),
        ],
    )
    def test_each_gate_alone_holds(self, sanity: Sanity, figures: Search, text: str) -> None:
        (found,) = doubts(sanity, figures)
        assert text in found

    def test_what_passes(self) -> None:
        assert doubts(Sanity(trades=100, months=6, stressed=1e-9), Search(evaluated=1, deflated=0.95)) == ()

    def test_figures_of_a_search(self) -> None:
        import numpy as np

        luck = judge(np.random.default_rng(1).normal(size=(200, 8)), blocks=8)
        figures = search_of(luck, 8)
        assert figures.deflated == luck.deflated
        assert luck.overfitting is not None
        assert figures.overfitting == luck.overfitting.probability
        assert doubts(SANE, figures) != ()

    def test_only_those_that_pass_go_on(self) -> None:
        poor = Sanity(trades=3, months=12, stressed=0.1)
        campaign = chosen(tried(begun(), "new", "other"), (NEW, OTHER), search(2), (poor, SANE))
        assert [each.candidate.id for each in campaign.contenders] == ["other"]
        assert campaign.needed == pytest.approx(98.696, abs=1e-3)

    def test_a_leap_goes_no_further(self) -> None:
        far = candidate("far", 1.6)
        campaign = chosen(tried(begun(), "far"), (far,), search(1), (SANE,))
        assert campaign.stage is Stage.LOST
        assert "TREND_GAP would move by 0.6; at most 0.56" in campaign.why


class TestEvidence:
    def test_the_holdout_first_and_once(self) -> None:
        campaign = chosen_of(NEW, holdout_blocks=2, holdout_end_ns=2 * DAY_NS)
        assert after_block(campaign, DAY_NS, Source.SHADOW, {"new": 0.0}).stage is Stage.VOID
        for day in (1, 2):
            campaign = after_block(campaign, day * DAY_NS, Source.HOLDOUT, {"new": 0.01})
        assert campaign.source is Source.SHADOW
        assert after_block(campaign, 3 * DAY_NS, Source.HOLDOUT, {"new": 0.0}).stage is Stage.VOID
        assert after_block(campaign, 3 * DAY_NS, Source.SHADOW, {"new": 0.0}).blocks == 3

    def test_blocks_are_of_the_declared_time(self) -> None:
        held_out = chosen_of(NEW, holdout_blocks=2, holdout_start_ns=5 * DAY_NS, holdout_end_ns=7 * DAY_NS)
        for day, stage in ((5, Stage.VOID), (6, Stage.TESTING), (7, Stage.TESTING), (8, Stage.VOID)):
            assert after_block(held_out, day * DAY_NS, Source.HOLDOUT, {"new": 0.0}).stage is stage
        shadow = chosen_of(NEW, declared_ns=5 * DAY_NS)
        for day, stage in ((5, Stage.VOID), (6, Stage.TESTING)):
            assert after_block(shadow, day * DAY_NS, Source.SHADOW, {"new": 0.0}).stage is stage

    def test_a_block_counts_once(self) -> None:
        once = after_block(chosen_of(NEW), DAY_NS, Source.SHADOW, {"new": 0.01})
        assert after_block(once, DAY_NS, Source.SHADOW, {"new": 0.01}) == once

    def test_the_better_one_wins(self) -> None:
        campaign = chosen_of(NEW, OTHER)
        for day in range(1, 400):
            campaign = after_block(campaign, day * DAY_NS, Source.SHADOW, {"new": 0.01, "other": 0.02})
        assert (campaign.stage, campaign.winner) == (Stage.WON, "other")
        won = campaign.won
        assert won is not None
        assert won.evidence.value >= campaign.needed
        assert any("enough evidence" in text for text in campaign.sentences())

    def test_a_broken_bound_loses(self) -> None:
        campaign = chosen_of(NEW, OTHER)
        campaign = after_block(campaign, DAY_NS, Source.SHADOW, {"new": -0.07, "other": 0.0})
        assert campaign.stage is Stage.TESTING
        assert after_block(campaign, 2 * DAY_NS, Source.SHADOW, {"new": 1.0, "other": -0.07}).stage is Stage.LOST

    def test_a_missing_difference_is_named(self) -> None:
        with pytest.raises(UsageError, match="no difference of other"):
            after_block(chosen_of(NEW, OTHER), DAY_NS, Source.SHADOW, {"new": 0.0})

    def test_it_survives_the_database(self) -> None:
        campaign = after_block(chosen_of(NEW, OTHER), DAY_NS, Source.SHADOW, {"new": 0.013, "other": 0.017})
        for codec in (msgspec.json, msgspec.msgpack):
            assert codec.decode(codec.encode(campaign), type=Campaign) == campaign

    @pytest.mark.parametrize(
        "changed",
        [
            {"budget": 0},
            {"challengers": 11},
            {"bound": 0.0},
            {"holdout_end_ns": -1},
            {"holdout_blocks": -1},
            {"holdout_blocks": 1},
        ],
    )
    def test_a_declaration_makes_sense(self, changed: dict[str, int | float]) -> None:
        with pytest.raises(UsageError):
            begun(**changed)
