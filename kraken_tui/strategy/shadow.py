"""Strategies in shadow: what each would have made on the same candles, whether or not it traded. Pure.

A sleeve is an account of its own with one strategy: it enters at the close that decides, as large as the operator's
risk allows, leaves at the close that says so or at its stop, and pays fees and half a spread each way. Its result of a
block is a fraction of the sleeve.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.strategy.autopilot import Own, decide
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.strategy_orchestrator import States

FOUR_HOURS_S = 4 * 3_600


class Terms(Struct, frozen=True, kw_only=True):
    """What a sleeve trades on: fractions, not percent."""

    risk: float
    """Of the sleeve, between an entry and its stop."""
    most: int
    """Positions at once."""
    exposure: float
    """Most notional, over the sleeve."""
    leverage: float
    cost: float
    """Of the notional, to get in or out: taker fee and half a spread."""
    opening: float = 0.0
    """On top, to open on margin, and for each four hours."""
    fees_decide: bool = True
    """Whether entries must expect to earn their costs."""


class Held(Struct, frozen=True, kw_only=True):
    """A position of a sleeve."""

    side: int
    share: float
    """Of the sleeve, at its entry."""
    entry: float
    last: float
    """The close that it was last valued at."""
    stop: float


class Sleeve(Struct, frozen=True, kw_only=True):
    """One candidate's account, as far as a restart must not forget it."""

    candidate: Candidate
    held: dict[str, Held] = {}
    gross: float = 0.0
    """Of this block so far."""
    cost: float = 0.0
    since_ns: int = 0
    """The close since which it has missed none; 0 before its first."""

    @property
    def net(self) -> float:
        """What the block has made so far."""
        return self.gross - self.cost

    def is_whole(self, begin_ns: int) -> bool:
        """Whether it has seen all of a block that began then."""
        return 0 < self.since_ns <= begin_ns


class Close(Struct, frozen=True, kw_only=True):
    """Some symbols at a close."""

    symbols: Sequence[str]
    windows: Sequence[Candles | None]
    shortable: Mapping[str, bool]
    regime: Regime | None


class Shadowed(Struct, frozen=True, kw_only=True):
    """A sleeve after a close."""

    sleeve: Sleeve
    states: States
    acts: tuple[tuple[Call, str], ...]
    """What it did: each call, and which action it was."""


def step(
    sleeve: Sleeve,
    states: States,
    close: Close,
    config: TradingConfig,
    own: Own,
    strategy: Strategy,
    terms: Terms,
    bound: float | None,
) -> Shadowed:
    """One sleeve after the close of some symbols.

    Args:
        sleeve: before.
        states: what its decisions remember of these symbols.
        close: candles.
        config: the operator's choices.
        own: the candidate's thresholds.
        strategy: its own.
        terms: of trading.
        bound: the declared most that it may lose in a block; None where nothing is declared.
    """
    sleeve = _marked(sleeve, close, terms)
    sides = {symbol: Side.BUY if row.side > 0 else Side.SELL for symbol, row in sleeve.held.items()}
    held = {symbol: sides[symbol] for symbol in close.symbols if symbol in sides}
    enabled = config.model_copy(update={"STRATEGIES": [strategy.name]})
    calls, states = decide(close.symbols, close.windows, states, held, close.regime, enabled, (strategy,), own)
    acts = list[tuple[Call, str]]()
    for call in calls:
        sleeve, action = _follow(sleeve, call, close, terms, bound)
        if action:
            acts.append((call, action))
    return Shadowed(sleeve=sleeve, states=states, acts=tuple(acts))


def begun_anew(sleeve: Sleeve, since_ns: int) -> Sleeve:
    """A sleeve whose past is not known: it holds nothing, and its block counts for nothing."""
    return Sleeve(candidate=sleeve.candidate, since_ns=since_ns)


def next_block(sleeve: Sleeve, block_s: float, terms: Terms) -> tuple[Sleeve, float, float]:
    """The sleeve at the begin of the next block; and what the one that ends has made: gross, and costs."""
    share = sum(row.share for row in sleeve.held.values())
    cost = sleeve.cost + share * terms.opening * block_s / FOUR_HOURS_S
    return replace(sleeve, gross=0.0, cost=0.0), sleeve.gross, cost


def _marked(sleeve: Sleeve, close: Close, terms: Terms) -> Sleeve:
    """Value what is held at the newest candle; what has met its stop is gone, at the stop or where it gapped to."""
    if not sleeve.held:
        return sleeve
    held, gross, cost = dict(sleeve.held), sleeve.gross, sleeve.cost
    for symbol, window in zip(close.symbols, close.windows, strict=True):
        row = held.get(symbol)
        if row is None or window is None:
            continue
        opened, low, high, last = (float(each[-1]) for each in (window.open, window.low, window.high, window.close))
        if not np.isfinite((opened, low, high, last)).all() or min(opened, low, last) <= 0:
            continue
        is_hit = low <= row.stop if row.side > 0 else high >= row.stop
        price = last if not is_hit else min(opened, row.stop) if row.side > 0 else max(opened, row.stop)
        gross += row.side * row.share * (price - row.last) / row.entry
        if is_hit:
            cost += terms.cost * row.share * price / row.entry
            del held[symbol]
        else:
            held[symbol] = replace(row, last=price)
    return replace(sleeve, held=held, gross=gross, cost=cost)


def _follow(sleeve: Sleeve, call: Call, close: Close, terms: Terms, bound: float | None) -> tuple[Sleeve, str]:
    """Do what a call says; the action, or nothing."""
    row, wanted = sleeve.held.get(call.symbol), 0 if call.side is None else call.side.sign
    if row is not None and wanted == row.side:
        return sleeve, ""
    action = ""
    if row is not None:
        cost = sleeve.cost + terms.cost * row.share * row.last / row.entry
        left = {symbol: each for symbol, each in sleeve.held.items() if symbol != call.symbol}
        sleeve, action = replace(sleeve, held=left, cost=cost), "exit"
    if wanted == 0 or (wanted < 0 and not close.shortable.get(call.symbol, False)):
        return sleeve, action
    share = _share(sleeve, call, terms, bound)
    if share <= 0:
        return sleeve, action
    taken = Held(
        side=wanted, share=share, entry=call.price, last=call.price, stop=call.price - wanted * call.stop_distance
    )
    cost = sleeve.cost + (terms.cost + terms.opening) * share
    entered = replace(sleeve, held={**sleeve.held, call.symbol: taken}, cost=cost)
    return entered, "enter long" if wanted > 0 else "enter short"


def _share(sleeve: Sleeve, call: Call, terms: Terms, bound: float | None) -> float:
    """How large an entry is, as a share of the sleeve; 0 for none."""
    if not 0 < call.stop_distance < call.price or len(sleeve.held) >= terms.most:
        return 0.0
    if terms.fees_decide and call.expected_move <= 100 * (2 * terms.cost + terms.opening):
        return 0.0
    away = call.stop_distance / call.price
    taken = sum(row.share for row in sleeve.held.values())
    share = min(terms.risk / away, terms.leverage / terms.most, terms.exposure - taken)
    if bound is not None:
        at_stake = sum(
            row.share * (row.side * (row.last - row.stop) + terms.cost * row.stop) / row.entry
            for row in sleeve.held.values()
        )
        room = bound + sleeve.net - at_stake
        share = min(share, room / (away + terms.cost * (2 + away) + terms.opening))
    return max(0.0, share)
