"""`kraken-tui report`: what an account's trades of some time came to, as one page, or as JSON."""

import json
import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.asked_files import file_to_write
from kraken_tui.cli.books import KRAKEN, FromOption, ModeOption, ToOption, WorldOption, one_book, span_of
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.clock import SystemClock
from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.model.memory import TradeRecord
    from kraken_tui.replay.results.performance import Performance


def report(
    context: typer.Context,
    start: FromOption = None,
    end: ToOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="report.html in this folder by default; one there is replaced.")
    ] = None,
    tz: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Of days and hours; RESET_TIMEZONE by default.")
    ] = None,
    quote: Annotated[str | None, typer.Option(metavar="COIN", help="Where trades are in several currencies.")] = None,
    capital: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The equity before the first trade; else it is looked up.")
    ] = None,
    mode: ModeOption = None,
    world: WorldOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; a page too where --out is given.")] = False,
) -> None:
    """Every closed trade of some time with its charts and figures, on one page that needs nothing else."""
    from kraken_tui.config.moments import zone_of
    from kraken_tui.replay.results.performance import as_object, of_quote, performance
    from kraken_tui.replay.results.performance_page import summary

    root = home_of(context, home).root
    zone = tz or _operators_zone(root)
    from_ns, to_ns = span_of(start, end, zone)
    path = None if as_json and out is None else file_to_write("--out", out or Path("report.html"), None)
    there = one_book(root, mode, world, lambda book: book.memory.exists(), "trading memory")
    known = of_quote(_records(there, to_ns), quote)
    amount, source = (_amount(capital), "--capital") if capital is not None else _capital(there)
    now_ns = None if there.world else SystemClock().now_ns()  # other worlds have a time of their own
    found = performance(known, from_ns=from_ns, to_ns=to_ns, capital=amount, zone=zone_of(zone), now_ns=now_ns)
    if path is not None:
        _write(path, found, there, source)
    if as_json:
        print(json.dumps({**_book(there), **as_object(found), "capital_from": source}, allow_nan=False))
        return
    print("\n".join(plain(line) for line in (summary(found), f"Written: {path}")))


def _operators_zone(root: Path) -> str:
    from kraken_tui.config.load import look_at_settings

    return look_at_settings(Home(root), os.environ).RESET_TIMEZONE


def _records(there: Home, to_ns: int | None) -> "list[TradeRecord]":
    from kraken_tui.model.memory import TradeRecord
    from kraken_tui.store.telemetry_reading import END_NS, MemoryFile

    return MemoryFile(there.memory, there.mode).records(TradeRecord, to_ns=END_NS if to_ns is None else to_ns)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"--capital {text!r} is no amount; one such as 10000 is right") from error
    if not amount.is_finite() or amount <= 0:
        raise UsageError(f"--capital {text}: an amount above 0 is right")
    return amount


def _capital(there: Home) -> tuple[Decimal, str]:
    """What the account began with, and what says so: a day's first equity less all P&L until then, else the settings.

    Raises:
        UsageError: nothing says.
    """
    from kraken_tui.config.load import look_at_settings
    from kraken_tui.risk.kill_switch import KillState, faults
    from kraken_tui.risk.state_file import StateFile

    kept = StateFile(there.books / "kill_switch.json", KillState(), faults)
    if kept.state.days:
        day = kept.state.days[-1]
        return day.equity - day.profit, f"the equity of {day.date} less all P&L until then"
    settings = look_at_settings(Home(there.root), os.environ)
    if there.mode == "paper":
        return settings.PAPER_BALANCE, "PAPER_BALANCE"
    if settings.MAX_CAPITAL is not None:
        return settings.MAX_CAPITAL, "MAX_CAPITAL"
    raise UsageError("nothing says what the account began with: --capital AMOUNT does")


def _book(there: Home) -> dict[str, str]:
    return {"file": str(there.memory), "mode": there.mode, "world": there.world or KRAKEN}


def _write(path: Path, found: "Performance", there: Home, source: str) -> None:
    from kraken_tui.replay.results.performance_page import performance_page
    from kraken_tui.replay.results.report import Fact
    from kraken_tui.store.atomic import write_atomically

    book = _book(there)
    about = (
        Fact("Account", f"{book['mode'].upper()}, {book['world']}"),
        Fact("Trading memory", book["file"]),
        Fact("Began with", f"{found.capital:,.2f} ({source})", "The equity before the first trade of all"),
    )
    text = performance_page(found, f"{book['mode'].upper()} account, market {book['world']}", about)
    try:
        write_atomically(path, text.encode(), mode=0o600)
    except OSError as error:
        raise UsageError(f"--out {path}: can't be written: {error.strerror or error}") from error
