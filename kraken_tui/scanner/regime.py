"""What the market as a whole does (`market_regime`), from the cross-section of velocities; and the arming threshold."""

import math

from kraken_tui.model.scan import Regime
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector, clear
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.state import MISSING, Market, Row

NO_REGIME = -1


@part
def threshold(p: Parameters, heat_ppm: int) -> int:
    """Velocity that arms a ticker, ppm: it rises with heat (0 to PPM)."""
    heat = min(max(heat_ppm, 0), PPM)
    return p.threshold + p.threshold * p.threshold_rise * heat // (PPM * PPM)


@part
def integer_root(square: int) -> int:
    """The largest integer whose square is at most `square` (0 to 9e18): a float root, put right."""
    root = int(math.sqrt(square))
    while root * root > square:
        root -= 1
    while (root + 1) * (root + 1) <= square:
        root += 1
    return root


@part
def survey(columns: Matrix, market: Vector, p: Parameters) -> None:
    """Add this scan's cross-section to the window, and judge the window's averages."""
    velocity, edge = columns[Row.VELOCITY], p.regime_low_vol
    count, total, absolute, squares, up, down = 0, 0, 0, 0, 0, 0
    for i in range(velocity.size):
        known = velocity[i] != MISSING
        v = min(max(velocity[i], -PPM), PPM) if known else 0
        count += known
        total += v
        absolute += abs(v)
        squares += v * v
        up += v > edge
        down += v < -edge
    if count == 0:
        _miss(market, p)
        return
    market[Market.DATALESS] = 0
    dispersion = integer_root(count * squares - total * total) // count
    mix = PPM - abs(up - down) * PPM // (up + down) if up + down > 0 else 0
    _slide(market, p, absolute // count, dispersion, mix)
    market[Market.REGIME] = _judge(market, p)


@part
def _miss(market: Vector, p: Parameters) -> None:
    """A scan without any velocity; once that lasted a whole look-back, the window describes a market of the past."""
    market[Market.DATALESS] += 1 + market[Market.SKIPPED]
    if market[Market.DATALESS] >= p.lookback:
        clear(market[Market.REGIME_SCANS : Market.DATALESS])
        clear(market[Market.WINDOW :])
        market[Market.REGIME] = NO_REGIME


@part
def _slide(market: Vector, p: Parameters, activity: int, dispersion: int, mix: int) -> None:
    """Replace the oldest scan of the window."""
    slot, width = market[Market.REGIME_SLOT], p.regime_window
    for k, value in enumerate((activity, dispersion, mix)):
        place = Market.WINDOW + k * width + slot
        market[Market.ACTIVITY_SUM + k] += value - market[place]
        market[place] = value
    market[Market.REGIME_SLOT] = slot + 1 if slot + 1 < width else 0
    market[Market.REGIME_SCANS] = min(market[Market.REGIME_SCANS] + 1, width)


@part
def _judge(market: Vector, p: Parameters) -> int:
    """By the averages, rounded down: each bound times the window's width, which tells the same without dividing."""
    width = p.regime_window
    if market[Market.REGIME_SCANS] < width:
        return NO_REGIME
    if market[Market.ACTIVITY_SUM] < p.regime_low_vol * width:
        return Regime.LOW_VOL
    if market[Market.DISPERSION_SUM] >= p.regime_dispersion * width:
        return Regime.TRENDING
    if market[Market.MIX_SUM] >= (p.regime_mix + 1) * width:
        return Regime.CHOP
    return Regime.TRENDING
