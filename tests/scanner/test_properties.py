"""What holds whatever the market and the account do."""

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.model.errors import UsageError
from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.compiled import compiled
from kraken_tui.scanner.inputs import Records
from kraken_tui.scanner.parameters import record
from kraken_tui.scanner.state import MOST_TICKERS, Row, ScannerState
from kraken_tui.scanner.stops import initial_stop, ratchet, standing
from tests.scanner.harness import QUICK, START, Both, Kernel, Told
from tests.scanner.markets import Play
from tests.scanner.test_agreement import DOLLARS, PRICES, SHORTABLE


class Scene(NamedTuple):
    """What one scan was told."""

    told: list[Told]
    time_ns: int
    live: bool
    heat: int
    paused: bool

    def run(self, kernel: Kernel, order: Sequence[int] | None = None) -> None:
        told = self.told if order is None else [self.told[i] for i in order]
        kernel.scan(told, self.time_ns, self.live, self.heat, self.paused)


class Recorded(Both):
    """Keeps what every scan was told."""

    def __init__(self) -> None:
        super().__init__(QUICK, DOLLARS, SHORTABLE)
        self.script: list[Scene] = []

    def scan(self, told: list[Told], time_ns: int, live: bool = True, heat: int = 0, paused: bool = False) -> None:
        self.script.append(Scene(told, time_ns, live, heat, paused))
        super().scan(told, time_ns, live, heat, paused)


@cache
def script(seed: int) -> list[Scene]:
    both = Recorded()
    play = Play(seed, both, PRICES, 0.03)
    for _ in range(400):
        play.step()
    return both.script


@pytest.mark.parametrize("seed", [21, 22])
def test_an_entry_passes_every_gate_and_a_stop_never_loosens_or_crosses(seed: int) -> None:
    kernel = Kernel(QUICK, DOLLARS, SHORTABLE)
    armed = [0] * len(DOLLARS)
    entries = moves = 0
    for scene in script(seed):
        scene.run(kernel)
        live, paused = scene.live, scene.paused
        for i, t in enumerate(scene.told):
            action, stop = Action(kernel.get(Row.ACTION, i)), kernel.get(Row.WANTED_STOP, i)
            if action in (Action.ENTER_LONG, Action.ENTER_SHORT):
                entries += 1
                side = 1 if action is Action.ENTER_LONG else -1
                assert live and not paused and t.listed and t.side == 0 and t.busy == 0 and not t.blocked
                assert kernel.regime is Regime.TRENDING
                assert side > 0 or SHORTABLE[i]
                assert armed[i] >= QUICK.persistence - 1
                assert kernel.get(Row.BARS, i) == QUICK.atr_period
                assert 0 < stop < t.bid if side > 0 else stop > t.ask
            elif action is Action.MOVE_STOP:
                moves += 1
                assert live and t.side != 0 and t.busy == 0
                assert 0 < stop < t.bid if t.side > 0 else stop > t.ask
                assert t.stop == 0 or (stop - t.stop) * t.side > 0
            armed[i] = armed[i] + 1 if kernel.get(Row.STATE, i) == State.ARM else 0
    assert entries > 20
    assert moves > 20


def test_the_order_of_tickers_does_not_matter() -> None:
    order = list(range(len(DOLLARS)))
    random.Random(4).shuffle(order)
    plain = Kernel(QUICK, DOLLARS, SHORTABLE)
    shuffled = Kernel(QUICK, [DOLLARS[i] for i in order], [SHORTABLE[i] for i in order])
    for scene in script(21):
        scene.run(plain)
        scene.run(shuffled, order)
        assert plain.regime == shuffled.regime
        assert [plain.picture(i) for i in order] == [shuffled.picture(k) for k in range(len(order))]


def test_a_saved_state_goes_on_identically() -> None:
    straight = Kernel(QUICK, DOLLARS, SHORTABLE)
    for scene in script(22)[:200]:
        scene.run(straight)
    resumed = Kernel(QUICK, DOLLARS, SHORTABLE)
    resumed.state.restore(straight.state.save())
    copied = straight.state.copy()
    assert resumed.state == straight.state == copied
    for scene in script(22)[200:]:
        scene.run(straight)
        scene.run(resumed)
    assert resumed.state == straight.state
    assert copied != straight.state


def test_a_state_that_does_not_fit_is_refused() -> None:
    saved = ScannerState.empty(2, QUICK).save()
    with pytest.raises(UsageError, match="shapes"):
        ScannerState.empty(3, QUICK).restore(saved)
    with pytest.raises(UsageError, match="shapes"):
        ScannerState.empty(2, QUICK._replace(lookback=9)).restore(saved)
    with pytest.raises(UsageError, match="damaged"):
        ScannerState.empty(2, QUICK).restore(saved[:-100])
    with pytest.raises(UsageError, match=str(MOST_TICKERS)):
        ScannerState.empty(MOST_TICKERS + 1, QUICK)


ticks = st.integers(1, 2**33 - 1)


@compiled
def entry_stop(side: int, bid: int, ask: int, price: int, distance: int, parameters: Records) -> int:
    """`initial_stop` as a scan runs it: parts of compiled code can't be called from Python."""
    return initial_stop(side, bid, ask, price, distance, parameters[0])


@compiled
def held_stop(side: int, x: int, best: int, entry: int, stop: int, parameters: Records) -> tuple[int, int, bool, int]:
    """What `ratchet` wants for a position without a breakeven, and what `standing` says of the stop that rests."""
    wanted, reason, crossed = ratchet(side, x, best, entry, 0, stop, parameters[0])
    return wanted, reason, crossed, standing(side, entry, 0, stop, parameters[0])


@settings(deadline=None)
@given(st.integers(2, 2**32), st.integers(0, 2**20), st.integers(0, 2**33))
def test_stops_at_an_entry_are_mirrored(bid: int, spread: int, distance: int) -> None:
    ask = bid + spread
    price = (bid + ask) // 2
    parameters = record(QUICK)
    long = entry_stop(1, bid, ask, price, distance, parameters)
    short = entry_stop(-1, bid, ask, price, distance, parameters)
    if long > 0 and short > 0:
        assert ask - long == short - bid
    assert long < bid
    assert short == 0 or short > ask


@settings(deadline=None)
@given(ticks, st.data())
def test_a_held_position_is_mirrored(entry: int, data: st.DataObject) -> None:
    """Turned about the entry, every level turns with it; the trail, a share of the best price, is left out."""
    offsets = st.integers(-entry // 4, entry // 4)
    x, stop = (data.draw(offsets) for _ in range(2))
    best = max(x, data.draw(offsets))
    parameters = record(QUICK._replace(trail_distance=1_000_000))
    sides = []
    for side in (1, -1):
        at = [entry + side * offset for offset in (x, best, stop)]
        wanted, *said = held_stop(side, at[0], at[1], entry, at[2], parameters)
        sides.append(((wanted - entry) * side, *said))
    assert sides[0] == sides[1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 5, -5, 400, 400, -400]), min_size=30, max_size=80), st.integers(0, 3))
def test_a_mirrored_market_is_traded_mirrored(moves: list[int], gain: int) -> None:
    """Velocities far from every threshold, a price that is large against its path: every decision is the mirror."""
    base = 10_000_000
    parameters = QUICK._replace(
        lookback=1, threshold=30, regime_low_vol=0, regime_dispersion=0, ratchet_lock=900_000, lock_profit=0
    )
    up, down = Both(parameters, [1], [True]), Both(parameters, [1], [True])
    warmth = [0] * 26
    offset, time_ns = 0, START
    held: tuple[int, int] | None = None
    for move in [*warmth, *moves]:
        offset += move
        time_ns += parameters.interval_ns
        for both, side in ((up, 1), (down, -1)):
            bid, ask = sorted((base + side * (offset - 3), base + side * (offset + 3)))
            told = Told(bid=bid, ask=ask)
            if held is not None:
                way, entry = side * held[0], base + side * held[1]
                even = entry + way * 700
                told = replace(told, side=way, entry=entry, breakeven=even, stop=entry - way * (9_000 - 1_000 * gain))
            both.scan([told], time_ns)
        one, other = up.reference.tickers[0], down.reference.tickers[0]
        assert (one.state, one.reason, one.count) == (other.state, other.reason, other.count)
        assert one.direction == -other.direction
        assert _mirror(one.action) == other.action
        if one.wanted_stop:
            assert one.wanted_stop - base == pytest.approx(base - other.wanted_stop, abs=base * 2_500 // 10**6 // 50)
        if one.action in (Action.ENTER_LONG, Action.ENTER_SHORT):
            way = 1 if one.action is Action.ENTER_LONG else -1
            held = (way, offset + way * 3)
        elif one.action is Action.EXIT:
            held = None


def _mirror(action: Action) -> Action:
    turned = {Action.ENTER_LONG: Action.ENTER_SHORT, Action.ENTER_SHORT: Action.ENTER_LONG}
    return turned.get(action, action)


def test_one_kernel_for_many_tickers_is_many_kernels() -> None:
    """Apart from the regime no ticker knows of another: with the regime always TRENDING, alone or among others."""
    parameters = QUICK._replace(regime_low_vol=0, regime_dispersion=0)
    together = Kernel(parameters, DOLLARS, SHORTABLE)
    alone = [Kernel(parameters, [dollar], [short]) for dollar, short in zip(DOLLARS, SHORTABLE, strict=True)]
    same = 0
    for scene in script(21):
        scene.run(together)
        for i, kernel in enumerate(alone):
            scene.run(kernel, [i])
            if kernel.regime == together.regime:
                same += 1
                assert kernel.picture(0) | {"reason": 0} == together.picture(i) | {"reason": 0}
            else:
                kernel.state.columns[:, 0] = together.state.columns[:, i]
                kernel.state.market[:] = together.state.market
    assert same > 1_000
    assert np.all(together.state.columns[Row.REASON] <= max(Reason))
