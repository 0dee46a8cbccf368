"""Figures that were worked out: told of what they are of, the way round they are, while they hold; and no more."""

import re

import pytest
from msgspec.structs import replace

from kraken_tui.agent.truth.figure_numbers import numbers_in
from kraken_tui.agent.truth.figures import figure as judged_by
from kraken_tui.agent.truth.figures import is_told
from kraken_tui.agent.truth.tokens import Names, tokens_of
from kraken_tui.agent.truth.untrusted import Untrusted
from kraken_tui.clock import SECOND
from kraken_tui.model.fact import Fact
from tests.agent.truth.corpora import NOW_NS, facts, figure, gate, passes, shown, worked_out

TOLD = [(said, known[len(facts()) :]) for said, known in worked_out("honest_derived.txt")]
"""Sentences, each with nothing but its figure."""
OPPOSITE = {
    "above": "below", "higher": "lower", "more than": "less than", "rise": "fall", "exceeds": "lies below",
    "less than": "more than", "below": "above", "lower": "higher", "cheaper": "dearer", "short of": "above",
}  # fmt: skip
COINS = {"BTC": "bitcoin", "ETH": "ether", "SOL": "", "XRP": "", "DOGE": ""}
CLAIMS = (
    "BTC is at {}.", "ETH is at {} dollars.", "The price of BTC is {}.", "The last price of SOL is {} USD.",
    "The ask of BTC is {}.", "BTC costs {} dollars.", "BTC is up {}%.", "ETH fell {}% over 24 hours.",
    "Your profit is {} dollars.", "Your loss is {} USD today.", "Your free balance is {} dollars.",
    "Your equity is {} USD.", "The taker fee is {}%.", "You paid {} dollars in fees.", "Your win rate is {}%.",
    "I bought {} dollars of it.", "I sold {} BTC for you.", "You hold {} BTC.", "Your fill was at {}.",
    "Your stop on BTC is at {}.", "The limit per order is {} dollars.", "The RSI of BTC is {}.",
    "The spread of BTC is {} dollars.", "The volume of BTC is {} BTC.",
)  # fmt: skip


def known_figures() -> list[Fact]:
    return list(dict.fromkeys(one for _, known in TOLD for one in known))


def test_a_figure_grounds_no_price_balance_profit_fee_or_fill() -> None:
    """But for the spread, which is what ask and bid are apart: that is asked for by itself."""
    for one in known_figures():
        for value in (f"{one.value:f}", f"{one.value:,.2f}", f"{abs(one.value):.2f}"):
            told = [claim.format(value) for claim in CLAIMS]
            assert [claim for claim in told if shown(claim, [one])] == []


def test_a_second_price_is_not_made_of_a_price() -> None:
    price = "last price BTC/USD"
    again = {"product": ("1", price), "difference": (price, "$0"), "sum": (price, "$0"), "average": (price, price)}
    for how, of in again.items():
        one = figure(how, of)
        assert f"{one.value:.1f}" == "64010.5"
        for said in ("BTC is at 64010.5.", "The price of BTC is 64,010.5 USD.", "I bought BTC at 64,010.5 USD."):
            assert not passes(said, [one]) and passes("The price of BTC is 64,010.5 USD.", facts())


def test_the_other_way_round_it_is_a_lie() -> None:
    tried = 0
    for said, known in TOLD:
        for word, other in OPPOSITE.items():
            turned = re.sub(rf"\b{word}\b", other, said)
            if turned != said and passes(said, known):
                tried += 1
                assert not passes(turned, known), turned
    assert tried >= 40


def test_of_another_coin_it_is_a_lie() -> None:
    tried = 0
    for said, known in TOLD:
        of = {one.asset.partition("/")[0] for figure in known for one in figure.of}
        for coin in of & set(COINS):
            for other in set(COINS) - of:
                turned = re.sub(rf"\b(?:{coin}|{COINS[coin] or coin})\b", other, said, flags=re.IGNORECASE)
                if turned != said:
                    tried += 1
                    assert not passes(turned, known), turned
    assert tried >= 200


def test_two_coins_in_each_others_place_are_a_lie_where_it_matters() -> None:
    tried = 0
    for said, known in TOLD:
        of = sorted({one.asset.partition("/")[0] for one in known[0].of} - {"USD", ""})
        if len(of) != 2 or known[0].kind in ("total", "average") or re.search("apart|gap|ifference", said):
            continue
        first, second = (rf"\b(?:{coin}|{COINS[coin] or coin})\b" for coin in of)
        turned = re.sub(first, "\0", said, flags=re.IGNORECASE)
        turned = re.sub(second, of[0], turned, flags=re.IGNORECASE).replace("\0", of[1])
        tried += 1
        assert not passes(turned, known), turned
    assert tried >= 15


def test_another_number_is_a_lie() -> None:
    for said, known in TOLD:
        size = abs(known[0].value)
        for number in re.findall(r"\d[\d,]*\.?\d*", said):
            if abs(float(number.replace(",", "")) - float(size)) < 0.02 * float(size) and float(size) > 2:
                other = f"{float(size) * 1.07:,.2f}"
                assert not passes(said.replace(number, other), known), said


@pytest.mark.parametrize(
    "claim",
    [
        "I bought it, and {}", "{} and your order is filled.", "{} and I placed the order.", "{}, so I sold.",
        "As you own it, {}", "You made it: {}", "I see that {}", "{} and that is your profit.", "Yesterday {}",
        "{} tomorrow.", "{} for sure filled.",
    ],
)  # fmt: skip
def test_with_a_claim_beside_it_a_figure_is_withheld(claim: str) -> None:
    for said, known in TOLD:
        if passes(said, known) and not passes(said, []):
            assert shown(claim.format(said.rstrip(".")), known) == []


def test_a_figure_holds_as_long_as_the_first_of_what_it_rests_on() -> None:
    share = figure("share", ("last price ETH/USD", "equity"))
    limit = figure("percentage", ("daily loss limit", "equity"))
    said = {"One ether is worth 31% of your equity.": (share, 10), "2% of your equity is 205.01 USD.": (limit, 300)}
    for sentence, (one, lasts_s) in said.items():
        for age_s in (0, lasts_s, lasts_s + 1):
            judge = gate([one], NOW_NS + age_s * SECOND)
            judge.feed(Untrusted(sentence))
            assert all((not verdict.rule) is (age_s <= lasts_s) for verdict in judge.end(complete=True))


def test_a_figure_of_an_old_value_is_old_itself() -> None:
    old = [replace(one, as_of_ns=NOW_NS - 11 * SECOND) for one in figure("share", ("last price ETH/USD", "equity")).of]
    one = replace(figure("share", ("last price ETH/USD", "equity")), of=tuple(old))
    assert not passes("One ether is worth 31% of your equity.", [one])


def test_what_was_worked_out_for_one_sentence_leaves_the_others_as_they_are() -> None:
    """Beside figures, plain facts are told as without them, and so are their lies."""
    known = [*facts(), *known_figures()]
    for said, is_true in (("BTC is at 64010.5.", True), ("ETH is at 64010.5.", False), ("BTC is at 128,021.", False)):
        assert passes(said, known) is is_true


@pytest.mark.parametrize(
    "told",
    [
        "61k dollars",
        "61 thousand dollars",
        "about 61,000 dollars",
        "6,086,025 cents",
        "60,860 USD",
        "about 60k dollars",
    ],
)
def test_a_figure_is_told_as_roughly_as_its_words_say(told: str) -> None:
    one = figure("difference", ("last price BTC/USD", "last price ETH/USD"))
    assert passes(f"BTC is {told} above ETH.", [one])


def test_a_sentence_of_many_numbers_tells_no_figure_and_takes_no_time() -> None:
    """Each number is read once, however many figures there are, and past a dozen none of them is tried."""
    one = figure("difference", ("60000", "last price BTC/USD"))
    names = Names(["BTC/USD"], [])
    judged = judged_by(one, names)
    few = tokens_of("BTC, at 64,010.5 dollars, is 4,010.5 dollars above 60,000 dollars.", names)
    many = [*few[:-1], *tokens_of(", 60,000" * 10, names)]
    assert is_told(judged, few) and not is_told(judged, many)
    numbers_in.cache_clear()
    assert not any(is_told(judged, many) for _ in range(5))
    assert numbers_in.cache_info().misses == 1
