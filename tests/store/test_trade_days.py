"""Downloaded days: whole or not there, and pages that outlive whoever wrote them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.model.errors import HomeLocked, UsageError
from kraken_tui.store.trade_days import DAY_NS, NO_TRADES, TRADE, TradeDays, Trades

DAY = 20_000 * DAY_NS
"""2024-10-04."""


def page(first: int, count: int) -> Trades:
    rows = np.empty(count, TRADE)
    ids = np.arange(first, first + count)
    rows["time_ns"], rows["id"] = DAY + ids * 1000, ids
    rows["price"], rows["amount"] = 60_000.1 + ids, ids / 8
    rows["side"], rows["is_market"] = np.where(ids % 2, 1, -1), ids % 3 == 0
    return rows


def test_a_day_comes_back_as_it_was_and_by_column(tmp_path: Path) -> None:
    days = TradeDays(tmp_path)
    part = days.part("BTC/USD", DAY)
    part.add(page(1, 1000), DAY + 1_000_000)
    part.add(page(1001, 5), DAY + 1_005_000)
    assert not days.is_whole("BTC/USD", DAY)
    assert (len(part), part.last_ns, part.next_ns) == (1005, DAY + 1_005_000, DAY + 1_005_000)
    part.finish()
    assert days.is_whole("BTC/USD", DAY)
    assert sorted(file.name for file in (tmp_path / "BTC-USD").iterdir()) == ["2024-10-04.parquet"]
    back, rows = days.read("BTC/USD", DAY), page(1, 1005)
    for name in TRADE.names or ():
        assert back[name].dtype == rows[name].dtype
        assert (back[name] == rows[name]).all()
    assert list(days.read("BTC/USD", DAY, ("price",))) == ["price"]


def test_a_day_without_a_trade_is_whole_too(tmp_path: Path) -> None:
    days = TradeDays(tmp_path)
    days.part("BTC/USD", DAY).finish()
    assert days.is_whole("BTC/USD", DAY)
    assert len(days.read("BTC/USD", DAY)["time_ns"]) == 0


def test_what_is_there_of_a_day_in_progress_can_be_read(tmp_path: Path) -> None:
    days = TradeDays(tmp_path)
    assert len(days.read("BTC/USD", DAY)["id"]) == 0, "nothing yet"
    part = days.part("BTC/USD", DAY)
    part.add(page(1, 7), DAY)
    part.close()
    assert days.read("BTC/USD", DAY)["id"].tolist() == [1, 2, 3, 4, 5, 6, 7]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3 * (20 + 10 * 34)), st.booleans())
def test_a_part_torn_anywhere_keeps_its_whole_pages(
    tmp_path_factory: pytest.TempPathFactory, size: int, is_flipped: bool
) -> None:
    """As a power cut leaves it: cut short, or with a page that is not what was written."""
    days = TradeDays(tmp_path_factory.mktemp("days"))
    part = days.part("BTC/USD", DAY)
    for number in range(3):
        part.add(page(1 + 10 * number, 10), DAY + number)
    part.close()
    file = days.path("BTC/USD", DAY).with_suffix(".part")
    data, length = file.read_bytes(), file.stat().st_size // 3
    if is_flipped and size < len(data):
        file.write_bytes(data[:size] + bytes([data[size] ^ 1]) + data[size + 1 :])
    else:
        file.write_bytes(data[:size])
    whole = min(3, size // length)
    after = days.part("BTC/USD", DAY)
    assert after.rows["id"].tolist() == list(range(1, 1 + 10 * whole))
    after.add(page(1 + 10 * whole, 10), DAY)
    after.close()
    assert len(days.part("BTC/USD", DAY)) == 10 * whole + 10


def test_two_at_once_are_kept_apart(tmp_path: Path) -> None:
    days = TradeDays(tmp_path)
    with days.writing(), pytest.raises(HomeLocked, match="another kraken-tui downloads"), TradeDays(tmp_path).writing():
        pass
    with days.writing():
        pass


def test_a_killed_writer_leaves_its_pages_and_no_lock(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from tests.store.test_trade_days import *\n"
        "days = TradeDays(Path(sys.argv[1]))\n"
        "with days.writing():\n"
        "    part = days.part('BTC/USD', DAY); part.add(page(1, 10), DAY + 5); print('up', flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        os.kill(process.pid, signal.SIGKILL)
    days = TradeDays(tmp_path)
    with days.writing():
        part = days.part("BTC/USD", DAY)
    assert (len(part), part.next_ns) == (10, DAY + 5)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    days = TradeDays(tmp_path)
    days.part("BTC/USD", DAY).finish()
    days.path("BTC/USD", DAY).write_bytes(b"PAR1 is not all of it")
    with pytest.raises(UsageError, match=r"2024-10-04\.parquet is damaged .*; delete it"):
        days.read("BTC/USD", DAY)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be made"), TradeDays(tmp_path / "file" / "trades").writing():
        pass
    assert len(NO_TRADES) == 0
