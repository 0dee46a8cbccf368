"""The chat grammar: what is an order is one, and nothing else ever is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent.grammar import CloseRequest, Simple, Topic, Unparsed, WhyRequest, parse

SYMBOLS = ("BTC/USD", "DOGE/USD", "ETH/USD", "BTC/EUR")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("status", Simple(Topic.STATUS)),
        ("/status", Simple(Topic.STATUS)),
        ("  POSITIONS ", Simple(Topic.POSITIONS)),
        ("pause", Simple(Topic.PAUSE)),
        ("/resume", Simple(Topic.RESUME)),
        ("?", Simple(Topic.HELP)),
        ("flatten", Simple(Topic.FLATTEN)),
        ("flatten now", Simple(Topic.FLATTEN, confirmed=True)),
        ("close eth", CloseRequest("ETH/USD")),
        ("CLOSE ETH/USD", CloseRequest("ETH/USD")),
        ("/close xdg", CloseRequest("DOGE/USD")),
        ("why doge?", WhyRequest("DOGE/USD")),
    ],
)
def test_known_lines(text: str, wanted: object) -> None:
    assert parse(text, SYMBOLS) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "don't close eth", "should I close eth?", "do not flatten", "close", "close eth now please", "close BTC",
     "close nosuch", "flatten later", "never flatten now", "resume?no", "/close /flatten"],
)  # fmt: skip
def test_negations_questions_and_ambiguity_do_nothing(text: str) -> None:
    assert isinstance(parse(text, SYMBOLS), Unparsed)


@given(st.text(max_size=200))
def test_random_text_never_raises_and_never_flattens(text: str) -> None:
    request = parse(text, SYMBOLS)
    assert request != Simple(Topic.FLATTEN, confirmed=True) or "flatten" in text.lower()
