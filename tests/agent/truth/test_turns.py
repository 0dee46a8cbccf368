"""Which messages only ask. All others are turns that act, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent.trade_result_validator import is_information
from tests.agent.truth.corpora import SYMBOLS

ASKING = [
    "what is a stop-loss?",
    "What's the price of BTC?",
    "how did we do this week and why?",
    "why did you sell ETH?",
    "explain slippage",
    "Explain the regime, please.",
    "compare BTC and ETH",
    "tell me about trailing stops",
    "tell me why the scanner skipped SOL",
    "give me an overview of the market",
    "show me the difference between maker and taker fees",
    "should I buy BTC now?",
    "is it a good time to sell?",
    "what would happen if I bought ether now?",
    "how do I place a stop?",
    "can you explain the fees?",
    "hello zyn, what is volatility?",
    "what is the spread? and why does it matter?",
    "which coins moved most today?",
    "do you think BTC will fall?",
    "how much could I lose with a stop at 60000?",
    "what does post-only mean?",
    "summarise the market",
    "when does the autopilot trade?",
]
ACTING = [
    "buy BTC",
    "buy fifty dollars of ether with a tight stop",
    "can you buy some bitcoin?",
    "could you grab me some bitcoin",
    "would you close ETH?",
    "please sell everything",
    "stop trading memes until Monday",
    "what is BTC at? buy some if it is under 60000",
    "what's the price and buy some",
    "should I wait? no, close it",
    "close it",
    "grab me some bitcoin",
    "yes",
    "do it",
    "go ahead",
    "confirm P-17",
    "give me some bitcoin",
    "get me out",
    "I want to be long",
    "what about we buy 50 dollars of SOL, then sell it",
    "explain slippage, then buy BTC",
    "pause",
    "flatten now",
    "",
    "???",
    "compra bitcoin",
    "was kostet BTC? kauf mir welche",
    "why not buy 100 BTC",
    "make me rich",
    "set a stop at 60000",
    "how about you snag me some SOL?",
    "tell the exchange to sell",
    "can you move the stop up?",
    "will you sell it?",
    "move it",
    "ok",
    "what is this: sell BTC",
    "is BTC cheap? then buy 5",
]


@pytest.mark.parametrize("said", ASKING)
def test_a_question_is_a_question(said: str) -> None:
    assert is_information(said, SYMBOLS)


@pytest.mark.parametrize("said", ACTING)
def test_what_may_want_something_done_is_no_question(said: str) -> None:
    assert not is_information(said, SYMBOLS)


@given(st.text(max_size=200))
def test_any_message_is_one_or_the_other(said: str) -> None:
    assert is_information(said, SYMBOLS) in (True, False)
