"""Trades from before the sandbox: Kraken's public history, told from files of time and sales."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kraken_tui.market.recorded_files import find_sources
from kraken_tui.market.recorded_forms import Kind
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Side
from kraken_tui.sandbox.market.values import PublicTrade

DECIMALS = 10
"""Of a price or an amount at most; files have them as decimal text, arrays as floats."""


class _Column(Struct, frozen=True):
    time_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    amount: NDArray[np.float64]


class PastTrades:
    """The trades of each pair, oldest first, numbered from 1. Who took is made up: who raised the price had bought.

    Args:
        columns: by symbol.
    """

    def __init__(self, columns: Mapping[str, _Column]) -> None:
        self._columns = columns

    def after(self, symbol: str, since_ns: int, until_ns: int, count: int) -> list[PublicTrade]:
        """The first `count` trades after `since_ns` and before `until_ns`."""
        column = self._columns.get(symbol)
        if column is None or count <= 0:
            return []
        limits = np.clip([since_ns, until_ns], -(1 << 62), 1 << 62)
        begin = int(np.searchsorted(column.time_ns, limits[0], "right"))
        end = int(np.searchsorted(column.time_ns, limits[1], "left"))
        return [_trade(symbol, column, place) for place in range(begin, min(end, begin + count))]

    def symbols(self) -> Sequence[str]:
        """The pairs that have any."""
        return tuple(self._columns)


NO_PAST = PastTrades({})


def _trade(symbol: str, column: _Column, place: int) -> PublicTrade:
    rose = place == 0 or column.price[place] >= column.price[place - 1]
    return PublicTrade(
        id=place + 1,
        symbol=symbol,
        side=Side.BUY if rose else Side.SELL,
        type="market",
        price=_exact(float(column.price[place])),
        amount=_exact(float(column.amount[place])),
        time_ns=int(column.time_ns[place]),
    )


def _exact(number: float) -> Decimal:
    return Decimal(f"{number:.{DECIMALS}f}")


def read_past(path: Path, listed: Sequence[str], now_ns: int) -> PastTrades:
    """The trades in a file or a folder; candles and quotes in it are passed over.

    Args:
        path: in a form that `--market` takes too.
        listed: the market's symbols.
        now_ns: when the sandbox begins; later trades are left out.

    Raises:
        UsageError: there are none, a file can't be read, or the market does not list a pair.
    """
    columns: dict[str, _Column] = {}
    for source in find_sources(path, ()):
        rows = source.rows()
        if rows.kind is not Kind.TRADES:
            continue
        if source.symbol not in listed:
            raise UsageError(f"--trades {path}: {source.name} is of {source.symbol}, which this market does not list")
        past = rows.time_ns < now_ns
        amounts = np.zeros(len(past)) if rows.amounts is None else rows.amounts[:, 0]
        columns[source.symbol] = _Column(rows.time_ns[past], rows.prices[past, 0], amounts[past])
    if not columns:
        raise UsageError(f"--trades {path}: holds no trades; files such as XBTUSD.csv with time, price and volume do")
    return PastTrades(columns)
