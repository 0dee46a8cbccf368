"""`kraken-tui history`: the scanner over past prices, Kraken's or recorded ones, as a trajectory."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from kraken_tui.cli.asked_files import file_to_write, recorded_symbols
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.cli.early import ended_as_by_ctrl_c
from kraken_tui.clock import SECOND, SystemClock
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.cli.progress import ProgressLine
    from kraken_tui.config.home import Home
    from kraken_tui.config.settings import Settings
    from kraken_tui.replay.past.historical import Summary
    from kraken_tui.replay.past.tables import Past

EXAMPLE = '"2026-11-19 09:00"'
OPENED_NS = 1_378_771_200 * SECOND
"""2013-09-10, when Kraken opened."""
PAIR = re.compile(r"[A-Z0-9.]{1,15}/[A-Z0-9]{2,8}")
Span = tuple[int | None, int | None]


def history(
    context: typer.Context,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help='Such as "2026-11-19 09:00"; START_TIME_IST by default.')
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="END_TIME_IST by default.")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="Of --start and --end.")] = "Asia/Kolkata",
    symbols: Annotated[
        str | None, typer.Option(metavar="BTC/USD,ETH/USD", help="The configured ones by default.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", metavar="kraken|FILE-OR-FOLDER", help="Kraken's public trades, or a recording.")
    ] = "kraken",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="historical_trajectory_….csv in the home by default.")
    ] = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Replay the scanner over past prices into a file with the columns of trajectory.csv. Trades nothing."""
    from kraken_tui.cli.progress import ProgressLine
    from kraken_tui.config.load import load_settings
    from kraken_tui.replay.past.historical import replay_to
    from kraken_tui.replay.past.survey import survey
    from kraken_tui.store.logs import log_to_stderr, silence

    where = home_of(context, home)
    settings, clock = load_settings(where, os.environ), SystemClock()
    recording = _recording(source)
    asked = _asked(symbols, recording)
    first_ns, last_ns = _span(start, end, tz, settings, clock.now_ns(), needs_both=recording is None)
    path = file_to_write("--out", out or where.root / f"historical_trajectory_{_stamp(clock.now_ns())}.csv", recording)
    progress = ProgressLine()
    log_to_stderr("WARNING")
    try:
        with ended_as_by_ctrl_c():
            past = _past(recording, where, settings, asked, (first_ns, last_ns), progress)
            progress.begin()
            surveyed = survey(past, first_ns, last_ns, progress)
            summary = replay_to(path, past, surveyed, settings, progress)
    finally:
        progress.stop()
        silence()
    if as_json:
        import msgspec

        print(json.dumps({"file": str(path), **msgspec.to_builtins(summary)}, ensure_ascii=False))
    else:
        print("\n".join(plain(line) for line in [*_lines(summary), f"Written: {path} ({summary.rows:,} rows)"]))


def _recording(source: str) -> Path | None:
    """The file or folder that is replayed; None where Kraken is asked."""
    if source == "kraken":
        return None
    path = Path(source).expanduser()
    if not source or not path.exists():
        raise UsageError(f"--from {source}: no such file or folder; kraken, or the path of a recording is right")
    return path


def _asked(symbols: str | None, recording: Path | None) -> list[str]:
    if symbols is None:
        return []
    return _symbols(symbols) if recording is None else recorded_symbols(symbols, recording)


def _symbols(text: str) -> list[str]:
    """The pairs that are named; one that the table does not know may still be Kraken's, written as BASE/QUOTE."""
    from kraken_tui.agent.symbols import symbols_of
    from kraken_tui.config.instruments import load_instruments, unified

    asked = []
    for word in (word.strip() for word in text.split(",")):
        hits = symbols_of(word, load_instruments())
        if len(hits) > 1:
            raise UsageError(f"--symbols: {word} may be {' or '.join(hits)}; say which")
        if not hits and not PAIR.fullmatch(word.upper()):
            raise UsageError(f"--symbols: {word!r} is no pair; BTC/USD,ETH/USD is right")
        asked.append(hits[0] if hits else unified(word.upper()))
    return list(dict.fromkeys(asked))


def _span(start: str | None, end: str | None, tz: str, settings: "Settings", now_ns: int, *, needs_both: bool) -> Span:
    """First and last nanosecond; None where nothing tells, and nothing need."""
    from kraken_tui.config.moments import IST, moment_ns, shown, zone_of

    told: list[int | None] = []
    for option, text, key in (("--start", start, "START_TIME_IST"), ("--end", end, "END_TIME_IST")):
        default = getattr(settings, key)
        try:
            zone = zone_of(tz)
            told.append(moment_ns(text, zone) if text is not None else moment_ns(default, IST) if default else None)
        except ValueError as error:
            name = "--tz" if "time zone" in str(error) else option if text is not None else key
            raise UsageError(f"{name}: {error}") from error
        if told[-1] is None and needs_both:
            raise UsageError(f"{option} is missing: give it, such as {EXAMPLE}, or {key} in config.json")
        if told[-1] is not None and needs_both and told[-1] < OPENED_NS:
            named = option if text is not None else key
            raise UsageError(f"{named} {text or default!r}: Kraken's first trade was made on {shown(OPENED_NS)[:10]}")
        if told[-1] is not None and told[-1] > now_ns:
            named = option if text is not None else key
            raise UsageError(f"{named} {text or default!r} lies in the future: now it is {shown(now_ns, zone)} {tz}")
    first_ns, last_ns = told
    if first_ns is not None and last_ns is not None and last_ns <= first_ns:
        raise UsageError(f"the end, {shown(last_ns)} UTC, must be after the start, {shown(first_ns)} UTC")
    return first_ns, last_ns


def _stamp(now_ns: int) -> str:
    from kraken_tui.config.moments import shown

    return shown(now_ns).replace("-", "").replace(":", "").replace(" ", "_")


def _past(
    recording: Path | None, home: "Home", settings: "Settings", asked: list[str], span: Span, progress: "ProgressLine"
) -> "Past":
    from kraken_tui.config.symbols import configured_symbols
    from kraken_tui.replay.past.tables import RecordedPast

    if recording is None:
        assert span[0] is not None and span[1] is not None
        return asyncio.run(_downloaded(home, settings, asked, span[0], span[1], progress))
    return RecordedPast(recording, configured_symbols(settings) or (), asked)


async def _downloaded(
    home: "Home", settings: "Settings", asked: list[str], first_ns: int, last_ns: int, progress: "ProgressLine"
) -> "Past":
    from kraken_tui.exchange.public_trades import PatientTrades, PublicTrades, usual_pace_s
    from kraken_tui.replay.past.download import Download, missing
    from kraken_tui.replay.past.tables import DownloadedPast
    from kraken_tui.store.trade_days import TradeDays

    url, clock = settings.EXCHANGE_REST_URL, SystemClock()
    days, client = TradeDays(trades_folder(home, url)), PublicTrades(url)
    try:
        symbols = asked or await _configured(settings)
        pages = PatientTrades(client, clock, usual_pace_s(url), progress.say)
        wanted = missing(days, symbols, first_ns, last_ns - 1)
        unknown = await Download(days, pages, clock, progress).fetch(wanted, last_ns, optional=not asked)
    finally:
        await client.close()
    for symbol in unknown:
        progress.say(f"{symbol} is left out: {client.host} knows no such pair")
    if set(unknown) == set(symbols):
        raise UsageError(f"{client.host} knows none of the configured pairs")
    return DownloadedPast(days, [symbol for symbol in symbols if symbol not in unknown])


async def _configured(settings: "Settings") -> list[str]:
    """The grouped pairs, or every USD pair, which Kraken must be asked for."""
    from kraken_tui.config.symbols import configured_symbols

    if (symbols := configured_symbols(settings)) is not None:
        return list(symbols)
    from kraken_tui.market.kraken_markets import load_kraken_instruments

    return sorted(await load_kraken_instruments(settings.EXCHANGE_REST_URL))


def trades_folder(home: "Home", url: str) -> Path:
    """Where a home keeps downloaded trades: a sandbox's never lie among Kraken's."""
    from kraken_tui.exchange.public_trades import KRAKEN

    host = "" if url.rstrip("/") == KRAKEN else urlsplit(url).netloc.replace(":", "-")
    return home.root / "history" / host / "trades"


def _lines(summary: "Summary") -> list[str]:
    regimes = ", ".join(f"{word} {share:.1f} %" for word, share in summary.regimes.items())
    rows = [("pair", "trades", "scans", "velocity %", "transitions")]
    for pair in summary.pairs:
        velocity = "none"
        if pair.least_velocity is not None and pair.greatest_velocity is not None:
            velocity = f"{pair.least_velocity:+.2f} to {pair.greatest_velocity:+.2f}"
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in pair.transitions.items()) or "none"
        rows.append((pair.symbol, f"{pair.trades:,}", f"{pair.priced:,}", velocity, kinds))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    table = [
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}"
        for row in rows
    ]
    return [f"{summary.first} to {summary.last} UTC: {summary.scans:,} scans; market {regimes}", *table]
