"""One scan of the whole market: the function that live trading, replay and parameter search call.

First every ticker's price, velocity and bars in straight loops; then the state machine, only for tickers that are not
just waiting or cooling down. `docs/engine.md` states every rule.
"""

from kraken_tui.model.scan import Reason
from kraken_tui.scanner.bars import extend_bars, turn_minute
from kraken_tui.scanner.compiled import compiled, part
from kraken_tui.scanner.inputs import Account, Matrix, Records, Vector
from kraken_tui.scanner.machine import step
from kraken_tui.scanner.parameters import Parameters
from kraken_tui.scanner.prices import advance, believe, measure
from kraken_tui.scanner.regime import survey, threshold
from kraken_tui.scanner.state import MISSING, Market, Row
from kraken_tui.scanner.ticker import ticker_at

QUIET, WARMING, LOSS = int(Reason.QUIET), int(Reason.WARMING), int(Reason.LOSS)
COOLS = -1
"""In LOOK: of this ticker only the cooldown passes."""


def _scan(
    quotes: Matrix,
    account: Matrix,
    columns: Matrix,
    history: Matrix,
    market: Vector,
    parameters: Records,
    time_ns: int,
    live: bool,
    heat_ppm: int,
    paused: bool,
) -> int:
    """Advance the state by one scan, in place.

    Args:
        quotes: int64 [Quote, ticker].
        account: int64 [Account, ticker], as `AccountColumns.matrix`.
        columns: of `ScannerState`.
        history: of `ScannerState`.
        market: of `ScannerState`.
        parameters: from `parameters.record`.
        time_ns: the engine's clock.
        live: whether the feed is LIVE.
        heat_ppm: how much of the heat limit is used, 0 to 1,000,000.
        paused: the operator wants no entries.

    Returns:
        How many tickers changed state or want an action; they are listed at the front of row CHANGED, rising.
    """
    p: Parameters = parameters[0]
    advance(history, market, p, time_ns)
    turn_minute(columns, history, market, p, time_ns)
    believe(quotes, columns, history, market, p, live)
    measure(columns, history, market)
    extend_bars(columns)
    survey(columns, market, p)
    market[Market.THRESHOLD] = threshold(p, heat_ppm)
    _mark(account, columns, market, p)
    look, changed = columns[Row.LOOK], columns[Row.CHANGED]
    count, looked = 0, 0
    for i in range(look.size):
        changed[looked] = i
        looked += look[i] > 0
    for k in range(looked):
        i = changed[k]
        if step(ticker_at(i, quotes, account, columns), market, p, live, paused):
            changed[count] = i
            count += 1
    return count


one_scan = part(_scan)
"""For compiled loops, which hold it themselves: a call costs them as much as ten tickers."""
scan = compiled(_scan)
"""For Python to call."""


@part
def _mark(account: Matrix, columns: Matrix, market: Vector, p: Parameters) -> None:
    """Let cooldowns pass, and set LOOK for every ticker that does not just wait or cool: those get a reason here."""
    look, price, velocity, bars = columns[Row.LOOK], columns[Row.PRICE], columns[Row.VELOCITY], columns[Row.BARS]
    state, reason, side, busy = columns[Row.STATE], columns[Row.REASON], account[Account.SIDE], account[Account.BUSY]
    cooldown, passed, over = columns[Row.COOLDOWN], 1 + market[Market.SKIPPED], market[Market.THRESHOLD]
    for i in range(look.size):
        left, known = max(0, cooldown[i] - passed), side[i] | busy[i]
        looked = state[i] | abs(known) | (price[i] == 0)
        cooldown[i] = left
        look[i] = COOLS if (left > 0) & (known == 0) else looked
    for i in range(look.size):
        looked, was, v, count = look[i], reason[i], velocity[i], bars[i]
        warm = (v != MISSING) & (count >= p.atr_period)
        quiet = QUIET if warm else WARMING
        quiet = LOSS if looked < 0 else quiet
        reason[i] = was if looked > 0 else quiet
        look[i] = looked | (warm & (abs(v) >= over))
