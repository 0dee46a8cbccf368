"""What the default strategies would have made of half a year of Kraken's five-minute candles, after fees.

Run: python -m benchmarks.half_year [FOLDER]; without one, the recorded candles beside the repository.

Each trade puts up the same amount, one position per symbol: in at the open after the decision, out at the open after
the strategy's word, or at the stop (at the open where that lies past it), which is looked for from the first candle on.
Taker fee on both ways; for shorts the margin fees as well. Candles have no quotes: spread and slippage are not in it,
so a real account would have made less. What is open at the end is left out. The defaults follow from the size of the
fee. They were changed once after a first look at this table (means of 4 and 16 hours and stops of 6 ATRs lost twice as
much), and not searched for.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from kraken_tui.clock import stopwatch_ns
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.strategy.candle_files import read_candles
from kraken_tui.strategy.history import Held, History, history, step

CANDLES = Path(__file__).parents[2] / "shared" / "data" / "kraken_ohlcvt_5m_2024H2"
FEE, MARGIN = float(Settings().PAPER_TAKER_FEE), float(Settings().PAPER_MARGIN_FEE)
MARGIN_SPAN = 48
"""Candles in the four hours that a margin fee pays for."""


class Trade(Struct, frozen=True, kw_only=True):
    """From in to out; percent of what was put up."""

    symbol: str
    strategy: str
    side: int
    gross: float
    fees: float
    expected: float
    candles: int
    was_stopped: bool

    @property
    def net(self) -> float:
        return self.gross - self.fees


class Open(Struct, frozen=True):
    """A position."""

    side: int
    price: float
    stop: float
    row: int
    decided: int


def trades_of(symbol: str, candles: Candles, told: History, *, pays: bool) -> list[Trade]:
    """All trades of one symbol; with `pays`, only those whose expected move pays both fees."""
    held, at, trades = Held(), None, []
    for row in range(len(candles.close) - 1):
        if at is not None and (out := _stopped(candles, at, row)):
            trades.append(_closed(symbol, at, held, told, out, row, was_stopped=True))
            at, held = None, Held(0, held.strategy)
        before, held = held, step(told, row, held)
        if at is not None and held.side != before.side:
            trades.append(_closed(symbol, at, before, told, float(candles.open[row + 1]), row, was_stopped=False))
            at = None
        if at is None and held.side:
            if pays and _expected(told, held, row) <= 2 * FEE:
                held = Held(0, held.strategy)
                continue
            price = float(candles.open[row + 1])
            at = Open(held.side, price, price - held.side * float(told.stop_distance[row]), row + 1, row)
    return trades


def _stopped(candles: Candles, at: Open, row: int) -> float:
    """Where the stop filled in this candle; 0 where it did not."""
    worst = float(candles.low[row] if at.side > 0 else candles.high[row])
    if (worst - at.stop) * at.side > 0 or row < at.row:
        return 0.0
    opened = float(candles.open[row])
    return min(opened, at.stop) if at.side > 0 else max(opened, at.stop)


def _closed(symbol: str, at: Open, held: Held, told: History, price: float, row: int, *, was_stopped: bool) -> Trade:
    ratio, spans = price / at.price, 1 + (row - at.row) // MARGIN_SPAN
    fees = FEE * (1 + ratio) + (MARGIN * (1 + spans) if at.side < 0 else 0)
    return Trade(
        symbol=symbol, strategy=told.strategies[held.strategy].name, side=at.side, gross=100 * at.side * (ratio - 1),
        fees=fees, expected=_expected(told, held, at.decided), candles=row + 1 - at.row, was_stopped=was_stopped,
    )  # fmt: skip


def _expected(told: History, held: Held, row: int) -> float:
    return float(told.opinions[held.strategy].expected_move[row])


HEAD = "| | trades | won | stopped | hours held | expected | gross a trade | gross | fees | net |"


def table(trades: list[Trade]) -> None:
    """Print rows by symbol, by strategy, by side, and all of them."""
    print(HEAD, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|", sep="\n")
    keys: tuple[Callable[[Trade], str], ...] = (
        lambda trade: trade.symbol,
        lambda trade: trade.strategy,
        lambda trade: "longs" if trade.side > 0 else "shorts",
        lambda trade: "**all**",
    )
    for key in keys:
        for name in sorted(set(map(key, trades))):
            _row(name, [trade for trade in trades if key(trade) == name])


def _row(name: str, trades: list[Trade]) -> None:
    count = len(trades)
    won, stopped = (
        100 * sum(flags) / count for flags in ([t.net > 0 for t in trades], [t.was_stopped for t in trades])
    )
    gross, fees, net = (sum(each) for each in zip(*((t.gross, t.fees, t.net) for t in trades), strict=True))
    hours, expected = _mean(t.candles / 12 for t in trades), _mean(t.expected for t in trades)
    print(
        f"| {name} | {count:,} | {won:.0f} % | {stopped:.0f} % | {hours:.1f} | {expected:+.2f} % "
        f"| {gross / count:+.2f} % | {gross:+,.0f} % | {fees:,.0f} % | {net:+,.0f} % |"
    )


def _mean(values: Iterable[float]) -> float:
    each = list(values)
    return sum(each) / len(each)


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CANDLES
    if not folder.exists():
        print(f"no recorded candles: {folder} is not there")
        return
    config, began = TradingConfig(), stopwatch_ns()
    runs = read_candles(folder)
    read = stopwatch_ns()
    told = {symbol: history(candles, config) for symbol, candles in runs.items()}
    done = stopwatch_ns()
    count = sum(len(candles.close) for candles in runs.values())
    print(f"{len(runs)} symbols, {count:,} candles: read in {(read - began) / 1e9:.1f} s, ", end="")
    print(f"decided in {(done - read) / 1e9:.1f} s ({count / (done - read) * 1e9:,.0f} candles/s)")
    for pays in (False, True):
        trades = [t for symbol, run in runs.items() for t in trades_of(symbol, run, told[symbol], pays=pays)]
        print(
            f"\n{'Only entries whose expected move pays the fees' if pays else 'Every entry'}; percent of the stake\n"
        )
        table(trades)


if __name__ == "__main__":
    main()
