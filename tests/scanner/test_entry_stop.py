"""The stop of an manual entry is the one that the scanner's own entry would carry."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.intent import Enter
from kraken_tui.model.trading import Side
from tests.samples import BTC, DOGE
from tests.scanner.test_scanner import Desk, bursting


def test_it_is_the_stop_of_the_scanners_own_entries() -> None:
    desk, result = bursting()
    long, short = result.intents
    assert isinstance(long, Enter)
    assert isinstance(short, Enter)
    assert desk.scanner.entry_stop(0, Side.BUY) == long.stop_price
    assert desk.scanner.entry_stop(1, Side.SELL) == short.stop_price


def test_there_is_none_while_the_atr_warms_or_no_price_is_sound() -> None:
    desk = Desk()
    assert desk.scanner.entry_stop(0, Side.BUY) is None
    desk.scan()
    assert desk.scanner.entry_stop(0, Side.BUY) is None
    desk.warm()
    assert desk.scanner.entry_stop(0, Side.BUY) is not None
    desk.prices[0] = 0
    desk.scan()
    assert desk.scanner.entry_stop(0, Side.BUY) is None


@given(st.integers(1, 900_000), st.sampled_from([Side.BUY, Side.SELL]))
def test_a_limit_moves_it_by_as_much_as_the_price_that_is_paid(ticks: int, side: Side) -> None:
    limit = BTC.price_of(ticks)
    stop, at_market = WARM.scanner.entry_stop(0, side, limit), WARM.scanner.entry_stop(0, side)
    paid = BTC.price_of(WARM.prices[0] + (WARM.prices[0] // 10_000 if side is Side.BUY else 0))
    assert at_market is not None
    distance = abs(paid - at_market)
    if stop is None:
        assert limit <= distance
    else:
        assert BTC.is_on_tick(stop)
        assert abs(limit - stop) == distance
        assert (limit - stop) * side.sign > 0


def test_below_one_dollar_the_other_multiple_counts() -> None:
    stop, ask = WARM.scanner.entry_stop(1, Side.BUY), DOGE.price_of(WARM.prices[1] + WARM.prices[1] // 10_000)
    assert stop is not None
    assert ask - stop >= 3 * Decimal(WARM.scanner.atr(1) or 0).quantize(DOGE.tick)


WARM = Desk()
WARM.warm()
WARM.scan()
