"""HOLD: a position behind its stop, watched scan by scan; at most one thing is asked for in each."""

from kraken_tui.model.scan import Action, Reason
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Busy, Matrix, Quote, Vector
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import MISSING, Market, Row
from kraken_tui.scanner.stops import fresh_stop, gained, ratchet, standing, worth_moving


@part
def hold(i: int, quotes: Matrix, account: Matrix, columns: Matrix, market: Vector, p: Parameters, live: bool) -> None:
    """Watch a position: remember the best price, count decay, and ask for at most one thing."""
    side, stop = account[Account.SIDE, i], account[Account.STOP, i]
    if side != columns[Row.HELD_SIDE, i] or account[Account.CLOSED, i] != columns[Row.SEEN_CLOSED, i]:
        take(i, account, columns)
    columns[Row.WANTED_STOP, i] = stop
    defect = defect_of(i, quotes, columns, p, live)
    if defect != Reason.NONE and defect != Reason.WARMING:
        columns[Row.REASON, i] = defect
        return
    x = quotes[Quote.BID, i] if side > 0 else quotes[Quote.ASK, i]
    best = columns[Row.BEST, i]
    columns[Row.BEST, i] = x if best == 0 or side * x > side * best else best
    if account[Account.BUSY, i] != Busy.FREE:
        columns[Row.REASON, i] = Reason.IN_FLIGHT
        return
    _count_decay(i, side, columns, market, p)
    columns[Row.EXIT_ASKED, i] = 0
    if stop == 0:
        _repair(i, side, quotes, columns, p)
    else:
        _manage(i, side, x, account, columns, p)


@part
def take(i: int, account: Matrix, columns: Matrix) -> None:
    """Begin to watch a position."""
    columns[Row.HELD_SIDE, i] = account[Account.SIDE, i]
    columns[Row.SEEN_CLOSED, i] = account[Account.CLOSED, i]
    columns[Row.BEST, i] = 0
    columns[Row.FADING, i] = 0
    columns[Row.REVERSING, i] = 0
    columns[Row.EXIT_ASKED, i] = 0


@part
def _count_decay(i: int, side: int, columns: Matrix, market: Vector, p: Parameters) -> None:
    """Momentum that fades, and momentum that turned; a missing velocity counts neither way."""
    if columns[Row.VELOCITY, i] == MISSING:
        return
    momentum, threshold = columns[Row.VELOCITY, i] * side, market[Market.THRESHOLD]
    fades = momentum * PPM < p.decay_ratio * threshold
    columns[Row.FADING, i] = min(columns[Row.FADING, i] + 1, p.decay_scans) if fades else 0
    turned = momentum <= -threshold
    columns[Row.REVERSING, i] = min(columns[Row.REVERSING, i] + 1, p.reversal_scans) if turned else 0


@part
def _repair(i: int, side: int, quotes: Matrix, columns: Matrix, p: Parameters) -> None:
    """No stop rests: place one before anything else; where none can rest, leave the position."""
    stop = fresh_stop(i, side, quotes[Quote.BID, i], quotes[Quote.ASK, i], columns, p)
    if stop == 0:
        _ask_exit(i, columns, Reason.NO_STOP)
        return
    columns[Row.ACTION, i] = Action.MOVE_STOP
    columns[Row.REASON, i] = Reason.UNPROTECTED
    columns[Row.WANTED_STOP, i] = stop


@part
def _manage(i: int, side: int, x: int, account: Matrix, columns: Matrix, p: Parameters) -> None:
    """A position behind its stop: leave it, move the stop, or let it run."""
    entry, breakeven, stop = account[Account.ENTRY, i], account[Account.BREAKEVEN, i], account[Account.STOP, i]
    best = columns[Row.BEST, i]
    wanted, reason, crossed = ratchet(side, x, best, entry, breakeven, stop, p)
    columns[Row.WANTED_STOP, i] = wanted
    if crossed:
        _ask_exit(i, columns, Reason.STOP_CROSSED)
    elif columns[Row.REVERSING, i] >= p.reversal_scans:
        _ask_exit(i, columns, Reason.REVERSAL)
    elif columns[Row.FADING, i] >= p.decay_scans and not gained(best, entry, side, p.ratchet_lock):
        _ask_exit(i, columns, Reason.FADE)
    elif worth_moving(side, stop, wanted, reason, columns[Row.PRICE, i], p):
        columns[Row.ACTION, i] = Action.MOVE_STOP
        columns[Row.REASON, i] = reason
    else:
        columns[Row.REASON, i] = standing(side, entry, breakeven, stop, p)


@part
def _ask_exit(i: int, columns: Matrix, reason: int) -> None:
    columns[Row.ACTION, i] = Action.EXIT
    columns[Row.REASON, i] = reason
    columns[Row.EXIT_ASKED, i] = 1
