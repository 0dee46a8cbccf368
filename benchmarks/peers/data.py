"""Made-up markets on which all engines run: the ticks of `benchmarks.replay`, and candles of five and of one minute."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.engines.common import CANDLE_S, SCAN_S, names
from benchmarks.replay import BASES, market, pairs
from kraken_tui.clock import SECOND

SEED = 20260101
VERSION = 2
COLUMNS, VOLUME = 6, 5


def data_folder(cache: Path, days: int) -> Path:
    """Where the data of so many days lie; makes them where they do not yet. Always all pairs: a job takes the first."""
    folder = cache / f"data-{VERSION}-{len(BASES)}x{days}-{SEED}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="data-", dir=cache))
    try:
        _make(made, days)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _make(folder: Path, days: int) -> None:
    _, tape = market(days, SEED)
    mid = tape.bid + 1
    sizes = np.array([float(pair.tick) for pair in pairs()])
    np.save(folder / "ticks.npy", mid)
    np.save(folder / "tick_sizes.npy", sizes)
    begin = int(tape.time_ns[0]) // SECOND
    minutes = candles_from(mid, sizes, begin, 60)
    minutes[:, :, VOLUME] = _volumes(minutes)
    np.save(folder / "minutes.npy", minutes)
    candles = candles_from(mid, sizes, begin, CANDLE_S)
    candles[:, :, VOLUME] = minutes[:, :, VOLUME].reshape(len(BASES), -1, CANDLE_S // 60).sum(axis=2).round(6)
    np.save(folder / "candles.npy", candles)
    write_tables(folder / "tables", candles)
    (folder / "made.json").write_text(json.dumps({"days": days, "seed": SEED, "pairs": len(BASES)}))


def candles_from(mid: NDArray[np.int32], sizes: NDArray[np.float64], begin: int, span_s: int) -> NDArray[np.float64]:
    """[pair, candle, 6] without volumes; a candle opens where the one before closed."""
    scans = span_s // SCAN_S
    count = len(mid) // scans
    made = np.zeros((mid.shape[1], count, COLUMNS))
    for i, size in enumerate(sizes):
        # Whole ticks over a whole number have the shortest decimals; times 0.001 they would not.
        prices = (mid[:, i] / round(1 / size) if size < 1 else mid[:, i] * size).reshape(count, scans)
        close, opened = prices[:, -1], prices[:, 0].copy()
        opened[1:] = close[:-1]
        made[i, :, 0] = begin + np.arange(count) * span_s
        high, low = np.maximum(prices.max(axis=1), opened), np.minimum(prices.min(axis=1), opened)
        made[i, :, 1:VOLUME] = np.column_stack([opened, high, low, close])
    return made


def _volumes(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Base units; more is traded where the price moves."""
    moves = np.abs(np.log(rows[:, :, 4] / rows[:, :, 1]))
    busy = 1 + moves / np.maximum(moves.mean(axis=1, keepdims=True), 1e-12)
    chance = np.random.default_rng(SEED).lognormal(0, 0.6, busy.shape)
    volumes: NDArray[np.float64] = (2e4 / rows[:, :1, 1] * chance * busy).round(6)
    return volumes


def write_tables(folder: Path, candles: NDArray[np.float64]) -> None:
    """The same as Kraken's own files hold candles: a file a pair, without a header."""
    folder.mkdir()
    for name, rows in zip(names(len(candles)), candles, strict=True):
        lines = (",".join([str(int(row[0])), *map(repr, row[1:]), "9"]) for row in rows.tolist())
        (folder / f"{name}USD_5.csv").write_text("\n".join(lines) + "\n")
