"""Single rules, one position or one burst at a time; kernel and reference agree on every scan of each."""

from dataclasses import replace

import pytest

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.state import Row
from tests.scanner.harness import QUICK, Both, Told
from tests.scanner.stage import PRICE, SPREAD, Stage

PATIENT = QUICK._replace(persistence=3)


@pytest.mark.parametrize("way", [1, -1])
def test_entry_after_persistence_in_one_direction(way: int) -> None:
    stage = Stage(PATIENT)
    stage.burst(2, way)
    assert (stage.state, stage.both.kernel.get(Row.COUNT)) == (State.ARM, 2)
    stage.burst(1, way)
    assert (stage.state, stage.reason) == (State.ENTRY, Reason.BURST)
    assert stage.action == (Action.ENTER_LONG if way > 0 else Action.ENTER_SHORT)


def test_a_turn_begins_the_count_again() -> None:
    stage = Stage(PATIENT)
    stage.burst(2)
    stage.scan(PRICE - PRICE * 8 // 1000)
    assert (stage.state, stage.both.kernel.get(Row.COUNT)) == (State.ARM, 1)
    assert stage.both.kernel.get(Row.DIRECTION) == -1


def test_no_entry_in_the_scan_that_armed_even_with_persistence_one() -> None:
    stage = Stage(QUICK._replace(persistence=1))
    stage.burst(1)
    assert (stage.state, stage.action) == (State.ARM, Action.NONE)
    stage.burst(1)
    assert stage.state == State.ENTRY


def test_gates_in_their_order() -> None:
    stage = Stage(shortable=False)
    stage.told = Told(blocked=1)
    stage.burst(1, -1)
    stage.scan(stage.mid - 300, paused=True)
    assert (stage.state, stage.reason) == (State.ARM, Reason.PAUSED)
    stage.burst(1, -1)
    assert (stage.state, stage.reason) == (State.ARM, Reason.NO_SHORTS)
    long = Stage()
    long.told = Told(blocked=1)
    long.burst(QUICK.persistence)
    assert (long.state, long.reason) == (State.ARM, Reason.BLOCKED)
    long.told = Told()
    long.burst(1)
    assert long.state == State.ENTRY, "still armed, so it enters as soon as the gate opens"


@pytest.mark.parametrize(
    ("paths", "regime"),
    [([1, 1, 1], Regime.LOW_VOL), ([60, -60, 60], Regime.CHOP), ([60, 60, 60], Regime.TRENDING)],
)
def test_regimes(paths: list[int], regime: Regime) -> None:
    both = Both(QUICK._replace(regime_dispersion=5_000), [100] * 3, [True] * 3)
    for k in range(12):
        told = [Told(bid=PRICE + step * k, ask=PRICE + step * k + 1) for step in paths]
        both.scan(told, (k + 1) * QUICK.interval_ns)
        assert (both.kernel.regime is None) == (k < QUICK.lookback + QUICK.regime_window - 1)
    assert both.kernel.regime == regime


@pytest.mark.parametrize(
    ("parameters", "regime"),
    [
        (QUICK._replace(regime_low_vol=10**6), Regime.LOW_VOL),
        (QUICK._replace(regime_dispersion=10**6), Regime.CHOP),
    ],
)
def test_no_entry_outside_a_trend(parameters: Parameters, regime: Regime) -> None:
    stage = Stage(parameters, regime=regime)
    stage.burst(QUICK.persistence + 2)
    assert (stage.state, stage.reason, stage.action) == (State.ARM, Reason.REGIME, Action.NONE)


def test_heat_raises_the_threshold() -> None:
    both = Both(QUICK._replace(threshold_rise=500_000), [100], [True])
    for heat, expected in ((0, 2_000), (500_000, 2_500), (1_000_000, 3_000), (9_000_000, 3_000), (-5, 2_000)):
        both.scan([Told(bid=PRICE, ask=PRICE)], QUICK.interval_ns, heat=heat)
        assert both.reference.threshold == expected


@pytest.mark.parametrize(("dollar", "multiple"), [(PRICE * 2, 3), (100, 2)])
def test_stop_distance_by_price(dollar: int, multiple: int) -> None:
    stage = Stage(QUICK._replace(stop_distance_min=0, regime_low_vol=0, regime_dispersion=0), wobble=40)
    stage.both.kernel.state.columns[Row.DOLLAR, 0] = dollar
    stage.both.reference.tickers[0].dollar = dollar
    stage.burst(QUICK.persistence)
    total = stage.both.kernel.get(Row.RANGE_SUM)
    distance = -(-multiple * total // QUICK.atr_period)
    assert stage.state == State.ENTRY
    assert stage.wanted_stop == stage.mid + SPREAD // 2 - distance


def test_refused_entry_waits() -> None:
    stage = Stage()
    stage.burst(QUICK.persistence)
    stage.scan()
    assert (stage.state, stage.reason) == (State.WAIT, Reason.REFUSED)


def test_lived_and_died_between_two_scans() -> None:
    stage = Stage()
    stage.burst(QUICK.persistence)
    stage.told = replace(stage.told, closed=1, last_net=-1)
    stage.scan()
    assert (stage.state, stage.reason) == (State.EXIT, Reason.STOPPED)
    stage.scan()
    assert (stage.state, stage.reason, stage.cooldown) == (State.COOLDOWN, Reason.LOSS, QUICK.cooldown)
    for _ in range(QUICK.cooldown - 1):
        stage.scan()
        assert stage.state == State.COOLDOWN
    stage.scan()
    assert stage.state == State.WAIT


@pytest.mark.parametrize("side", [1, -1])
def test_ratchet(side: int) -> None:
    stage = Stage(QUICK._replace(decay_scans=500))
    stage.hold(side)
    told = stage.told
    entry = told.entry

    def at(gain_ppm: int) -> tuple[Action, Reason, int]:
        """Both the scan's answer and, once asked, the stop that rests from then on."""
        x = entry + side * (entry * gain_ppm // 1_000_000)
        stage.scan(x + side * SPREAD // 2)
        if stage.action == Action.MOVE_STOP:
            stage.told = replace(stage.told, stop=stage.wanted_stop)
        return stage.action, stage.reason, stage.wanted_stop

    assert at(7_000) == (Action.NONE, Reason.HOLDING, told.stop)
    assert at(7_600) == (Action.MOVE_STOP, Reason.RATCHET_ENTRY, entry)
    assert at(8_500) == (Action.NONE, Reason.RATCHET_ENTRY, entry)
    assert at(9_200) == (Action.MOVE_STOP, Reason.RATCHET_BREAKEVEN, told.breakeven)
    assert at(29_000) == (Action.NONE, Reason.RATCHET_BREAKEVEN, told.breakeven)
    best = entry + side * (entry * 32_000 // 1_000_000)
    trail = best - side * -(-best // 100)
    assert at(32_000) == (Action.MOVE_STOP, Reason.TRAIL, trail)
    assert at(32_200)[:2] == (Action.NONE, Reason.TRAIL), "wanted, but less than TRAIL_STEP away"
    assert 0 < (stage.wanted_stop - trail) * side < 30
    assert at(30_000)[:2] == (Action.NONE, Reason.TRAIL)
    assert (stage.wanted_stop - trail) * side >= 0, "never loosens"
    assert at(20_000)[:2] == (Action.EXIT, Reason.STOP_CROSSED)


def test_lock_where_the_trail_is_wider() -> None:
    stage = Stage(QUICK._replace(trail_distance=50_000))
    stage.hold(gain_ppm=31_000)
    lock = stage.told.entry + stage.told.entry * QUICK.lock_profit // 1_000_000
    stage.scan()
    assert (stage.action, stage.reason, stage.wanted_stop) == (Action.MOVE_STOP, Reason.RATCHET_LOCK, lock)
    stage.told = replace(stage.told, stop=lock)
    stage.scan()
    assert (stage.action, stage.reason) == (Action.NONE, Reason.RATCHET_LOCK)


@pytest.mark.parametrize("side", [1, -1])
def test_reversal(side: int) -> None:
    stage = Stage()
    stage.hold(side)
    stage.told = replace(stage.told, stop=stage.told.entry - side * 50_000)
    stage.burst(QUICK.reversal_scans, -side)
    assert (stage.action, stage.reason) == (Action.EXIT, Reason.REVERSAL)
    stage.told = replace(stage.told, busy=2)
    stage.scan()
    assert (stage.state, stage.reason) == (State.EXIT, Reason.EXITED)
    stage.told = replace(stage.told, busy=0)
    stage.scan()
    assert (stage.state, stage.reason) == (State.HOLD, Reason.HOLDING), "the exit failed"
    stage.burst(1, -side)
    assert (stage.action, stage.reason) == (Action.EXIT, Reason.REVERSAL), "and is asked for again at once"


def test_fade() -> None:
    stage = Stage()
    stage.hold()
    for _ in range(QUICK.decay_scans - 1):
        stage.scan()
        assert stage.action == Action.NONE
    stage.scan()
    assert (stage.action, stage.reason) == (Action.EXIT, Reason.FADE)


def test_no_fade_once_profit_is_locked() -> None:
    stage = Stage(QUICK._replace(trail_distance=50_000))
    stage.hold(gain_ppm=31_000)
    stage.told = replace(stage.told, stop=stage.told.entry + stage.told.entry * 15_000 // 1_000_000)
    for _ in range(QUICK.decay_scans * 2):
        stage.scan()
        assert stage.action == Action.NONE


def test_a_position_without_a_stop_gets_one_first() -> None:
    stage = Stage()
    stage.hold(gain_ppm=40_000, stop=0)
    stage.scan()
    assert (stage.action, stage.reason) == (Action.MOVE_STOP, Reason.UNPROTECTED)
    assert 0 < stage.wanted_stop < stage.mid - SPREAD // 2


def test_a_position_is_adopted_and_a_new_one_forgets_the_old() -> None:
    stage = Stage(QUICK._replace(decay_scans=500))
    stage.hold(gain_ppm=31_000)
    stage.scan()
    assert stage.reason == Reason.TRAIL
    x = stage.mid + SPREAD // 2
    stage.told = Told(side=-1, entry=x, breakeven=x - 800, stop=x + 2_000, closed=1, last_net=1)
    stage.scan()
    assert (stage.state, stage.reason, stage.both.kernel.get(Row.BEST)) == (State.HOLD, Reason.HOLDING, x)


def test_a_cold_ticker_enters_nothing_but_a_position_is_managed() -> None:
    both = Both(QUICK, [100] * 2, [True] * 2)
    price = PRICE
    for k in range(10):
        price += price * 3 // 1000
        held = Told(bid=price, ask=price + 1, side=1, entry=PRICE, breakeven=PRICE + 800, stop=PRICE - 2_000)
        both.scan([Told(bid=price, ask=price + 1), held], (k + 1) * QUICK.interval_ns)
    cold, managed = both.reference.tickers
    assert (cold.state, cold.reason) == (State.WAIT, Reason.WARMING)
    assert (managed.state, managed.action, managed.reason) == (State.HOLD, Action.MOVE_STOP, Reason.TRAIL)
