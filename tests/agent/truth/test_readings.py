"""Values read out by their full names pass whatever they weigh; no other value, name or word does by that."""

from decimal import Decimal

import pytest

from kraken_tui.agent.truth.grounding import Grounds
from kraken_tui.agent.truth.tokens import Names, tokens_of
from kraken_tui.model.fact import Fact
from tests.agent.truth.corpora import NOW_NS, SYMBOLS, facts, passes

NAMES = Names(SYMBOLS, ("Zyn", "jimmy"))


def reads(said: str, known: list[Fact], now_ns: int = NOW_NS) -> bool:
    grounds = Grounds(NAMES)
    grounds.learn(known)
    return grounds.read_out(tokens_of(said, NAMES), now_ns)


def told(fact: Fact, value: Decimal) -> str:
    of = f" of {fact.asset}" if "/" in fact.asset else ""
    return f"The {fact.name}{of} is {value} {fact.unit}."


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: f"{fact.name} {fact.asset}")
def test_every_value_of_a_tool_can_be_read_out_and_no_other_number(fact: Fact) -> None:
    assert reads(told(fact, fact.value), facts())
    assert not reads(told(fact, fact.value * 2 + 1), facts())
    assert not reads(told(fact, fact.value), [one for one in facts() if one is not fact and one.value != fact.value])
    assert not reads(told(fact, fact.value), facts(), NOW_NS + 3_600 * 10**9)


@pytest.mark.parametrize(
    "said",
    [
        "The best bid of BTC/USD is 64009.8 USD and the best ask is 64011.2 USD.",
        "The change over 24 h is 2.31 % for BTC/USD and -1.84 % for ETH/USD.",
        "BTC is above 64,000 USD.",
        "Your equity is 10250.30 USD and the free balance is 1204.50 USD.",
        "The maker fee and the taker fee are 0.16% and 0.26%.",
        "The best bid and best ask of BTC are 64009.8 and 64011.2 USD.",
        "RSI and ATR of BTC: 58.3 and 412.7.",
        "ETH and BTC are at 3150.25 and 64010.5.",
        "0.16% is the maker fee and 0.26% is the taker fee.",
        "The last price of BTC is USD 64,010.5.",
        "The volume over 24 h is 1843.2 BTC.",
        "BTC is above about USD 64,000.",
        "The daily loss limit is two percent.",
    ],
)
def test_several_are_read_out_in_one_sentence(said: str) -> None:
    assert reads(said, facts())


@pytest.mark.parametrize(
    "said",
    [
        "The last price of BTC/USD is 64011.2 USD.",
        "The last price of ETH/USD is 64010.5 USD.",
        "The change over 24 h of ETH/USD is 1.84 %.",
        "Your win rate is 54.2 %.",
        "The equity of BTC/USD is 10250.30 USD.",
        "Your BTC is at 64010.5 USD.",
        "I bought BTC at the last price of 64010.5 USD.",
        "The stop of BTC/USD is at the last price of 64010.5 USD.",
        "The net profit today of your position is 35.20 USD.",
        "The last price of BTC/USD is high.",
    ],
)
def test_another_value_coin_or_word_makes_no_reading(said: str) -> None:
    assert not reads(said, facts())


@pytest.mark.parametrize(
    "said",
    [
        "The maker fee and the taker fee are 0.26% and 0.16%.",
        "The best ask and best bid of BTC are 64009.8 and 64011.2.",
        "Your equity and your free balance are 1204.50 USD and 10250.30 USD.",
        "RSI and ATR of BTC: 412.7 and 58.3.",
        "0.26% is the maker fee and 0.16% is the taker fee.",
    ],
)
def test_values_in_a_row_are_those_of_the_names_in_their_order(said: str) -> None:
    assert not reads(said, facts())
    assert not passes(said, facts())


@pytest.mark.parametrize(
    "said",
    [
        "DOGE is above BTC at 64010.5.",
        "XRP is above ETH, and ETH is at 3150.25.",
        "BTC stands at 64010.5 above the price of ETH.",
        "ETH and BTC are at 64010.5.",
        "ETH and BTC are at 64010.5 and 3150.25.",
        "The win rate of ETH and BTC is 54.2%.",
        "The last price of ETH and of BTC is 64010.5 USD.",
    ],
)
def test_coins_are_not_compared_and_none_has_the_value_of_another(said: str) -> None:
    assert not reads(said, facts())


@pytest.mark.parametrize(
    "said",
    [
        "The last price of BTC is EUR 64,010.5.",
        "The last price of BTC is 64010.5 - EUR.",
        "BTC now stands at 64010.5 USD EUR.",
        "The last price of BTC in EUR is 64010.5.",
        "The RSI of BTC in USD is 58.3.",
        "The RSI of BTC is 58.3 - percent.",
        "Your free balance is EUR 1204.50.",
        "Your net profit today is -USD 35.20.",
        "Your net profit today is - USD 35.20.",
        "Your equity has a value of 5m dollars and 10250.30 dollars.",
        "The RSI of BTC in 1h is 58.3.",
        "BTC volume over 24 h 1760 BTC.",
    ],
)
def test_another_unit_sign_or_window_makes_no_reading(said: str) -> None:
    assert not reads(said, facts())
