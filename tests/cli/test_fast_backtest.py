"""`kraken-tui backtest --fast`: what the whole engine tells of the same candles, out of the compiled loop."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.cli.backtest_ways import Asked, Ran, by_candles, by_engine
from kraken_tui.config.home import Home
from kraken_tui.config.moments import shown
from kraken_tui.market.recorded_part import Part
from kraken_tui.replay.results.trades import UNKNOWN
from tests.cli.programs import Ended
from tests.cli.test_replay import trades
from tests.replay.candle_engine import home_with
from tests.replay.test_candle_replay import SHORT, write_candles

Inside = Callable[..., Ended]
LOOSE = {"MAX_JUMP": 1000, "FEES_DECIDE": False, "POLL_INTERVAL": 28, "HEAT": {"trades": 12, "exposure": 600}}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A day of three pairs, at whose end a position is open, and points of the curve within candles."""
    folder = tmp_path_factory.mktemp("fast")
    begin_ns = write_candles(folder / "data", 8, 300)
    home = home_with(folder / "home", LOOSE, SHORT)
    chosen = ["trend_following", "mean_reversion", "breakout"]
    return Asked(path=folder / "data", part=Part(begin_ns=begin_ns), home=home, chosen=chosen, costs={})


@pytest.fixture(scope="module")
def both(asked: Asked) -> tuple[Ran, Ran]:
    return by_engine(asked, None), by_candles(asked)


def test_it_tells_what_the_engine_tells(both: tuple[Ran, Ran]) -> None:
    engine, fast = both
    words = {"transitions": {}, "worst_scan_us": 0}
    plain = [[{**row, "reason": row["reason"].partition(":")[0]} for row in ran.summary.trades] for ran in both]
    assert replace(fast.summary, trades=plain[1]) == replace(engine.summary, trades=plain[0], **words)
    assert len(fast.summary.trades) > 10 and fast.summary.open_positions


def test_its_equity_is_noted_at_the_same_times(both: tuple[Ran, Ran]) -> None:
    engine, fast = both
    assert engine.curve is not None and fast.curve is not None
    assert np.array_equal(engine.curve.times_ns, fast.curve.times_ns)
    apart = np.abs(engine.curve.equity - fast.curve.equity) / engine.curve.equity
    assert apart[-1] < 1e-12
    assert apart.max() < 1e-4  # rollovers fall due bit by bit


def test_its_regimes_are_the_scanners_where_it_tells_them(both: tuple[Ran, Ran]) -> None:
    engine, fast = both
    told = [(fast.regimes.of(row), engine.regimes.of(row)) for row in fast.trades]
    known = [(ours, theirs) for ours, theirs in told if ours != UNKNOWN]
    assert known and all(ours == theirs for ours, theirs in known)


def test_a_page_and_figures_come_of_it(asked: Asked, tmp_path: Path, inside: Inside) -> None:
    page, begin = tmp_path / "out.html", shown(asked.part.begin_ns or 0)
    given = ("backtest", str(asked.path), "--fast", "--home", str(asked.home.root), "--from", begin)
    ended = inside(*given, "--report", str(page), "--json")
    told = json.loads(ended.out)
    assert told["metrics"]["trades"]["count"] == len(told["trades"]) > 10 and told["notes"] == []
    assert "Backtest of data" in page.read_text()
    cheap = json.loads(inside(*given, "--volume", "10,000,000", "--json").out)
    assert float(cheap["fees"]) < float(told["fees"]) / 2
    lines = inside(*given).out.splitlines()
    assert lines[0].startswith("3,213 scans in") and lines[-1].startswith("Sharpe")


def test_what_does_not_count_is_said(asked: Asked, tmp_path: Path, inside: Inside) -> None:
    home = home_with(tmp_path / "home", {**LOOSE, "DAILY_LOSS_LIMIT": 2, "SCANNER_TRADES": True}, SHORT)
    page = tmp_path / "out.html"
    ended = inside(
        "backtest", str(asked.path), "--fast", "--home", str(home.root), "--report", str(page), "--json"
    )  # fmt: skip
    (note,) = json.loads(ended.out)["notes"]
    assert note.startswith("DAILY_LOSS_LIMIT 2.0 counts as null here: the compiled replay does not model it")
    assert note in ended.err and "counts as null here" in page.read_text()
    assert [path.name for path in home.root.iterdir()] == ["config.json", "trading.json"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--strategy", "scanner"), "--strategy scanner: --fast has the autopilot's trades alone"),
        (("--keep", "there"), "--keep there: --fast runs no engine that could leave a home"),
        (("--from", "2030-01-01"), "nothing was recorded from 2030-01-01"),
    ],
)
def test_what_it_cant_do_is_refused(asked: Asked, inside: Inside, given: tuple[str, ...], said: str) -> None:
    ended = inside("backtest", str(asked.path), "--fast", "--home", str(asked.home.root), *given)
    assert ended.code == 2 and said in ended.err and ended.out == ""


def test_ticks_are_traded_as_well(tmp_path: Path, inside: Inside) -> None:
    data = trades(tmp_path / "data", 1_500)
    home = home_with(tmp_path / "home", {}, {"MIN_AGE": 1, "MIN_DAY_VOLUME": 0})
    told = json.loads(inside("backtest", str(data), "--fast", "--home", str(home.root), "--json").out)
    assert told["trades"] == [] and told["metrics"]["total_return"] == 0 and told["equity"] == "10000"
    assert not Home(home.root).logs.exists()
