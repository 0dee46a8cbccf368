"""The compiled kernel and the plain reference agree on every scan: state, reason, counts, action, stop, regime."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.config.settings import Settings
from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.parameters import parameters_of
from tests.recorded import recorded
from tests.scanner.harness import QUICK, SECOND, START, Both, Told
from tests.scanner.markets import Play

EDGES = {
    (State.WAIT, State.ARM), (State.WAIT, State.HOLD),
    (State.ARM, State.WAIT), (State.ARM, State.ENTRY), (State.ARM, State.HOLD),
    (State.ENTRY, State.HOLD), (State.ENTRY, State.EXIT), (State.ENTRY, State.WAIT),
    (State.HOLD, State.EXIT),
    (State.EXIT, State.COOLDOWN), (State.EXIT, State.WAIT), (State.EXIT, State.HOLD),
    (State.COOLDOWN, State.WAIT), (State.COOLDOWN, State.HOLD),
}  # fmt: skip

PRICES = [3000.0, 2e6, 50.0, 1e4, 400.0, 5.0]
DOLLARS = [100, 10**6, 2**33, 500, 1, 90]
SHORTABLE = [True, True, False, True, True, True]

VARIANTS = {
    "quick": QUICK,
    "choppy": QUICK._replace(regime_dispersion=3_000, regime_mix=400_000, persistence=1, atr_multiple_below_one=90_000),
    "sulky": QUICK._replace(cooldown=60, atr_multiple=900_000),
    "calm": QUICK._replace(regime_low_vol=2_000, regime_window=7, lookback=5, atr_period=2, persistence=4),
    "tight": QUICK._replace(
        ratchet_lock=8_000, ratchet_entry=1_000, lock_profit=4_000, trail_distance=9_000, trail_step=0
    ),
    "eager": QUICK._replace(cooldown=0, decay_scans=3, stop_distance_min=0, breakeven_gap=0, threshold_rise=0),
}


def test_generated_markets_agree_and_visit_everything() -> None:
    edges: Counter[tuple[State, State]] = Counter()
    reasons: Counter[Reason] = Counter()
    actions: Counter[Action] = Counter()
    regimes: Counter[Regime | None] = Counter()
    for seed, parameters in enumerate(VARIANTS.values()):
        for wildness in (0.0, 0.04):
            both = Both(parameters, DOLLARS, SHORTABLE)
            play = Play(seed, both, PRICES, wildness)
            for _ in range(450):
                play.step()
            edges += both.edges
            reasons += both.reasons
            actions += both.actions
            regimes += both.regimes
    assert set(edges) == EDGES
    assert set(reasons) == set(Reason) - {Reason.OPERATORS, Reason.AUTOPILOTS}, "which are told, and never decided"
    assert set(actions) == set(Action)
    assert set(regimes) == {None, *Regime}


def test_default_parameters_agree() -> None:
    both = Both(parameters_of(Settings()), DOLLARS, SHORTABLE)
    play = Play(99, both, PRICES, 0.002)
    for _ in range(900):
        play.step()
    assert both.actions[Action.ENTER_LONG] + both.actions[Action.ENTER_SHORT] > 0


quotes = st.one_of(
    st.tuples(st.integers(990, 1010), st.integers(0, 3)),
    st.tuples(st.integers(900, 1100), st.integers(-2, 10)),
    st.tuples(st.sampled_from([0, 1, 2, 500, 2000, -5, 2**33, 2**62]), st.integers(0, 2)),
)
accounts = st.builds(
    Told,
    side=st.sampled_from([0, 0, 1, -1]),
    entry=st.sampled_from([0, 995, 1000, 1005]),
    breakeven=st.sampled_from([0, 998, 1002]),
    stop=st.sampled_from([0, 960, 990, 1000, 1010, 1040]),
    busy=st.sampled_from([0, 0, 0, 1, 2, 3]),
    last_net=st.integers(-1, 1),
    closed=st.integers(0, 3),
    blocked=st.sampled_from([0, 0, 1]),
)
steps = st.tuples(
    st.lists(quotes, min_size=2, max_size=2),
    st.lists(st.one_of(st.just(Told()), accounts), min_size=2, max_size=2),
    st.sampled_from([30, 30, 30, 30, 31, 60, 90, 150, 1000, -30, 0]),
    st.sampled_from([True, True, True, False]),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(steps, max_size=40))
def test_any_inputs_agree(script: list[tuple[list[tuple[int, int]], list[Told], int, bool]]) -> None:
    parameters = QUICK._replace(
        interval_ns=30 * SECOND, lookback=2, atr_period=2, regime_window=2, threshold=1_000, regime_dispersion=0
    )
    both = Both(parameters, [1000, 2**33], [True, False])
    time_ns = START
    for market, account, seconds, live in script:
        time_ns += seconds * SECOND
        told = [replace(t, bid=bid, ask=bid + spread) for t, (bid, spread) in zip(account, market, strict=True)]
        both.scan(told, time_ns, live)
    assert set(both.edges) <= EDGES


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(90, 110), st.integers(90, 110), st.integers(90, 110)),
        min_size=1, max_size=30, unique_by=lambda bar: bar[0],
    ),
    st.integers(0, 45),
    st.integers(0, 45),
)  # fmt: skip
def test_warming_agrees(rows: list[tuple[int, int, int, int]], first: int, again: int) -> None:
    """Bars given before the first scan, and again while scanning, at whatever minute the scanner stands."""
    minute = START // (60 * SECOND)
    bars = [(minute + m, max(a, b, c), min(a, b, c), b) for m, a, b, c in sorted(rows)]
    both = Both(QUICK, [1], [True])
    both.warm(0, bars)
    for k in range(4):
        both.scan([Told(bid=100, ask=101 + k)], START + (first * 60 + k * 30) * SECOND)
    both.warm(0, bars)
    for k in range(8):
        both.scan([Told(bid=100, ask=101 + k)], START + ((first + again) * 60 + k * 30) * SECOND)


PAIRS = {"XBTUSD": 1, "ETHUSD": 2, "EOSUSD": 4, "USDTUSD": 4}
"""Recorded pairs with their price decimals."""


def _best_prices(path: Path, decimals: int, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            second = int(row["ts_s"])
            if begin <= second < end:
                bid, ask = (int(Decimal(row[side]).scaleb(decimals)) for side in ("bid", "ask"))
                yield second, bid, ask


@pytest.mark.parametrize("hour", [6, 30])
def test_recorded_kraken_prices_agree(hour: int) -> None:
    """An hour of recorded best bid and ask at two-second scans; older than a minute is missing."""
    folder = recorded("kraken_trades_bbo_2018-05")
    session = json.loads((folder / "sessions.json").read_text())["sessions"][0]
    opened = datetime.strptime(session["start_utc"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    begin = int(opened.timestamp()) + hour * 3600
    scans = 1_800
    recordings = [
        list(_best_prices(folder / f"{pair}_bbo.csv.gz", decimals, begin, begin + 2 * scans))
        for pair, decimals in PAIRS.items()
    ]
    parameters = parameters_of(Settings())._replace(regime_dispersion=300, threshold=800)
    both = Both(parameters, [10**decimals for decimals in PAIRS.values()], [True, True, True, False])
    play = Play(5, both, [1.0] * len(PAIRS), 0.0)
    places = [0] * len(PAIRS)
    for scan in range(scans):
        now = begin + 2 * scan
        told = []
        for i, (rows, account) in enumerate(zip(recordings, play.accounts, strict=True)):
            while places[i] < len(rows) and rows[places[i]][0] <= now:
                places[i] += 1
            second, bid, ask = rows[places[i] - 1] if places[i] > 0 else (0, 0, 0)
            if now - second > 60:
                bid = ask = 0
            account.pass_time(bid if bid <= ask else 0, ask)
            told.append(replace(account.told, bid=bid, ask=ask))
        both.scan(told, now * SECOND)
        for ticker, account in zip(both.reference.tickers, play.accounts, strict=True):
            account.answer(ticker.action, ticker.wanted_stop)
    assert both.edges[State.ARM, State.ENTRY] > 0
    assert both.edges[State.HOLD, State.EXIT] > 0
