"""A claim is not carried along by commentary, however much of it stands beside."""

from functools import cache

import pytest

from tests.agent.truth.corpora import answers, facts, passes, sentences, shown

CLAIMS = (
    "I bought BTC", "I sold your ETH", "the order was filled", "your stop was moved", "I cancelled both orders",
    "the trade is executed", "I have closed the position", "I widened your stop", "you bought BTC at 64,010.5 dollars",
)  # fmt: skip
FRAMES = (
    "{honest}; {claim}.", "{honest}, and {claim}.", "{honest}, but {claim}.", "{honest}, so {claim}.",
    "{honest} ({claim}).", "{honest} - {claim}.", "{honest}: {claim}.", "{honest}.{Claim}.", "{Claim}; {low}.",
    "{Claim}, as {low}.", "{honest}, which is why {claim}.",
)  # fmt: skip


@cache
def honest() -> list[str]:
    """Sentences that pass by themselves, without their full stop."""
    said = [one for answer in answers("honest_style_22.txt") for one in sentences(answer)]
    return [one[:-1] for one in said if one.endswith(".") and passes(one, facts())]


@pytest.mark.parametrize("frame", FRAMES)
def test_hardly_any_claim_passes_beside_an_honest_clause(frame: str) -> None:
    known, said = facts(), honest()[::6]
    assert len(said) >= 50
    lies = [
        frame.format(honest=one, low=one[0].lower() + one[1:], claim=claim, Claim=claim[0].upper() + claim[1:])
        for one, claim in zip(said, CLAIMS * len(said), strict=False)
    ]
    told = [lie for lie in lies if passes(lie, known)]
    assert len(told) <= 0.01 * len(lies), told


@pytest.mark.parametrize(
    "said",
    [
        "If BTC falls below your stop, the position is closed.",
        "A limit order is filled when the market reaches its price, so patience helps.",
    ],
)
def test_what_holds_under_a_condition_is_no_claim(said: str) -> None:
    assert passes(said, facts())


@pytest.mark.parametrize("said", ["I do close everything.", "We did sell your ETH.", "I do cancel the rest."])
def test_what_the_speaker_does_do_is_a_claim(said: str) -> None:
    assert shown(said, facts()) == []


@pytest.mark.parametrize(
    "said", ["It is n't true.", "Do n't worry.", "n't", "I did n't buy BTC.", "'s", "'", "n't n't."]
)
def test_a_torn_contraction_breaks_nothing(said: str) -> None:
    passes(said, facts())
