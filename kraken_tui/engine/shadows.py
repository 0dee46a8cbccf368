"""Every candidate's shadow, stepped at each close: beside the scans, a few symbols at a time."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from kraken_tui.clock import real_sleep
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import Candidate
from kraken_tui.learning.consider import with_own
from kraken_tui.market.candle_book import CandleBook, Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.model.scan import Regime
from kraken_tui.model.vote import Call
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.shadow import Close, Sleeve, Terms, begun_anew, next_block, step
from kraken_tui.strategy.strategy_orchestrator import States

AT_ONCE = 10
"""Symbols that a candidate is asked about before others get a turn."""


Act = tuple[Call, str, str]
"""A call, what was done by it, and by which candidate."""


class Kept(Struct, frozen=True, kw_only=True):
    """What a restart must not forget."""

    last_ns: int = 0
    """End of the last close that was seen."""
    regimes: dict[str, int] = {}
    """Of this block's closes, how often each was believed."""
    sleeves: tuple[Sleeve, ...] = ()
    before: dict[str, Decimal] = {}
    """What the engine's own open positions had made when the block began, by symbol."""


class Made(Struct, frozen=True, kw_only=True):
    """What a candidate made in a block."""

    candidate: Candidate
    gross: float
    cost: float
    is_whole: bool


class Shadows:
    """Holds a sleeve for each candidate.

    Args:
        symbols: in the order of the book.
        book: candles, as the autopilot has them.
        config: the operator's choices.
        strategies: by name.
        shortable: by symbol.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        book: CandleBook,
        config: TradingConfig,
        strategies: Mapping[str, Strategy],
        shortable: Mapping[str, bool],
    ) -> None:
        self._symbols = tuple(symbols)
        self._book = book
        self._config = config
        self._strategies = strategies
        self._shortable = shortable
        self._sleeves: dict[str, Sleeve] = {}
        self._states: dict[str, States] = {}
        self._own: dict[str, TradingConfig] = {}
        self.last_ns = 0
        self.regimes: dict[str, int] = {}
        self.before: dict[str, Decimal] = {}

    def restore(self, kept: Kept) -> None:
        """Go on from what was kept."""
        self.last_ns, self.regimes, self.before = kept.last_ns, dict(kept.regimes), dict(kept.before)
        self._sleeves = {row.candidate.id: row for row in kept.sleeves}

    def save(self) -> bytes:
        """All of it, for `restore`."""
        rows = tuple(self._sleeves.values())
        return msgspec.msgpack.encode(
            Kept(last_ns=self.last_ns, regimes=self.regimes, sleeves=rows, before=self.before)
        )

    async def close(
        self,
        end_ns: int,
        regime: Regime | None,
        candidates: Sequence[Candidate],
        terms: Terms,
        bound_of: Callable[[str], float | None],
    ) -> list[Act]:
        """Step every candidate after a close; what they did.

        A close that was seen already changes nothing. One that does not follow on the last begins all anew.
        """
        if end_ns <= self.last_ns:
            return []
        if end_ns != self.last_ns + SPAN_NS:
            self._sleeves = {id: begun_anew(row, end_ns) for id, row in self._sleeves.items()}
            self._states, self.regimes = {}, {}
        self.last_ns = end_ns
        word = "" if regime is None else regime.name
        self.regimes[word] = self.regimes.get(word, 0) + 1
        acts = list[Act]()
        for candidate in candidates:
            acts += await self._step(candidate, end_ns, regime, terms, bound_of(candidate.id))
        return acts

    def end_block(self, candidates: Sequence[Candidate], begin_ns: int, block_s: float, terms: Terms) -> list[Made]:
        """What each candidate made in the block that ends; the next begins."""
        made = []
        for candidate in candidates:
            sleeve = self._sleeves.get(candidate.id)
            if sleeve is None:
                continue
            self._sleeves[candidate.id], gross, cost = next_block(sleeve, block_s, terms)
            whole = sleeve.is_whole(begin_ns)
            made.append(Made(candidate=candidate, gross=gross, cost=cost, is_whole=whole))
        self.regimes = {}
        return made

    def keep_only(self, candidates: Sequence[Candidate], since_ns: int) -> None:
        """Let go of those that run no more, and begin those that run from now on."""
        self._sleeves = {
            each.id: self._sleeves.get(each.id, Sleeve(candidate=each, since_ns=since_ns)) for each in candidates
        }
        self._states = {id: row for id, row in self._states.items() if id in self._sleeves}

    async def _step(
        self, candidate: Candidate, end_ns: int, regime: Regime | None, terms: Terms, bound: float | None
    ) -> list[Act]:
        strategy = self._strategies.get(candidate.strategy)
        if strategy is None:
            return []
        own = self._own.setdefault(candidate.id, with_own(self._config, candidate))
        sleeve = self._sleeves.get(candidate.id, Sleeve(candidate=candidate, since_ns=end_ns))
        before, after, acts = self._states.get(candidate.id, States()), States(), list[Act]()
        for first in range(0, len(self._symbols), AT_ONCE):
            symbols = self._symbols[first : first + AT_ONCE]
            close = Close(
                symbols=symbols, windows=[self._window(first + row, end_ns) for row in range(len(symbols))],
                shortable=self._shortable, regime=regime,
            )  # fmt: skip
            known = States({name: before.symbols[name] for name in symbols if name in before.symbols}, before.market)
            found = step(sleeve, known, close, self._config, lambda name, symbol: own, strategy, terms, bound)
            sleeve, after = found.sleeve, States({**after.symbols, **found.states.symbols}, found.states.market)
            acts += [(call, action, candidate.id) for call, action in found.acts]
            await real_sleep(0)
        self._sleeves[candidate.id], self._states[candidate.id] = sleeve, after
        return acts

    def _window(self, place: int, end_ns: int) -> Candles | None:
        """The candles up to this close; None where they are not known, or go on already."""
        window = self._book.window(place)
        return window if window is not None and int(window.open_ns[-1]) + SPAN_NS == end_ns else None
