"""What the scanner would do with what others entered is not told: it does not do it."""

import numpy as np

from kraken_tui.engine.telling import as_told
from kraken_tui.model.intent import AUTOPILOT, OPERATOR, SCANNER, Exit, Intent
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.trading import Position, Side
from kraken_tui.scanner.result import Column, ScanResult
from tests.samples import D

OWNERS = {"A/USD": SCANNER, "B/USD": OPERATOR, "C/USD": AUTOPILOT, "D/USD": OPERATOR}
PLACES = {symbol: place for place, symbol in enumerate(OWNERS)}


def column(*values: int) -> Column:
    return np.array(values or (0,) * len(OWNERS), np.int64)


def held(symbol: str) -> Position:
    return Position(
        symbol=symbol, side=Side.BUY, amount=D(1), cost=D(100), fees=D(0), opened_ns=0, leverage=1,
        stop_price=D(90), stop_amount=D(1),
    )  # fmt: skip


def scanned() -> ScanResult:
    """A scan that would leave three positions, and finds no stop at a fourth."""
    return ScanResult(
        scan=1, time_ns=0, skipped=0, threshold_ppm=0, regime=None, price=column(), velocity_ppm=column(),
        range_sum=column(), bars=column(), atr_period=14, state=column(*[State.HOLD] * 4),
        reason=column(Reason.FADE, Reason.FADE, Reason.REVERSAL, Reason.UNPROTECTED), action=column(),
        arm_count=column(), arm_direction=column(), cooldown_left=column(), wanted_stop=column(1, 2, 3, 4),
        intents=[Exit(symbol=symbol, reason="FADE") for symbol in ("A/USD", "B/USD", "C/USD")], transitions=[],
    )  # fmt: skip


def acts(intent: Intent) -> bool:
    return OWNERS[intent.symbol] == SCANNER


def test_only_the_scanners_own_position_is_said_to_be_left() -> None:
    result = scanned()
    told = as_told(result, [held(symbol) for symbol in OWNERS], PLACES, OWNERS.__getitem__, acts)
    assert [intent.symbol for intent in told.intents] == ["A/USD"]
    assert list(told.reason) == [Reason.FADE, Reason.OPERATORS, Reason.AUTOPILOTS, Reason.UNPROTECTED]
    assert list(told.wanted_stop) == [1, 0, 0, 4]
    assert list(result.reason)[1] == Reason.FADE, "what was decided is written down as it was"
    assert len(result.intents) == 3


def test_a_scan_of_the_scanners_own_is_told_as_it_is() -> None:
    result = scanned()
    assert as_told(result, [held("A/USD")], PLACES, OWNERS.__getitem__, lambda intent: True) is result
