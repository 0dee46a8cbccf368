"""A fresh paper account as arrays: settings and pairs' rules in whole numbers."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side
from kraken_tui.replay.fast.exactly import LARGEST
from kraken_tui.replay.fast.paper_books import FEE, MEASURES, Books
from kraken_tui.replay.fast.paper_gate import Around
from kraken_tui.replay.fast.paper_ladder import DOWN, FUZZY, OVER, UP
from kraken_tui.replay.fast.paper_lots import BOUNDS
from kraken_tui.replay.fast.paper_risk import HIGHEST, WORTH
from kraken_tui.replay.fast.paper_rows import MOST_SLICES, Closed, Held, Lot, Purse, Rule, Term
from kraken_tui.replay.fast.paper_size import (
    DECIDES,
    DEPTH,
    FEES_LONG,
    FEES_SHORT,
    FEES_SPOT,
    LOCK,
    MAKER_LONG,
    MAKER_SHORT,
    MAKER_SPOT,
    MOST_ACTIVE,
    MOST_SLIPPAGE,
    MOST_SPREAD,
    SIZING,
    WORSE,
)  # fmt: skip
from kraken_tui.risk.fees import Fees, breakeven_move
from kraken_tui.scanner.inputs import Account

Ints = NDArray[np.int64]
BUFFER = 4096
"""Trades that the loop keeps before it hands them over, at least."""
ROLLOVER_NS = 4 * 3600 * SECOND
"""As `exchange/matching`'s `Fees.rollover_ns`."""


class _Told:
    """Pairs and settings, told apart by who they are: settings have no hash, and that of many pairs takes long."""

    def __init__(self, around: Around) -> None:
        self.instruments, self.settings = around.instruments, around.settings

    def __hash__(self) -> int:
        return hash((id(self.instruments), id(self.settings)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Told):
            return False
        return self.instruments is other.instruments and self.settings is other.settings


def books_of(around: Around) -> Books:
    """A fresh account."""
    books = Books._make(array.copy() for array in _opening(_Told(around), around.groups))
    books.rules[Rule.ASKS] |= bool(around.config.ALLOW or around.config.DENY)
    books.sizing[MOST_SPREAD], books.sizing[MEASURES] = around.config.MAX_SPREAD, around.measures
    return books._replace(trades=np.zeros((BUFFER + len(around.instruments), len(Closed)), np.int64))


@lru_cache(maxsize=8)
def _opening(told: _Told, groups: tuple[str, ...]) -> Books:
    """The same before anybody changes it, without room for trades: a search opens one account a thousand times."""
    instruments, settings = told.instruments, told.settings
    count, limits = len(instruments), {"all": settings.HEAT, **settings.HEAT_GROUPS}
    rules = _rules(instruments, settings)
    peak = np.zeros(WORTH + 2)
    peak[0] = float(settings.PAPER_BALANCE)
    peak[HIGHEST] = float(max(settings.PAPER_MAKER_FEE, settings.PAPER_TAKER_FEE)) / 100
    purse = np.zeros(len(Purse), np.int64)
    purse[Purse.DIRTY] = 1
    return Books(
        terms=_terms(instruments, groups, settings, int(rules[Rule.UNIT])), rules=rules,
        ladder=ladder_of(settings.PAPER_IMPACT),
        held=np.zeros((len(Held), count), np.int64), lots=np.zeros((count, MOST_SLICES, len(Lot)), np.int64),
        order=np.zeros(count, np.int64), purse=purse, peak=peak,
        most_trades=np.array([row.trades for row in limits.values()], np.int64),
        most_exposure=np.array([row.exposure for row in limits.values()]),
        tiers=_tiers(settings), sizing=_sizing(settings), facts=np.zeros((2, count)),
        bounds=np.zeros(BOUNDS), priced=np.ones(1, np.int64),
        counts=np.zeros(len(limits), np.int64), sums=np.zeros(len(limits)),
        trades=np.zeros((0, len(Closed)), np.int64), walk=np.zeros(6, np.int64),
        columns=np.zeros((len(Account), count), np.int64),
    )  # fmt: skip


def _rules(instruments: Sequence[Instrument], settings: Settings) -> Ints:
    rules = np.zeros(len(Rule), np.int64)
    decimals = max(row.cost_decimals for row in instruments)
    start = settings.PAPER_BALANCE.scaleb(decimals)
    fees = (settings.PAPER_TAKER_FEE, settings.PAPER_MAKER_FEE, settings.PAPER_MARGIN_FEE)
    fee, maker, opening = (Fraction(each) / 100 for each in fees)
    depth = Fraction(settings.PAPER_DEPTH)
    if start != int(start) or start >= 1 << 60:
        raise UsageError(f"PAPER_BALANCE {settings.PAPER_BALANCE} is not a whole number of 10^-{decimals} below 2^60")
    if (
        max(fee.denominator, maker.denominator, opening.denominator, depth.denominator) > 1 << 20
        or depth.numerator > 1 << 50
    ):
        raise UsageError("the paper fees or PAPER_DEPTH have more digits than the fast replay takes")
    rules[[Rule.FEE, Rule.FEE_OF, Rule.OPENING, Rule.OPENING_OF, Rule.DEPTH, Rule.DEPTH_OF]] = [
        fee.numerator, fee.denominator, opening.numerator, opening.denominator, depth.numerator, depth.denominator,
    ]  # fmt: skip
    rules[[Rule.MAKER, Rule.MAKER_OF]] = maker.numerator, maker.denominator
    rules[Rule.COOLDOWN_NS] = int(settings.COOLDOWN_LOSS * SECOND)
    rules[Rule.ROLLOVER_NS] = ROLLOVER_NS
    rules[Rule.UNIT], rules[Rule.START] = 10**decimals, int(start)
    risk = Fraction(str(settings.risk_percent)) / 100
    rules[Rule.RISK], rules[Rule.RISK_OF] = risk.numerator, risk.denominator
    rules[Rule.MARGIN] = settings.account == "margin"
    days = (settings.MAX_TRADES_PER_DAY, settings.MAX_TRADES_PER_SYMBOL, settings.MAX_LOSSES_IN_A_ROW)
    seldom = any(each is not None for each in days) or any(row.status != "online" for row in instruments)
    cut = any(Fraction(row.exposure) != Fraction(str(row.exposure)) for row in settings.HEAT_GROUPS.values())
    seldom = seldom or cut or Fraction(settings.HEAT.exposure) != Fraction(str(settings.HEAT.exposure))
    rules[Rule.ASKS] = seldom or risk.denominator > 1 << 50
    return rules


def _tiers(settings: Settings) -> NDArray[np.float64]:
    """No drawdown first, then each tier."""
    rows = [(0.0, 1.0, 1.0)]
    for tier in settings.DRAWDOWN_TIERS:
        share = Fraction(str(tier.share))
        rows.append((tier.drawdown, float(share.denominator), float(share.numerator)))
    return np.ascontiguousarray(np.array(rows).T)


def _sizing(settings: Settings) -> NDArray[np.float64]:
    sizing = np.zeros(SIZING)
    active = settings.active_risk_percent
    fees = Fees(maker=settings.PAPER_MAKER_FEE, taker=settings.PAPER_TAKER_FEE, opening=settings.PAPER_MARGIN_FEE)
    sizing[MOST_ACTIVE] = 1e9 if active is None else active / 100
    sizing[FEE] = float(settings.PAPER_TAKER_FEE) / 100
    sizing[DEPTH], sizing[WORSE] = float(settings.PAPER_DEPTH), float(settings.PAPER_IMPACT)
    sizing[MOST_SLIPPAGE] = 1e9 if settings.MAX_SLIPPAGE is None else settings.MAX_SLIPPAGE
    sizing[FEES_LONG] = float(breakeven_move(fees, Side.BUY, margin=True))
    sizing[FEES_SHORT] = float(breakeven_move(fees, Side.SELL, margin=True))
    sizing[FEES_SPOT] = float(breakeven_move(fees))
    sizing[MAKER_LONG] = float(breakeven_move(fees, Side.BUY, maker_in=True, margin=True))
    sizing[MAKER_SHORT] = float(breakeven_move(fees, Side.SELL, maker_in=True, margin=True))
    sizing[MAKER_SPOT] = float(breakeven_move(fees, maker_in=True))
    sizing[DECIDES], sizing[LOCK] = settings.FEES_DECIDE, settings.RATCHET_LOCK
    return sizing


def _terms(instruments: Sequence[Instrument], groups: Sequence[str], settings: Settings, unit: int) -> Ints:
    terms, limited = np.zeros((len(Term), len(instruments)), np.int64), ["all", *settings.HEAT_GROUPS]
    ranks = {symbol: rank for rank, symbol in enumerate(sorted(row.symbol for row in instruments))}
    for i, (instrument, group) in enumerate(zip(instruments, groups, strict=True)):
        if instrument.price_decimals + instrument.lot_decimals not in range(instrument.cost_decimals, 19):
            raise UsageError(f"{instrument.symbol} has more decimals than the fast replay takes")
        for term, number in _term_of(instrument, settings).items():
            terms[term, i] = number
        terms[Term.MONEY, i] = unit // 10**instrument.cost_decimals
        terms[Term.RANK, i] = ranks[instrument.symbol]
        terms[Term.GROUP, i] = limited.index(group) if group in limited[1:] else 0
    return terms


@cache
def ladder_of(worse: Decimal) -> Ints:
    """Multiples of the best price by slice: exact fractions while they fit, then cut to 60 binary places."""
    ladder = np.zeros((4, MOST_SLICES), np.int64)
    for k in range(MOST_SLICES):
        up, down = ((1 + sign * Fraction(worse) / 100) ** k for sign in (1, -1))
        exact = max(up.numerator, down.denominator) < LARGEST and up.denominator == down.denominator
        over = up.denominator if exact else 1 << 60
        ladder[UP, k], ladder[DOWN, k] = int(up * over), int(down * over)
        ladder[OVER, k], ladder[FUZZY, k] = over, not exact
    return ladder


def _term_of(instrument: Instrument, settings: Settings) -> dict[Term, int]:
    """A pair's rules as whole numbers, but for what belongs to all pairs together."""
    scale = instrument.price_decimals + instrument.lot_decimals
    margin = settings.account == "margin"
    most = 1 << 62
    limits = (instrument.long_limit, instrument.short_limit)
    long, short = (most if each is None else int(each.scaleb(instrument.lot_decimals)) for each in limits)
    return {
        Term.TICK: int(instrument.tick.scaleb(instrument.price_decimals)),
        Term.SCALE: 10**scale,
        Term.COST: 10 ** (scale - instrument.cost_decimals),
        Term.LEVERAGE_LONG: instrument.effective_leverage(settings.leverage) if margin else 1,
        Term.LEVERAGE_SHORT: instrument.effective_leverage(settings.leverage, short=True) if margin else 1,
        Term.LEAST: -int(-instrument.order_min.scaleb(instrument.lot_decimals)),
        Term.LEAST_COST: int(instrument.cost_min.scaleb(scale)),
        Term.MOST_LONG: long,
        Term.MOST_SHORT: short,
    }
