"""`kraken-tui stats`: what the trades of the memory came to, by whatever they are counted under."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.books import FromOption, ModeOption, ToOption, WorldOption, ZoneOption, books, span_of
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.clock import generator
from kraken_tui.config.home import Home
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.learning.trade_analyzer import Slice
    from kraken_tui.learning.trade_figures import TradeFigures

SEED = 1
"""Of the intervals: the same trades have the same."""
FEW = 30
"""Trades below which a line is marked: they say next to nothing."""
HEADS = (
    "trades", "won", "net", "per trade", "95 % of it", "bps", "95 % of it", "profit f.", "drawdown", "runs +/-",
    "MAE/MFE bps", "slip bps", "fee bps", "held",
)  # fmt: skip


def stats(
    context: typer.Context,
    start: FromOption = None,
    end: ToOption = None,
    by: Annotated[
        str,
        typer.Option(metavar="KEY,...", help="strategy, symbol, group, regime, hour, weekday, session, holding, exit, "
                     "side, day, month, quote; several cross."),
    ] = "strategy",
    tz: ZoneOption = "UTC",
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, every figure.")] = False,
) -> None:  # fmt: skip
    """What closed trades came to, with sample sizes and intervals. Hours and weekdays are of the entry, in --tz."""
    span = span_of(start, end, tz)
    root = home_of(context, home).root
    keys = [word.strip() for word in by.split(",") if word.strip()]
    found = [(there, _slices(there, span, keys, tz)) for there in books(root, mode, world) if there.memory.exists()]
    if as_json:
        import msgspec

        told = [
            {"file": str(there.memory), "mode": there.mode, "world": there.world, "all": msgspec.to_builtins(total),
             "slices": msgspec.to_builtins(parts)}
            for there, (total, parts) in found
        ]  # fmt: skip
        print(json.dumps({"home": str(root), "by": keys, "tz": tz, "books": told}))
        return
    lines = [line for there, (total, parts) in found for line in (f"{there.memory}:", *_lines(total, parts, keys))]
    print("\n".join(plain(line) for line in lines or [f"No trade was ever written down in {root}."]))


def _slices(
    there: Home, span: tuple[int | None, int | None], keys: list[str], tz: str
) -> tuple[list["Slice"], list["Slice"]]:
    """All trades, and by the keys."""
    from kraken_tui.config.moments import zone_of
    from kraken_tui.learning.trade_analyzer import slices
    from kraken_tui.store.telemetry_reading import BEGINNING_NS, END_NS, MemoryFile

    from_ns, to_ns = span
    columns = MemoryFile(there.memory, there.mode).columns(
        BEGINNING_NS if from_ns is None else from_ns, END_NS if to_ns is None else to_ns
    )
    zone = zone_of(tz)
    parts = slices(columns, keys, generator(SEED), zone)
    return slices(columns, [], generator(SEED), zone), parts if keys else []


def _lines(total: list["Slice"], parts: list["Slice"], keys: list[str]) -> list[str]:
    if not total:
        return ["  no trade was closed in this time"]
    rows = [["all", *_words(row.figures)] if not row.of else [f"all {row.of['quote']}", *_words(row.figures)]
            for row in total]  # fmt: skip
    rows += [[", ".join(row.of.values()), *_words(row.figures)] for row in parts]
    table = [[", ".join(keys) or "all", *HEADS], *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    lines = [
        "  " + "  ".join([row[0].ljust(widths[0]), *(word.rjust(wide) for word, wide in zip(row[1:], widths[1:],
        strict=True))]) for row in table
    ]  # fmt: skip
    few = any(row.figures.trades < FEW for row in (*total, *parts))
    return lines + ([f"  * fewer than {FEW} trades: the intervals say how little is known"] if few else [])


def _words(figures: "TradeFigures") -> list[str]:
    few = "*" if figures.trades < FEW else ""
    excursion = f"{_number(figures.adverse_bps)}/{_number(figures.favourable_bps)}" if figures.excursion_trades else "-"
    return [
        f"{figures.trades:,}{few}", f"{figures.win_share:.0%}", f"{figures.net:,.2f}", f"{figures.expectancy:+.2f}",
        _between(figures.expectancy_low, figures.expectancy_high, 2), f"{figures.mean_bps:+.1f}",
        _between(figures.low_bps, figures.high_bps, 1), _number(figures.profit_factor, 2),
        f"{figures.drawdown:,.2f}", f"{figures.longest_wins}/{figures.longest_losses}", excursion,
        _number(figures.slippage_bps), _number(figures.fees_bps), _held(figures.holding_s),
    ]  # fmt: skip


def _number(value: float | None, decimals: int = 1) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _between(low: float | None, high: float | None, decimals: int) -> str:
    return "unknown" if low is None or high is None else f"{low:+.{decimals}f} to {high:+.{decimals}f}"


def _held(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
