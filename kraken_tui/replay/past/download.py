"""Downloads the public trades of pair-days that are wanted and missing, one after the other."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Protocol

import numpy as np
from msgspec import Struct

from kraken_tui.clock import SECOND, Clock, Progress, day
from kraken_tui.config.instruments import load_instruments
from kraken_tui.exchange.public_trades import PAGE, PublicTrade, TradesPage
from kraken_tui.model.errors import KrakenTuiError, Refused, UsageError
from kraken_tui.store.trade_days import DAY_NS, TRADE, DayPart, TradeDays, Trades

AHEAD_NS = SECOND // 1000
"""A day is asked for from a little before it: a row's time is rounded, `since` is not."""
SETTLED_NS = 60 * SECOND
"""A day is over when it ended so long ago: by then its last trades are told."""
OVERLAP = 4 * PAGE
"""Trades among which a page's doubles are looked for."""

SHORT_NAMES = {"BTC": "XBT", "DOGE": "XDG"}


class Pages(Protocol):
    """Where pages of trades come from."""

    async def page(self, pair: str, since_ns: int) -> TradesPage:
        """The first trades of a pair after a time."""
        ...


class Wanted(Struct, frozen=True):
    """A pair's day that is to be downloaded."""

    symbol: str
    day_ns: int


def days_of(first_ns: int, last_ns: int) -> range:
    """The beginnings of the UTC days from that of `first_ns` to that of `last_ns`."""
    return range(first_ns - first_ns % DAY_NS, last_ns + 1, DAY_NS)


def missing(days: TradeDays, symbols: Sequence[str], first_ns: int, last_ns: int) -> list[Wanted]:
    """The pair-days that are not whole, pair by pair, the oldest first."""
    return [
        Wanted(symbol, day_ns)
        for symbol in symbols
        for day_ns in days_of(first_ns, last_ns)
        if not days.is_whole(symbol, day_ns)
    ]


class Download:
    """Fetches pair-days.

    Args:
        days: where they are kept.
        pages: where they come from.
        clock: says which days are over.
        progress: told what is being fetched, and how much of all is there.
    """

    def __init__(self, days: TradeDays, pages: Pages, clock: Clock, progress: Progress) -> None:
        self._days = days
        self._pages = pages
        self._clock = clock
        self._progress = progress
        self._quiet_until_ns: dict[str, int] = {}
        """By pair, when its next trade comes after a day that held none: until then nothing need be asked."""

    async def fetch(self, wanted: Sequence[Wanted], until_ns: int, *, optional: bool) -> list[str]:
        """Download what is wanted; a day in progress until `until_ns`.

        Args:
            wanted: what is missing.
            until_ns: the last time that is asked about.
            optional: whether a pair that Kraken does not know is passed over.

        Returns:
            The pairs that Kraken does not know.

        Raises:
            UsageError: Kraken does not know a pair, or the disk can't be written.
            ExchangeUnreachable: it does not answer for minutes; what was downloaded is kept.
        """
        unknown: list[str] = []
        with self._days.writing():
            for number, one in enumerate(wanted):
                if one.symbol in unknown:
                    continue
                try:
                    await self._fetch(one, until_ns, number, len(wanted))
                except Refused as error:
                    if "Unknown asset pair" not in error.text:
                        raise KrakenTuiError(f"{one.symbol}: {error.text}") from error
                    if not optional:
                        raise UsageError(f"Kraken knows no pair {one.symbol}{hint(one.symbol)}") from error
                    unknown.append(one.symbol)
                except OSError as error:
                    path = self._days.path(one.symbol, one.day_ns)
                    raise UsageError(f"{path}: can't be written: {error.strerror or error}") from error
        if wanted:
            self._progress("Trades downloaded", 1.0)
        return unknown

    async def _fetch(self, one: Wanted, until_ns: int, number: int, count: int) -> None:
        part = self._days.part(one.symbol, one.day_ns)
        try:
            pair, day_text, ends_ns = pair_name(one.symbol), day(one.day_ns), one.day_ns + DAY_NS
            is_over = self._clock.now_ns() >= ends_ns + SETTLED_NS
            since_ns = part.next_ns or one.day_ns - AHEAD_NS
            is_quiet = is_over and not part.next_ns and ends_ns <= self._quiet_until_ns.get(one.symbol, 0)
            while not is_quiet and (is_over or part.last_ns <= until_ns):
                reached = min(1.0, max(0, part.last_ns - one.day_ns) / DAY_NS)
                self._progress(f"{one.symbol} {day_text}: {len(part):,} trades", (number + reached) / count)
                page = await self._pages.page(pair, since_ns)
                self._hear_of_a_pause(one, page)
                if _add(part, page, since_ns, one.day_ns):
                    break
                since_ns = part.next_ns
            if is_over:
                part.finish()
        finally:
            part.close()

    def _hear_of_a_pause(self, one: Wanted, page: TradesPage) -> None:
        told_ns = self._clock.now_ns() - SETTLED_NS
        first_ns = min((trade.time_ns for trade in page.trades), default=told_ns)
        if first_ns >= one.day_ns + DAY_NS:
            self._quiet_until_ns[one.symbol] = first_ns


def _add(part: DayPart, page: TradesPage, since_ns: int, day_ns: int) -> bool:
    """Keep what is new in a page; whether nothing of the day can follow.

    The next page begins with the last time of this one, not after it: of trades made at one time, a page may hold
    only some. What comes twice is known by its id.
    """
    rows = rows_of(page.trades)
    new = rows[~np.isin(rows["id"], part.last_ids(OVERLAP)) & (rows["time_ns"] >= day_ns)]
    mine = new[new["time_ns"] < day_ns + DAY_NS]
    next_ns = max(since_ns, page.last_ns - 1)
    is_stuck = not len(new) and next_ns == since_ns
    if is_stuck and len(rows) >= PAGE:  # a page of one time alone: what else was made at that time is never told
        next_ns = max(since_ns, page.last_ns)
    if len(mine) or next_ns > since_ns:
        part.add(mine, next_ns)
    return len(mine) < len(new) or not len(rows) or (is_stuck and next_ns == since_ns)


def rows_of(trades: Sequence[PublicTrade]) -> Trades:
    """Kraken's rows as records."""
    return np.array(
        [
            (
                trade.time_ns, float(trade.price), float(trade.volume), 1 if trade.side == "b" else -1,
                trade.type == "m", trade.id,
            )
            for trade in trades
        ],
        TRADE,
    )  # fmt: skip


def pair_name(symbol: str) -> str:
    """What Kraken calls a pair: `XXBTZUSD`; made from its coins where the table does not know it."""
    if (known := load_instruments().get(symbol)) is not None:
        return known.id
    return "".join(SHORT_NAMES.get(coin, coin) for coin in symbol.split("/"))


def hint(symbol: str) -> str:
    """A known pair that may have been meant."""
    near = get_close_matches(symbol, load_instruments(), 1)
    return f"; did you mean {near[0]}?" if near else "; an example is BTC/USD"
