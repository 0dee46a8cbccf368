"""What the autopilot knows and believes, and what it makes of that at a close; a replay does the same again."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from kraken_tui.clock import real_sleep
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import CandleBook
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.strategy.adopted import AdoptedConfigs
from kraken_tui.strategy.autopilot import decide
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.strategy_orchestrator import States

if TYPE_CHECKING:
    from kraken_tui.learning.views import InForce

CANDLES = 720
AT_ONCE = 50
"""Symbols that are decided on before others get a turn: the first close of 1,500 would hold up the loop for seconds."""


class Decision(Struct, frozen=True):
    """What was made of a run of symbols."""

    first: int
    """Place of the first of them."""
    symbols: Sequence[str]
    held: Mapping[str, Side]
    regime: Regime | None
    calls: Sequence[Call]
    """Of those whose candles are known."""


class Decider:
    """The candles, and what is remembered from close to close."""

    def __init__(self, symbols: Sequence[str], config: TradingConfig, strategies: Sequence[Strategy]) -> None:
        self.symbols = tuple(symbols)
        self.book = CandleBook(len(self.symbols), CANDLES)
        self.config = config
        self.strategies = tuple(strategies)
        self.adopted = AdoptedConfigs(config)
        """What was adopted, from the next close on."""
        self._adopted = self.adopted
        """As of the close that is being decided."""
        self._states = self._after = States()

    async def decide(
        self, held: Mapping[str, Side], regime: Regime | None, keep: Callable[[Decision], None]
    ) -> list[Call]:
        """What to hold of every symbol after a close; a part of them at a time.

        Args:
            held: what the autopilot holds.
            regime: the scanner's.
            keep: told each part.
        """
        calls = list[Call]()
        for first in range(0, len(self.symbols), AT_ONCE):
            made = self.part(first, AT_ONCE, held, regime)
            keep(made)
            calls += made.calls
            if len(self.symbols) > AT_ONCE:
                await real_sleep(0)
        return calls

    def part(self, first: int, count: int, held: Mapping[str, Side], regime: Regime | None) -> Decision:
        """What to hold of `count` symbols from `first` on; the parts of a close follow on each other, from 0."""
        if first == 0:
            self._adopted = self.adopted
        symbols = self.symbols[first : first + count]
        windows = [self.book.window(place) for place in range(first, first + len(symbols))]
        before = self._states
        known = {symbol: before.symbols[symbol] for symbol in symbols if symbol in before.symbols}
        calls, states = decide(
            symbols,
            windows,
            States(known, before.market),
            held,
            regime,
            self.config,
            self.strategies,
            self._adopted.own,
        )
        self._after = States({**(self._after.symbols if first else {}), **states.symbols}, states.market)
        if first + count >= len(self.symbols):
            self._states = self._after
        return Decision(first, symbols, {row: held[row] for row in symbols if row in held}, regime, calls)

    def adopt(self, rows: "Sequence[InForce]") -> None:
        """Have adopted candidates decide from the next close on.

        Raises:
            UsageError: one makes no sense with the operator's choices.
        """
        if tuple(rows) != self.adopted.rows:
            self.adopted = AdoptedConfigs(self.config, rows)

    def in_charge(self, symbol: str) -> str:
        """The strategy that last wanted an entry on a symbol; empty where none has."""
        standing = self._states.symbols.get(symbol)
        return standing.strategy if standing is not None else ""

    def save(self) -> tuple[bytes, bytes]:
        """All that is remembered between two closes, for `restore`: beliefs, and candles."""
        about, candles = self.book.save()
        return msgspec.msgpack.encode((self._states, about)), candles

    def restore(self, beliefs: bytes, candles: bytes) -> None:
        """Go on from what was saved.

        Raises:
            UsageError: it was saved for other tickers, or is damaged.
        """
        try:
            self._states, about = msgspec.msgpack.decode(beliefs, type=tuple[States, bytes])
        except GARBLED as error:
            raise UsageError(f"what the autopilot remembered can't be read: {error}") from error
        self.book.restore(about, candles)
