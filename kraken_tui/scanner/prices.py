"""Which prices are believed, and how fast they move: exact, in ticks and ppm.

Every loop runs over all tickers, touches few arrays and branches nowhere, so that the compiler can vectorise it.
"""

import numpy as np

from kraken_tui.model.scan import Reason
from kraken_tui.scanner.bars import forget_bars
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Quote, Vector, clear
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.state import MAX_TICKS, MAX_VELOCITY, MISSING, NO_LOW, Market, Row
from kraken_tui.scanner.ticker import Ticker

BELIEVE_SCANS = 3
"""Scans for which a price past MAX_JUMP must agree with itself before it is believed."""


@part
def mid(bid: int, ask: int, listed: int) -> int:
    """The tick halfway between bid and ask, rounded down; 0 where there is no honest quote."""
    honest = (bid > 0) & (ask >= bid) & (ask < MAX_TICKS) & (listed != 0)
    return (bid + ask) >> 1 if honest else 0


@part
def jumped(price: int, believed: int, max_jump: int) -> bool:
    """Whether `price` is further from `believed` than MAX_JUMP."""
    return abs(price - believed) * PPM > max_jump * believed


@part
def believe(quotes: Matrix, columns: Matrix, history: Matrix, market: Vector, p: Parameters, live: bool) -> None:
    """Fill PRICE: the mid where it is believed, 0 elsewhere."""
    price = columns[Row.PRICE]
    if not live:
        clear(price)
        clear(columns[Row.SUSPECT_SCANS])
        market[Market.SUSPECTS] = 0
        return
    bid, ask, listed, believed = quotes[Quote.BID], quotes[Quote.ASK], quotes[Quote.LISTED], columns[Row.BELIEVED]
    max_jump, jumps = p.max_jump, 0
    for i in range(price.size):
        now, last = mid(bid[i], ask[i], listed[i]), believed[i]
        doubt = jumped(now, last, max_jump) & (now > 0) & (last > 0)
        price[i] = 0 if doubt else now
        jumps += doubt
    if jumps > 0 or market[Market.SUSPECTS] > 0:
        market[Market.SUSPECTS] = _weigh_jumps(quotes, columns, history, p)


@part
def _weigh_jumps(quotes: Matrix, columns: Matrix, history: Matrix, p: Parameters) -> int:
    """Count for how long each jumped price has agreed with itself, believe the steady ones; how many stay suspect."""
    suspects = 0
    for i in range(columns.shape[1]):
        price = mid(quotes[Quote.BID, i], quotes[Quote.ASK, i], quotes[Quote.LISTED, i])
        if price == 0 or columns[Row.PRICE, i] > 0:
            columns[Row.SUSPECT_SCANS, i] = 0
            continue
        agrees = columns[Row.SUSPECT_SCANS, i] > 0 and not jumped(price, columns[Row.SUSPECT, i], p.max_jump)
        columns[Row.SUSPECT_SCANS, i] = columns[Row.SUSPECT_SCANS, i] + 1 if agrees else 1
        columns[Row.SUSPECT, i] = price
        if columns[Row.SUSPECT_SCANS, i] >= BELIEVE_SCANS:
            columns[Row.SUSPECT_SCANS, i] = 0
            columns[Row.PRICE, i] = price
            _begin_again(i, columns, history, p)
        else:
            suspects += 1
    return suspects


@part
def _begin_again(i: int, columns: Matrix, history: Matrix, p: Parameters) -> None:
    """Forget a ticker's look-back and bars: what was before a jump says nothing about what comes after it."""
    for row in range(p.lookback):
        history[row, i] = 0
    columns[Row.HIGH, i] = 0
    columns[Row.LOW, i] = NO_LOW
    forget_bars(i, columns, history, p)


@part
def _after(slot: int, slots: int) -> int:
    return slot + 1 if slot + 1 < slots else 0


@part
def advance(history: Matrix, market: Vector, p: Parameters, time_ns: int) -> None:
    """Turn the look-back ring to this scan's row; a skipped scan leaves a row of holes."""
    passed = time_ns - market[Market.TIME] + (p.interval_ns >> 1)
    skipped = 0
    if market[Market.SCANS] > 0 and passed >= 2 * p.interval_ns:
        skipped = min(p.lookback, passed // p.interval_ns - 1)
    slot = market[Market.SLOT]
    for _ in range(skipped):
        slot = _after(slot, p.lookback)
        clear(history[slot])
    market[Market.SLOT] = _after(slot, p.lookback)
    market[Market.SKIPPED] = skipped
    market[Market.TIME] = time_ns
    market[Market.SCANS] += 1


@part
def measure(columns: Matrix, history: Matrix, market: Vector) -> None:
    """Fill VELOCITY from the price a look-back ago, and put this scan's price in its place."""
    price, velocity, ring = columns[Row.PRICE], columns[Row.VELOCITY], history[market[Market.SLOT]]
    for i in range(price.size):
        now, past = price[i], ring[i]
        ppm = np.int64(np.rint((now - past) * float(PPM) / max(past, 1)))
        clipped = min(max(ppm, -MAX_VELOCITY), MAX_VELOCITY)
        velocity[i] = clipped if (now > 0) & (past > 0) else MISSING
        ring[i] = now


@part
def defect_of(ticker: Ticker, p: Parameters, live: bool) -> Reason:
    """Why this scan's market can't be acted on, NONE where it can."""
    if not live:
        return Reason.STALE_FEED
    own, quote = ticker.own, ticker.quote
    if quote[Quote.LISTED] == 0:
        return Reason.DELISTED
    if own[Row.PRICE] == 0:
        jumps = mid(quote[Quote.BID], quote[Quote.ASK], quote[Quote.LISTED]) > 0
        return Reason.JUMP if jumps else Reason.NO_PRICE
    if own[Row.VELOCITY] == MISSING or own[Row.BARS] < p.atr_period:
        return Reason.WARMING
    return Reason.NONE
