"""HOLD: a position behind its stop, watched scan by scan; at most one thing is asked for in each."""

from kraken_tui.model.scan import Action, Reason
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Busy, Vector
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import MISSING, Market
from kraken_tui.scanner.stops import fresh_stop, gained, ratchet, standing, worth_moving
from kraken_tui.scanner.ticker import Ticker


@part
def hold(ticker: Ticker, market: Vector, p: Parameters, live: bool) -> None:
    """Watch a position: remember the best price, count decay, and ask for at most one thing."""
    side, stop = ticker.side, ticker.stop
    if side != ticker.held_side or ticker.closed != ticker.seen_closed:
        take(ticker)
    ticker.wanted_stop = stop
    defect = defect_of(ticker, p, live)
    if defect != Reason.NONE and defect != Reason.WARMING:
        ticker.reason = defect
        return
    x = ticker.bid if side > 0 else ticker.ask
    best = ticker.best
    ticker.best = x if best == 0 or side * x > side * best else best
    if ticker.busy != Busy.FREE:
        ticker.reason = Reason.IN_FLIGHT
        return
    _count_decay(ticker, side, market, p)
    ticker.exit_asked = 0
    if stop == 0:
        _repair(ticker, side, p)
    else:
        _manage(ticker, side, x, p)


@part
def take(ticker: Ticker) -> None:
    """Begin to watch a position."""
    ticker.held_side = ticker.side
    ticker.seen_closed = ticker.closed
    ticker.best = 0
    ticker.fading = 0
    ticker.reversing = 0
    ticker.exit_asked = 0


@part
def _count_decay(ticker: Ticker, side: int, market: Vector, p: Parameters) -> None:
    """Momentum that fades, and momentum that turned; a missing velocity counts neither way."""
    if ticker.velocity == MISSING:
        return
    momentum, threshold = ticker.velocity * side, market[Market.THRESHOLD]
    fades = momentum * PPM < p.decay_ratio * threshold
    ticker.fading = min(ticker.fading + 1, p.decay_scans) if fades else 0
    turned = momentum <= -threshold
    ticker.reversing = min(ticker.reversing + 1, p.reversal_scans) if turned else 0


@part
def _repair(ticker: Ticker, side: int, p: Parameters) -> None:
    """No stop rests: place one before anything else; where none can rest, leave the position."""
    stop = fresh_stop(ticker, side, p)
    if stop == 0:
        _ask_exit(ticker, Reason.NO_STOP)
        return
    ticker.action = Action.MOVE_STOP
    ticker.reason = Reason.UNPROTECTED
    ticker.wanted_stop = stop


@part
def _manage(ticker: Ticker, side: int, x: int, p: Parameters) -> None:
    """A position behind its stop: leave it, move the stop, or let it run."""
    entry, breakeven, stop = ticker.entry, ticker.breakeven, ticker.stop
    best = ticker.best
    wanted, reason, crossed = ratchet(side, x, best, entry, breakeven, stop, p)
    ticker.wanted_stop = wanted
    if crossed:
        _ask_exit(ticker, Reason.STOP_CROSSED)
    elif ticker.reversing >= p.reversal_scans:
        _ask_exit(ticker, Reason.REVERSAL)
    elif ticker.fading >= p.decay_scans and not gained(best, entry, side, p.ratchet_lock):
        _ask_exit(ticker, Reason.FADE)
    elif worth_moving(side, stop, wanted, reason, ticker.price, p):
        ticker.action = Action.MOVE_STOP
        ticker.reason = reason
    else:
        ticker.reason = standing(side, entry, breakeven, stop, p)


@part
def _ask_exit(ticker: Ticker, reason: Reason) -> None:
    ticker.action = Action.EXIT
    ticker.reason = reason
    ticker.exit_asked = 1
