"""HOLD: a position behind its stop, watched scan by scan; at most one thing is asked for in each."""

from kraken_tui.model.scan import Action, Reason
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account, Busy, Quote, Vector
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import MISSING, Market, Row
from kraken_tui.scanner.stops import fresh_stop, gained, ratchet, standing, worth_moving
from kraken_tui.scanner.ticker import Ticker


@part
def hold(ticker: Ticker, market: Vector, p: Parameters, live: bool) -> None:
    """Watch a position: remember the best price, count decay, and ask for at most one thing."""
    own, quote, account = ticker.own, ticker.quote, ticker.account
    side, stop = account[Account.SIDE], account[Account.STOP]
    if side != own[Row.HELD_SIDE] or account[Account.CLOSED] != own[Row.SEEN_CLOSED]:
        take(ticker)
    own[Row.WANTED_STOP] = stop
    defect = defect_of(ticker, p, live)
    if defect != Reason.NONE and defect != Reason.WARMING:
        own[Row.REASON] = defect
        return
    bid, ask, best = quote[Quote.BID], quote[Quote.ASK], own[Row.BEST]
    x = bid if side > 0 else ask
    own[Row.BEST] = x if (best == 0) | (side * x > side * best) else best
    if account[Account.BUSY] != Busy.FREE:
        own[Row.REASON] = Reason.IN_FLIGHT
        return
    _count_decay(ticker, side, market, p)
    own[Row.EXIT_ASKED] = 0
    if stop == 0:
        _repair(ticker, side, p)
    else:
        _manage(ticker, side, x, p)


@part
def take(ticker: Ticker) -> None:
    """Begin to watch a position."""
    own, account = ticker.own, ticker.account
    own[Row.HELD_SIDE] = account[Account.SIDE]
    own[Row.SEEN_CLOSED] = account[Account.CLOSED]
    own[Row.BEST] = 0
    own[Row.FADING] = 0
    own[Row.REVERSING] = 0
    own[Row.EXIT_ASKED] = 0


@part
def _count_decay(ticker: Ticker, side: int, market: Vector, p: Parameters) -> None:
    """Momentum that fades, and momentum that turned; a missing velocity counts neither way."""
    own = ticker.own
    if own[Row.VELOCITY] == MISSING:
        return
    momentum, threshold = own[Row.VELOCITY] * side, market[Market.THRESHOLD]
    fading, reversing = min(own[Row.FADING] + 1, p.decay_scans), min(own[Row.REVERSING] + 1, p.reversal_scans)
    own[Row.FADING] = fading if momentum * PPM < p.decay_ratio * threshold else 0
    own[Row.REVERSING] = reversing if momentum <= -threshold else 0


@part
def _repair(ticker: Ticker, side: int, p: Parameters) -> None:
    """No stop rests: place one before anything else; where none can rest, leave the position."""
    own = ticker.own
    stop = fresh_stop(ticker, side, p)
    if stop == 0:
        _ask_exit(ticker, Reason.NO_STOP)
        return
    own[Row.ACTION] = Action.MOVE_STOP
    own[Row.REASON] = Reason.UNPROTECTED
    own[Row.WANTED_STOP] = stop


@part
def _manage(ticker: Ticker, side: int, x: int, p: Parameters) -> None:
    """A position behind its stop: leave it, move the stop, or let it run."""
    own, account = ticker.own, ticker.account
    entry, breakeven, stop = account[Account.ENTRY], account[Account.BREAKEVEN], account[Account.STOP]
    best = own[Row.BEST]
    wanted, reason, crossed = ratchet(side, x, best, entry, breakeven, stop, p)
    own[Row.WANTED_STOP] = wanted
    if crossed:
        _ask_exit(ticker, Reason.STOP_CROSSED)
    elif own[Row.REVERSING] >= p.reversal_scans:
        _ask_exit(ticker, Reason.REVERSAL)
    elif own[Row.FADING] >= p.decay_scans and not gained(best, entry, side, p.ratchet_lock):
        _ask_exit(ticker, Reason.FADE)
    elif worth_moving(side, stop, wanted, reason, own[Row.PRICE], p):
        own[Row.ACTION] = Action.MOVE_STOP
        own[Row.REASON] = reason
    else:
        own[Row.REASON] = standing(side, entry, breakeven, stop, p)


@part
def _ask_exit(ticker: Ticker, reason: Reason) -> None:
    own = ticker.own
    own[Row.ACTION] = Action.EXIT
    own[Row.REASON] = reason
    own[Row.EXIT_ASKED] = 1
