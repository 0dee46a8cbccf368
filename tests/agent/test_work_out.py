"""Figures that no tool returned: worked out of values of the turn alone, exactly, with a name that says of what."""

import json
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.agent.requests import WorkOut
from kraken_tui.agent.spoken import spoken
from kraken_tui.agent.tools.reckoning import reckoned
from kraken_tui.agent.tools.returned import MOST_AUTHORS, MOST_FACTS, Returned
from kraken_tui.agent.tools.toolbox import described
from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import SAID, Fact, ToolResult
from kraken_tui.model.roles import PROPOSE
from tests.agent.tool_doubles import NOW_NS, Standing, turn


def value(name: str, number: str, *, kind: str = "price", asset: str = "", unit: str = "USD", age_s: int = 0) -> Fact:
    """A value that a tool returned."""
    return Fact(
        kind=kind, name=name, asset=asset, unit=unit, value=Decimal(number), as_of_ns=NOW_NS - age_s * SECOND
    )  # fmt: skip


KNOWN = (
    value("best ask", "64011.2", kind="ask", asset="BTC/USD", age_s=2),
    value("best bid", "64009.8", kind="bid", asset="BTC/USD", age_s=4),
    value("last price", "64010.5", asset="BTC/USD"), value("last price", "3150.25", asset="ETH/USD"),
    value("equity", "10250.30", kind="equity"), value("daily loss limit", "2", kind="limit", unit="%"),
    value("net profit today", "35.20", kind="profit"), value("fees paid", "0", kind="fee"),
    value("position size", "0.5", kind="amount", asset="BTC/USD", unit="BTC"),
    value("position size", "3", kind="amount", asset="ETH/USD", unit="ETH"),
    value("net result of a trade", "5", kind="profit", asset="BTC/USD"),
    value("net result of a trade", "-3", kind="profit", asset="BTC/USD"),
    value("open positions", "2", kind="count", unit=""), value("free balance USD", "1204.50", kind="balance"),
    value("win rate", "54.2", kind="rate", unit="%"),
    value("change over 24 h", "2.31", kind="change", asset="BTC/USD", unit="%"),
)  # fmt: skip


async def worked(
    how: str, *of: str, said: str = "", facts: tuple[Fact, ...] = KNOWN, role: str = "control"
) -> ToolResult:  # fmt: skip
    """What the tool answers in a turn in which that was said and these were returned."""
    standing = Standing(Path("/nonexistent"))
    arguments = json.dumps({"how": how, "of": of})
    return await standing.tools.call("work_out", arguments, replace(turn(said), facts=facts, role=role))


@pytest.mark.parametrize(
    ("how", "of", "said", "wanted"),
    [
        ("difference", ("best bid BTC/USD", "best ask BTC/USD"), "", "Best ask above best bid BTC/USD: 1.4 USD"),
        ("difference", ("60,000", "last price btc"), "how far from 60k?", "Last price above 60000 BTC/USD: 4010.5 USD"),
        ("sum", ("last price BTC/USD", "last price ETH/USD"), "",
         "Last price BTC/USD plus last price ETH/USD: 67160.75 USD"),
        ("average", ("ask BTC/USD", "BTC/USD bid"), "", "Average of best ask and best bid BTC/USD: 64010.5 USD"),
        ("product", ("last price BTC/USD", "10"), "what would ten cost?", "10 times last price BTC/USD: 640105 USD"),
        ("product", ("position size ETH/USD", "last price ETH/USD"), "",
         "Position size at last price ETH/USD: 9450.75 USD"),
        ("multiple", ("last price BTC", "last price ETH"), "",
         "Last price BTC/USD as a multiple of last price ETH/USD: 20.3191810174"),
        ("share", ("net profit today", "Equity"), "", "Net profit today in percent of equity: 0.34340458328 %"),
        ("change", ("60000", "last price BTC/USD"), "since 60000?",
         "Last price against 60000 in percent BTC/USD: 6.68416666667 %"),
        ("percentage", ("daily loss limit", "equity"), "", "Daily loss limit of equity: 205.006 USD"),
        ("percentage", ("5 %", "equity"), "what is 5% of it?", "5% of equity: 512.515 USD"),
        ("share", ("50", "equity"), "fifty dollars?", "50 USD in percent of equity: 0.487790601251 %"),
    ],
)  # fmt: skip
async def test_a_figure_says_what_it_is_of(how: str, of: tuple[str, ...], said: str, wanted: str) -> None:
    result = await worked(how, *of, said=said)
    assert result.lines == (wanted,)
    (fact,) = result.facts
    assert result.data["value"] == f"{fact.value:f}" and result.data["name"] == fact.handle
    assert fact.as_of_ns == min(one.as_of_ns for one in fact.of) and len(fact.of) == 2


@pytest.mark.parametrize(
    ("how", "of", "said", "why"),
    [
        ("difference", ("best ask BTC/USD", "best offer BTC"), "", "'best offer BTC' is not known in this turn"),
        ("product", ("10", "last price BTC/USD"), "", "'10' is not known in this turn"),
        ("product", ("10", "last price BTC/USD"), "what would 11 cost?", "'10' is not known in this turn"),
        ("percentage", ("5%", "equity"), "what would 5 cost?", "'5%' is not known in this turn"),
        ("share", ("50 dollars", "equity"), "50 euros?", "'50 dollars' is not known in this turn"),
        ("share", ("50", "equity"), "50 euros?", "their units differ: 50 EUR (EUR), equity (USD)"),
        ("sum", ("equity", "daily loss limit"), "", "their units differ: equity (USD), daily loss limit (%)"),
        ("sum", ("position size BTC/USD", "position size ETH/USD"), "", "their units differ"),
        ("product", ("last price BTC/USD", "last price ETH/USD"), "", "is nothing: one has to be a plain number"),
        ("product", ("position size BTC/USD", "last price ETH/USD"), "", "is nothing"),
        ("product", ("open positions", "last price BTC/USD"), "", "one has to be a plain number of the operator's"),
        ("sum", ("equity", "net profit today"), "", "equity does not add up with that"),
        ("sum", ("free balance USD", "equity"), "", "free balance USD does not add up with that"),
        ("sum", ("last price BTC/USD", "equity"), "", "equity does not add up with that"),
        ("percentage", ("win rate", "equity"), "", "percentage takes a fee, a limit or the operator's own %: not win"),
        ("percentage", ("change over 24 h BTC/USD", "equity"), "", "or the operator's own %: not change over 24 h"),
        ("product", ("daily loss limit", "equity"), "", "of a percentage take `percentage`"),
        ("percentage", ("equity", "daily loss limit"), "", "percentage takes first what is in %"),
        ("multiple", ("equity", "fees paid"), "", "fees paid is 0, and nothing can be divided by it"),
        ("share", ("equity", "fees paid"), "", "nothing can be divided by it"),
        ("change", ("fees paid", "equity"), "", "nothing can be divided by it"),
        ("difference", ("equity", "fees paid", "net profit today"), "", "worked out of two values, not of 3"),
        ("sum", ("net result of a trade BTC/USD", "equity"), "", "may be several"),
        ("product", ("10", "20"), "10 times 20?", "at least one has to be a value that a tool returned"),
        ("difference", ("equity", "1" * 40), "1" * 40, "more digits than can be worked with"),
        ("difference", ("equity",), "", "arguments of work_out are wrong"),
        ("power", ("equity", "equity"), "", "Invalid enum value"),
    ],
)  # fmt: skip
async def test_what_can_t_be_worked_out_says_which_value_and_why(
    how: str, of: tuple[str, ...], said: str, why: str
) -> None:
    result = await worked(how, *of, said=said)
    assert not result.ok and not result.facts
    assert why in result.lines[0], result.lines


async def test_an_unknown_value_is_told_with_all_that_are_known() -> None:
    result = await worked("difference", "the ask", "best bid BTC/USD", said="is 60000 far?")
    known = result.data["known"]
    assert isinstance(known, list) and {"best ask BTC/USD", "equity", "60000"} <= set(known)
    assert (await worked("sum", "a", "b", facts=())).lines[0].endswith("no tool has returned a value in it yet")


async def test_numbers_of_a_program_are_not_the_operators() -> None:
    asked = "what would 10 cost?"
    assert (await worked("product", "10", "last price BTC/USD", said=asked)).ok
    assert not (await worked("product", "10", "last price BTC/USD", said=asked, role=PROPOSE)).ok


async def test_of_a_value_that_was_asked_twice_the_newer_is_taken_and_an_old_one_not_at_all() -> None:
    old = value("best ask", "64000", kind="ask", asset="BTC/USD", age_s=9)
    again = await worked("difference", "best ask BTC/USD", "best bid BTC/USD", facts=(old, *KNOWN))
    assert again.lines == ("Best ask above best bid BTC/USD: 1.4 USD",)
    stale = value("best ask", "64011.2", kind="ask", asset="BTC/USD", age_s=11)
    refused = await worked("difference", "best ask BTC/USD", "best bid BTC/USD", facts=(stale, KNOWN[1]))
    assert refused.lines == ("best ask BTC/USD is 11 s old: too old to be told",)


async def test_what_was_worked_out_is_no_value_to_work_with() -> None:
    """So a figure is always of values that a sentence can name, and 1.0 times a price makes no second price."""
    (once,) = (await worked("product", "1", "last price BTC/USD", said="1?")).facts
    again = await worked("difference", once.handle, "equity", facts=(*KNOWN, once))
    assert not again.ok and "was itself worked out" in again.lines[0]
    assert once.kind == "product" and once.name == "1 times last price"


prices = st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False)


@given(prices, prices)
def test_differences_sums_and_products_are_exact(one: Decimal, other: Decimal) -> None:
    known = [value("a", f"{one:f}"), value("b", f"{other:f}")]
    factor = Fact(kind=SAID, name="x", asset="", unit="", value=other, as_of_ns=NOW_NS)
    with localcontext(prec=60):
        assert reckoned("difference", known).value == abs(one - other)
        assert reckoned("sum", known).value == one + other
        assert reckoned("product", [factor, known[0]]).value == one * other
    if other:
        ratio = reckoned("multiple", known).value
        assert abs(ratio * other - one) <= abs(one) / 10**11
        assert reckoned("share", known).value == pytest.approx(ratio * 100, rel=Decimal("1e-11"))
        assert reckoned("change", known[::-1]).value == pytest.approx(
            (one / other - 1) * 100, rel=Decimal("1e-9"), abs=Decimal("1e-9")
        )


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.sampled_from(["difference", "product", "share", "change"]))
def test_a_figure_is_a_value_or_refused_in_a_sentence(one: Fact, other: Fact, how: str) -> None:
    try:
        found = reckoned(how, [one, other])
    except UsageError as error:
        assert str(error)
        return
    assert found.value.is_finite() and found.kind not in {fact.kind for fact in KNOWN}
    assert found.asset == (one.asset if one.asset == other.asset else "")


def test_the_model_is_told_how_to_call_it() -> None:
    (tool,) = [tool for tool in described() if tool.name == "work_out"]
    told = json.dumps(tool.parameters)
    assert not tool.proposes and "values" in told and "operator's message" in told
    assert set(tool.parameters["properties"]) == {"how", "of"}  # type: ignore[call-overload]


def test_a_program_says_it_in_a_line() -> None:
    asked = WorkOut(how="difference", of=("best ask BTC/USD", "best bid BTC/USD"))
    assert spoken(asked, ("BTC/USD",), ()) == "work out difference: best ask BTC/USD, best bid BTC/USD"
    with pytest.raises(UsageError):
        spoken(WorkOut(how="sum", of=("a, b", "c")), ("BTC/USD",), ())


def test_what_was_returned_is_kept_by_author_and_bounded() -> None:
    returned = Returned()
    returned.keep("screen", KNOWN)
    assert returned.to("screen") == KNOWN and returned.to("mcp 1") == ()
    for number in range(MOST_FACTS):
        returned.keep("screen", [replace(KNOWN[0], value=Decimal(number))])
    assert len(returned.to("screen")) == MOST_FACTS
    for number in range(MOST_AUTHORS):
        returned.keep(f"mcp {number}", KNOWN[:1])
    assert returned.to("screen") == ()
