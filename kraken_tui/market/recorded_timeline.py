"""A recorded market as one timeline in memory: integer ticks, every pair merged in the order of time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.config.instruments import derived_instrument, load_instruments
from kraken_tui.market.recorded_files import choose
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_path import Turns, candle_path, candle_turns, volumes_of
from kraken_tui.model.instrument import Instrument

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_DECIMALS = 12
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

    def after(self, begin: int) -> "Prints":
        """Without the first `begin` of them."""
        turns = None if self.turns is None else self.turns[begin:]
        return Prints(self.time_ns[begin:], self.ticker[begin:], self.ticks[begin:], self.amounts[begin:], turns)


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

    def after(self, begin: int) -> "Quotes":
        """Without the first `begin` of them."""
        amounts = None if self.amounts is None else self.amounts[begin:]
        turns = None if self.turns is None else self.turns[begin:]
        return Quotes(
            self.time_ns[begin:], self.ticker[begin:], self.bid[begin:], self.ask[begin:], self.changed[begin:],
            amounts, turns,
        )  # fmt: skip


class Timeline(Struct, frozen=True):
    """A recording, ready to be replayed."""

    instruments: tuple[Instrument, ...]
    quoted: NDArray[np.bool_]
    """Per ticker: its quotes were recorded, not made from its last price."""
    prints: Prints
    quotes: Quotes

    @property
    def first_ns(self) -> int:
        """Time of the first row."""
        return int(min(self.prints.time_ns[0], self.quotes.time_ns[0]))

    @property
    def last_ns(self) -> int:
        """Time of the last row."""
        return int(max(self.prints.time_ns[-1], self.quotes.time_ns[-1]))


def build_timeline(tables: Mapping[str, list[Rows]], spread: float) -> Timeline:
    """Merge the tables of all pairs.

    Args:
        tables: what was read, by symbol.
        spread: percent of the price, for pairs without quotes: half of it to either side, rounded outward to ticks.
    """
    symbols = sorted(tables)
    chosen = [choose(tables[symbol]) for symbol in symbols]
    instruments = tuple(rules_for(symbol, mine) for symbol, mine in zip(symbols, chosen, strict=True))
    quoted = np.array([any(rows.kind is Kind.QUOTES for rows in mine) for mine in chosen])
    return Timeline(instruments, quoted, *lay_out(instruments, chosen, spread))


def lay_out(instruments: Sequence[Instrument], tables: Sequence[list[Rows]], spread: float) -> tuple[Prints, Quotes]:
    """The tables of each instrument, as chosen, merged in the order of time; a pair may have none."""
    pairs = [
        _pair(number, mine, float(instrument.tick), spread)
        for number, (instrument, mine) in enumerate(zip(instruments, tables, strict=True))
        if mine
    ]
    return merge_prints([each[0] for each in pairs]), merge_quotes([each[1] for each in pairs])


class PriceSurvey:
    """Looks at recorded prices, part by part, for the tick that they lie on.

    Args:
        symbol: the pair.
    """

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._known = load_instruments().get(symbol)
        self._count = 0
        ticks = [10.0**-decimals for decimals in range(MOST_DECIMALS)]
        self._lying = dict.fromkeys([*ticks, *([float(self._known.tick)] if self._known is not None else [])], 0)

    def add(self, prices: Floats) -> None:
        """Look at some more."""
        self._count += prices.size
        for tick in self._lying:
            ticks = prices / tick
            self._lying[tick] += int((np.abs(ticks - np.rint(ticks)) < 1e-4).sum())

    def _lie_on(self, tick: float) -> bool:
        return self._lying[tick] >= 0.999 * self._count

    def rules(self) -> Instrument:
        """Today's rules of the pair; with the tick of the data where recorded prices do not lie on today's tick.

        One price in a thousand may lie off the tick (2018 has such strays); it is rounded to the nearest.
        """
        known = self._known
        if known is not None and self._lie_on(float(known.tick)):
            return known
        decimals = next((d for d in range(MOST_DECIMALS) if self._lie_on(10.0**-d)), MOST_DECIMALS)
        if known is None:
            return derived_instrument(self._symbol, decimals)
        return replace(known, price_decimals=decimals, tick=Decimal(1).scaleb(-decimals))


def rules_for(symbol: str, tables: list[Rows]) -> Instrument:
    """The rules of a pair whose recorded prices these are."""
    survey = PriceSurvey(symbol)
    for rows in tables:
        survey.add(rows.prices)
    return survey.rules()


def _pair(number: int, tables: list[Rows], tick: float, spread: float) -> tuple[Prints, Quotes]:
    prints = _first_prints(number, [rows for rows in tables if rows.kind is not Kind.QUOTES], tick)
    quotes = _first_quotes(number, [rows for rows in tables if rows.kind is Kind.QUOTES], tick)
    if quotes is None and prints is not None:
        return prints, _made_quotes(number, prints, spread)
    if prints is None and quotes is not None:
        mids = (quotes.bid + quotes.ask) // 2
        return Prints(quotes.time_ns, quotes.ticker, mids, np.zeros(len(mids))), quotes
    if prints is None or quotes is None:
        raise ValueError("a pair needs trades, quotes or candles")
    return prints, quotes


def _first_prints(number: int, tables: list[Rows], tick: float) -> Prints | None:
    if not tables:
        return None
    paths = [candle_path(rows) if rows.kind is Kind.CANDLES else _trades(rows) for rows in tables]
    time_ns = np.concatenate([path[0] for path in paths])
    order = np.argsort(time_ns, kind="stable")
    ticks = np.concatenate([_ticks(path[1], tick) for path in paths])
    amounts = np.concatenate([path[2] for path in paths])
    numbers = np.full(len(order), number, np.int16)
    turns = candle_turns(tables[0])[order] if tables[0].kind is Kind.CANDLES else None
    return Prints(time_ns[order], numbers, ticks[order], amounts[order], turns)


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


NO_TIMES = np.empty(0, np.int64)
NO_PRINTS = Prints(NO_TIMES, np.empty(0, np.int16), NO_TIMES, np.empty(0))
NO_QUOTES = Quotes(NO_TIMES, np.empty(0, np.int16), NO_TIMES, NO_TIMES, np.empty(0, np.bool_), None)


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
