"""The scanner as the engine drives it: frames and columns in, exact intents out."""

from decimal import Decimal

import numpy as np
import pytest

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.model.intent import Enter, Exit, MoveStop
from kraken_tui.model.market import Bar, FeedState
from kraken_tui.model.scan import Reason, Regime, State
from kraken_tui.model.trading import Side
from kraken_tui.scanner.explain import why
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.parameters import parameters_of
from kraken_tui.scanner.result import ScanResult, Transition
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.scanner.state import MISSING
from tests.samples import BTC, DOGE, HBAR
from tests.scanner.frames import frame
from tests.scanner.harness import START

SETTINGS = Settings(VELOCITY_LOOKBACK=3, REGIME_WINDOW=2, ARM_PERSISTENCE=2, REGIME_DISPERSION=0, REGIME_LOW_VOL=0)


class Desk:
    """A scanner over three pairs, and the engine's side of it."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.scanner = Scanner([BTC, DOGE, HBAR], settings, np.array([True, True, False]))
        self.account = AccountColumns(3)
        self.time = START
        self.prices = [600_000, 2_000_000, 25_000]
        self.number = 0

    def warm(self) -> None:
        for i, price in enumerate(self.prices):
            minute = START // MINUTE
            past = [Bar((minute - k) * MINUTE, price + price // 500, price, price) for k in range(20, 0, -1)]
            self.scanner.warm(i, past)

    def scan(self, *changes: int, state: FeedState = FeedState.LIVE, paused: bool = False) -> ScanResult:
        """One scan after a relative change in ppm per ticker."""
        for i, ppm in enumerate(changes):
            self.prices[i] += self.prices[i] * ppm // 1_000_000
        self.time += 2 * SECOND
        self.number += 1
        quotes = [(price, price + max(1, price // 10_000)) for price in self.prices]
        return self.scanner.scan(frame(quotes, self.time, state), self.account, 0, paused, self.number)


def test_warm_bars_make_it_ready_within_a_look_back() -> None:
    desk = Desk()
    desk.warm()
    first = desk.scan()
    assert first.reason.tolist() == [Reason.WARMING] * 3
    assert first.velocity_ppm.tolist() == [MISSING] * 3
    assert first.regime is None
    for _ in range(3):
        result = desk.scan()
    assert result.reason.tolist() == [Reason.QUIET] * 3
    assert desk.scanner.atr(0) == pytest.approx(120.0)
    assert (result.scan, result.threshold_ppm) == (4, 1_500)


def test_without_bars_it_warms_by_itself() -> None:
    desk = Desk()
    for _ in range(14 * 30 + 1):
        result = desk.scan()
        assert desk.scanner.atr(0) is None or result.bars[0] == 14
    assert desk.scanner.atr(0) == 0.0
    assert result.reason[0] == Reason.QUIET


def test_bars_that_contradict_themselves_are_left_out() -> None:
    desk = Desk()
    minute = START // MINUTE
    desk.scanner.warm(0, [Bar((minute - k) * MINUTE, 5, 10, 7) for k in range(20, 0, -1)])
    desk.scanner.warm(1, [])
    desk.scan()
    assert desk.scanner.atr(0) is None
    assert desk.scanner.atr(1) is None


def bursting() -> tuple[Desk, ScanResult]:
    desk = Desk()
    desk.warm()
    for _ in range(5):
        desk.scan()
    armed = desk.scan(3_000, -3_000, -3_000)
    assert armed.transitions == [Transition(i, State.WAIT, State.ARM, Reason.ARMING) for i in range(3)]
    assert armed.arm_direction.tolist() == [1, -1, -1]
    return desk, desk.scan(1_000, -1_000, -1_000)


def test_entries_carry_exact_prices() -> None:
    desk, result = bursting()
    assert result.regime == Regime.TRENDING
    long, short = result.intents
    assert isinstance(long, Enter)
    assert isinstance(short, Enter)
    assert (long.symbol, long.side, short.symbol, short.side) == ("BTC/USD", Side.BUY, "DOGE/USD", Side.SELL)
    assert long.price == BTC.price_of(desk.prices[0] + desk.prices[0] // 10_000)
    assert short.price == DOGE.price_of(desk.prices[1])
    assert BTC.is_on_tick(long.stop_price)
    assert long.stop_price < long.price
    assert short.stop_price > short.price
    assert long.price - long.stop_price >= Decimal("240"), "two ATRs of $120"
    assert (long.reason, long.owner) == ("BURST", "scanner")
    assert result.reason[2] == Reason.NO_SHORTS
    assert [t.ticker for t in result.transitions] == [0, 1]


def test_a_position_from_entry_to_exit() -> None:
    desk, result = bursting()
    entry = desk.prices[0] + desk.prices[0] // 10_000
    account = desk.account
    account.side[0], account.entry[0], account.breakeven[0], account.stop[0] = 1, entry, entry + entry // 125, 0
    account.busy[1] = 1
    result = desk.scan()
    assert result.transitions == [Transition(0, State.ENTRY, State.HOLD, Reason.HOLDING)]
    result = desk.scan()
    (repair,) = result.intents
    assert isinstance(repair, MoveStop)
    assert repair.stop_price == BTC.price_of(int(result.wanted_stop[0]))
    account.stop[0] = result.wanted_stop[0]
    for _ in range(SETTINGS.REVERSAL_SCANS + 1):
        result = desk.scan(-2_000)
    assert result.intents == [Exit(symbol="BTC/USD", reason="REVERSAL")]
    account.side[0], account.closed[0], account.last_net[0] = 0, 1, -1
    assert desk.scan().transitions == [Transition(0, State.HOLD, State.EXIT, Reason.EXITED)]
    assert desk.scan().transitions == [Transition(0, State.EXIT, State.COOLDOWN, Reason.LOSS)]
    assert desk.scan().cooldown_left[0] == 59


def test_a_stale_feed_and_a_pause_enter_nothing() -> None:
    for state, paused, reason in (
        (FeedState.STALE, False, Reason.STALE_FEED),
        (FeedState.STARTING, False, Reason.STALE_FEED),
        (FeedState.ENDED, False, Reason.STALE_FEED),
        (FeedState.LIVE, True, Reason.PAUSED),
    ):
        desk = Desk()
        desk.warm()
        for _ in range(5):
            desk.scan()
        desk.scan(3_000)
        result = desk.scan(3_000, state=state, paused=paused)
        assert result.intents == []
        assert result.reason[0] == reason


def test_compile_shows_progress() -> None:
    said: list[tuple[str, float]] = []
    Desk().scanner.compile(lambda text, done: said.append((text, done)))
    assert said[0][1] == 0.0
    assert said[-1][1] == 1.0


def test_parameters_are_whole_numbers_of_the_settings() -> None:
    parameters = parameters_of(Settings())
    assert all(type(value) is int for value in parameters)
    assert (parameters.interval_ns, parameters.threshold, parameters.max_jump) == (2 * SECOND, 1_500, 250_000)
    assert (parameters.atr_multiple, parameters.atr_multiple_below_one) == (2_000, 3_000)
    assert (parameters.cooldown, parameters.breakeven_gap) == (60, 1_000)
    assert parameters_of(Settings(COOLDOWN_LOSS=1, POLL_INTERVAL=0.3)).cooldown == 4


def test_why_speaks_with_numbers() -> None:
    desk, result = bursting()
    parameters, account = desk.scanner.parameters, desk.account
    said = why(HBAR, 2, result, account, parameters)
    assert said == (
        "HBAR/USD is in ARM: shorts are not possible here. Velocity is -0.400 % against a threshold of 0.150 %; "
        "the market is TRENDING. Armed down for 2 of 2 scans."
    )
    account.side[0], account.entry[0], account.stop[0] = 1, desk.prices[0], desk.prices[0] - 500
    result = desk.scan(10_000)
    result = desk.scan()
    said = why(BTC, 0, result, account, parameters)
    assert "Long from 60" in said
    assert "+1.0" in said
    assert f"the stop rests at {BTC.price_of(int(account.stop[0]))}" in said
    cold = Desk()
    said = why(BTC, 0, cold.scan(), cold.account, parameters)
    assert "no velocity yet" in said
    assert "The ATR has 0 of 14 one-minute bars." in said
    result = desk.scan()
    account.side[0], account.closed[0], account.last_net[0] = 0, 1, -1
    for _ in range(2):
        result = desk.scan()
    assert "120 s of cooldown are left." in why(BTC, 0, result, account, parameters)
