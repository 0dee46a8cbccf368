"""The account at the market's prices: equity and heat, told in float64 where that is sure, and asked for where not."""

import numpy as np

from kraken_tui.replay.fast.compiling import apart
from kraken_tui.replay.fast.paper_books import A_TICK, COST, FEE, Books, Tape, sound
from kraken_tui.replay.fast.paper_rows import Held, Purse, Rule, Term
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Account
from kraken_tui.scanner.parameters import PPM

UNSURE = 1e-10
"""A share this near to a bound is left to Decimals: sums of float64 are right to about 1e-14 of what they add up."""

CASH, EQUITY, NOTIONAL, USED, SPOT, SPOT_GAIN = range(6)
"""What `value` tells, in quote units; USED is margin, SPOT the cost of coins."""
HIGHEST = 7
"""Where `peak` holds the higher of both fees, as a share."""
FLOOR = 8
"""Where it holds what WORTH must be for the day's loss surely to be bearable."""
WORTH = 8
"""What `value` and `glance` tell besides: what closing everything now would leave, by which entries and heat go."""


@part
def cash_of(books: Books) -> float:
    """What it would have without its positions, quote units."""
    rules, purse = books.rules, books.purse
    return float(rules[Rule.START] + purse[Purse.REALISED] - purse[Purse.FEES]) / float(rules[Rule.UNIT])


@apart
def value(tape: Tape, books: Books, s: int) -> bool:
    """Fill the front of `peak` behind the mark: the account at this scan's prices; whether all of them are sound."""
    terms, held, purse, told = books.terms, books.held, books.purse, books.peak[1:]
    cash = cash_of(books)
    gain, notional, used, spot, spot_gain, priced = 0.0, 0.0, 0.0, 0.0, 0.0, True
    taken, rolls_ns = 0, 1 << 62
    sums, counts = books.sums, books.counts
    for g in range(sums.size):
        sums[g] = 0.0
        counts[g] = 0
    for place in range(purse[Purse.OPEN]):
        i = books.order[place]
        side = books.columns[Account.SIDE, i]
        cost = books.facts[COST, i]
        worth = cost
        if sound(tape, s, i):
            worth = float(tape.bid[s, i] if side > 0 else tape.ask[s, i]) * books.facts[A_TICK, i]
        else:
            priced = False
        gain += (worth - cost) * float(side)
        notional += worth
        group = terms[Term.GROUP, i]
        if group > 0:
            sums[group] += worth
            counts[group] += 1
        if held[Held.LEVERAGE, i] > 1:
            used += cost / float(held[Held.LEVERAGE, i])
        else:
            spot += cost
            spot_gain += worth - cost
        taken |= held[Held.BID_TAKEN, i] | held[Held.ASK_TAKEN, i]
        rolls_ns = min(rolls_ns, held[Held.ROLLS_NS, i])
    purse[Purse.ROLLS_NS], purse[Purse.TAKEN] = rolls_ns, taken
    sums[0] = notional
    counts[0] = purse[Purse.OPEN]
    told[CASH], told[EQUITY], told[NOTIONAL] = cash, cash + gain, notional
    told[WORTH] = cash + gain - notional * books.sizing[FEE]
    told[USED], told[SPOT], told[SPOT_GAIN] = used, spot, spot_gain
    books.priced[0] = priced
    return priced


@part
def glance(tape: Tape, books: Books, s: int) -> bool:
    """As `value`, of what heat needs, for a scan in which nothing is due; False where a stop or a rollover is."""
    facts, columns, told, purse = books.facts, books.columns, books.peak[1:], books.purse
    sums, counts = books.sums, books.counts
    if purse[Purse.TAKEN] != 0 or purse[Purse.ROLLS_NS] <= tape.time_ns[s]:
        return False
    gain, notional, priced, grouped = 0.0, 0.0, True, sums.size > 1
    if grouped:
        for g in range(sums.size):
            sums[g] = 0.0
            counts[g] = 0
    for place in range(purse[Purse.OPEN]):
        i = books.order[place]
        side, worth = columns[Account.SIDE, i], facts[COST, i]
        if sound(tape, s, i):
            mark = np.int64(tape.bid[s, i] if side > 0 else tape.ask[s, i])
            if side * mark <= side * columns[Account.STOP, i]:
                return False
            worth = float(mark) * facts[A_TICK, i]
        else:
            priced = False
        gain += (worth - facts[COST, i]) * float(side)
        notional += worth
        if grouped and books.terms[Term.GROUP, i] > 0:
            sums[books.terms[Term.GROUP, i]] += worth
            counts[books.terms[Term.GROUP, i]] += 1
    sums[0] = notional
    counts[0] = purse[Purse.OPEN]
    told[EQUITY], told[NOTIONAL] = told[CASH] + gain, notional
    told[WORTH] = told[EQUITY] - notional * books.sizing[FEE]
    books.priced[0] = priced
    return True


@part
def note_peak(books: Books) -> None:
    """The high-water mark of what closing everything now would leave, as the kill switch keeps it."""
    told = books.peak[1:]
    books.peak[0] = max(books.peak[0], told[WORTH])


@part
def fullness(books: Books) -> int:
    """Which limits are full, a bit each; -1 where float64 can't tell."""
    equity, bits = books.peak[1 + WORTH], 0
    for g in range(books.sums.size):
        most, used = books.most_exposure[g] * equity, books.sums[g] * 100.0
        if books.counts[g] >= books.most_trades[g] or equity <= 0.0:
            bits |= 1 << g
        elif abs(used - most) <= UNSURE * (used + most) and books.counts[g] > 0:
            return -1
        elif used >= most:
            bits |= 1 << g
    return bits


@part
def heat(books: Books) -> int:
    """The heat of the whole in ppm; -1 where float64 can't tell."""
    equity, notional = books.peak[1 + WORTH], books.sums[0]
    trades, most = books.most_trades[0], books.most_exposure[0]
    if trades == 0 or most == 0.0 or equity <= 0.0:
        return PPM
    ppm = min(PPM, int(float(books.counts[0] * PPM) / float(trades)))
    if notional == 0.0:
        return ppm
    if equity < notional * 1e-3:
        return PPM if notional * 99.0 > most * equity else -1
    share = notional * (100.0 * float(PPM)) / (equity * most)
    if share >= float(PPM) * 1.001:
        return PPM
    if abs(share - np.rint(share)) < 1e-4 and share > float(ppm) - 1.0:
        return -1
    return max(ppm, min(PPM, int(share)))
