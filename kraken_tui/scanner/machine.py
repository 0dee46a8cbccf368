"""The state machine of one ticker: WAIT, ARM, ENTRY, HOLD, EXIT, COOLDOWN; at most one transition a scan."""

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.holding import hold, take
from kraken_tui.scanner.inputs import Account, Busy, Quote, Vector
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import Market, Row
from kraken_tui.scanner.stops import atr_distance, initial_stop
from kraken_tui.scanner.ticker import Ticker


@part
def step(ticker: Ticker, market: Vector, p: Parameters, live: bool, paused: bool) -> bool:
    """One scan of `ticker`; whether its state changed or it wants an action."""
    own = ticker.own
    before = own[Row.STATE]
    own[Row.ACTION] = Action.NONE
    if not _follow_account(ticker, p):
        if before == State.WAIT:
            _wait(ticker, market, p, live)
        elif before == State.ARM:
            _arm(ticker, market, p, live, paused)
        elif before == State.ENTRY:
            own[Row.REASON] = Reason.IN_FLIGHT
        elif before == State.HOLD:
            hold(ticker, market, p, live)
        elif before == State.EXIT:
            own[Row.REASON] = _exit_reason(ticker)
        elif own[Row.COOLDOWN] == 0:
            _leave(ticker, State.WAIT, Reason.NONE)
        else:
            own[Row.REASON] = Reason.LOSS
        if ticker.account[Account.BUSY] == Busy.FROZEN and own[Row.STATE] == before:
            own[Row.REASON] = Reason.IN_FLIGHT
    if own[Row.STATE] == before and own[Row.ACTION] == Action.NONE:
        return False
    own[Row.BEFORE] = before
    return True


@part
def _leave(ticker: Ticker, state: State, reason: Reason) -> None:
    """Go to `state`; what belonged to the old one is cleared."""
    own = ticker.own
    own[Row.STATE] = state
    own[Row.REASON] = reason
    own[Row.DIRECTION] = 0
    own[Row.COUNT] = 0
    own[Row.COOLDOWN] = 0
    own[Row.WANTED_STOP] = 0


@part
def _follow_account(ticker: Ticker, p: Parameters) -> bool:
    """The transition that the account's last snapshot demands, if any: only it opens and closes positions."""
    own, account = ticker.own, ticker.account
    state, side, busy = own[Row.STATE], account[Account.SIDE], account[Account.BUSY]
    if state == State.HOLD:
        if side == 0 or busy == Busy.EXITING:
            _leave(ticker, State.EXIT, _exit_reason(ticker))
            return True
        return False
    if state == State.EXIT:
        return busy == Busy.FREE and _leave_exit(ticker, side, p)
    if side != 0 and busy != Busy.EXITING:
        _leave(ticker, State.HOLD, Reason.HOLDING)
        take(ticker)
        return True
    if state == State.ENTRY and side == 0 and busy != Busy.ENTERING and busy != Busy.FROZEN:
        if account[Account.CLOSED] > own[Row.SEEN_CLOSED]:
            own[Row.EXIT_ASKED] = 0
            _leave(ticker, State.EXIT, Reason.STOPPED)
        else:
            _leave(ticker, State.WAIT, Reason.REFUSED)
        return True
    return False


@part
def _exit_reason(ticker: Ticker) -> Reason:
    return Reason.EXITED if ticker.own[Row.EXIT_ASKED] != 0 else Reason.STOPPED


@part
def _leave_exit(ticker: Ticker, side: int, p: Parameters) -> bool:
    """Nothing is under way any more: the position is closed, or the exit failed and it is held on."""
    own = ticker.own
    if side != 0:
        _leave(ticker, State.HOLD, Reason.HOLDING)
        own[Row.EXIT_ASKED] = 0
    elif ticker.account[Account.LAST_NET] < 0:
        _leave(ticker, State.COOLDOWN, Reason.LOSS)
        own[Row.COOLDOWN] = p.cooldown
    else:
        _leave(ticker, State.WAIT, _exit_reason(ticker))
    return True


@part
def _direction(ticker: Ticker, market: Vector) -> int:
    """+1 or -1 where the velocity is at or over the threshold, else 0."""
    velocity = ticker.own[Row.VELOCITY]
    if abs(velocity) < market[Market.THRESHOLD]:
        return 0
    return 1 if velocity > 0 else -1


@part
def _wait(ticker: Ticker, market: Vector, p: Parameters, live: bool) -> None:
    own = ticker.own
    defect = defect_of(ticker, p, live)
    if ticker.account[Account.BUSY] != Busy.FREE:
        own[Row.REASON] = Reason.IN_FLIGHT
    elif defect != Reason.NONE:
        own[Row.REASON] = defect
    elif _direction(ticker, market) == 0:
        own[Row.REASON] = Reason.QUIET
    else:
        _leave(ticker, State.ARM, Reason.ARMING)
        own[Row.DIRECTION] = _direction(ticker, market)
        own[Row.COUNT] = 1


@part
def _arm(ticker: Ticker, market: Vector, p: Parameters, live: bool, paused: bool) -> None:
    own = ticker.own
    defect = defect_of(ticker, p, live)
    if ticker.account[Account.BUSY] != Busy.FREE:
        _leave(ticker, State.WAIT, Reason.IN_FLIGHT)
        return
    if defect != Reason.NONE:
        _leave(ticker, State.WAIT, defect)
        return
    direction = _direction(ticker, market)
    if direction == 0:
        _leave(ticker, State.WAIT, Reason.QUIET)
        return
    own[Row.REASON] = Reason.ARMING
    if direction != own[Row.DIRECTION]:
        own[Row.DIRECTION] = direction
        own[Row.COUNT] = 1
        return
    own[Row.COUNT] = min(own[Row.COUNT] + 1, p.persistence)
    if own[Row.COUNT] == p.persistence:
        _pass_gates(ticker, direction, market, p, paused)


@part
def _pass_gates(ticker: Ticker, side: int, market: Vector, p: Parameters, paused: bool) -> None:
    """Enter if every gate is open; otherwise stay armed, with the first closed one as the reason."""
    own, quote, account = ticker.own, ticker.quote, ticker.account
    bid, ask = quote[Quote.BID], quote[Quote.ASK]
    price = own[Row.PRICE]
    stop = initial_stop(side, bid, ask, price, atr_distance(price, own[Row.DOLLAR], own[Row.RANGE_SUM], p), p)
    if paused:
        own[Row.REASON] = Reason.PAUSED
    elif market[Market.REGIME] != Regime.TRENDING:
        own[Row.REASON] = Reason.REGIME
    elif side < 0 and own[Row.SHORTABLE] == 0:
        own[Row.REASON] = Reason.NO_SHORTS
    elif account[Account.BLOCKED] != 0:
        own[Row.REASON] = Reason.BLOCKED
    elif stop == 0:
        own[Row.REASON] = Reason.NO_STOP
    else:
        _leave(ticker, State.ENTRY, Reason.BURST)
        own[Row.DIRECTION] = side
        own[Row.WANTED_STOP] = stop
        own[Row.SEEN_CLOSED] = account[Account.CLOSED]
        own[Row.ACTION] = Action.ENTER_LONG if side > 0 else Action.ENTER_SHORT
