"""The chat grammar: what is an order is one, and nothing else ever is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.agent import requests as ask
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.help import HELP_LINES
from kraken_tui.agent.order_words import CLAUSES, FORMS, ChatOrder
from kraken_tui.agent.requests import Unparsed
from kraken_tui.agent.symbols import find_symbol
from kraken_tui.model.command import (
    Approve,
    Buy,
    CancelOrders,
    Close,
    Command,
    Confirm,
    Flatten,
    Pause,
    Reject,
    ResetKillSwitch,
    Resume,
    Sell,
    SetAssistant,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
)
from kraken_tui.model.numerals import plain_number

SYMBOLS = ("BTC/USD", "DOGE/USD", "ETH/USD", "BTC/EUR", "AT/USD", "1INCH/USD")
ORDERS = (Buy, Sell, Close, CancelOrders, SetStop, SetTarget, Approve)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("status", ask.StatusQuestion()),
        ("/status", ask.StatusQuestion()),
        ("  POSITIONS ", ask.PositionsQuestion()),
        ("orders", ask.OrdersQuestion()),
        ("pause", Pause()),
        ("/resume", Resume()),
        ("?", ask.HelpQuestion()),
        ("flatten", ask.ProposeFlatten()),
        ("flatten now", Flatten()),
        ("Flatten now!", Flatten()),
        ("why doge?", ask.WhyQuestion(symbol="DOGE/USD")),
        ("close eth", Close("ETH/USD")),
        ("CLOSE ETH/USD", Close("ETH/USD")),
        ("/close xdg", Close("DOGE/USD")),
        ("close eth-usd.", Close("ETH/USD")),
        ("buy eth", Buy(symbol="ETH/USD")),
        ("buy ethusd 0.5", Buy(symbol="ETH/USD", amount="0.5")),
        ("buy xbt/usd 0.01, at 60000", Buy(symbol="BTC/USD", amount="0.01", limit="60000")),
        ("/Buy ETH stop 2400.5", Buy(symbol="ETH/USD", stop="2400.5")),
        ("buy eth target 3000 stop 2400 at 2500",
         Buy(symbol="ETH/USD", limit="2500", stop="2400", target="3000")),
        ("buy at/usd 5", Buy(symbol="AT/USD", amount="5")),
        ("buy 1inch 5", Buy(symbol="1INCH/USD", amount="5")),
        ("sell eth 1 stop 2600", Sell(symbol="ETH/USD", amount="1", stop="2600")),
        ("cancel doge", CancelOrders(symbol="DOGE/USD")),
        ("stop eth 2400", SetStop(symbol="ETH/USD", price="2400")),
        ("target eth 3000.10", SetTarget(symbol="ETH/USD", price="3000.10")),
        ("target eth off", SetTarget(symbol="ETH/USD")),
        ("approve eth", Approve("ETH/USD")),
        ("Autopilot confirm", SetAutopilot("confirm")),
        ("RESET KILL SWITCH", ResetKillSwitch("RESET KILL SWITCH")),
        ("confirm p-17", Confirm("P-17")),
        ("/reject P-3", Reject("P-3")),
        ("assistant auto", SetAssistant("auto")),
        ("set RISK_PER_TRADE 0.5", SetSetting(name="RISK_PER_TRADE", value="0.5")),
    ],
)  # fmt: skip
def test_known_lines(text: str, wanted: object) -> None:
    assert parse(text, SYMBOLS) == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "try"), ("don't close eth", "never an order"), ("should I close eth?", "never an order"),
        ("do not flatten", "never an order"), ("flatten later", "later has no place"),
        ("never flatten now", "never an order"), ("flatten now?", "never orders"), ("resume?no", "did nothing"),
        ("close", "wants a symbol"), ("close eth?", "not among"),
        ("close BTC", "BTC/USD or BTC/EUR"), ("close nosuch", "not among"), ("/close /flatten", "not among"),
        ("close et\u017f", "names no ticker"), ("close b/tcusd", "not among"),
        ("buy", "wants a symbol"), ("buy at 5", "wants a symbol"),
        ("buy eth?", "not among"), ("buy eth 0.5?", "plain number"), ("buy eth 0,5", "plain number"),
        ("buy eth .5", "plain number"), ("buy eth -1", "plain number"), ("buy 0,5 eth", "read safely"),
        ("buy eth 1e3", "plain number"), ("buy eth 0", "plain number"), ("buy eth 50%", "% of what"),
        ("buy eth all", "plain number"), ("buy eth not", "plain number"),
        ("buy eth 1 2", "did nothing"), ("buy eth 1, 5", "did nothing"), ("buy eth at", "read safely"),
        ("buy eth 1 at 2 at 3", "did nothing"), ("buy eth 1 below 2", "did nothing"),
        ("sell", "wants a symbol"), ("sell eth or not 5", "did nothing"), ("cancel", "wants a symbol"),
        ("cancel eth 5", "did nothing"), ("cancel that", "not among"), ("stop", "which?"),
        ("stop eth", "Where to"), ("stop eth off", "Where to"), ("stop everything", "which?"),
        ("stop eth 5 6", "did nothing"), ("target eth", "Where to"), ("confirm", "typed exactly"),
        ("confirm p-", "typed exactly"), ("confirm 17", "typed exactly"), ("autopilot on", "observe"),
        ("if doge drops buy eth", "never an order"), ("buy eth if doge drops", "did nothing"),
        ("can you buy 50 dollars of eth?", "never an order"), ("would you sell eth", "never an order"),
        ("buy 50 of eth", "50 ETH, or 50 USD of ETH"), ("buy eth for 100", "100 USD of ETH"),
        ("buy fifty dollars of ether with a tight stop", "please buy 50 USD of ETH/USD stop 1%"),
        ("sell everything", "What is to be sold"), ("short eth", "names its stop"),
        ("buy $50 of doge and eth", "Say each by itself"), ("buy eth and doge stop 2%", "Say each by itself"),
        ("buy eth stop 2% above", "which is meant"), ("buy 50 euros of eth", "no pair"),
        ("set risk per trade", "What is RISK_PER_TRADE"), ("please confirm p-17", "typed exactly"),
        ("please assistant auto", "assistant read"), ("pause until teatime", "no time"),
        ("sell 10% in my mind", "in what"), ("buy some eth", "How much"), ("x" * 3000, "longer"),
    ],
)  # fmt: skip
def test_negations_questions_ambiguity_and_left_over_words_do_nothing(text: str, told: str) -> None:
    request = parse(text, SYMBOLS)
    assert isinstance(request, Unparsed)
    assert told in request.hint, request.hint


@given(st.text(max_size=200))
def test_random_text_never_raises_and_never_moves_money(text: str) -> None:
    request = parse(text, SYMBOLS)
    first = (text.strip().removeprefix("/").lower().split() or [""])[0]
    if isinstance(request, ORDERS):
        assert first in FORMS
    if isinstance(request, Flatten):
        assert first == "flatten"


WORDS = st.sampled_from(
    [*FORMS, *CLAUSES, "off", "now", "all", "eth", "doge", "btc", "0.5", "60000", "0", "not", "don't", "?", "please",
     "and", "if", "no", "never", "1,5", "/", "!", "-1"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=10), st.sampled_from([" ", "  ", "\t", "\n", ", "]))
def test_an_order_holds_nothing_but_its_own_words(words: list[str], between: str) -> None:
    request = parse(between.join(words), SYMBOLS)
    if isinstance(request, ORDERS):
        assert not {"not", "don't", "?", "please", "and", "if", "no", "never", "1,5", "!", "-1", "0"} & set(words)
        assert words[0] in FORMS
        assert find_symbol(words[1], SYMBOLS) is not None
        assert all(word in (*CLAUSES, "off") or plain_number(word) for word in words[2:])


NUMBERS = st.decimals("0.00000001", "99999999", places=8).map(lambda number: f"{number:f}")
OPTIONAL = st.none() | NUMBERS
SYMBOL = st.sampled_from(SYMBOLS)
ENTRIES = st.sampled_from([Buy, Sell]).flatmap(
    lambda kind: st.builds(kind, symbol=SYMBOL, amount=OPTIONAL, limit=OPTIONAL, stop=OPTIONAL, target=OPTIONAL)
)
ANY_ORDER = st.one_of(
    ENTRIES,
    st.builds(Close, SYMBOL),
    st.builds(CancelOrders, symbol=SYMBOL),
    st.builds(SetStop, symbol=SYMBOL, price=NUMBERS),
    st.builds(SetTarget, symbol=SYMBOL, price=OPTIONAL),
    st.builds(Approve, SYMBOL),
)


def spoken(order: ChatOrder, clauses: list[str]) -> str:
    """An order as its author would type it, its clauses in the given order."""
    match order:
        case Close(symbol):
            return f"close {symbol}"
        case Approve(symbol):
            return f"approve {symbol}"
        case CancelOrders():
            return f"cancel {order.symbol}"
        case SetStop():
            return f"stop {order.symbol} {order.price}"
        case SetTarget():
            return f"target {order.symbol} {order.price or 'off'}"
    prices = {"at": order.limit, "stop": order.stop, "target": order.target}
    said = [f"{name} {prices[name]}" for name in clauses if prices[name] is not None]
    return " ".join([type(order).__name__.lower(), order.symbol, *([order.amount] if order.amount else []), *said])


@given(ANY_ORDER, st.permutations(CLAUSES), st.booleans(), st.booleans())
def test_every_order_can_be_said_and_is_understood(
    order: ChatOrder, clauses: list[str], slash: bool, upper: bool
) -> None:
    text = ("/" if slash else "") + spoken(order, clauses)
    assert parse(text.upper() if upper else text.lower(), SYMBOLS) == order


@given(ANY_ORDER, st.sampled_from(["not", "don't", "please", "maybe", "?", "half", "off now"]), st.data())
def test_one_word_too_many_makes_an_order_none(order: ChatOrder, extra: str, data: st.DataObject) -> None:
    words = spoken(order, list(CLAUSES)).split()
    words.insert(data.draw(st.integers(0, len(words))), extra)
    assert not isinstance(parse(" ".join(words), SYMBOLS), Command)


def test_every_order_word_is_in_the_help_and_its_form_is_right() -> None:
    told = "\n".join(HELP_LINES)
    for word, form in FORMS.items():
        assert f"{word} SYMBOL" in told
        for line in re.sub(r" \([^)]*\)", "", form).split(", or: "):
            assert isinstance(parse(line, ("BTC/USD",)), ORDERS)
