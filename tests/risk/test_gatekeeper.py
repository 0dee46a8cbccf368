"""Each check passes or blocks with a sentence of its own; all are always evaluated; the first block is the reason."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.model.evaluation import Check
from kraken_tui.model.market import FeedState
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from kraken_tui.risk.active_risk import ActiveRisk
from kraken_tui.risk.fees import ExpectedMove
from kraken_tui.risk.filters import Filters, Ticker
from kraken_tui.risk.gatekeeper import CHECKS, judge, reason
from kraken_tui.risk.heat import Exposure, measure
from kraken_tui.risk.kill_switch import Look, Verdict
from kraken_tui.risk.question import Question
from tests.careful import careful
from tests.risk.house import NOW_NS, SETTINGS, question, quote
from tests.samples import D

ORDER = [
    "mode", "kill switch", "limits", "heat", "active risk", "owner", "regime", "lists", "volume", "age", "spread",
    "staleness", "size", "slippage", "fees", "exchange", "unknown orders", "cooldown",
]  # fmt: skip

Spoil = Callable[[Question], Question]


def at(**changes: Any) -> Spoil:
    return lambda asked: replace(asked, **changes)


def when(**changes: Any) -> Spoil:
    return lambda asked: replace(asked, conditions=replace(asked.conditions, **changes))


def filtered(**rules: Any) -> Spoil:
    return at(filters=Filters(**rules))


FULL = measure(
    [Exposure("DOGE/USD", "Memes", D(10)), Exposure("PEPE/USD", "Memes", D(10))],
    D(10_000), SETTINGS.HEAT, SETTINGS.HEAT_GROUPS,
)  # fmt: skip
BIG = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D(20))
CRUMB = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D("0.00004"))
ODD = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D("0.020000001"))

SPOILERS: list[tuple[str, Spoil, str]] = [
    ("mode", when(unarmed="it was started without --live"), "PAPER is not armed: it was started without --live"),
    ("mode", when(paused=True), "entries are paused"),
    ("kill switch", when(kill=Look(verdict=Verdict.BLIND, text="prices are stale: entries stop")), "prices are stale"),
    ("kill switch", when(kill=Look(verdict=Verdict.TRIPPED, text="daily loss 31.00")), "daily loss 31.00"),
    ("limits", at(limits=Check("limits", False, "5 of 5 trades of the day are made")), "5 of 5"),
    ("heat", lambda asked: when(heat=FULL)(replace(asked, group="Memes")), "Memes 2/2"),
    ("active risk", when(active_risk=ActiveRisk(total=D(40), most=D(40), percent=D(4))), "40.00"),
    ("owner", at(holder="scanner"), "BTC/USD belongs to scanner until it is closed"),
    ("owner", at(holder="autopilot"), "BTC/USD is entered already"),
    ("regime", at(regime="QUIET", regimes=("TREND_UP",)), "the regime is QUIET; TREND_UP is asked for"),
    ("regime", at(regimes=("TREND_UP",)), "the regime is not known"),
    ("lists", filtered(deny=frozenset({"BTC/USD"})), "BTC/USD is on the deny list"),
    ("lists", filtered(allow=frozenset({"ETH/USD"})), "BTC/USD is not on the allow list"),
    ("volume", filtered(least_volume=D(1000)), "the 24 h volume is not known; 1000 is asked for"),
    ("age", filtered(least_candles=50), "its candles are not known"),
    ("spread", filtered(most_spread=D("0.01")), "the spread is 0.020 %, at most 0.010 % is asked for"),
    ("spread", at(ticker=Ticker(quote=None)), "there is no sound quote"),
    ("spread", at(ticker=Ticker(quote=quote("100010", "99990"))), "there is no sound quote"),
    ("spread", at(ticker=Ticker(quote=quote("NaN", "99990"))), "there is no sound quote"),
    ("staleness", when(feed=FeedState.STALE), "the feed is STALE"),
    ("staleness", when(feed_age_s=31.0), "the feed spoke 31.0 s ago, 30 s may pass"),
    ("staleness", when(feed_age_s=float("nan")), "nan"),
    ("staleness", at(signal_ns=NOW_NS - 301 * SECOND), "the signal is 301 s old, 300 s may pass"),
    ("staleness", at(signal_ns=NOW_NS + SECOND), "the signal is -1 s old"),
    ("size", at(size=Declined("0.00001 BTC is below the smallest order")), "below the smallest order"),
    ("size", at(size=CRUMB), "0.00004 BTC, at least 0.00005"),
    ("size", at(size=ODD), "in lots of 0.00000001"),
    ("slippage", at(size=BIG), "too little in the book"),
    ("slippage", when(most_slippage=D("-0.1")), "slippage of 0.000 % is expected"),
    ("fees", at(expected=ExpectedMove(percent=D("0.75"), source="the strategy")), "does not pay the 0.84 % to break"),
    ("fees", at(expected=ExpectedMove(percent=D("NaN"), source="the strategy")), "no number to count on"),
    ("exchange", when(exchange="maintenance"), "the exchange is maintenance"),
    ("exchange", when(exchange="post_only"), "the exchange is post_only"),
    ("exchange", lambda asked: replace(asked, instrument=replace(asked.instrument, status="cancel_only")), "the pair"),
    ("exchange", at(budget="the request budget is kept for protection"), "kept for protection"),
    ("unknown orders", at(unknown="kt7: outcome unknown"), "kt7: outcome unknown"),
    ("cooldown", at(cooldown_until_ns=NOW_NS + 1), "BTC/USD cools down for another 1 s"),
]  # fmt: skip


def test_a_good_question_passes_every_check_in_the_stated_order() -> None:
    checks = judge(question())
    assert [check.name for check in checks] == ORDER
    assert all(check.ok and check.text for check in checks), reason(checks)
    assert reason(checks) == ""
    assert {name for name, _, _ in SPOILERS} == set(ORDER)


@pytest.mark.parametrize(("name", "spoil", "words"), SPOILERS, ids=[f"{row[0]}-{row[2]}" for row in SPOILERS])
def test_each_check_blocks_with_its_own_sentence(name: str, spoil: Spoil, words: str) -> None:
    checks = judge(spoil(question()))
    blocked = {check.name: check.text for check in checks if not check.ok}
    assert words in blocked[name]
    # Without a sound quote neither slippage nor what a round trip costs can be known.
    assert set(blocked) <= {name, *({"slippage", "fees"} if name in ("spread", "slippage") else ())}


@careful()
@given(st.lists(st.integers(0, len(SPOILERS) - 1), max_size=6))
def test_whatever_blocks_all_are_evaluated_and_the_first_block_is_the_reason(numbers: list[int]) -> None:
    asked = question()
    for number in numbers:
        asked = SPOILERS[number][1](asked)
    checks = judge(asked)
    assert [check.name for check in checks] == ORDER
    assert len(checks) == len(CHECKS)
    blocks = [check for check in checks if not check.ok]
    assert reason(checks) == (f"{blocks[0].name}: {blocks[0].text}" if blocks else "")


def test_with_the_switch_off_fees_only_say() -> None:
    asked = when(fees_decide=False)(at(expected=ExpectedMove(percent=D("0.75"), source="the lock"))(question()))
    told = {check.name: check for check in judge(asked)}["fees"]
    assert told.ok
    assert "does not pay" in told.text


def test_an_entry_that_waits_pays_half_the_spread_and_fits_into_what_is_post_only() -> None:
    resting = OrderRequest(
        symbol="BTC/USD", side=Side.BUY, type=OrderType.LIMIT, price=D(99990), amount=D("0.02"), post_only=True
    )
    told = {check.name: check for check in judge(when(exchange="post_only")(at(size=resting, maker=True)(question())))}
    assert told["exchange"].ok
    assert told["slippage"].text == "the entry waits at its price"
    assert "0.01 % spread" in told["fees"].text
    assert "0.65 % fees" in told["fees"].text


@careful()
@given(
    bid=st.sampled_from(["0", "-1", "NaN", "Infinity", "99990", "1E-20"]),
    ask=st.sampled_from(["0", "NaN", "Infinity", "100010", "1E+20"]),
    shown=st.sampled_from(["0", "1", "1E-12"]),
    amount=st.sampled_from(["0", "0.02", "1000000"]),
    expected=st.sampled_from([None, D("NaN"), D("-Infinity"), D("Infinity"), D(0), D(3)]),
    volume=st.sampled_from([None, D("NaN"), D(0), D(10**9)]),
)
def test_absurd_values_are_answered_and_never_raise(
    bid: str, ask: str, shown: str, amount: str, expected: Decimal | None, volume: Decimal | None
) -> None:
    size = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D(amount))
    asked = replace(
        question(), size=size, expected=ExpectedMove(percent=expected, source="a test"),
        ticker=Ticker(quote=quote(bid, ask, shown), volume=volume), filters=Filters(least_volume=D(1000)),
    )  # fmt: skip
    checks = {check.name: check for check in judge(asked)}
    sound = (bid, ask) in (("99990", "100010"), ("1E-20", "100010"), ("99990", "1E+20"), ("1E-20", "1E+20"))
    assert checks["spread"].ok == sound
    assert checks["volume"].ok == (volume == 10**9)
    assert checks["size"].ok == (amount != "0")
    if not sound:
        assert not checks["slippage"].ok
