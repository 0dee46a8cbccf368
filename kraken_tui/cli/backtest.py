"""`kraken-tui backtest`: the whole engine over recorded prices, and what it came to."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kraken_tui.cli.asked_files import file_to_write, recorded_symbols
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.cli.backtest_ways import Ran
    from kraken_tui.config.home import Home
    from kraken_tui.market.recorded_part import Part

SCANNER = "scanner"
MOST_SPREAD = 5.0


def backtest(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="Recorded trades, quotes or candles.")],
    strategies: Annotated[
        list[str] | None,
        typer.Option("--strategy", metavar="NAME", help="scanner, or one of the autopilot's; again for more. All."),
    ] = None,
    symbols: Annotated[str | None, typer.Option(metavar="BTC/USD,ETH/USD", help="All that are recorded.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Rows before it are the past.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="To the end by default.")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="Of --from and --to.")] = "UTC",
    volume: Annotated[
        str | None, typer.Option(metavar="USD", help="Traded in 30 days: Kraken's fees of that tier.")
    ] = None,
    spread: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Where no quotes are recorded; RECORDED_SPREAD.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="An HTML page of all of it.")] = None,
    keep: Annotated[Path | None, typer.Option(metavar="FOLDER", help="The home that the engine leaves.")] = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="The autopilot's trades alone, the same, in a thousandth of the time."),
    ] = False,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Trade recorded prices with one paper account, from its first row to its last: fees, spread, slippage and all."""
    from kraken_tui.cli.backtest_ways import Asked, by_candles, by_engine

    where = home_of(context, home)
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if fast and keep is not None:
        raise UsageError(f"--keep {keep}: --fast runs no engine that could leave a home; leave one of them out")
    report = file_to_write("--report", report, path) if report is not None else None
    part = part_of(symbols, start, end, tz, path)
    chosen = chosen_strategies(where, strategies, autopilot_alone=fast)
    asked = Asked(path=path, part=part, home=where, chosen=chosen, costs=_costs(volume, spread))
    ran = by_candles(asked) if fast else by_engine(asked, keep)
    tested = _tested(path, chosen, volume, spread, ran.notes)
    if report is not None and as_json:
        _write(report, path, tested, ran)
    if as_json:
        from kraken_tui.cli.recording import as_object

        told = {**as_object(ran.summary, ran.took_s), **_measured(ran), **({"notes": ran.notes} if fast else {})}
        print(json.dumps(told, default=str))
        return
    from kraken_tui.cli.recording import summary_lines

    print("\n".join(map(plain, [*summary_lines(ran.summary, ran.took_s), *_metric_lines(ran)])))
    if report is not None:
        _write(report, path, tested, ran)
        print(plain(f"Written: {report}"))


def part_of(symbols: str | None, start: str | None, end: str | None, tz: str, path: Path | None = None) -> "Part":
    """The pairs and the time that were asked for.

    Args:
        symbols: names, by commas; all that were recorded where None.
        start: such as 2026-11-01 or "2026-11-01 09:00"; the recording's own where None.
        end: the same; not included.
        tz: the zone of both.
        path: the recording, whose own names of pairs are right too.

    Raises:
        UsageError: a name, a moment or the zone can't be read.
    """
    from kraken_tui.config.moments import moment_ns, zone_of
    from kraken_tui.market.recorded_part import Part

    names = [] if symbols is None else recorded_symbols(symbols, path) if path is not None else _of_table(symbols)
    times: list[int | None] = []
    for option, text in (("--from", start), ("--to", end)):
        try:
            zone = zone_of(tz)
            times.append(moment_ns(text, zone) if text is not None else None)
        except ValueError as error:
            raise UsageError(f"{'--tz' if 'time zone' in str(error) else option}: {error}") from error
    begin_ns, end_ns = times
    if begin_ns is not None and end_ns is not None and begin_ns >= end_ns:
        raise UsageError(f"--from {start} is not before --to {end}")
    return Part(symbols=tuple(names), begin_ns=begin_ns, end_ns=end_ns)


def _of_table(symbols: str) -> list[str]:
    from kraken_tui.agent.symbols import find_symbol, no_symbol
    from kraken_tui.config.instruments import load_instruments

    names, known = list[str](), tuple(load_instruments())
    for word in (word.strip() for word in symbols.split(",")):
        symbol = find_symbol(word, known)
        if symbol is None:
            raise UsageError(f"--symbols: {no_symbol(word, known)}")
        names.append(symbol)
    return list(dict.fromkeys(names))


def chosen_strategies(home: "Home", asked: list[str] | None, *, autopilot_alone: bool = False) -> list[str]:
    """Who trades: the scanner, and strategies of the autopilot.

    Args:
        home: whose.
        asked: names; all that are on where None.
        autopilot_alone: without the scanner.

    Raises:
        UsageError: there is no such strategy, or the scanner was asked for where it can't be.
    """
    from kraken_tui.config.trading_config import load_trading
    from kraken_tui.strategy.own_files import own_strategies
    from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

    own = (row.strategy.name for row in own_strategies(home) if row.strategy is not None)
    known = [SCANNER, *(row.name for row in BUILT_IN), *own]
    chosen = asked or [*([] if autopilot_alone else [SCANNER]), *load_trading(home).STRATEGIES]
    if wrong := [name for name in chosen if name not in known]:
        raise UsageError(f"--strategy {wrong[0]}: there is no such strategy; {', '.join(known)} are right")
    if autopilot_alone and SCANNER in chosen:
        raise UsageError(f"--strategy {SCANNER}: --fast has the autopilot's trades alone; leave one of them out")
    return list(dict.fromkeys(chosen))


def _costs(volume: str | None, spread: float | None) -> dict[str, object]:
    from kraken_tui.risk.fee_tiers import fees_of_tier

    if spread is not None and not 0 <= spread <= MOST_SPREAD:
        raise UsageError(f"--spread {spread:g}: 0 to {MOST_SPREAD:g} percent is right, as for RECORDED_SPREAD")
    costs: dict[str, object] = {} if spread is None else {"RECORDED_SPREAD": spread}
    if volume is None:
        return costs
    try:
        traded = Decimal(volume.replace(",", "").replace("_", ""))
    except InvalidOperation as error:
        raise UsageError(f"--volume {volume!r} is no amount; USD such as 50000 is right") from error
    if not traded.is_finite() or traded < 0:
        raise UsageError(f"--volume {volume} can't have been traded; 0 or more is right")
    fees = fees_of_tier(traded)
    return {**costs, "PAPER_MAKER_FEE": float(fees.maker), "PAPER_TAKER_FEE": float(fees.taker)}


def _tested(
    path: Path, chosen: list[str], volume: str | None, spread: float | None, notes: tuple[str, ...]
) -> list[tuple[str, str]]:
    told = [("Data", str(path)), ("Traded by", ", ".join(chosen))]
    told += [("30-day volume", f"{volume} USD")] if volume is not None else []
    told += [("Spread", f"{spread:g} %")] if spread is not None else []
    return told + [("Note", note) for note in notes]


def _write(report: Path, path: Path, tested: list[tuple[str, str]], ran: "Ran") -> None:
    from kraken_tui.replay.results.report import Fact, Report, write_report

    if ran.curve is None:
        raise UsageError(f"{path}: nothing was played, so there is nothing to report")
    made = Report(
        title=f"Backtest of {path.name}", tested=[Fact(name, value) for name, value in tested], trades=ran.trades,
        curve=ran.curve, regimes=ran.regimes,
    )  # fmt: skip
    try:
        write_report(made, report)
    except OSError as error:
        raise UsageError(f"--report {report}: {error.strerror or error}") from error


def _measured(ran: "Ran") -> dict[str, Any]:
    import msgspec

    from kraken_tui.replay.results.metrics import figures

    return {} if ran.curve is None else {"metrics": msgspec.to_builtins(figures(ran.trades, ran.curve))}


def _metric_lines(ran: "Ran") -> list[str]:
    from kraken_tui.replay.results.metrics import figures
    from kraken_tui.replay.results.report_words import percent, plain_number

    if ran.curve is None:
        return []
    found = figures(ran.trades, ran.curve)
    return [
        f"return {percent(found.total_return)}, maximum drawdown {percent(found.max_drawdown)}",
        f"Sharpe {plain_number(found.sharpe)}, Sortino {plain_number(found.sortino)}, "
        f"profit factor {plain_number(found.trades.profit_factor)}",
    ]
