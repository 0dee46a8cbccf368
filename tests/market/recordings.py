"""Recordings that are made up, and what they are when they are read at once: every chunk must agree with it."""

import contextlib
import gzip
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from hypothesis import strategies as st
from msgspec import Struct

from kraken_tui.market import recorded_stream, recorded_tables
from kraken_tui.market.recorded_files import choose, find_sources
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_ticks import PriceSurvey
from kraken_tui.market.recorded_timeline import Prints, Quotes, lay_out
from kraken_tui.model.instrument import Instrument

T = 1_700_004_600
"""A whole span of five minutes, half an hour before midnight."""
HEADS = {
    "trades": ("ts_us", "price", "volume", "side", "type"), "quotes": ("recv_ms", "bid", "bid_qty", "ask", "ask_qty"),
    "candles": ("ts_ms", "open", "high", "low", "close", "volume"),
}  # fmt: skip
UNITS = {"trades": 10**6, "quotes": 10**3, "candles": 10**3}


class Drawn(Struct, frozen=True):
    """A table that is to be written."""

    pair: str
    kind: str
    steps: list[int]
    """Seconds from row to row."""
    minutes: int
    """That the name tells; 0 for none."""
    packing: str


STEPS = st.one_of(
    st.sampled_from([0, 0, 1, 2, 60, 299, 300, 301, 900, 3_600]), st.integers(-20, 90), st.just(3 * 86_400)
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, pairs: tuple[str, ...] = ("ETHUSD", "LTCUSD", "XBTUSD")) -> list[Drawn]:
    """Tables of these pairs: at least one of each, one much denser than the others."""
    drawn = []
    for number, pair in enumerate(pairs):
        kinds = draw(st.sampled_from([("trades",), ("trades", "quotes"), ("quotes",), ("candles",), ("candles",) * 2]))
        for place, kind in enumerate(kinds):
            steps = draw(st.lists(STEPS, min_size=1, max_size=12))
            if number == 0:
                steps = [step % 7 for step in draw(st.lists(STEPS, min_size=20, max_size=80))] + steps
            minutes = draw(st.sampled_from([0, 1, 5, 60])) if kind == "candles" else 0
            drawn.append(Drawn(pair, kind, steps, minutes + place, draw(st.sampled_from(["csv", "csv.gz", "parquet"]))))
    return drawn


def write(folder: Path, drawn: list[Drawn]) -> None:
    """Write these tables; prices are steps around 100, and differ from row to row, mostly."""
    for place, table in enumerate(drawn):
        seconds, rows = T + place, list[tuple[float, ...]]()
        for number, step in enumerate(table.steps):
            seconds += step
            rows.append((seconds * UNITS[table.kind], *_values(table.kind, number)))
        stem = f"{table.pair}_{table.minutes}" if table.minutes else f"{table.pair}_{table.kind}{place}"
        _write(folder / f"{stem}.{table.packing}", HEADS[table.kind], rows)


def _values(kind: str, number: int) -> tuple[float, ...]:
    low = 100 + number * 7 % 11 / 4
    if kind == "trades":
        return low, 0.1 + number % 9 * 0.3, 1, 0
    if kind == "quotes":
        return low, 1.5, low + 0.5, number % 4
    rising = number % 3 > 0
    return low + (0.25 if rising else 0.5), low + 1, low, low + (0.5 if rising else 0.25), 0.7 * number


def _write(file: Path, head: tuple[str, ...], rows: list[tuple[float, ...]]) -> None:
    if file.suffix == ".parquet":
        columns = {name: [row[place] for row in rows] for place, name in enumerate(head)}
        pq.write_table(pa.table(columns), file, row_group_size=7)
        return
    text = "\n".join([",".join(head), *(",".join(map(str, row)) for row in rows)]) + "\n"
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())


def at_once(folder: Path, spread: float) -> tuple[tuple[Instrument, ...], Prints, Quotes]:
    """All of a recording, every table read at once."""
    found: dict[str, list[Rows]] = {}
    for source in find_sources(folder, ()):
        if (rows := source.rows()).kind is not Kind.BOOK:
            found.setdefault(source.symbol, []).append(rows)
    instruments, chosen = list[Instrument](), [choose(found[symbol]) for symbol in sorted(found)]
    for symbol, mine in zip(sorted(found), chosen, strict=True):
        survey = PriceSurvey(symbol)
        for rows in mine:
            survey.add(rows.prices)
        instruments.append(survey.rules())
    return tuple(instruments), *lay_out(instruments, chosen, spread)


@contextlib.contextmanager
def blocks_of(size: int, *, kept: int = 0) -> Iterator[None]:
    """Read with blocks of so many bytes; so many rows of short tables are kept."""
    with patch.multiple(recorded_stream, TOGETHER=size, LEAST=size), patch.multiple(recorded_tables, KEPT=kept):
        yield
