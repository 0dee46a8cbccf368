"""Opens a recording for a search: writes its market, once, and tells what it is."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui import __version__, strategy
from kraken_tui.clock import Progress
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.recorded_part import Part
from kraken_tui.model.errors import UNREADABLE, UsageError
from kraken_tui.replay.candles.compiling import SOURCES
from kraken_tui.replay.fast.compiling import digest
from kraken_tui.replay.search.bench import BENCH, Bench, read_bench, write_bench
from kraken_tui.replay.search.log import FILE
from kraken_tui.replay.search.parameters import SCANNER

BLOCK = 1 << 20


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be searched over."""

    path: Path
    part: Part
    strategies: tuple[str, ...]
    settings: Settings
    config: TradingConfig
    home: Path
    """Where the operator's own strategies lie."""


class Opened(Struct, frozen=True, kw_only=True):
    """A bench in its folder."""

    bench: Bench
    begin_ns: int
    end_ns: int
    notes: tuple[str, ...]
    """What of the settings is at rest, because the compiled replay does not model it."""


def data_digest(path: Path, part: Part) -> str:
    """A digest of every file that is read, and of which part of it."""
    digest = hashlib.blake2b(digest_size=16)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            digest.update(f"{file.name} {file.stat().st_size} ".encode())
            with file.open("rb") as data:
                while block := data.read(BLOCK):
                    digest.update(block)
    digest.update(repr((part.symbols, part.begin_ns, part.end_ns)).encode())
    return digest.hexdigest()


def program() -> str:
    """What decides how a trial comes out, besides its parameters and the market."""
    folder = Path(strategy.__file__).parent
    sources = SOURCES + digest(folder, sorted(str(file.relative_to(folder)) for file in folder.rglob("*.py")))
    return f"{__version__} {hashlib.blake2b(sources.encode(), digest_size=8).hexdigest()}"


def open_bench(asked: Asked, folder: Path, progress: Progress) -> Opened:
    """Write the bench, or take the one that an interrupted search left there.

    Raises:
        UsageError: there is nothing to read, or a part that was not recorded.
    """
    return _scanned(asked, folder, progress) if SCANNER in asked.strategies else _closed(asked, folder, progress)


def _scanned(asked: Asked, folder: Path, progress: Progress) -> Opened:
    from kraken_tui.config.symbols import configured_symbols
    from kraken_tui.replay.fast.warming import warm_up
    from kraken_tui.replay.past.survey import survey
    from kraken_tui.replay.past.tables import RecordedPast
    from kraken_tui.replay.search import scanner_engine

    warm_up(progress)  # before the processes are there: each would compile for itself
    rest, filters = dict(scanner_engine.AT_REST), dict(scanner_engine.FILTERS_AT_REST)
    settings, config, notes = at_rest(asked.settings, asked.config, rest, filters)
    if (folder / BENCH).exists():
        bench = read_bench(folder)
        known = msgspec.json.decode(bench.market, type=scanner_engine.ScannedMarket)
    else:
        symbols = asked.part.symbols or (configured_symbols(settings) or ())
        past = RecordedPast(asked.path, symbols, asked.part.symbols)
        found = survey(past, asked.part.begin_ns, asked.part.end_ns, progress)
        folder.mkdir(parents=True, exist_ok=True)
        known = scanner_engine.write_market(folder, past, found, settings, progress)
        bench = _bench(asked, settings, config, msgspec.Raw(msgspec.json.encode(known)))
        write_bench(folder, bench)
    return Opened(bench=bench, begin_ns=known.first_ns, end_ns=known.last_ns, notes=tuple(notes))


def _closed(asked: Asked, folder: Path, progress: Progress) -> Opened:
    from kraken_tui.replay.search import candle_engine

    settings, config, notes = at_rest(asked.settings, asked.config, dict(candle_engine.AT_REST), {})
    folder.mkdir(parents=True, exist_ok=True)
    market = candle_engine.market_of(asked.path, asked.part, asked.home, settings)
    bench = _bench(asked, settings, config, msgspec.Raw(msgspec.json.encode(market)))
    write_bench(folder, bench)
    return Opened(bench=bench, begin_ns=market.begin_ns, end_ns=market.end_ns, notes=tuple(notes))


def _bench(asked: Asked, settings: Settings, config: TradingConfig, market: msgspec.Raw) -> Bench:
    return Bench(
        strategies=asked.strategies, settings=settings.model_dump(mode="json", exclude_unset=True),
        trading=config.model_dump(mode="json"), version=program(), market=market,
    )  # fmt: skip


def at_rest(
    settings: Settings, config: TradingConfig, rest: Mapping[str, Any], filters: Mapping[str, Any]
) -> tuple[Settings, TradingConfig, Sequence[str]]:
    """The settings as the compiled replay can have them, and a line for each that says something else there."""
    silent = {"MODE", "TRAJECTORY", "AUTOPILOT", "SCANNER_TRADES"}  # who trades was asked for
    changed = [
        f"{key} {getattr(source, key)} counts as {'null' if value is None else value} here: "
        "the compiled replay does not model it"
        for source, changes in ((settings, rest), (config, filters))
        for key, value in changes.items()
        if key not in silent and getattr(source, key) != value
    ]
    written = settings.model_dump(mode="json", exclude_unset=True)
    return (
        Settings.model_validate({**written, **rest}),
        config.model_copy(update=dict(filters)),
        changed,
    )


def present_values(asked: Asked, names: Sequence[str]) -> dict[str, int | float]:
    """What the operator's settings say today."""
    source = asked.settings if SCANNER in asked.strategies else asked.config
    return {name: getattr(source, name) for name in names}


def count_trials(searches: Path, but: str, data: str) -> int:
    """Trials of other searches of this home over the same data; one that was asked for again counts once.

    Raises:
        UsageError: a search can't be read.
    """
    count = 0
    for file in sorted(searches.glob(f"*/{FILE}")):
        if file.parent.name == but:
            continue
        try:
            head, *lines = file.read_bytes().split(b"\n")[:-1] or [b"{}"]
            if msgspec.json.decode(head).get("about", {}).get("data") == data:
                count += sum(msgspec.json.decode(line, type=_Numbered).split >= 0 for line in lines)
        except UNREADABLE as error:
            raise UsageError(f"{file}: can't be read, so its trials can't be counted: {error}") from error
    return count


class _Numbered(Struct, frozen=True):
    """A kept trial, but for what it came to; below 0 it is no trial."""

    split: int
