"""The state machine of one ticker: WAIT, ARM, ENTRY, HOLD, EXIT, COOLDOWN; at most one transition a scan."""

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.holding import hold, take
from kraken_tui.scanner.inputs import Busy, Vector
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import Market
from kraken_tui.scanner.stops import atr_distance, initial_stop
from kraken_tui.scanner.ticker import Ticker


@part
def step(ticker: Ticker, market: Vector, p: Parameters, live: bool, paused: bool) -> bool:
    """One scan of `ticker`; whether its state changed or it wants an action."""
    before = ticker.state
    ticker.before = before
    ticker.action = Action.NONE
    ticker.cooldown = max(0, ticker.cooldown - 1 - market[Market.SKIPPED])
    if not _follow_account(ticker, p):
        if before == State.WAIT:
            _wait(ticker, market, p, live)
        elif before == State.ARM:
            _arm(ticker, market, p, live, paused)
        elif before == State.ENTRY:
            ticker.reason = Reason.IN_FLIGHT
        elif before == State.HOLD:
            hold(ticker, market, p, live)
        elif before == State.EXIT:
            ticker.reason = _exit_reason(ticker)
        elif ticker.cooldown == 0:
            _leave(ticker, State.WAIT, Reason.NONE)
        if ticker.busy == Busy.FROZEN and ticker.state == before:
            ticker.reason = Reason.IN_FLIGHT
        elif ticker.state == State.COOLDOWN:
            ticker.reason = Reason.LOSS
    noteworthy: bool = ticker.state != before or ticker.action != Action.NONE
    return noteworthy


@part
def _leave(ticker: Ticker, state: State, reason: Reason) -> None:
    """Go to `state`; what belonged to the old one is cleared."""
    ticker.state = state
    ticker.reason = reason
    ticker.direction = 0
    ticker.count = 0
    ticker.cooldown = 0
    ticker.wanted_stop = 0


@part
def _follow_account(ticker: Ticker, p: Parameters) -> bool:
    """The transition that the account's last snapshot demands, if any: only it opens and closes positions."""
    state, side, busy = ticker.state, ticker.side, ticker.busy
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
        if ticker.closed > ticker.seen_closed:
            ticker.exit_asked = 0
            _leave(ticker, State.EXIT, Reason.STOPPED)
        else:
            _leave(ticker, State.WAIT, Reason.REFUSED)
        return True
    return False


@part
def _exit_reason(ticker: Ticker) -> Reason:
    return Reason.EXITED if ticker.exit_asked != 0 else Reason.STOPPED


@part
def _leave_exit(ticker: Ticker, side: int, p: Parameters) -> bool:
    """Nothing is under way any more: the position is closed, or the exit failed and it is held on."""
    if side != 0:
        _leave(ticker, State.HOLD, Reason.HOLDING)
        ticker.exit_asked = 0
    elif ticker.last_net < 0:
        _leave(ticker, State.COOLDOWN, Reason.LOSS)
        ticker.cooldown = p.cooldown
    else:
        _leave(ticker, State.WAIT, _exit_reason(ticker))
    return True


@part
def _direction(ticker: Ticker, market: Vector) -> int:
    """+1 or -1 where the velocity is at or over the threshold, else 0."""
    velocity = ticker.velocity
    if abs(velocity) < market[Market.THRESHOLD]:
        return 0
    return 1 if velocity > 0 else -1


@part
def _wait(ticker: Ticker, market: Vector, p: Parameters, live: bool) -> None:
    defect = defect_of(ticker, p, live)
    if ticker.busy != Busy.FREE:
        ticker.reason = Reason.IN_FLIGHT
    elif defect != Reason.NONE:
        ticker.reason = defect
    elif _direction(ticker, market) == 0:
        ticker.reason = Reason.QUIET
    else:
        _leave(ticker, State.ARM, Reason.ARMING)
        ticker.direction = _direction(ticker, market)
        ticker.count = 1


@part
def _arm(ticker: Ticker, market: Vector, p: Parameters, live: bool, paused: bool) -> None:
    defect = defect_of(ticker, p, live)
    if ticker.busy != Busy.FREE:
        _leave(ticker, State.WAIT, Reason.IN_FLIGHT)
        return
    if defect != Reason.NONE:
        _leave(ticker, State.WAIT, defect)
        return
    direction = _direction(ticker, market)
    if direction == 0:
        _leave(ticker, State.WAIT, Reason.QUIET)
        return
    ticker.reason = Reason.ARMING
    if direction != ticker.direction:
        ticker.direction = direction
        ticker.count = 1
        return
    ticker.count = min(ticker.count + 1, p.persistence)
    if ticker.count == p.persistence:
        _pass_gates(ticker, direction, market, p, paused)


@part
def _pass_gates(ticker: Ticker, side: int, market: Vector, p: Parameters, paused: bool) -> None:
    """Enter if every gate is open; otherwise stay armed, with the first closed one as the reason."""
    bid, ask = ticker.bid, ticker.ask
    stop = initial_stop(side, bid, ask, ticker.price, atr_distance(ticker, p), p)
    if paused:
        ticker.reason = Reason.PAUSED
    elif market[Market.REGIME] != Regime.TRENDING:
        ticker.reason = Reason.REGIME
    elif side < 0 and ticker.shortable == 0:
        ticker.reason = Reason.NO_SHORTS
    elif ticker.blocked != 0:
        ticker.reason = Reason.BLOCKED
    elif stop == 0:
        ticker.reason = Reason.NO_STOP
    else:
        _leave(ticker, State.ENTRY, Reason.BURST)
        ticker.direction = side
        ticker.wanted_stop = stop
        ticker.seen_closed = ticker.closed
        ticker.action = Action.ENTER_LONG if side > 0 else Action.ENTER_SHORT
