"""`kraken-tui replay` as its user meets it: a log, a trajectory, recorded trades, and what is none of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_tui.config.home import Home
from kraken_tui.store.input_log import read_inputs
from tests.cli.programs import Ended
from tests.replay.logs import EAGER, home_with, logs_of, ran, rewritten, with_byte, with_scan

Inside = Callable[..., Ended]
LOOSE = {"VELOCITY_THRESHOLD": 0.02, "REGIME_LOW_VOL": 0.001, "REGIME_DISPERSION": 0.001, "FEES_DECIDE": False}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = home_with(tmp_path_factory.mktemp("home"), {"POLL_INTERVAL": 5, "TRAJECTORY": "all"})
    ran(made, 900)
    return made


def trades(folder: Path, seconds: int = 3_600) -> Path:
    """Two pairs that swing by half a percent."""
    folder.mkdir()
    for name, price in (("XBTUSD", 30_000.0), ("ETHUSD", 2_000.0)):
        rows = []
        for second in range(0, seconds, 2):
            swing = 1 + 0.005 * abs((second // 2) % 120 - 60) / 60
            rows.append(f"{1_700_000_000 + second},{price * swing:.2f},1.5")
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_log_its_folder_and_its_home_are_the_same(home: Home, inside: Inside) -> None:
    log = logs_of(home)[0]
    ends = [inside("replay", str(path)) for path in (log, home.inputs, home.root)]
    assert [(ended.code, ended.err) for ended in ends] == [(0, "")] * 3
    for ended in ends:
        assert "180 scans, 180 of them compared" in ended.out
        assert ended.out.splitlines()[-1] == "All that was compared is the same, bit for bit."
    told = json.loads(inside("replay", "--json", str(log)).out)
    assert (told["same"], told["scans"], told["proven"], told["difference"]) == (True, 180, 180, None)


def test_a_changed_price_is_shown_and_fails(home: Home, inside: Inside, tmp_path: Path) -> None:
    records = list(read_inputs(logs_of(home)[0]))
    rewritten(with_scan(records, 90, lambda row: with_byte(row, "bid", 8, 4)), tmp_path)
    ended = inside("replay", str(tmp_path))
    assert ended.code == 1
    assert "The first difference:\n  2026-01-01T00:07:30.000Z: bid of ETH/USD: recorded " in ended.out
    told = json.loads(inside("replay", "--json", str(tmp_path)).out)
    assert (told["same"], told["difference"]["symbol"]) == (False, "ETH/USD")


def test_a_trajectory_says_what_it_cannot_know(home: Home, inside: Inside) -> None:
    ended = inside("replay", str(home.trajectory), "--home", str(home.root))
    assert (ended.code, ended.err) == (0, "")
    assert "180 scans of 30 tickers, 5,400 rows" in ended.out
    assert "breakeven prices" in ended.out and "replay it to see the same decisions" in ended.out
    assert json.loads(inside("replay", str(home.trajectory), "--json").out)["scans"] == 180


def test_trades_run_a_whole_engine_and_leave_only_what_is_kept(inside: Inside, tmp_path: Path) -> None:
    young = {**EAGER, "MIN_AGE": 1, "MIN_DAY_VOLUME": 0}
    settings = home_with(tmp_path / "mine", {**LOOSE, "POLL_INTERVAL": 5, "MODE": "LIVE"}, young)
    before = sorted(settings.root.rglob("*"))
    recorded = trades(tmp_path / "ticks")
    ended = inside("replay", str(recorded), "--home", str(settings.root), "--keep", str(tmp_path / "kept"))
    assert (ended.code, ended.err) == (0, "")
    assert "closed trades" in ended.out and "all together: gross" in ended.out
    assert "BTC/USD" in ended.out
    assert sorted(settings.root.rglob("*")) == before
    again = inside("replay", str(tmp_path / "kept"))
    assert again.code == 0 and "the same, bit for bit" in again.out
    told = json.loads(inside("replay", str(recorded), "--home", str(settings.root), "--json").out)
    assert sum(row["trades"] for row in told["by_symbol"].values()) == len(told["trades"]) > 0
    refused = inside("replay", str(recorded), "--keep", str(tmp_path / "kept"))
    assert refused.code == 2 and "there is something already" in refused.err


def test_what_can_not_be_replayed_is_a_usage_error(inside: Inside, home: Home, tmp_path: Path) -> None:
    missing = inside("replay", str(tmp_path / "gone.klog"))
    assert missing.code == 2 and "there is no such file or folder" in missing.err
    (tmp_path / "notes.txt").write_text("hello")
    other = inside("replay", str(tmp_path / "notes.txt"))
    assert other.code == 2 and "holds no .csv" in other.err
    (tmp_path / "2026-01-01.klog").write_bytes(b"nothing of the kind")
    empty = inside("replay", str(tmp_path / "2026-01-01.klog"))
    assert empty.code == 2 and "no engine's start" in empty.err
    for world in ("demo", "recorded-x"):
        folder = tmp_path / "two" / "state" / "paper" / world / "inputs"
        folder.mkdir(parents=True)
        (folder / "2026-01-01.klog").write_bytes(b"")
    several = inside("replay", str(tmp_path / "two"))
    assert several.code == 2 and "has several input logs" in several.err
