"""What the autopilot does with a market that is none, and how it says why."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.strategy.autopilot import CANDLE_NS, decide
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, cut, follow, history
from kraken_tui.strategy.regimes import Belief, SymbolRegime
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN, NO_TRADE, Standing, States, choose, wanted
from tests.strategy.samples import candles_of, changed

CONFIG = TradingConfig()
RUN = generated_candles(3, 6_000)


def call_on(window: Candles, held: Side | None = None, states: States | None = None, strategy: str = "") -> Call:
    given_states = states or States({"X/USD": Standing(0, Belief(), strategy)})
    sides = {} if held is None else {"X/USD": held}
    (call,), _ = decide(["X/USD"], [window], given_states, sides, None, CONFIG)
    return call


def first_entry(name: str) -> tuple[int, int]:
    """A candle on which that strategy enters, and the side."""
    told = history(RUN, CONFIG)
    number = [strategy.name for strategy in told.strategies].index(name)
    before = 0
    for row, held in enumerate(follow(told)):
        if row >= WINDOW and held.side and held.side != before and held.strategy == number:
            return row, held.side
        before = held.side
    raise AssertionError(f"{name} never enters")


@pytest.mark.parametrize("name", ["trend_following", "mean_reversion", "breakout"])
def test_every_strategy_enters_and_says_why(name: str) -> None:
    row, side = first_entry(name)
    call = call_on(cut(RUN, row + 1 - WINDOW, row + 1))
    assert call.strategy == name and call.side is (Side.BUY if side > 0 else Side.SELL)
    assert {vote.sign for vote in call.votes} == {side}
    assert f"{name} wants a {'long' if side > 0 else 'short'}, all {len(call.votes)} votes agree" in call.text
    assert call.time_ns == int(RUN.open_ns[row]) + CANDLE_NS
    assert 0 < call.stop_distance < call.price and call.expected_move > 0
    for vote in call.votes:
        assert vote.text.endswith("for a long" if side > 0 else "for a short") and math.isfinite(vote.value)


FLAT = candles_of([100.0] * WINDOW)
MARKETS = {
    "flat": (FLAT, "QUIET: no entry, it moves 0.000 % a candle, and 100 % of its candles saw a trade"),
    "halted": (
        candles_of([100.0] * WINDOW, volume=0.0),
        "QUIET: no entry, it moves 0.000 % a candle, and 0 % of its candles saw a trade",
    ),
    "one candle": (candles_of([100.0]), "UNKNOWN: no entry, 1 of 289 candles are known"),
    "young": (cut(RUN, 0, 288), "UNKNOWN: no entry, 288 of 289 candles are known"),
    "no price": (changed(cut(RUN, 0, WINDOW), "open", 7, math.nan), "a candle's open is no price: nothing is decided"),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKETS)
def test_a_market_that_is_none_is_not_traded_and_it_says_why(name: str) -> None:
    window, text = MARKETS[name]
    call = call_on(window)
    assert (call.side, call.text) == (None, text)


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize("held", list(Side))
def test_what_is_held_there_stays_behind_its_stop(name: str, held: Side) -> None:
    assert call_on(MARKETS[name][0], held).side is held


def test_no_entry_while_a_wick_of_ninety_percent_is_recent() -> None:
    row, side = first_entry("mean_reversion")
    window = cut(RUN, row + 1 - WINDOW, row + 1)
    assert side and call_on(window).side is not None
    for back in (0, 1, 20, 47):
        wicked = changed(window, "low", WINDOW - 1 - back, float(window.close[WINDOW - 1 - back]) / 10)
        call = call_on(wicked)
        assert call.side is None and "beyond 25 % it is not believed" in call.text


def test_how_wide_a_candle_is_believed_is_the_operators_to_say() -> None:
    row, _ = first_entry("mean_reversion")
    window = cut(RUN, row + 1 - WINDOW, row + 1)
    widest = float((100 * (window.high / window.low - 1))[-48:].max())
    for limit, is_entered in ((widest * 1.01, True), (widest * 0.99, False)):
        config = CONFIG.model_copy(update={"MAX_CANDLE_RANGE": limit})
        (call,), _ = decide(["X/USD"], [window], States(), {}, None, config)
        assert (call.side is not None) == is_entered


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=400),
    st.sampled_from([None, *Side]),
    st.sampled_from([0.0, 5.0]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_prices_a_call_comes_and_its_stop_can_rest(
    closes: list[float], held: Side | None, volume: float
) -> None:
    call = call_on(candles_of(closes * (1 + 300 // len(closes)), volume), held, strategy="trend_following")
    assert call.text
    if call.side not in (None, held):
        assert 0 < call.stop_distance < call.price


def test_a_symbol_without_candles_gets_no_call_and_keeps_its_state() -> None:
    before = States({"A/USD": Standing(7, Belief(3, 3, 12, 0), "breakout")})
    calls, after = decide(["A/USD", "B/USD"], [None, FLAT], before, {"A/USD": Side.BUY}, None, CONFIG)
    assert [call.symbol for call in calls] == ["B/USD"]
    assert after.symbols["A/USD"] == before.symbols["A/USD"]


def test_nobody_enters_where_no_strategy_is_on() -> None:
    row, _ = first_entry("mean_reversion")
    window = cut(RUN, row + 1 - WINDOW, row + 1)
    off = CONFIG.model_copy(update={"STRATEGIES": []})
    (call,), _ = decide(["X/USD"], [window], States(), {}, None, off)
    assert call.side is None and call.strategy == "no trade"


def test_a_missed_close_makes_the_state_up_from_the_window() -> None:
    states, rows = States(), [*range(900, 905), *range(950, 955)]
    for row in rows:
        window = cut(RUN, row + 1 - WINDOW, row + 1)
        (call,), states = decide(["X/USD"], [window], states, {}, None, CONFIG)
        (fresh,), _ = decide(["X/USD"], [window], States(), {}, None, CONFIG)
        assert call == fresh


def test_the_market_regime_holds_entries_back_once_it_is_believed() -> None:
    row, _ = first_entry("mean_reversion")
    window, states = cut(RUN, row + 1 - WINDOW, row + 1), States()
    for seen in range(CONFIG.HYSTERESIS):
        (call,), states = decide(["X/USD"], [window], states, {}, Regime.TRENDING, CONFIG)
        assert (call.side is None) == (seen == CONFIG.HYSTERESIS - 1)
    assert states.market_regime is Regime.TRENDING


def test_each_regime_has_its_strategy() -> None:
    regimes = np.array(list(SymbolRegime), np.int8)
    names = [strategy.name for strategy in BUILT_IN]

    def chosen(market: Regime | None) -> dict[str, str]:
        picked = choose(regimes, market, BUILT_IN).tolist()
        return {SymbolRegime(int(r)).name: names[n] for r, n in zip(regimes, picked, strict=True) if n != NO_TRADE}

    trend, revert, out = names
    everything = {"TREND_UP": trend, "TREND_DOWN": trend, "RANGE": revert, "SQUEEZE": out}
    assert chosen(None) == everything
    assert chosen(Regime.TRENDING) == {key: name for key, name in everything.items() if key != "RANGE"}
    assert chosen(Regime.CHOP) == {"RANGE": revert}
    assert chosen(Regime.LOW_VOL) == {"RANGE": revert, "SQUEEZE": out}


@given(st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1]), st.booleans())
def test_what_is_held_is_left_only_on_a_vote_against_it(held: int, enter: int, ends: bool) -> None:
    side = wanted(held, enter, ends=ends)
    if held == 0:
        assert side == enter
    elif not ends:
        assert side == held
    else:
        assert side != held and side in (0, enter)
