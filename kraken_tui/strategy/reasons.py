"""Why a call is what it is, in a sentence."""

import math
from collections.abc import Sequence

from msgspec import Struct

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.vote import Vote
from kraken_tui.strategy.regimes import SymbolRegime

WORDS = {1: "long", -1: "short"}


class Case(Struct, frozen=True, kw_only=True):
    """What a decision rests on."""

    regime: SymbolRegime
    strategy: str
    """Empty where none trades this regime."""
    held: int
    side: int
    votes: Sequence[Vote]
    fault: str
    candles: int
    volatility: float
    traded: float
    widest: float
    atr: float
    price: float


def text_of(case: Case, config: TradingConfig) -> str:
    """The sentence."""
    if case.fault:
        return f"{case.strategy} failed and is not heard: {case.fault}"
    if case.held:
        return _text_of_held(case)
    if block := _block(case, config):
        return f"{case.regime.name}: no entry, {block}"
    if case.side:
        return f"{case.regime.name}: {case.strategy} wants a {WORDS[case.side]}, all {len(case.votes)} votes agree"
    return f"{case.regime.name}: {case.strategy} waits, {_count(case.votes)}"


def _text_of_held(case: Case) -> str:
    held = WORDS[case.held]
    if not case.strategy:
        return f"{case.regime.name}: no strategy is in charge of the {held}; its stop keeps it"
    if case.side == case.held:
        return f"{case.regime.name}: {case.strategy} keeps the {held}, nothing votes against it"
    if case.side:
        return f"{case.regime.name}: {case.strategy} wants a {WORDS[case.side]} in place of the {held}"
    ended = next((vote.text for vote in case.votes if vote.sign == -case.held), "a vote is against it")
    return f"{case.regime.name}: {case.strategy} leaves the {held}, {ended}"


def _block(case: Case, config: TradingConfig) -> str:
    """Why nothing could be entered whatever the votes; empty if it could."""
    if case.candles < config.warm_up:
        return f"{case.candles} of {config.warm_up} candles are known"
    if case.widest > config.MAX_CANDLE_RANGE:
        return f"a recent candle spans {case.widest:.0f} %, beyond {config.MAX_CANDLE_RANGE:g} % it is not believed"
    if not case.strategy:
        return _untraded(case, config)
    distance = config.STOP_ATRS * case.atr
    if math.isnan(distance) or distance <= 0:
        return "it does not move: there is no ATR to place a stop by"
    if distance >= case.price:
        return f"a stop {distance:.4g} away from {case.price:.4g} would lie below zero"
    return ""


def _untraded(case: Case, config: TradingConfig) -> str:
    if case.regime is SymbolRegime.UNKNOWN:
        return f"no regime has lasted {config.HYSTERESIS} candles"
    if case.regime is SymbolRegime.QUIET:
        return f"it moves {case.volatility:.3f} % a candle, and {case.traded:.0f} % of its candles saw a trade"
    return "no strategy trades this now"


def _count(votes: Sequence[Vote]) -> str:
    longs, shorts = (sum(vote.sign == sign for vote in votes) for sign in (1, -1))
    side, count = ("long", longs) if longs >= shorts else ("short", shorts)
    return f"{count} of {len(votes)} votes are for a {side}"
