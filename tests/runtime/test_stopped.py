"""Whether a run says that it was ended before its recording was over, whenever that comes."""

import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.runtime.options import EngineOptions, RunSummary, Watched
from kraken_tui.runtime.run import run_engine

SCANS = 100
BEFORE_OPEN, BEFORE_SCANS = -1, 0


async def ran(folder: Path, monkeypatch: pytest.MonkeyPatch, cut_after: int | None) -> RunSummary:
    """A short recording, and SIGINT after so many scans."""
    recording = folder / "ticks"
    recording.mkdir()
    rows = [f"{1_700_000_000 + 2 * number},{30_000 + number % 7},1.5" for number in range(SCANS)]
    (recording / "XBTUSD.csv").write_text("\n".join(rows) + "\n")
    scans = 0

    def begins(first_ns: int, last_ns: int) -> None:
        if cut_after == BEFORE_OPEN:
            signal.raise_signal(signal.SIGINT)

    def prepared() -> None:
        if cut_after == BEFORE_SCANS:
            signal.raise_signal(signal.SIGINT)

    def watch(seen: Watched) -> None:
        nonlocal scans
        scans += 1
        if scans == cut_after:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("kraken_tui.runtime.trading.gc.freeze", prepared)
    return await run_engine(
        EngineOptions(
            home=folder, market=str(recording), speed=float("inf"), foreground=False,
            part=replace(WHOLE, tell=begins), watch=watch,
        ),
        {},
    )  # fmt: skip


@pytest.mark.parametrize("after", [BEFORE_OPEN, BEFORE_SCANS, 1, SCANS // 2])
async def test_a_run_that_a_signal_cut_short_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    summary = await ran(tmp_path, monkeypatch, after)
    assert summary.stopped
    assert summary.scans < SCANS


async def test_a_recording_that_was_over_was_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = await ran(tmp_path, monkeypatch, None)
    assert not summary.stopped
    assert summary.scans >= SCANS - 1
