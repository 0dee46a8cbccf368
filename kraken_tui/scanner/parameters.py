"""The settings as whole numbers: what the compiled rules read."""

import math
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings

PPM = 1_000_000
"""Parts per million in a whole."""

PER_MILLE = 1_000


class Parameters(NamedTuple):
    """Every number that a decision depends on, apart from prices and the account.

    Units: `ppm` is parts per million (1 percent = 10,000 ppm), `scans` are scans, `permille` thousandths.
    """

    interval_ns: int
    """Time between two scans, in nanoseconds."""
    lookback: int
    """Scans over which velocity is measured."""
    threshold: int
    """Velocity that arms a ticker at no heat, ppm."""
    threshold_rise: int
    """Rise of the threshold at full heat, ppm of it."""
    persistence: int
    """Consecutive scans over the threshold before an entry."""
    max_jump: int
    """Largest believed move between two believed prices, ppm."""
    atr_period: int
    """One-minute bars in the ATR."""
    atr_multiple: int
    """Stop distance in thousandths of the ATR, for prices from $1.00 up."""
    atr_multiple_below_one: int
    """The same for prices below $1.00."""
    stop_distance_min: int
    """Smallest stop distance, ppm of the price."""
    ratchet_entry: int
    """Gain at which the stop goes to the entry price, ppm."""
    breakeven_gap: int
    """How far past breakeven the stop goes there, ppm."""
    ratchet_lock: int
    """Best gain at which profit is locked, ppm."""
    lock_profit: int
    """Gain that the lock keeps, ppm of the entry price."""
    trail_distance: int
    """Distance of the trailing stop from the best price, ppm of it."""
    trail_step: int
    """Smallest move of the trailing stop, ppm of the price."""
    decay_ratio: int
    """Momentum below this share of the threshold fades, ppm."""
    decay_scans: int
    """Consecutive fading scans before an exit."""
    reversal_scans: int
    """Consecutive scans of opposite velocity before an exit."""
    cooldown: int
    """Scans without entries after a loss."""
    regime_window: int
    """Scans with data over which the regime is averaged."""
    regime_low_vol: int
    """Mean absolute velocity below which the market is LOW_VOL, ppm."""
    regime_dispersion: int
    """Dispersion of velocities from which it is TRENDING, ppm."""
    regime_mix: int
    """Sign mix above which it is CHOP, ppm."""


def parameters_of(settings: Settings) -> Parameters:
    """The parameters that `settings` mean: percent become ppm, seconds become scans (rounded up)."""
    return Parameters(
        interval_ns=round(settings.POLL_INTERVAL * SECOND),
        lookback=settings.VELOCITY_LOOKBACK,
        threshold=max(1, _ppm(settings.VELOCITY_THRESHOLD)),
        threshold_rise=_ppm(settings.HEAT_THRESHOLD_RISE),
        persistence=settings.ARM_PERSISTENCE,
        max_jump=max(1, _ppm(settings.MAX_JUMP)),
        atr_period=settings.ATR_PERIOD,
        atr_multiple=_permille(settings.ATR_MULTIPLE),
        atr_multiple_below_one=_permille(settings.ATR_MULTIPLE_BELOW_ONE),
        stop_distance_min=_ppm(settings.STOP_DISTANCE_MIN),
        ratchet_entry=_ppm(settings.RATCHET_ENTRY),
        breakeven_gap=_ppm(settings.BREAKEVEN_GAP),
        ratchet_lock=_ppm(settings.RATCHET_LOCK),
        lock_profit=_ppm(settings.LOCK_PROFIT),
        trail_distance=_ppm(settings.TRAIL_DISTANCE),
        trail_step=_ppm(settings.TRAIL_STEP),
        decay_ratio=_ppm(settings.DECAY_RATIO),
        decay_scans=settings.DECAY_SCANS,
        reversal_scans=settings.REVERSAL_SCANS,
        cooldown=math.ceil(Decimal(str(settings.COOLDOWN_LOSS)) / Decimal(str(settings.POLL_INTERVAL))),
        regime_window=settings.REGIME_WINDOW,
        regime_low_vol=_ppm(settings.REGIME_LOW_VOL),
        regime_dispersion=_ppm(settings.REGIME_DISPERSION),
        regime_mix=_ppm(settings.REGIME_MIX),
    )


def _ppm(percent: float) -> int:
    return round(Decimal(str(percent)) * 10_000)


def _permille(multiple: float) -> int:
    return max(1, round(Decimal(str(multiple)) * PER_MILLE))


RECORD = np.dtype([(name, np.int64) for name in Parameters._fields], align=True)


def record(parameters: Parameters) -> NDArray[np.void]:
    """`parameters` as an array of one record: compiled code gets one pointer and reads the fields by name."""
    return np.array([parameters], dtype=RECORD)
