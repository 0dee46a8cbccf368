"""What tools read: values and small functions that are handed in, so that a tool knows no engine and no file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.agent.turns import TurnContext
from kraken_tui.config.settings import Settings
from kraken_tui.market.candle_book import Candles
from kraken_tui.model.command import Command
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.memory import AdoptionRecord, InsightRecord
from kraken_tui.model.proposal import ProposalState
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.store.evaluation_rows import Recorded


class Proposer(Protocol):
    """Takes commands that somebody without the control role wants done."""

    async def propose(self, command: Command, turn: TurnContext, *, lines: Sequence[str] = ()) -> ProposalState:
        """Make a proposal of a command; done at once where the standing policy lets it pass.

        Args:
            command: what would be done.
            turn: in which it is wished.
            lines: how the wish was read, to stand below its card.

        Raises:
            KrakenTuiError: it can't be proposed, or not now; says why.
        """
        ...


class Market(Protocol):
    """Prices of this moment."""

    def instrument(self, symbol: str) -> Instrument | None:
        """The rules of a pair."""
        ...

    def quote(self, symbol: str) -> Quote | None:
        """Best bid and ask; None where there is no sound price."""
        ...

    def candles(self, symbol: str) -> Candles | None:
        """The last closed five-minute candles; None where they are not known without a hole."""
        ...


class Records(Protocol):
    """What was written down. All of it blocks: it is read in a thread."""

    def trades(self, from_ns: int, to_ns: int) -> TradeColumns:
        """Trades closed in a time, in their order."""
        ...

    def decided(self, symbol: str | None, count: int) -> Sequence[Recorded]:
        """The newest decisions, the newest first."""
        ...

    def explained(self, symbol: str) -> Sequence[Recorded]:
        """The last decision on entering a symbol, and what is newer."""
        ...

    def insights(self) -> Sequence[InsightRecord]:
        """Every insight as it stands."""
        ...

    def adoptions(self, count: int) -> Sequence[AdoptionRecord]:
        """The newest adoptions, the newest first."""
        ...


class Sources(Struct, frozen=True, kw_only=True):
    """All that tools look at."""

    now_ns: Callable[[], int]
    roster: Callable[[], Roster]
    snapshot: Callable[[], Snapshot | None]
    """The newest; None while the engine starts."""
    settings: Settings
    why: Callable[[str], tuple[str, ...]]
    """Where a ticker stands, and why."""
    market: Market
    records: Records
    recording: Path | None
    """Recorded prices to test on; None where there are none."""
    home: Path
    """Whose settings a backtest takes."""
    proposer: Proposer
    progress: Callable[[str], None]
    """Told what a long answer is at."""

    def seen(self) -> Snapshot:
        """The newest snapshot.

        Raises:
            UsageError: there is none yet.
        """
        snapshot = self.snapshot()
        if snapshot is None:
            raise UsageError("The engine is starting: ask again in a moment.")
        return snapshot

    def symbol(self, word: str) -> str:
        """The ticker that a word names.

        Raises:
            UsageError: none, or several.
        """
        symbols = self.roster().symbols
        found = find_symbol(word, symbols)
        if found is None:
            raise UsageError(no_symbol(word[:24], symbols))
        return found

    def quote(self, symbol: str) -> Quote:
        """The quote of a ticker.

        Raises:
            UsageError: there is no sound price.
        """
        quote = self.market.quote(symbol)
        if quote is None:
            raise UsageError(f"{symbol}: no sound price now")
        return quote

    def rules(self, symbol: str) -> Instrument:
        """The rules of a ticker.

        Raises:
            UsageError: they are not known.
        """
        instrument = self.market.instrument(symbol)
        if instrument is None:
            raise UsageError(f"{symbol}: its rules are not known")
        return instrument
