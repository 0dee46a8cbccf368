"""Each bad input and its answer, as docs/engine.md promises; kernel and reference agree on every scan of each."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as changed

from kraken_tui.config.settings import Settings
from kraken_tui.model.scan import Action, Reason, State
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.scanner.state import Row
from tests.samples import BTC
from tests.scanner.frames import frame
from tests.scanner.harness import QUICK
from tests.scanner.stage import PRICE, SPREAD, Stage


def nothing_is_decided(stage: Stage, reason: Reason, quote: tuple[int, int]) -> None:
    """An armed ticker disarms, and a position is left to its stop, whatever `quote` would mean if believed."""
    armed = Stage().armed()
    armed.scan(quote=quote)
    assert (armed.state, armed.reason, armed.velocity) == (State.WAIT, reason, None)
    stage.hold()
    stage.scan(quote=quote)
    assert (stage.state, stage.reason, stage.action) == (State.HOLD, reason, Action.NONE)
    assert stage.wanted_stop == stage.told.stop


def test_missing_price() -> None:
    stage = Stage()
    nothing_is_decided(stage, Reason.NO_PRICE, (0, 0))
    known = []
    for _ in range(QUICK.lookback + 1):
        stage.scan()
        known.append(stage.velocity is not None)
    assert known == [True] * (QUICK.lookback - 1) + [False, True], "missing once more when the hole is a look-back ago"


@pytest.mark.parametrize("quote", [(0, PRICE), (PRICE, 0)])
def test_zero_price(quote: tuple[int, int]) -> None:
    nothing_is_decided(Stage(), Reason.NO_PRICE, quote)


def test_nan_price() -> None:
    scanner = Scanner([BTC], Settings(), np.array([True]))
    good = frame([(1, 2)], 0)
    floats = np.array([np.nan])
    with pytest.raises(TypeError, match="float64"):
        scanner.scan(changed(good, bid=floats), AccountColumns(1), 0, False, 1)
    with np.errstate(invalid="ignore"):
        cast = floats.astype(np.int64)
    assert cast[0] < 0
    result = scanner.scan(changed(good, bid=cast), AccountColumns(1), 0, False, 1)
    assert (result.price[0], result.reason[0]) == (0, Reason.NO_PRICE)


@pytest.mark.parametrize("price", [2**33, 2**62, 2**63 - 1, -(2**63)])
def test_absurd_price(price: int) -> None:
    nothing_is_decided(Stage(), Reason.NO_PRICE, (price, price))


def test_crossed_quote() -> None:
    nothing_is_decided(Stage(), Reason.NO_PRICE, (PRICE + 1, PRICE))


def test_jump_that_returns() -> None:
    half = (PRICE // 2, PRICE // 2 + 1)
    nothing_is_decided(Stage(), Reason.JUMP, half)
    stage = Stage()
    bars = stage.bars
    for _ in range(2):
        stage.scan(quote=half)
        stage.scan(quote=half)
        assert (stage.reason, stage.bars) == (Reason.JUMP, bars)
        stage.scan(PRICE)
        assert (stage.reason, stage.bars) == (Reason.QUIET, bars), "what was before the bad ticks still counts"


def test_jump_that_stays() -> None:
    stage = Stage()
    for _ in range(2):
        stage.scan(PRICE // 2)
        assert (stage.reason, stage.velocity) == (Reason.JUMP, None)
    stage.scan(PRICE // 2)
    assert stage.both.kernel.get(Row.PRICE) == PRICE // 2
    assert (stage.reason, stage.velocity, stage.bars) == (Reason.WARMING, None, 0)
    for _ in range(QUICK.lookback):
        stage.scan()
        assert stage.state == State.WAIT, "nothing spans the jump"
    assert stage.velocity == 0


def test_delisted_pair() -> None:
    armed = Stage().armed()
    armed.scan(listed=False)
    assert (armed.state, armed.reason) == (State.WAIT, Reason.DELISTED)
    held = Stage()
    held.hold()
    held.scan(listed=False)
    assert (held.state, held.reason, held.action) == (State.HOLD, Reason.DELISTED, Action.NONE)


def test_stale_feed() -> None:
    armed = Stage().armed()
    armed.scan(live=False)
    assert (armed.state, armed.reason) == (State.WAIT, Reason.STALE_FEED)
    held = Stage()
    held.hold(gain_ppm=40_000)
    held.told = replace(held.told, stop=0)
    held.scan(live=False)
    assert (held.state, held.reason, held.action) == (State.HOLD, Reason.STALE_FEED, Action.NONE)
    held.told = replace(held.told, side=0, closed=1, last_net=-1)
    held.scan(live=False)
    assert (held.state, held.reason) == (State.EXIT, Reason.STOPPED), "the account is followed"
    held.scan(live=False)
    assert held.state == State.COOLDOWN


def test_clock_step_forward() -> None:
    interval = QUICK.interval_ns / 1e9
    within = Stage()
    within.scan(PRICE + 60)
    before = PRICE + 60
    within.scan(PRICE + 100, seconds=interval * QUICK.lookback)
    assert within.velocity == round((PRICE + 100 - before) * 1e6 / before), "still a look-back of time"
    beyond = Stage().armed()
    beyond.scan(seconds=interval * (QUICK.lookback + 1))
    assert (beyond.state, beyond.reason) == (State.WAIT, Reason.WARMING)
    assert beyond.both.reference.regime is None or beyond.velocity is None
    cooling = Stage(QUICK._replace(cooldown=30))
    cooling.hold()
    cooling.told = replace(cooling.told, side=0, closed=1, last_net=-1)
    cooling.scan()
    cooling.scan()
    assert cooling.cooldown == 30
    cooling.scan(seconds=86_400)
    assert cooling.cooldown == 30 - 1 - QUICK.lookback


def test_clock_step_back() -> None:
    stage = Stage()
    bars, total = stage.bars, stage.both.kernel.get(Row.RANGE_SUM)
    stage.scan(seconds=-3_600)
    assert (stage.state, stage.reason) == (State.WAIT, Reason.QUIET), "one ordinary scan"
    for _ in range(60):
        stage.scan()
    assert (stage.bars, stage.both.kernel.get(Row.RANGE_SUM)) == (bars, total), "an hour behind: no bar closed"
    stage.burst(QUICK.persistence)
    assert stage.state == State.ENTRY, "and it goes on trading"


def test_skipped_scan() -> None:
    stage = Stage()
    path = [PRICE + 30 * k for k in range(1, 12)]
    for price in path[:5]:
        stage.scan(price)
    stage.scan(path[6], seconds=2 * QUICK.interval_ns / 1e9)
    assert stage.velocity == round((path[6] - path[3]) * 1e6 / path[3]), "three intervals ago, two scans ago"
    stage.scan(path[7])
    assert stage.velocity == round((path[7] - path[4]) * 1e6 / path[4])
    stage.scan(path[8])
    assert stage.reason == Reason.WARMING, "a look-back ago nothing was seen"


def test_zero_atr() -> None:
    stage = Stage(QUICK._replace(atr_period=2), wobble=0)
    assert stage.both.kernel.get(Row.RANGE_SUM) == 0
    stage.mid = PRICE
    stage.burst(QUICK.persistence)
    ask = stage.mid + SPREAD // 2
    floor = -(-stage.mid * QUICK.stop_distance_min // 1_000_000)
    assert stage.state == State.ENTRY
    assert ask - stage.wanted_stop >= floor > 0
    bare = Stage(QUICK._replace(stop_distance_min=0, atr_multiple=1), wobble=0)
    bare.burst(QUICK.persistence)
    assert bare.state == State.ENTRY
    bid = bare.mid - SPREAD // 2
    assert bare.wanted_stop == bid - 1, "a spread below the ask, but below the bid"


def test_atr_wider_than_price() -> None:
    wide = QUICK._replace(atr_multiple=50_000_000)
    for way in (1, -1):
        stage = Stage(wide)
        stage.burst(QUICK.persistence + 2, way)
        assert (stage.state, stage.reason, stage.action) == (State.ARM, Reason.NO_STOP, Action.NONE)
        stage.told = replace(stage.told, side=way, entry=stage.mid, breakeven=stage.mid, stop=0)
        stage.scan()
        stage.scan()
        assert (stage.state, stage.reason, stage.action) == (State.HOLD, Reason.UNPROTECTED, Action.MOVE_STOP)
        x = stage.mid - way * SPREAD // 2
        assert 0 < (x - stage.wanted_stop) * way < stage.mid * 5_000 // 1_000_000


def test_long_silence() -> None:
    stage = Stage()
    for _ in range(QUICK.atr_period * 6 + 6):
        stage.scan(quote=(0, 0))
    assert stage.bars == 0
    for _ in range(QUICK.lookback + 1):
        stage.scan()
    assert stage.velocity == 0
    assert (stage.state, stage.reason) == (State.WAIT, Reason.WARMING)
    stage.burst(5)
    assert stage.state == State.WAIT


def test_unknown_outcome() -> None:
    stage = Stage()
    stage.burst(QUICK.persistence)
    assert stage.state == State.ENTRY
    stage.told = replace(stage.told, busy=3)
    for _ in range(5):
        stage.burst(1)
        assert (stage.state, stage.reason, stage.action) == (State.ENTRY, Reason.IN_FLIGHT, Action.NONE)
    held = Stage()
    held.hold(stop=0)
    held.told = replace(held.told, busy=3)
    held.scan()
    assert (held.state, held.reason, held.action) == (State.HOLD, Reason.IN_FLIGHT, Action.NONE)
