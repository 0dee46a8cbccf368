"""The scanner over the past is the scanner of the engine: the same bytes, from wherever the prices come."""

import asyncio
import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.past.historical import Summary, replay_to
from kraken_tui.replay.past.survey import survey
from kraken_tui.replay.past.tables import DownloadedPast, Past, RecordedPast
from kraken_tui.runtime.options import EngineOptions
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.trade_days import DAY_NS, TRADE, TradeDays
from kraken_tui.store.trajectory import COLUMNS
from tests.recorded import recorded

DAY = 20_000 * DAY_NS
DAY_S = DAY // SECOND


def no_progress(text: str, share: float) -> None:
    """Nobody looks."""


def replayed(past: Past, first_ns: int | None, last_ns: int | None, out: Path, **settings: object) -> Summary:
    given = Settings.model_validate(settings)
    return replay_to(out, past, survey(past, first_ns, last_ns, no_progress), given, no_progress)


def prices(seed: int, count: int, start: float) -> tuple[list[int], list[float]]:
    """Times over two and a half days, and a walk with runs that arm."""
    chance = np.random.default_rng(seed)
    times = np.sort(chance.integers(DAY, DAY + 2 * DAY_NS + DAY_NS // 2, count)) // 100_000 * 100_000
    steps = start / 3000 * (chance.normal(0, 1, count) + 8 * (chance.random(count) < 0.02))
    return times.tolist(), [float(max(1.0, price)) for price in start + np.cumsum(steps).round()]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TradeDays]:
    """The same trades as files of time and sales, and as downloaded days."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "sold").mkdir()
    days = TradeDays(folder / "days")
    for seed, (name, symbol, start) in enumerate((("XBTUSD", "BTC/USD", 60_000.0), ("ETHUSD", "ETH/USD", 3000.0))):
        times, walk = prices(seed, 6000, start)
        lines = [f"{time_ns / SECOND:.4f},{price:.2f},0.5" for time_ns, price in zip(times, walk, strict=True)]
        (folder / "sold" / f"{name}.csv").write_text("\n".join(lines) + "\n")
        for number in range(3):
            mine = [row for row in zip(times, walk, strict=True) if row[0] // DAY_NS == DAY // DAY_NS + number]
            part = days.part(symbol, DAY + number * DAY_NS)
            part.add(np.array([(time_ns, price, 0.5, 1, True, 0) for time_ns, price in mine], TRADE), 1)
            part.finish()
    return folder / "sold", days


NAMES = (
    "sessions.json", "XBTUSD_trades.csv.gz", "XBTUSD_bbo.csv.gz", "USDTUSD_trades.csv.gz", "USDTUSD_bbo.csv.gz",
)  # fmt: skip

SPAN = (DAY + 22 * 3600 * SECOND, DAY + DAY_NS + 3600 * SECOND)
"""From an evening to the night after."""


def test_files_and_downloaded_days_give_the_same_bytes(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    files, days = both
    symbols = ("BTC/USD", "ETH/USD")
    one = replayed(RecordedPast(files, symbols, ()), *SPAN, tmp_path / "files.csv")
    two = replayed(DownloadedPast(days, symbols), *SPAN, tmp_path / "days.csv")
    assert one == two
    assert (tmp_path / "files.csv").read_bytes() == (tmp_path / "days.csv").read_bytes()
    assert one.scans == 3 * 3600 // 2
    assert any("WAIT->ARM" in pair.transitions for pair in one.pairs), "the walk is lively enough to prove something"


def test_days_read_one_by_one_are_the_whole_recording(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    """Against the feed that holds all of it in memory, across midnight."""
    files, days = both
    replayed(DownloadedPast(days, ("BTC/USD", "ETH/USD")), *SPAN, tmp_path / "out.csv")
    feed = RecordedFeed(files, Settings().RECORDED_SPREAD)
    asyncio.run(feed.open(no_progress))
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    for number in range(0, len(rows), 2):
        frame = feed.read(SPAN[0] + number * SECOND)
        for place, row in enumerate(rows[number : number + 2]):
            rules = feed.instruments[place]
            assert (row["symbol"], row["scan"]) == (rules.symbol, str(number // 2))
            shown = [f"{rules.price_of(int(ticks)):f}" for ticks in (frame.bid[place], frame.ask[place])]
            assert [row["bid"], row["ask"]] == shown


def test_the_summary_is_what_the_file_says(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    summary = replayed(DownloadedPast(both[1], ("BTC/USD", "ETH/USD")), *SPAN, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert summary.rows == len(rows) == 2 * summary.scans
    for pair in summary.pairs:
        mine = [row for row in rows if row["symbol"] == pair.symbol]
        velocities = [float(row["velocity"]) for row in mine if row["velocity"]]
        assert (pair.least_velocity, pair.greatest_velocity) == (min(velocities), max(velocities))
        assert pair.priced == sum(row["price"] != "" for row in mine)
        states = ["WAIT", *(row["state"] for row in mine)]
        kinds = [f"{before}->{after}" for before, after in pairwise(states) if before != after]
        assert pair.transitions == {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        assert {row["side"] + row["entry"] + row["stop"] + row["pnl"] for row in mine} == {""}
        assert {row["heat"] for row in mine} == {"0.00"}
    words = [row["regime"] for row in rows]
    assert summary.regimes == {
        word: pytest.approx(100 * words.count(word) / len(words), abs=0.01) for word in summary.regimes
    }


def test_an_entry_that_nobody_takes_up_is_gone_with_the_next_scan(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    summary = replayed(
        DownloadedPast(both[1], ("BTC/USD", "ETH/USD")), *SPAN, tmp_path / "out.csv",
        VELOCITY_THRESHOLD=0.005, ARM_PERSISTENCE=1, REGIME_LOW_VOL=0, REGIME_DISPERSION=0, REGIME_MIX=100,
    )  # fmt: skip
    assert sum(pair.transitions.get("ARM->ENTRY", 0) for pair in summary.pairs) > 3
    assert all(
        set(pair.transitions) <= {"WAIT->ARM", "ARM->WAIT", "ARM->ENTRY", "ENTRY->WAIT"} for pair in summary.pairs
    )


def test_active_keeps_what_is_armed_or_changed(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    past = DownloadedPast(both[1], ("BTC/USD", "ETH/USD"))
    few = replayed(past, *SPAN, tmp_path / "few.csv", TRAJECTORY="active")
    every = replayed(past, *SPAN, tmp_path / "all.csv", TRAJECTORY="off")
    assert 0 < few.rows < every.rows == 2 * every.scans
    assert set((tmp_path / "few.csv").read_text().splitlines()) < set((tmp_path / "all.csv").read_text().splitlines())


@pytest.mark.thorough
async def test_the_engines_own_trajectory_of_a_recorded_market(tmp_path: Path) -> None:
    """Real trades and quotes of 2018, gaps among them; the gate refuses the engine's entries, for want of a past."""
    whole, folder, home = recorded("kraken_trades_bbo_2018-05"), tmp_path / "two", tmp_path / "home"
    folder.mkdir()
    for name in NAMES:
        (folder / name).symlink_to(whole / name)
    options = EngineOptions(home=home, market=str(folder), duration=3600, speed=float("inf"), foreground=False)
    ran = await run_engine(options, {})
    assert (ran.scans, ran.trades) == (1800, [])
    past = RecordedPast(folder, (), ())
    first_ns = past.windows[0][0]
    summary = await asyncio.to_thread(replayed, past, first_ns, first_ns + 3600 * SECOND, tmp_path / "out.csv")
    (trajectory,) = home.rglob("trajectory.csv")
    assert (tmp_path / "out.csv").read_bytes() == trajectory.read_bytes()
    told: dict[str, int] = {}
    for pair in summary.pairs:
        told = {kind: told.get(kind, 0) + pair.transitions.get(kind, 0) for kind in {*told, *pair.transitions}}
    assert told == ran.transitions


def test_krakens_candles_for_download(tmp_path: Path) -> None:
    (tmp_path / "XBTUSD_5.csv").write_text(
        "".join(f"{DAY_S + 300 * n},{60000 + n},{60010 + n},{59990 + n},{60005 + n},1.5,7\n" for n in range(40))
    )
    past = RecordedPast(tmp_path, (), ())
    summary = replayed(past, None, None, tmp_path / "out.csv")
    assert (summary.first, summary.pairs[0].trades) == ("2024-10-04 00:00:00", 40)
    assert summary.scans == 39 * 150 + 112 + 1, "to the last quarter of the last candle"
    assert summary.pairs[0].priced == summary.scans


def test_memory_holds_a_day_at_a_time(both: tuple[Path, TradeDays]) -> None:
    for past in (RecordedPast(both[0], (), ()), DownloadedPast(both[1], ("BTC/USD", "ETH/USD"))):
        total = 0
        for until_ns, tables in past.days(DAY, DAY + 3 * DAY_NS - 1):
            for rows in (rows for mine in tables.values() for rows in mine):
                assert ((rows.time_ns < until_ns) & (rows.time_ns >= until_ns - DAY_NS)).all()
                total += len(rows.time_ns)
        assert total == 12_000


def test_nothing_in_the_span_is_said(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    files, days = both
    later = (DAY + 10 * DAY_NS, DAY + 11 * DAY_NS)
    with pytest.raises(UsageError, match="there is no trade of these pairs from 2024-10-14 00:00:00 to"):
        replayed(DownloadedPast(days, ("BTC/USD",)), *later, tmp_path / "out.csv")
    with pytest.raises(UsageError, match=r"recording holds nothing from 2024-10-14 .* it goes from 2024-10-04 00:00:"):
        replayed(RecordedPast(files, (), ()), *later, tmp_path / "out.csv")
    with pytest.raises(UsageError, match="holds nothing of SOL/USD; it holds BTC/USD, ETH/USD"):
        RecordedPast(files, (), ("SOL/USD",))
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_leaves_nothing(both: tuple[Path, TradeDays], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        replayed(DownloadedPast(both[1], ("BTC/USD",)), *SPAN, tmp_path / "file" / "out.csv")
