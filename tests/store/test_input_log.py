"""The input log: what goes in comes out bit for bit, and what was torn harms nothing else."""

import os
import signal
import subprocess
import sys
import zlib
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.model.command import Close, Flatten
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.store.input_log import MAGIC, InputLog, InputSink, block, read_inputs
from kraken_tui.store.inputs import (
    BarsSeen,
    CommandSeen,
    Decided,
    FillSeen,
    Gap,
    Kept,
    Record,
    Ruled,
    Scan,
    Start,
)
from tests.store.samples import DAY_NS, START_NS, instrument
from tests.store.test_writer import until

START = Start(
    time_ns=START_NS, version="0.1.0", market="demo", settings='{"MODE": "PAPER"}', seed=7, groups=("Majors",),
    instruments=(instrument("BTC/USD", 1),),
)  # fmt: skip
FILL = Fill(
    id="T1", order_id="O1", client_id="kt0", symbol="BTC/USD", side=Side.BUY, order_type=OrderType.MARKET,
    price=Decimal("10000.10"), amount=Decimal("0.10000000"), cost=Decimal("1000.01000"), fee=Decimal("4.00"),
    maker=False, leverage=3, time_ns=START_NS,
)  # fmt: skip


def scan(number: int, columns: dict[str, bytes], time_ns: int = START_NS) -> Scan:
    return Scan(
        time_ns=time_ns + number, scan=number, state=1, note="", heard_ns=time_ns, paused=False, heat_ppm=1,
        columns=columns,
    )  # fmt: skip


def market(number: int, count: int = 30) -> dict[str, bytes]:
    moves = np.random.default_rng(number).integers(-3, 4, count)
    return {
        "bid": (np.arange(count) * 1000 + moves).tobytes(),
        "amount": np.full(count, 1.5 + number).tobytes(),
        "listed": np.ones(count, dtype=bool).tobytes(),
    }


def write(folder: Path, *records: Record) -> Path:
    problems: list[str] = []
    log = InputLog(folder, problems.append, capacity=5000)
    for record in records:
        log.push(record)
    log.close()
    assert problems == []
    return folder / "2026-01-01.klog"


def test_every_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    records: list[Record] = [
        START,
        BarsSeen(time_ns=START_NS, index=0, bars=(Bar(START_NS, 3, 1, 2),)),
        scan(0, market(0)),
        CommandSeen(time_ns=START_NS, author="screen", command=Close("BTC/USD")),
        scan(1, market(1)),
        FillSeen(time_ns=START_NS, fill=FILL),
        Decided(
            time_ns=START_NS,
            first=50,
            regime=-1,
            level="auto",
            held={"BTC/USD": 1},
            sides=b"\x00\x01",
            digests=b"12345678",
        ),
        Ruled(time_ns=START_NS, symbol="BTC/USD", id="1", given=b"\x00", made=b"\xff"),
        Kept(time_ns=START_NS, scan=2, scanner=b"s", autopilot=b"a"),
        *(scan(number, market(number)) for number in range(2, 700)),
    ]
    path = write(tmp_path, *records)
    assert list(read_inputs(path)) == records
    fill = next(record for record in read_inputs(path) if isinstance(record, FillSeen)).fill
    assert (str(fill.price), str(fill.amount)) == ("10000.10", "0.10000000")


def test_only_the_columns_that_are_wanted_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, START, *(scan(number, market(number)) for number in range(300)))
    read = list(read_inputs(path, {"bid", "none"}))
    assert read[1:] == [scan(number, {"bid": market(number)["bid"]}) for number in range(300)]


def test_a_log_without_what_came_later_is_read(tmp_path: Path) -> None:
    start = msgspec.to_builtins(START)
    older = {key: value for key, value in start.items() if key not in ("trading", "strategies")}
    body = zlib.compress(msgspec.msgpack.encode([older]))
    head = MAGIC + len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big")
    (tmp_path / "old.klog").write_bytes(head + body)
    assert list(read_inputs(tmp_path / "old.klog")) == [START]


column = st.dictionaries(st.sampled_from("abc"), st.binary(max_size=40), max_size=3)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(column, st.just(None)), max_size=20))
def test_any_columns_come_back(
    tmp_path_factory: pytest.TempPathFactory, given_columns: list[dict[str, bytes] | None]
) -> None:
    records: list[Record] = [
        START if columns is None else scan(number, columns) for number, columns in enumerate(given_columns)
    ]
    sink = InputSink(tmp_path_factory.mktemp("inputs"))
    for record in records:
        sink.write(record)
    sink.close()
    path = sink._folder / "2026-01-01.klog"
    assert (list(read_inputs(path)) if path.exists() else []) == records


def test_a_tail_torn_at_any_byte_costs_only_its_block(tmp_path: Path) -> None:
    path = write(tmp_path, START, *(scan(number, market(number)) for number in range(40)))
    before = list(read_inputs(path))
    whole = path.read_bytes()
    last = block([scan(number, market(number, 5)) for number in range(3)])
    again = block([START, scan(99, market(99))])
    for length in range(len(last)):
        path.write_bytes(whole + last[:length])
        assert list(read_inputs(path)) == before
        path.write_bytes(whole + last[:length] + again)
        after = [record for record in read_inputs(path) if not isinstance(record, Gap)]
        assert after == [*before, START, scan(99, market(99))]


def test_damage_inside_is_shown_and_what_follows_is_whole_again(tmp_path: Path) -> None:
    records: list[Record] = [START, *(scan(number, market(number, 1500)) for number in range(300))]
    path = write(tmp_path, *records)
    data = bytearray(path.read_bytes())
    data[len(data) // 10] ^= 0xFF
    path.write_bytes(data)
    read = list(read_inputs(path))
    whole = [record for record in read if not isinstance(record, Gap)]
    assert len(read) - len(whole) == 1
    assert 10 < len(whole) < len(records)
    assert all(record in records for record in whole)
    assert whole[-1] == records[-1]


def test_a_days_file_can_be_read_by_itself(tmp_path: Path) -> None:
    tomorrow = [scan(number, market(number), START_NS + DAY_NS) for number in range(3)]
    write(tmp_path, START, *(scan(number, market(number)) for number in range(3)), *tomorrow)
    start, *rest = read_inputs(tmp_path / "2026-01-02.klog")
    assert isinstance(start, Start) and start.continued and start.instruments == START.instruments
    assert rest == tomorrow


def test_a_quiet_market_packs_small(tmp_path: Path) -> None:
    count = 1500
    prices = np.random.default_rng(1).integers(1, 10**9, count)
    records: list[Record] = [START]
    for number in range(200):
        prices = prices.copy()
        prices[np.random.default_rng(number).integers(0, count, 30)] += 1
        records.append(scan(number, {"bid": prices.tobytes(), "ask": (prices + 1).tobytes()}))
    path = write(tmp_path, *records)
    assert list(read_inputs(path)) == records
    assert path.stat().st_size < 200 * count * 16 / 40


def test_a_full_disk_is_told_and_the_gap_is_marked(tmp_path: Path) -> None:
    path, problems = tmp_path / "2026-01-01.klog", list[str]()
    path.symlink_to("/dev/full")
    log = InputLog(tmp_path, problems.append, retry_s=0.1)
    log.push(START)
    big = {"bid": bytes(300_000)}
    log.push(scan(0, big))
    until(lambda: problems == ["the input log is not written: No space left on device"])
    path.unlink()
    written = 0

    def again() -> bool:
        nonlocal written
        written += 1
        log.push(scan(written, big))
        return problems[-1] == ""

    until(again)
    log.close()
    read = list(read_inputs(path))
    assert isinstance(read[0], Start)
    assert isinstance(read[1], Gap)
    assert isinstance(read[-1], Scan) and read[-1].scan == written and read[-1].columns == big


WRITER = """
import sys
from pathlib import Path
from kraken_tui.store import input_log
from tests.store.test_input_log import START, market, scan
input_log.BLOCK_BYTES = 5000
sink = input_log.InputSink(Path(sys.argv[1]))
sink.write(START)
for number in range(10**9):
    sink.write(scan(number, market(number)))
    if not sink._pending:
        print(number, flush=True)
"""


def test_kill_loses_only_the_block_that_was_not_written(tmp_path: Path) -> None:
    written: list[int] = []
    for turn in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(1 + 20 * turn)]
            os.kill(process.pid, signal.SIGKILL)
            lines += [line for line in process.stdout if line.endswith(b"\n")]
        written.append(int(lines[-1]))
    runs: list[list[Record]] = []
    for record in read_inputs(tmp_path / "2026-01-01.klog"):
        if isinstance(record, Start):
            runs.append([])
        elif isinstance(record, Scan):
            runs[-1].append(record)
    assert len(runs) == 3
    for run, last in zip(runs, written, strict=True):
        assert run[: last + 1] == [scan(number, market(number)) for number in range(last + 1)]


def test_pushed_commands_and_scans_share_one_order(tmp_path: Path) -> None:
    mixed: list[Record] = []
    for number in range(100):
        mixed += [CommandSeen(time_ns=START_NS, author="a", command=Flatten()), scan(number, market(number))]
    assert list(read_inputs(write(tmp_path, *mixed))) == mixed
