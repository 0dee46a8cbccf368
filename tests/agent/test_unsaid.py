"""What the operator's words contain of a command, and what somebody else put there."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.agent.spoken_numbers import spoken_numbers
from kraken_tui.agent.unsaid import unsaid
from kraken_tui.model.command import Buy, Close, Command, Flatten, Pause, Resume, Sell, SetAutopilot, SetStop, SetTarget
from tests.samples import D

B, E = "BTC/USD", "ETH/USD"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("buy fifty dollars of ether", ["50"]), ("0.5", ["0.5"]), (".5", ["0.5"]), ("1/2", ["0.5"]),
        ("half a bitcoin", ["0.5"]), ("a half", ["0.5"]), ("one hundredth of a bitcoin", ["0.01"]),
        ("three quarters", ["0.75"]), ("two hundred and fifty", ["250"]), ("a hundred", ["100"]),
        ("twelve hundred", ["1200"]), ("sixty thousand", ["60000"]), ("60k", ["60000"]), ("1,200.50", ["1200.50"]),
        ("five million two hundred", ["5000200"]), ("$50 at 60,000", ["50", "60000"]), ("twenty-five", ["25"]),
        ("1.5k", ["1500"]), ("2 grand", ["2000"]), ("0.5btc", ["0.5"]), ("a bitcoin and an ether", []),
        ("1,5", []), ("1.2.3", []), ("1e5", []), ("0,500", []), ("P-17", ["17"]), ("", []), ("hundred", []),
    ],
)  # fmt: skip
def test_numbers_in_any_spelling(text: str, values: list[str]) -> None:
    assert [number.value for number in spoken_numbers(text)] == [D(value) for value in values]


@pytest.mark.parametrize(
    ("command", "said", "absent"),
    [
        (Buy(symbol=E, amount="0.02"), "buy 0.02 eth", ()),
        (Buy(symbol=E, amount="0.02"), "buy fifty dollars of ether", ()),
        (Buy(symbol=E, amount="0.02"), "buy $50 of ETH please", ()),
        (Buy(symbol=E, amount="0.02", stop="2400"), "buy fifty bucks of ether with a tight stop", ("stop",)),
        (Buy(symbol=E, amount="0.02", stop="2450"), "buy $50 of eth/usd, stop 2%", ()),
        (Buy(symbol=E, amount="0.02", stop="2450", target="2600"), "buy 0.02 eth stop 2450 target 2.6k", ()),
        (Buy(symbol=E, amount="0.02", limit="2400"), "buy 0.02 eth at 2,400", ()),
        (Buy(symbol=E, amount="0.2"), "buy 0.02 eth", ("size",)),
        (Buy(symbol=B, amount="0.02"), "buy 0.02 eth", ("symbol",)),
        (Buy(symbol=B, amount="0.02"), "what is the price of bitcoin", ("side", "size")),
        (Sell(symbol=E, amount="0.02"), "buy 0.02 eth", ("side",)),
        (Buy(symbol=E, amount="0.5"), "buy half an ether", ()),
        (Buy(symbol=E, amount="0.02"), "", ("symbol", "side", "size")),
        (Buy(symbol=E, amount="0.02"), "don't buy 0.02 eth", ("symbol", "side", "size")),
        (Buy(symbol=E, amount="0.02"), "should I buy 0.02 eth?", ("symbol", "side", "size")),
        (Buy(symbol=E, amount="50"), "buy fifty dollars of ether", ("size",)),
        (Close(E), "get out: close my ether", ()), (Close(E), "close bitcoin", ("symbol",)),
        (Close(E), "how is ether", ("action",)),
        (Flatten(), "close everything", ()), (Flatten(), "close ether", ("action",)),
        (Pause(), "pause", ()),
        (Pause(only="Memes", until_ns=5), "stop trading memes until monday", ()),
        (Pause(only="Memes", until_ns=5), "stop trading", ("part", "until")),
        (Pause(only="Memes", until_ns=5), "pause memes for jimmy", ("until",)),
        (Pause(only="DOGE/USD", until_ns=5), "pause doge for two hours", ()),
        (Resume(only="Memes"), "resume memes", ()), (Resume(only="Memes"), "resume", ("part",)),
        (Resume(), "resume", ()),
 (SetAutopilot("auto"), "autopilot on", ("level",)),
        (SetStop(symbol=E, price="2400"), "move the stop of eth to 2400", ()),
        (SetStop(symbol=E, price="2300"), "move the stop of eth to 2400", ("stop",)),
        (SetTarget(symbol=E), "take the target of eth away", ()),
    ],
)  # fmt: skip
def test_fields_that_the_words_do_not_contain(command: Command, said: str, absent: tuple[str, ...]) -> None:
    assert unsaid(command, said, D(2500)) == absent


@pytest.mark.parametrize(
    ("command", "said", "absent"),
    [
        (Sell(symbol=E, amount="1.5"), "sell half my eth", ()), (Sell(symbol=E, amount="1.5"), "sell half of eth", ()),
        (Sell(symbol=E, amount="0.75"), "reduce eth by 25%", ()),
        (Sell(symbol=E, amount="0.75"), "sell 25% of eth", ()),
        (Sell(symbol=E, amount="0.75"), "sell a quarter of my eth", ()),
        (Sell(symbol=E, amount="1.5"), "sell half an eth", ("size",)),
        (Sell(symbol=E, amount="1.5"), "sell 0.5 eth", ("size",)),
        (Sell(symbol=E, amount="1.5"), "sell 25% of my eth", ("size",)),
        (Sell(symbol=E, amount="0.06"), "sell eth, it fell 2% today", ("size",)),
        (Buy(symbol=E, amount="0.4"), "buy 10% of equity in eth", ()),
        (Buy(symbol=E, amount="0.4"), "buy 20% of equity in eth", ("size",)),
        (Buy(symbol=E, amount="0.4"), "buy eth, 10% of it", ("size",)),
        (Buy(symbol=E, amount="1.5"), "buy half of eth", ("size",)),
    ],
)  # fmt: skip
def test_a_part_counts_as_said_where_it_is_one_of_what_is_meant(
    command: Command, said: str, absent: tuple[str, ...]
) -> None:
    assert unsaid(command, said, D(2500), held=D(3), equity=D(10000)) == absent


amounts = st.decimals("0.00000001", "99999", places=8).map(lambda value: value.normalize())


@given(amounts, amounts)
@settings(max_examples=200, deadline=None)
def test_a_size_counts_as_said_only_where_it_is_the_one_that_was_said(size: Decimal, said: Decimal) -> None:
    absent = unsaid(Buy(symbol=B, amount=f"{size:f}"), f"buy {said:f} btc", D(60000))
    assert ("size" in absent) == (size != said)


@given(st.text(max_size=60), st.sampled_from([None, D(60000)]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_a_fault(text: str, price: Decimal | None) -> None:
    command = Buy(symbol=B, amount="0.01", limit="59000", stop="58000", target="66000")
    absent = unsaid(command, text, price)
    assert set(absent) <= {"symbol", "side", "size", "price", "stop", "target"}
    assert not set(absent) < set(unsaid(command, "", price)) or text
