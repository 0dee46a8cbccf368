"""The scanner alone over a trajectory: velocities to the last ppm, and a plain word on the rest."""

import gzip
from pathlib import Path

import pytest

from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.walk.prices import Rescanned, is_trajectory, rescan
from kraken_tui.runtime.options import RunSummary
from tests.replay.logs import home_with, ran

SETTINGS = {"POLL_INTERVAL": 5, "TRAJECTORY": "all", "FEES_DECIDE": False}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    home = home_with(tmp_path_factory.mktemp("written"), SETTINGS)
    summary = ran(home, 1_500)
    return home.trajectory, summary


def test_prices_give_the_same_velocities(written: tuple[Path, RunSummary]) -> None:
    path, summary = written
    found = rescan(path, Settings(POLL_INTERVAL=5, FEES_DECIDE=False))
    assert (found.scans, found.tickers, found.rows) == (summary.scans, 30, summary.scans * 30)
    assert found.velocities > 5_000 and found.same_velocities == found.velocities
    assert found.same_states > 0.7 * found.rows
    assert found.transitions["WAIT->ARM"] > 0 and found.transitions["HOLD->EXIT"] > 0


def test_another_interval_gives_others(written: tuple[Path, RunSummary]) -> None:
    found = rescan(written[0], Settings(POLL_INTERVAL=5, VELOCITY_LOOKBACK=7))
    assert found.same_velocities < found.velocities / 2


def test_an_older_day_is_packed_and_reads_the_same(written: tuple[Path, RunSummary], tmp_path: Path) -> None:
    packed = tmp_path / "trajectory-2026-01-01.csv.gz"
    packed.write_bytes(gzip.compress(written[0].read_bytes()))
    assert is_trajectory(packed)
    same: list[Rescanned] = [rescan(path, Settings(POLL_INTERVAL=5)) for path in (packed, written[0])]
    assert same[0] == same[1]


def test_a_row_that_is_none_is_named(written: tuple[Path, RunSummary], tmp_path: Path) -> None:
    lines = written[0].read_text().splitlines()[:40]
    torn = tmp_path / "trajectory.csv"
    torn.write_text("\n".join([*lines, "2026-01-01T00:"]))
    with pytest.raises(UsageError, match="line 41: '2026-01-01T00:' is no row"):
        rescan(torn, Settings())
    torn.write_text(lines[0] + "\n")
    with pytest.raises(UsageError, match="holds no rows"):
        rescan(torn, Settings())
    assert not is_trajectory(tmp_path / "missing.csv")
