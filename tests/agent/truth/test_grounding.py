"""Numbers: of the coin, of the kind, within the rounding, fresh; anything else is withheld."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from kraken_tui.agent.truth.untrusted import Untrusted
from kraken_tui.clock import SECOND
from tests.agent.truth.corpora import NOW_NS, facts, gate, passes

TRUE = [
    "BTC is at 64010.5.",
    "BTC is at 64,010.50 USD.",
    "BTC is at 64,010 USD.",
    "Bitcoin trades at $64,011.",
    "BTC is at about 64,000 USD.",
    "BTC is at 64k.",
    "XRP is at 52.34 cents.",
    "BTC is above 64,000 USD.",
    "ETH is down 1.84% over 24 hours.",
    "ETH fell 1.8% over 24 hours.",
    "BTC is up 2.31% over 24 hours.",
    "The RSI of BTC is 58.3.",
    "SOL is at 142.37 and ETH is at 3150.25.",
    "The spread of SOL is 0.02 USD.",
    "The maker fee is 0.16%.",
    "Over 1 day, BTC gained 2.31%.",
    "BTC gained 2.31% over the last day.",
    "ETH is down 1.84% on the day.",
    "ETH fell 1.84% over twenty-four hours.",
    "BTC is at USD 64,010.5.",
    "ETH and SOL are at 3150.25 and 142.37.",
]
FALSE = [
    "BTC is at 64012.",
    "BTC is at 64,100 USD.",
    "BTC is at 65k.",
    "BTC is at 60000.",
    "ETH is at 64010.5.",
    "BTC is at 3150.25.",
    "ETH is up 1.84% over 24 hours.",
    "BTC is down 2.31% over 24 hours.",
    "BTC is up 1.84% over 24 hours.",
    "The RSI of ETH is 58.3.",
    "The RSI of BTC is 412.7.",
    "The ATR of BTC is 58.3.",
    "The bid for BTC is 64011.2.",
    "The maker fee is 0.26%.",
    "BTC is at -64010.5.",
    "BTC is at 64010.5 EUR.",
    "The volume of BTC is 64010.5 USD.",
    "BTC is at sixty thousand.",
    "SOL is at 3150.25 and ETH is at 142.37.",
    "XRP is at 0.52.",
    "BTC is at 64010.5 and ETH is at 3100.",
]

OVER_ANOTHER_SPAN = [
    "BTC gained 2.31% over the last 7 days.",
    "BTC gained 2.31% in 1 h.",
    "BTC is up 2.31% over 7 d.",
    "BTC is up 2.31 percent this week.",
    "ETH is down 1.84% over 1 h.",
    "Over the last seven days, ETH fell 1.84%.",
    "The volume of BTC over 7 days is 1843.2 BTC.",
    "BTC volume over 24 h 1760 BTC.",
    "The last price of BTC in 7d is 64010.5.",
    "The win rate in 7d of BTC is 54.2%.",
    "The net profit today in 30d is 35.20 USD.",
    "BTC stands at 5m, 64010.5 dollars.",
    "BTC gained 2.31% over the past weekend.",
    "The monthly volume of BTC is 1843.2 BTC.",
]
IN_ANOTHER_UNIT = [
    "The last price of BTC is EUR 64,010.5.",
    "BTC is at 64,010.5 , EUR.",
    "BTC stands at 64010.5 dollar, euro.",
    "BTC now stands at 64010.5 USD EUR.",
    "The RSI of BTC is 58.3 - percent.",
    "Your net profit today is -USD 35.20.",
    "The equity is 10250.30 and the value is 5m dollars.",
    "Your free balance is 5m USD.",
    "BTC is below 64010.5.",
]
OF_SEVERAL_COINS = [
    "The spread of ETH and BTC is 1.4 USD.",
    "The last price of ETH and of BTC is 64010.5 USD.",
    "The win rate of ETH and BTC is 54.2%.",
    "The RSI of ETH, SOL and BTC is 58.3.",
    "ETH is over BTC and BTC is at 64010.5.",
    "DOGE is above BTC at 64010.5.",
]


@pytest.mark.parametrize("said", TRUE)
def test_a_value_that_a_tool_returned_passes(said: str) -> None:
    assert passes(said, facts())


@pytest.mark.parametrize("said", [*FALSE, *OVER_ANOTHER_SPAN, *IN_ANOTHER_UNIT, *OF_SEVERAL_COINS])
def test_any_other_number_is_withheld(said: str) -> None:
    assert not passes(said, facts())


@pytest.mark.parametrize("said", TRUE)
def test_without_facts_no_number_passes(said: str) -> None:
    assert not passes(said, [])


def test_a_price_can_be_told_for_ten_seconds() -> None:
    said = Untrusted("BTC is at 64010.5.")
    for age_s, is_shown in ((10, True), (11, False)):
        judge = gate(facts(), NOW_NS + age_s * SECOND)
        judge.feed(said)
        (verdict,) = judge.end(complete=True)
        assert (not verdict.rule) is is_shown


def test_a_price_expires_while_the_answer_streams() -> None:
    judge = gate(facts())
    assert not judge.feed(Untrusted("BTC is at 64010.5.\n"), NOW_NS + 5 * SECOND)[0].rule
    assert judge.feed(Untrusted("BTC is at 64010.5.\n"), NOW_NS + 15 * SECOND)[0].rule == "number"


def test_a_tool_that_returns_more_makes_more_tellable() -> None:
    judge = gate([])
    judge.learn([replace(one, as_of_ns=NOW_NS) for one in facts()])
    assert not judge.feed(Untrusted("BTC is at 64010.5.\n"))[0].rule


@pytest.mark.parametrize("name", ["entry price", "exit price", "target price", "stop price", "stop order price"])
@pytest.mark.parametrize(
    "said",
    [
        "BTC is at 58,000.",
        "The price of BTC is 58,000 USD.",
        "BTC currently trades at 58,000 dollars.",
        "The last price of BTC is 58,000 USD.",
    ],
)
def test_a_price_of_a_position_or_an_order_is_not_the_markets(name: str, said: str) -> None:
    kept = [one for one in facts() if one.kind != "price"]
    planned = replace(next(one for one in facts() if one.kind == "price"), name=name, value=Decimal(58_000))
    assert not passes(said, [*kept, planned])
    assert passes(said, [*kept, replace(planned, name="last price")])
    assert passes(f"The {name} of BTC is 58,000 USD.", [*kept, planned])
