"""Columns on disk against the frames that the engine is shown, and bars against the feed's own."""

import json
from pathlib import Path

import numpy as np
import pytest

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.replay.fast.paper_books import Tape
from kraken_tui.replay.fast.tape import TapeMaker
from kraken_tui.replay.past.survey import Survey, survey
from kraken_tui.replay.past.tables import RecordedPast
from kraken_tui.replay.search.columns import Columns, mapped, part_of
from kraken_tui.replay.search.minutes import bars_of, mapped_minutes
from tests.recorded import recorded


def nothing(text: str, share: float) -> None:
    pass


def written(path: Path, folder: Path, settings: Settings) -> Survey:
    past = RecordedPast(path, (), ())
    found = survey(past, None, None, nothing)
    folder.mkdir()
    Columns(folder, found, settings).write(past, nothing)
    return found


async def engines(feed: RecordedFeed, first_ns: int, interval_ns: int, begin: int, end: int) -> Tape:
    maker = TapeMaker(feed.instruments)
    for scan in range(begin, end):
        maker.add(feed.read(first_ns + scan * interval_ns))
    return maker.tape()


def quoted(folder: Path) -> Path:
    """Trades and quotes over a midnight, with amounts, holes in the quotes, and a pause between two sessions."""
    folder.mkdir()
    generator, start = np.random.default_rng(5), 1_700_006_400 - 1_800
    for name, price in (("BTCUSDT", 30_000.0), ("ETHUSDT", 2_000.0)):
        quotes, trades = [], []
        for second in range(0, 3_600, 3):
            price *= 1 + float(generator.integers(-1, 2)) * 1e-4
            if not 900 < second < 1_100:
                shown = ",".join(f"{value:.4f}" for value in generator.choice([0.5, 1.25, 7.0], 2))
                bid_amount, ask_amount = shown.split(",")
                ms = (start + second) * 1000
                quotes.append(f"{ms},{price:.2f},{bid_amount},{price + 0.05:.2f},{ask_amount}")
            if second % 9 == 0:
                trades.append(f"{(start + second) * 1000},{(start + second) * 1000},{second},{price:.2f},1,b")
        (folder / f"{name}_bbo.csv").write_text("\n".join(["recv_ms,bid,bid_qty,ask,ask_qty", *quotes]) + "\n")
        head = "recv_ms,exch_ms,trade_id,price,qty,taker_side"
        (folder / f"{name}_trades.csv").write_text("\n".join([head, *trades]) + "\n")
    sessions = [{"start_utc": "2023-11-14 23:30", "end_utc": "2023-11-14 23:50"},
                {"start_utc": "2023-11-14 23:55", "end_utc": "2023-11-15 00:25"}]  # fmt: skip
    (folder / "sessions.json").write_text(json.dumps({"sessions": sessions}))
    return folder


async def test_every_scan_is_what_the_engine_is_shown(tmp_path: Path) -> None:
    await agree(quoted(tmp_path / "data"), tmp_path / "market", Settings(POLL_INTERVAL=1.0), 0, 4_000)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "interval", "begin", "end"),
    [("kraken_trades_bbo_2018-05", 5.0, 10_700, 13_000), ("kraken_ohlcvt_5m_2024H2/LTCUSD.csv.gz", 60.0, 0, 3_000)],
)
async def test_recorded_markets_too(name: str, interval: float, begin: int, end: int, tmp_path: Path) -> None:
    await agree(recorded(name), tmp_path / "market", Settings(POLL_INTERVAL=interval), begin, end)


async def agree(path: Path, folder: Path, settings: Settings, begin: int, end: int) -> None:
    found = written(path, folder, settings)
    feed, interval_ns = RecordedFeed(path, settings.RECORDED_SPREAD), int(settings.POLL_INTERVAL * SECOND)
    await feed.open(nothing)
    tape = mapped(folder)
    ours = part_of(tape, begin, min(end, len(tape.time_ns)))
    theirs = await engines(feed, found.first_ns, interval_ns, begin, begin + len(ours.time_ns))
    assert len(ours.time_ns) > 1_000
    for name in set(tape._fields) - {"listed"}:
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    assert theirs.listed.all()
    await agree_on_bars(path, folder, found, settings)


async def agree_on_bars(path: Path, folder: Path, found: Survey, settings: Settings) -> None:
    feed = RecordedFeed(path, settings.RECORDED_SPREAD)
    await feed.open(nothing)
    for share in (0.3, 0.6, 0.9):
        now_ns = found.first_ns + int((found.last_ns - found.first_ns) * share)
        feed.read(now_ns)
        for index in range(len(feed.instruments)):
            bars = bars_of(mapped_minutes(folder), now_ns, 40, index, found.first_ns)
            assert bars == await feed.past_bars(index, 40) and bars
