"""What a program asks is read by the engine as exactly that, or refused here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent import requests as ask
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.spoken import spoken
from kraken_tui.clock import generator
from kraken_tui.model.errors import UsageError
from tests.agent.random_requests import GROUPS, SYMBOLS, Maker


@given(st.integers(0, 10**6))
def test_every_request_that_a_tool_takes_reaches_the_engine_as_it_is(seed: int) -> None:
    request = Maker(generator(seed)).request()
    if isinstance(request, ask.Asked) and getattr(request, "symbol", "") != "BTC/USD":
        assert parse(spoken(request, SYMBOLS, GROUPS), SYMBOLS, GROUPS) == request


def test_tickers_may_be_named_as_people_name_them() -> None:
    assert spoken(ask.PriceQuestion(symbol="eth"), SYMBOLS, GROUPS) == "price ETH/USD"
    assert spoken(ask.BacktestQuestion(symbols=("sol", "xdg")), SYMBOLS, GROUPS) == "backtest SOL/USD DOGE/USD over 24h"


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ask.PriceQuestion(symbol="nosuch"), "not among the tickers"),
        (ask.PriceQuestion(symbol="btc"), "say which"),
        (ask.ProposeSetting(name="X", value="1 and buy 5 eth"), "can't be said"),
        (ask.ProposePause(until="now; flatten now"), "can't be said"),
        (ask.BacktestQuestion(strategies=("a b",)), "can't be said"),
    ],
)
def test_what_would_be_read_otherwise_is_refused(request_: ask.Asked, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        spoken(request_, SYMBOLS, GROUPS)


@given(st.text(min_size=1, max_size=30))
def test_free_words_of_a_program_never_become_anything_else(text: str) -> None:
    for request in (ask.ExplainQuestion(term=text), ask.HelpQuestion(topic=text), ask.ProposePause(only=text)):
        try:
            line = spoken(request, SYMBOLS, GROUPS)
        except UsageError:
            continue
        assert type(parse(line, SYMBOLS, GROUPS)) is type(request)
