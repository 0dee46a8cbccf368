"""A table read in blocks is the table read whole."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.market.recorded_files import find_sources
from kraken_tui.market.recorded_forms import Kind, Rows
from kraken_tui.market.recorded_rows import joined
from kraken_tui.market.recorded_stream import RecordedStream
from kraken_tui.model.errors import UsageError
from tests.recorded import recorded

T = 1_700_000_000


def read(stream: RecordedStream, step_ns: int) -> Rows:
    """All of a stream, taken in steps."""
    parts = [stream.take(0)]
    while stream.next_ns < 1 << 62:
        parts.append(stream.take(stream.next_ns + step_ns))
    stream.close()
    return joined(parts)


def same(one: Rows, other: Rows) -> bool:
    amounts = one.amounts is other.amounts or np.array_equal(one.amounts, other.amounts)  # type: ignore[arg-type]
    return bool(np.array_equal(one.time_ns, other.time_ns) and np.array_equal(one.prices, other.prices) and amounts)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-3, 60), min_size=1, max_size=60),
    st.sampled_from([64, 100, 1000, 1 << 20]),
    st.integers(1, 500),
    st.booleans(),
)
def test_whatever_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], block: int, take_s: int, is_packed: bool
) -> None:
    time_s, lines = T, []
    for number, step in enumerate(steps):
        time_s += step
        lines.append("rubbish" if step == 7 else f"{time_s}.25,{100 + number},0.5")
    lines.insert(0, f"{T}.25,99,1")
    data, folder = ("\n".join(lines) + "\n").encode(), tmp_path_factory.mktemp("table")
    (folder / ("XBTUSD.csv.gz" if is_packed else "XBTUSD.csv")).write_bytes(gzip.compress(data) if is_packed else data)
    (source,) = find_sources(folder, ())
    whole = source.rows()
    stream = RecordedStream(source, block=block)
    assert same(read(stream, take_s * SECOND), whole)
    assert stream.bad == whole.bad
    since, until = (T + 100) * SECOND, (T + 400) * SECOND
    clipped = read(RecordedStream(source, since, until, block=block), take_s * SECOND)
    inside = (whole.time_ns >= since) & (whole.time_ns <= until)
    assert clipped.time_ns.tolist() == whole.time_ns[inside].tolist()


@pytest.mark.parametrize("name", ["kraken_trades_bbo_2018-05", "kraken_ohlcvt_5m_2024H2"])
def test_the_recorded_tables(name: str) -> None:
    source = min(find_sources(recorded(name), ()), key=lambda source: Path(source.name).stat().st_size)
    assert same(read(RecordedStream(source, block=1 << 18), 86_400 * SECOND), source.rows())


def test_rows_beyond_the_end_are_known_of_but_not_read(tmp_path: Path) -> None:
    (tmp_path / "XBTUSD.csv").write_text(f"{T},1,1\n{T + 10},1,1\n")
    (source,) = find_sources(tmp_path, ())
    for until, goes_on in (((T + 10) * SECOND, False), ((T + 10) * SECOND - 1, True)):
        stream = RecordedStream(source, 0, until)
        assert len(read(stream, SECOND).time_ns) == 2 - goes_on
        assert stream.goes_on is goes_on


def test_books_are_recognised_and_faults_are_named(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT.csv").write_text("recv_ms,exch_ms,side,price,qty\n1,1,b,1,1\n")
    (source,) = find_sources(tmp_path, ())
    stream = RecordedStream(source)
    assert (stream.kind, stream.next_ns) == (Kind.BOOK, 1 << 62)
    for content, message in ((b"", "is empty"), (b"a;b\n", "is in no known form"), (b"\x1f\x8bno", "can't be read")):
        (tmp_path / "BTCUSDT.csv").write_bytes(content)
        with pytest.raises(UsageError, match=message):
            RecordedStream(source)
