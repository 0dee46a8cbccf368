"""The comparison with other engines: its rules, its table, and what it says of an engine that is not there."""

import sys
from pathlib import Path

import numpy as np
import pytest
import talib

from benchmarks.peers.data import candles_from, write_tables
from benchmarks.peers.engines import common, plain
from benchmarks.peers.engines.indicators import Signals, atr, mean, rsi
from benchmarks.peers.running import Measured, measure
from benchmarks.peers.table import Round, table
from kraken_tui.config.settings import Settings
from kraken_tui.market.recorded_files import find_sources


def measured(cpu_s: float, trades: int = 7) -> Measured:
    return Measured(
        engine="E 1.0", work=1_000_000, trades=trades, note="", cpu_s=cpu_s, wall_s=9.0, first_s=None, again_s=1.0,
        mib=50.0, whole_cpu_s=3.5, whole_wall_s=20.0,
    )  # fmt: skip


def test_ratios_are_of_the_same_round_and_whoever_did_not_run_is_named() -> None:
    rounds: list[Round] = [
        {"ours": measured(0.1), "peer": measured(1.0), "gone": "not installed: no wheel | at all"},
        {"ours": measured(0.4), "peer": measured(2.0), "gone": "not installed: no wheel | at all"},
        {"ours": measured(0.1), "peer": "not done within 5 s", "gone": "not installed: no wheel | at all"},
    ]
    _, _, ours, peer, gone = table(rounds, ["ours", "peer", "gone"], "candles")
    assert ours.split(" | ")[3:7] == ["10", "", "", "2.5"]
    assert peer.split(" | ")[3:5] == ["0.75", "7.5 x"]
    assert "1 of 3 rounds gave nothing" in peer
    assert "not installed: no wheel / at all" in gone


def test_an_engine_that_fails_gives_its_last_words(tmp_path: Path) -> None:
    assert "No module named" in str(measure(Path(sys.executable), "no_such_engine", [], 0, 30))


def test_an_engine_that_takes_too_long_is_ended() -> None:
    waits = ["-n", "1", "-r", "1", "import time; time.sleep(600)"]
    assert measure(Path(sys.executable), "timeit", waits, 0, 0.5) == "not done within 0.5 s"


def test_indicators_are_those_of_ta_lib() -> None:
    chance = np.random.default_rng(4)
    close = 100 + np.cumsum(chance.normal(0, 1, 400))
    high, low = close + chance.uniform(0, 1, 400), close - chance.uniform(0, 1, 400)
    np.testing.assert_allclose(rsi(close), talib.RSI(close, 14))
    np.testing.assert_allclose(atr(high, low, close), talib.ATR(high, low, close, 14))
    np.testing.assert_allclose(mean(close, 50), talib.SMA(close, 50))


@pytest.mark.parametrize(
    ("candles", "exit_by", "trades", "leave"),
    [
        ([(10, 10, 10, 10), (10, 14, 8, 10), (10, 10, 10, 10)], "target", 1, 9),  # both in one candle: out once
        ([(10, 10, 10, 10), (10, 12, 9, 10), (10, 10, 10, 10)], "target", 1, 9),  # neither: open at the end
        ([(10, 10, 10, 10), (10, 14, 9, 10), (10, 14, 9, 10)], "signal", 1, 1),  # out at the open after the word
    ],
)
def test_the_plain_rules(
    candles: list[tuple[float, ...]], exit_by: str, trades: int, leave: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.array([(0, *candle, 1) for candle in candles], float)
    at = np.arange(len(rows))
    monkeypatch.setattr(plain, "signals", lambda _: Signals(at == 0, at == leave, np.ones(len(rows))))
    assert plain.trades_of(rows, exit_by) == trades


def test_candles_hold_their_scans_and_our_engine_reads_them(tmp_path: Path) -> None:
    mid = np.array([[5], [9], [2], [7], [7], [8]], np.int32).repeat(10, axis=0)
    made = candles_from(mid, np.array([0.1]), 1_000, 60)
    assert made[0, :, 1:5].tolist() == [[0.5, 0.9, 0.2, 0.2], [0.2, 0.8, 0.2, 0.8]]
    write_tables(tmp_path / "tables", made)
    [source] = find_sources(tmp_path / "tables", ())
    assert source.symbol == f"{common.names(1)[0]}/USD"
    assert Settings().POLL_INTERVAL == common.SCAN_S
    assert source.rows().interval_ns == 300 * 10**9
