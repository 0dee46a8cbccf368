"""A recorded market as one timeline: integer ticks, every pair merged in the order of time."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_path import Turns, candle_path, candle_turns, volumes_of
from kraken_tui.market.recorded_rows import NEVER_NS
from kraken_tui.model.instrument import Instrument

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_TICKS = 1 << 53
"""Float64 counts no further; the scanner believes far less."""


class Prints(Struct, frozen=True):
    """Last prices."""

    time_ns: Ints
    ticker: NDArray[np.int16]
    ticks: Ints
    amounts: Floats
    """Base units; 0 where nothing tells."""
    turns: Turns | None = None
    """See `candle_turns`; None where no pair has candles."""

    def part(self, begin: int, end: int | None = None) -> "Prints":
        """Those from `begin` up to, but without, `end`."""
        turns = None if self.turns is None else self.turns[begin:end]
        return Prints(
            self.time_ns[begin:end], self.ticker[begin:end], self.ticks[begin:end], self.amounts[begin:end], turns
        )


class Quotes(Struct, frozen=True):
    """Best bids and asks."""

    time_ns: Ints
    ticker: NDArray[np.int16]
    bid: Ints
    ask: Ints
    changed: NDArray[np.bool_]
    """Whether it differs from the same ticker's quote before."""
    amounts: Floats | None
    """(row, 2): base units at bid and ask; None where no pair tells."""
    turns: Turns | None = None
    """See `candle_turns`; None where no pair has candles."""

    def part(self, begin: int, end: int | None = None) -> "Quotes":
        """Those from `begin` up to, but without, `end`."""
        amounts = None if self.amounts is None else self.amounts[begin:end]
        turns = None if self.turns is None else self.turns[begin:end]
        return Quotes(
            self.time_ns[begin:end], self.ticker[begin:end], self.bid[begin:end], self.ask[begin:end],
            self.changed[begin:end], amounts, turns,
        )  # fmt: skip


NO_TIMES = np.empty(0, np.int64)
NO_PRINTS = Prints(NO_TIMES, np.empty(0, np.int16), NO_TIMES, np.empty(0))
NO_QUOTES = Quotes(NO_TIMES, np.empty(0, np.int16), NO_TIMES, NO_TIMES, np.empty(0, np.bool_), None)


class Chunk(Struct, frozen=True):
    """What was told in a stretch of time."""

    until_ns: int
    """Nothing older is told later; a multiple of five minutes."""
    prints: Prints
    quotes: Quotes


class Told(Protocol):
    """A recorded market, ready to be replayed in the order of time."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The tickers."""
        ...

    @property
    def quoted(self) -> Flags:
        """Per ticker: its quotes were recorded, not made from its last price."""
        ...

    @property
    def first_ns(self) -> int:
        """Time of the first row."""
        ...

    @property
    def last_ns(self) -> int:
        """Of what is told last."""
        ...

    def of(self, number: int) -> Iterator[Chunk]:
        """All of one ticker, in the order of time; each call reads anew."""
        ...


def lay_out(instruments: Sequence[Instrument], tables: Sequence[list[Rows]], spread: float) -> tuple[Prints, Quotes]:
    """The tables of each instrument, as chosen, merged in the order of time; a pair may have none."""
    pairs = [
        PairRows(number, instrument, spread).take(mine)
        for number, (instrument, mine) in enumerate(zip(instruments, tables, strict=True))
        if mine
    ]
    return merge_prints([each[0] for each in pairs]), merge_quotes([each[1] for each in pairs])


class PairRows:
    """Makes prints and quotes of the tables of one pair, stretch by stretch.

    Args:
        number: of its ticker.
        instrument: its rules.
        spread: percent of the price, without recorded quotes: half of it to either side, rounded outward to ticks.
    """

    def __init__(self, number: int, instrument: Instrument, spread: float) -> None:
        self._number = number
        self._tick = float(instrument.tick)
        self._spread = spread
        self._bid = self._ask = 0
        self.later = NO_PRINTS
        """The prices of candles that have begun which are told later than the last stretch."""

    def take(self, tables: list[Rows], until_ns: int = NEVER_NS) -> tuple[Prints, Quotes]:
        """What these rows tell before `until_ns`, and rows before them: all of the pair that are older, none newer."""
        prints = self._prints([rows for rows in tables if rows.kind is not Kind.QUOTES], until_ns)
        quotes = _first_quotes(self._number, [rows for rows in tables if rows.kind is Kind.QUOTES], self._tick)
        if quotes is None and prints is not None:
            quotes = _made_quotes(self._number, prints, self._spread)
        if prints is None and quotes is not None:
            mids = (quotes.bid + quotes.ask) // 2
            prints = Prints(quotes.time_ns, quotes.ticker, mids, np.zeros(len(mids)))
        if prints is None or quotes is None:
            raise ValueError("a pair needs trades, quotes or candles")
        if len(quotes.bid):
            quotes.changed[0] = (quotes.bid[0], quotes.ask[0]) != (self._bid, self._ask)
            self._bid, self._ask = int(quotes.bid[-1]), int(quotes.ask[-1])
        return prints, quotes

    def _prints(self, tables: list[Rows], until_ns: int) -> Prints | None:
        prints = _first_prints(self._number, tables, self._tick)
        if prints is None:
            return None
        if len(self.later.time_ns):
            prints = merge_prints([self.later, prints])
        end = int(np.searchsorted(prints.time_ns, until_ns))
        self.later = prints.part(end)
        return prints.part(0, end)


def _first_prints(number: int, tables: list[Rows], tick: float) -> Prints | None:
    if not tables:
        return None
    paths = [candle_path(rows) if rows.kind is Kind.CANDLES else _trades(rows) for rows in tables]
    time_ns = np.concatenate([path[0] for path in paths])
    ticks = np.concatenate([_ticks(path[1], tick) for path in paths])
    amounts = np.concatenate([path[2] for path in paths])
    numbers = np.full(len(time_ns), number, np.int16)
    turns = candle_turns(tables[0]) if tables[0].kind is Kind.CANDLES else None
    told = Prints(time_ns, numbers, ticks, amounts, turns)
    return told if (time_ns[1:] >= time_ns[:-1]).all() else merge_prints([told])


def _trades(rows: Rows) -> tuple[Ints, Floats, Floats]:
    return rows.time_ns, rows.prices[:, 0], volumes_of(rows)


def _first_quotes(number: int, tables: list[Rows], tick: float) -> Quotes | None:
    if not tables:
        return None
    time_ns = np.concatenate([rows.time_ns for rows in tables])
    order = np.argsort(time_ns, kind="stable")
    ticks = np.concatenate([_ticks(rows.prices, tick) for rows in tables])[order]
    told = [rows.amounts for rows in tables if rows.amounts is not None]
    amounts = np.concatenate(told)[order] if len(told) == len(tables) else None
    return _quotes(time_ns[order], number, ticks[:, 0], ticks[:, 1], amounts)


def _made_quotes(number: int, prints: Prints, spread: float) -> Quotes:
    half = spread / 200.0
    bid = np.maximum(1, np.floor(prints.ticks * (1.0 - half))).astype(np.int64)
    ask = np.maximum(bid + 1, np.ceil(prints.ticks * (1.0 + half))).astype(np.int64)
    return replace(_quotes(prints.time_ns, number, bid, ask, None), turns=prints.turns)


def _quotes(time_ns: Ints, number: int, bid: Ints, ask: Ints, amounts: Floats | None) -> Quotes:
    changed = np.ones(len(time_ns), np.bool_)
    changed[1:] = (bid[1:] != bid[:-1]) | (ask[1:] != ask[:-1])
    return Quotes(time_ns, np.full(len(time_ns), number, np.int16), bid, ask, changed, amounts)


def _ticks(prices: Floats, tick: float) -> Ints:
    return np.clip(np.rint(prices / tick), 1, MOST_TICKS).astype(np.int64)


def merge_prints(parts: Sequence[Prints]) -> Prints:
    """All of them in the order of time; of equal times, the earlier part's come first."""
    parts = [NO_PRINTS, *parts]
    order = np.argsort(np.concatenate([part.time_ns for part in parts]), kind="stable")
    return Prints(
        np.concatenate([part.time_ns for part in parts])[order],
        np.concatenate([part.ticker for part in parts])[order],
        np.concatenate([part.ticks for part in parts])[order],
        np.concatenate([part.amounts for part in parts])[order],
        _merged_turns(parts, order),
    )


def merge_quotes(parts: Sequence[Quotes]) -> Quotes:
    """All of them in the order of time; of equal times, the earlier part's come first."""
    parts = [NO_QUOTES, *parts]
    order = np.argsort(np.concatenate([part.time_ns for part in parts]), kind="stable")
    amounts = None
    if any(part.amounts is not None for part in parts):
        told = [np.zeros((len(part.bid), 2)) if part.amounts is None else part.amounts for part in parts]
        amounts = np.concatenate(told)[order]
    return Quotes(
        np.concatenate([part.time_ns for part in parts])[order],
        np.concatenate([part.ticker for part in parts])[order],
        np.concatenate([part.bid for part in parts])[order],
        np.concatenate([part.ask for part in parts])[order],
        np.concatenate([part.changed for part in parts])[order],
        amounts,
        _merged_turns(parts, order),
    )


def _merged_turns(parts: Sequence[Prints] | Sequence[Quotes], order: Ints) -> Turns | None:
    if all(part.turns is None for part in parts):
        return None
    told = [np.zeros(len(part.time_ns), np.int8) if part.turns is None else part.turns for part in parts]
    return np.concatenate(told)[order]
