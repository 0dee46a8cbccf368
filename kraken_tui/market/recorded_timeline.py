"""A recorded market as one timeline in memory: integer ticks, every pair merged in the order of time."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from kraken_tui.config.instruments import derived_instrument, load_instruments
from kraken_tui.market.recorded_files import choose
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.model.instrument import Instrument

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_DECIMALS = 12


class Prints(Struct, frozen=True):
    """Last prices."""

    time_ns: Ints
    ticker: NDArray[np.int16]
    ticks: Ints
    amounts: Floats
    """Base units; 0 where nothing tells."""


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
    instruments, quoted = [], []
    prints: list[Prints] = []
    quotes: list[Quotes] = []
    for number, (symbol, found) in enumerate(sorted(tables.items())):
        chosen = choose(found)
        instrument = rules_for(symbol, chosen)
        pair_prints, pair_quotes = _pair(number, chosen, float(instrument.tick), spread)
        instruments.append(instrument)
        quoted.append(any(rows.kind is Kind.QUOTES for rows in chosen))
        prints.append(pair_prints)
        quotes.append(pair_quotes)
    return Timeline(tuple(instruments), np.array(quoted), _merge_prints(prints), _merge_quotes(quotes))


def rules_for(symbol: str, tables: list[Rows]) -> Instrument:
    """Today's rules of a pair; with the tick of the data where recorded prices do not lie on today's tick.

    One price in a thousand may lie off the tick (2018 has such strays); it is rounded to the nearest.
    """
    prices = np.concatenate([rows.prices.ravel() for rows in tables])
    known = load_instruments().get(symbol)
    if known is not None and _lie_on(prices, float(known.tick)):
        return known
    decimals = next((d for d in range(MOST_DECIMALS) if _lie_on(prices, 10.0**-d)), MOST_DECIMALS)
    if known is None:
        return derived_instrument(symbol, decimals)
    return replace(known, price_decimals=decimals, tick=Decimal(1).scaleb(-decimals))


def _lie_on(prices: Floats, tick: float) -> bool:
    ticks = prices / tick
    return float((np.abs(ticks - np.rint(ticks)) < 1e-4).mean()) >= 0.999


def _pair(number: int, tables: list[Rows], tick: float, spread: float) -> tuple[Prints, Quotes]:
    prints = _first_prints(number, [rows for rows in tables if rows.kind is not Kind.QUOTES], tick)
    quotes = _first_quotes(number, [rows for rows in tables if rows.kind is Kind.QUOTES], tick)
    if quotes is None and prints is not None:
        return prints, _made_quotes(prints, spread)
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
    return Prints(time_ns[order], np.full(len(order), number, np.int16), ticks[order], amounts[order])


def _trades(rows: Rows) -> tuple[Ints, Floats, Floats]:
    return rows.time_ns, rows.prices[:, 0], _volumes(rows)


def _volumes(rows: Rows) -> Floats:
    return np.zeros(len(rows.time_ns)) if rows.amounts is None else np.maximum(rows.amounts[:, 0], 0.0)


def candle_path(rows: Rows) -> tuple[Ints, Floats, Floats]:
    """Times, prices and volumes of four trades that stand for each candle.

    At its quarters come open, the extreme against the candle's direction, the other extreme, and close: open, low,
    high, close in a rising candle; open, high, low, close in a falling one. Whoever trades in the candle's direction
    meets the adverse extreme first; no straight lines are drawn, so there is no path to foresee. All of the volume is
    told with the last of the four, so that it stays the number that was recorded.
    """
    opened, high, low, close = rows.prices.T
    rising = close >= opened
    path = np.stack([opened, np.where(rising, low, high), np.where(rising, high, low), close], axis=1)
    quarters = np.arange(4, dtype=np.int64) * (rows.interval_ns // 4)
    volumes = np.zeros_like(path)
    volumes[:, 3] = _volumes(rows)
    return (rows.time_ns[:, None] + quarters).ravel(), path.ravel(), volumes.ravel()


def _first_quotes(number: int, tables: list[Rows], tick: float) -> Quotes | None:
    if not tables:
        return None
    time_ns = np.concatenate([rows.time_ns for rows in tables])
    order = np.argsort(time_ns, kind="stable")
    ticks = np.concatenate([_ticks(rows.prices, tick) for rows in tables])[order]
    told = [rows.amounts for rows in tables if rows.amounts is not None]
    amounts = np.concatenate(told)[order] if len(told) == len(tables) else None
    return _quotes(time_ns[order], number, ticks[:, 0], ticks[:, 1], amounts)


def _made_quotes(prints: Prints, spread: float) -> Quotes:
    half = spread / 200.0
    bid = np.maximum(1, np.floor(prints.ticks * (1.0 - half))).astype(np.int64)
    ask = np.maximum(bid + 1, np.ceil(prints.ticks * (1.0 + half))).astype(np.int64)
    return _quotes(prints.time_ns, int(prints.ticker[0]), bid, ask, None)


def _quotes(time_ns: Ints, number: int, bid: Ints, ask: Ints, amounts: Floats | None) -> Quotes:
    changed = np.ones(len(time_ns), np.bool_)
    changed[1:] = (bid[1:] != bid[:-1]) | (ask[1:] != ask[:-1])
    return Quotes(time_ns, np.full(len(time_ns), number, np.int16), bid, ask, changed, amounts)


def _ticks(prices: Floats, tick: float) -> Ints:
    return np.maximum(1, np.rint(prices / tick)).astype(np.int64)


def _merge_prints(parts: list[Prints]) -> Prints:
    order = np.argsort(np.concatenate([part.time_ns for part in parts]), kind="stable")
    return Prints(
        np.concatenate([part.time_ns for part in parts])[order],
        np.concatenate([part.ticker for part in parts])[order],
        np.concatenate([part.ticks for part in parts])[order],
        np.concatenate([part.amounts for part in parts])[order],
    )


def _merge_quotes(parts: list[Quotes]) -> Quotes:
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
    )
