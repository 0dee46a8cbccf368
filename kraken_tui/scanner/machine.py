"""The state machine of one ticker: WAIT, ARM, ENTRY, HOLD, EXIT, COOLDOWN; at most one transition a scan."""

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.holding import hold, take
from kraken_tui.scanner.inputs import Account, Busy, Matrix, Quote, Vector
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.prices import defect_of
from kraken_tui.scanner.state import Market, Row
from kraken_tui.scanner.stops import atr_distance, initial_stop


@part
def step(
    i: int, quotes: Matrix, account: Matrix, columns: Matrix, market: Vector, p: Parameters, live: bool, paused: bool
) -> bool:
    """One scan of ticker `i`; whether its state changed or it wants an action."""
    before = columns[Row.STATE, i]
    columns[Row.BEFORE, i] = before
    columns[Row.ACTION, i] = Action.NONE
    columns[Row.COOLDOWN, i] = max(0, columns[Row.COOLDOWN, i] - 1 - market[Market.SKIPPED])
    if not _follow_account(i, account, columns, p):
        if before == State.WAIT:
            _wait(i, quotes, account, columns, market, p, live)
        elif before == State.ARM:
            _arm(i, quotes, account, columns, market, p, live, paused)
        elif before == State.ENTRY:
            columns[Row.REASON, i] = Reason.IN_FLIGHT
        elif before == State.HOLD:
            hold(i, quotes, account, columns, market, p, live)
        elif before == State.EXIT:
            columns[Row.REASON, i] = _exit_reason(i, columns)
        elif columns[Row.COOLDOWN, i] == 0:
            _leave(i, columns, State.WAIT, Reason.NONE)
        if account[Account.BUSY, i] == Busy.FROZEN and columns[Row.STATE, i] == before:
            columns[Row.REASON, i] = Reason.IN_FLIGHT
        elif columns[Row.STATE, i] == State.COOLDOWN:
            columns[Row.REASON, i] = Reason.LOSS
    noteworthy: bool = columns[Row.STATE, i] != before or columns[Row.ACTION, i] != Action.NONE
    return noteworthy


@part
def _leave(i: int, columns: Matrix, state: int, reason: int) -> None:
    """Go to `state`; what belonged to the old one is cleared."""
    columns[Row.STATE, i] = state
    columns[Row.REASON, i] = reason
    columns[Row.DIRECTION, i] = 0
    columns[Row.COUNT, i] = 0
    columns[Row.COOLDOWN, i] = 0
    columns[Row.WANTED_STOP, i] = 0


@part
def _follow_account(i: int, account: Matrix, columns: Matrix, p: Parameters) -> bool:
    """The transition that the account's last snapshot demands, if any: only it opens and closes positions."""
    state, side, busy = columns[Row.STATE, i], account[Account.SIDE, i], account[Account.BUSY, i]
    if state == State.HOLD:
        if side == 0 or busy == Busy.EXITING:
            _leave(i, columns, State.EXIT, _exit_reason(i, columns))
            return True
        return False
    if state == State.EXIT:
        return busy == Busy.FREE and _leave_exit(i, side, account, columns, p)
    if side != 0 and busy != Busy.EXITING:
        _leave(i, columns, State.HOLD, Reason.HOLDING)
        take(i, account, columns)
        return True
    if state == State.ENTRY and side == 0 and busy != Busy.ENTERING and busy != Busy.FROZEN:
        if account[Account.CLOSED, i] > columns[Row.SEEN_CLOSED, i]:
            columns[Row.EXIT_ASKED, i] = 0
            _leave(i, columns, State.EXIT, Reason.STOPPED)
        else:
            _leave(i, columns, State.WAIT, Reason.REFUSED)
        return True
    return False


@part
def _exit_reason(i: int, columns: Matrix) -> int:
    return Reason.EXITED.value if columns[Row.EXIT_ASKED, i] != 0 else Reason.STOPPED.value


@part
def _leave_exit(i: int, side: int, account: Matrix, columns: Matrix, p: Parameters) -> bool:
    """Nothing is under way any more: the position is closed, or the exit failed and it is held on."""
    if side != 0:
        _leave(i, columns, State.HOLD, Reason.HOLDING)
        columns[Row.EXIT_ASKED, i] = 0
    elif account[Account.LAST_NET, i] < 0:
        _leave(i, columns, State.COOLDOWN, Reason.LOSS)
        columns[Row.COOLDOWN, i] = p.cooldown
    else:
        _leave(i, columns, State.WAIT, _exit_reason(i, columns))
    return True


@part
def _direction(i: int, columns: Matrix, market: Vector) -> int:
    """+1 or -1 where the velocity is at or over the threshold, else 0."""
    velocity = columns[Row.VELOCITY, i]
    if abs(velocity) < market[Market.THRESHOLD]:
        return 0
    return 1 if velocity > 0 else -1


@part
def _wait(i: int, quotes: Matrix, account: Matrix, columns: Matrix, market: Vector, p: Parameters, live: bool) -> None:
    defect = defect_of(i, quotes, columns, p, live)
    if account[Account.BUSY, i] != Busy.FREE:
        columns[Row.REASON, i] = Reason.IN_FLIGHT
    elif defect != Reason.NONE:
        columns[Row.REASON, i] = defect
    elif _direction(i, columns, market) == 0:
        columns[Row.REASON, i] = Reason.QUIET
    else:
        _leave(i, columns, State.ARM, Reason.ARMING)
        columns[Row.DIRECTION, i] = _direction(i, columns, market)
        columns[Row.COUNT, i] = 1


@part
def _arm(
    i: int, quotes: Matrix, account: Matrix, columns: Matrix, market: Vector, p: Parameters, live: bool, paused: bool
) -> None:
    defect = defect_of(i, quotes, columns, p, live)
    if account[Account.BUSY, i] != Busy.FREE:
        _leave(i, columns, State.WAIT, Reason.IN_FLIGHT)
        return
    if defect != Reason.NONE:
        _leave(i, columns, State.WAIT, defect)
        return
    direction = _direction(i, columns, market)
    if direction == 0:
        _leave(i, columns, State.WAIT, Reason.QUIET)
        return
    columns[Row.REASON, i] = Reason.ARMING
    if direction != columns[Row.DIRECTION, i]:
        columns[Row.DIRECTION, i] = direction
        columns[Row.COUNT, i] = 1
        return
    columns[Row.COUNT, i] = min(columns[Row.COUNT, i] + 1, p.persistence)
    if columns[Row.COUNT, i] == p.persistence:
        _pass_gates(i, direction, quotes, account, columns, market, p, paused)


@part
def _pass_gates(
    i: int, side: int, quotes: Matrix, account: Matrix, columns: Matrix, market: Vector, p: Parameters, paused: bool
) -> None:
    """Enter if every gate is open; otherwise stay armed, with the first closed one as the reason."""
    bid, ask = quotes[Quote.BID, i], quotes[Quote.ASK, i]
    stop = initial_stop(side, bid, ask, columns[Row.PRICE, i], atr_distance(i, columns, p), p)
    if paused:
        columns[Row.REASON, i] = Reason.PAUSED
    elif market[Market.REGIME] != Regime.TRENDING:
        columns[Row.REASON, i] = Reason.REGIME
    elif side < 0 and columns[Row.SHORTABLE, i] == 0:
        columns[Row.REASON, i] = Reason.NO_SHORTS
    elif account[Account.BLOCKED, i] != 0:
        columns[Row.REASON, i] = Reason.BLOCKED
    elif stop == 0:
        columns[Row.REASON, i] = Reason.NO_STOP
    else:
        _leave(i, columns, State.ENTRY, Reason.BURST)
        columns[Row.DIRECTION, i] = side
        columns[Row.WANTED_STOP, i] = stop
        columns[Row.SEEN_CLOSED, i] = account[Account.CLOSED, i]
        columns[Row.ACTION, i] = Action.ENTER_LONG if side > 0 else Action.ENTER_SHORT
