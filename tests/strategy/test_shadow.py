"""Shadows: what a strategy would have made, counted by hand; and that a declared loss bound is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.candle import CANDLE_S
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.autopilot import no_own
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.shadow import Close, Held, Shadowed, Sleeve, Terms, begun_anew, next_block, step
from kraken_tui.strategy.strategy_orchestrator import States
from tests.careful import careful

SPAN_NS = CANDLE_S * SECOND
CONFIG = TradingConfig(
    STRATEGIES=["by_hand"], FAST_MEAN=3, SLOW_MEAN=6, VOLUME_PERIOD=6, VOLATILITY_PERIOD=3, CALM_PERIOD=6,
    CHOPPINESS_PERIOD=6, CHANNEL_PERIOD=6, STOP_ATRS=10,
)  # fmt: skip
TERMS = Terms(risk=0.005, most=4, exposure=3.0, leverage=1.0, cost=0.005)
COUNT = 60
NO_STATES = States()
SYMBOLS = ("A/USD", "B/USD")


class Hand:
    """A strategy that wants what a test wishes, whatever the candles."""

    def __init__(self) -> None:
        self.wish = 0
        self.strategy = Strategy(
            name="by_hand", regimes=frozenset(SymbolRegime), votes=lambda window, config: [self._vote()],
            expected_move=lambda measures, config: np.full(measures.rows, 5.0),
        )  # fmt: skip

    def _vote(self) -> Vote:
        return Vote("hand", float(self.wish), 0.0, self.wish, "by hand")


def window(last: float, low: float, high: float, opened: float = 100.0, number: int = COUNT) -> Candles:
    """Quiet candles around 100, and a last one."""
    close = np.array([100.0 + 0.05 * (-1) ** place for place in range(number - 1)] + [last])
    highs, lows = close + 0.1, close - 0.1
    highs[-1], lows[-1] = high, low
    opens = close.copy()
    opens[-1] = opened
    open_ns = np.arange(number, dtype=np.int64) * SPAN_NS
    return Candles(open_ns, opens, highs, lows, close, np.full(number, 10.0))


def stepped(
    sleeve: Sleeve, hand: Hand, candles: Candles, states: States = NO_STATES, terms: Terms = TERMS,
    bound: float | None = None, symbols: tuple[str, ...] = SYMBOLS[:1],
) -> Shadowed:  # fmt: skip
    close = Close(
        symbols=symbols, windows=[candles] * len(symbols), shortable=dict.fromkeys(symbols, True), regime=None
    )
    return step(sleeve, states, close, CONFIG, no_own, hand.strategy, terms, bound)


def fresh() -> Sleeve:
    return Sleeve(candidate=Candidate(id="by_hand@1", strategy="by_hand", code="1"), since_ns=1)


def test_a_long_pays_to_get_in_and_out_and_earns_what_lies_between() -> None:
    hand = Hand()
    hand.wish = 1
    entered = stepped(fresh(), hand, window(100.0, 99.9, 100.1))
    (row,) = entered.sleeve.held.values()
    away = (row.entry - row.stop) / row.entry
    assert row.share == pytest.approx(min(TERMS.risk / away, TERMS.leverage / TERMS.most))
    assert entered.sleeve.net == pytest.approx(-TERMS.cost * row.share)
    assert [action for _, action in entered.acts] == ["enter long"]
    hand.wish = -1
    up = replace(TERMS, most=1)
    left = stepped(entered.sleeve, hand, window(103.0, 99.9, 103.1, number=COUNT + 1), entered.states, up)
    assert [action for _, action in left.acts][:1] == ["enter short"], "a reversal is told by where it leads"
    made, paid = row.share * 0.03, TERMS.cost * row.share * 2.03
    turned = left.sleeve.held["A/USD"]
    assert left.sleeve.gross == pytest.approx(made)
    assert left.sleeve.cost == pytest.approx(paid + TERMS.cost * turned.share)


def test_a_stop_is_met_at_its_price_or_where_the_candle_gapped_to() -> None:
    hand = Hand()
    held = Held(side=1, share=0.5, entry=100.0, last=100.0, stop=98.0)
    for opened, low, price in ((99.5, 97.0, 98.0), (97.5, 97.0, 97.5)):
        sleeve = replace(fresh(), held={"A/USD": held})
        found = stepped(sleeve, hand, window(98.5, low, 99.6, opened)).sleeve
        assert found.held == {}
        assert found.gross == pytest.approx(0.5 * (price - 100) / 100)
        assert found.cost == pytest.approx(TERMS.cost * 0.5 * price / 100)
    short = replace(fresh(), held={"A/USD": Held(side=-1, share=0.5, entry=100.0, last=100.0, stop=102.0)})
    found = stepped(short, hand, window(101.0, 99.0, 102.5)).sleeve
    assert found.held == {} and found.gross == pytest.approx(-0.5 * 0.02)


def test_what_is_not_known_moves_nothing() -> None:
    hand = Hand()
    sleeve = replace(fresh(), held={"A/USD": Held(side=1, share=0.5, entry=100.0, last=100.0, stop=98.0)})
    close = Close(symbols=SYMBOLS[:1], windows=[None], shortable={}, regime=None)
    found = step(sleeve, States(), close, CONFIG, no_own, hand.strategy, TERMS, None)
    assert found.sleeve == sleeve and not found.acts


def test_a_short_needs_a_pair_that_can_be_shorted_and_an_entry_must_pay_its_way() -> None:
    hand = Hand()
    hand.wish = -1
    close = Close(symbols=SYMBOLS[:1], windows=[window(100.0, 99.9, 100.1)], shortable={}, regime=None)
    assert not step(fresh(), States(), close, CONFIG, no_own, hand.strategy, TERMS, None).sleeve.held
    dear = replace(TERMS, cost=0.03)
    assert not stepped(fresh(), hand, window(100.0, 99.9, 100.1), terms=dear).sleeve.held
    assert stepped(fresh(), hand, window(100.0, 99.9, 100.1), terms=replace(dear, fees_decide=False)).sleeve.held


def test_a_block_ends_with_what_was_borrowed_for_it_and_a_sleeve_begun_anew_is_not_whole() -> None:
    held = {"A/USD": Held(side=-1, share=0.5, entry=100.0, last=101.0, stop=105.0)}
    sleeve = replace(fresh(), held=held, gross=-0.005, cost=0.002, since_ns=100)
    after, gross, cost = next_block(sleeve, 86_400.0, replace(TERMS, opening=0.0002))
    assert gross == -0.005
    assert cost == pytest.approx(0.002 + 6 * 0.0001)
    assert (after.gross, after.cost, after.held) == (0.0, 0.0, held)
    assert sleeve.is_whole(100) and not sleeve.is_whole(99) and not Sleeve(candidate=sleeve.candidate).is_whole(5)
    assert begun_anew(sleeve, 200) == Sleeve(candidate=sleeve.candidate, since_ns=200)


moves = st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.floats(-0.01, 0.01)), min_size=1, max_size=12)


@careful(20)
@given(moves, st.sampled_from([0.004, 0.01, 0.03]))
def test_without_gaps_a_block_never_loses_more_than_its_bound(made: list[tuple[int, float]], bound: float) -> None:
    hand, sleeve, states = Hand(), fresh(), States()
    price, loose = 100.0, replace(TERMS, risk=0.05, leverage=4.0)
    for place, (wish, move) in enumerate(made):
        hand.wish = wish
        after = price * (1 + move)
        candles = window(after, min(price, after), max(price, after), price, number=COUNT + place)
        found = stepped(sleeve, hand, candles, states, loose, bound, SYMBOLS)
        sleeve, states, price = found.sleeve, found.states, after
        stops = sum(
            row.share * (row.side * (row.last - row.stop) + loose.cost * row.stop) / row.entry
            for row in sleeve.held.values()
        )
        assert sleeve.net - stops >= -bound * (1 + 1e-9) - 1e-12
