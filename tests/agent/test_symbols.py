"""Symbols by the names that people use."""

import pytest

from kraken_tui.agent.symbols import find_symbol, no_symbol

SYMBOLS = ("BTC/USD", "DOGE/USD", "ETH/USD", "ETH/EUR", "USDT/USD")


@pytest.mark.parametrize("word", ["btc", "BTC", "xbt", "btcusd", "XBTUSD", "btc/usd", "btc-usd", "xbt/usd"])
def test_one_symbol_has_many_names(word: str) -> None:
    assert find_symbol(word, SYMBOLS) == "BTC/USD"


@pytest.mark.parametrize("word", ["", "/", "b", "btc/", "/btc", "b.tc", "btc/usdt", "eth", "usd", "bt\u00a9c", "xdoge"])
def test_what_names_none_or_two_names_none(word: str) -> None:
    assert find_symbol(word, SYMBOLS) is None


def test_it_says_what_would_be_right() -> None:
    assert no_symbol("eth", SYMBOLS) == "eth may be ETH/USD or ETH/EUR: say which"
    assert no_symbol("sol", SYMBOLS) == "sol is not among the tickers"
