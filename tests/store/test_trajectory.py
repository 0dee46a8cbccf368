"""trajectory.csv: exact, whole, a day per file."""

import csv
import gzip
import io
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.scan import Reason, State
from kraken_tui.store.trajectory import COLUMNS, RowText, Trajectory, TrajectoryRows
from tests.store.samples import DAY_NS, START_NS, instrument, rows
from tests.store.test_writer import until

INSTRUMENTS = [instrument("BTC/USD", 1), instrument("SHIB/USD", 9), instrument("ODD/USD", 2, "0.05")]


def write(path: Path, *scans: TrajectoryRows, keep: str = "all") -> list[str]:
    problems: list[str] = []
    trajectory = Trajectory(path, INSTRUMENTS, 3, keep, problems.append)  # type: ignore[arg-type]
    for scan in scans:
        trajectory.push(scan)
    trajectory.close()
    return problems


def read(path: Path) -> list[dict[str, str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(raw.decode())))


def changed(scan: TrajectoryRows, place: int, **values: float) -> TrajectoryRows:
    for name, value in values.items():
        getattr(scan, name)[place] = value
    return scan


def test_a_row_says_everything_exactly(tmp_path: Path) -> None:
    scan = changed(
        rows(3, scan=5), 1, state=State.HOLD, reason=Reason.TRAIL, side=-1, entry=100_500, stop=100_900, pnl=-12.345,
        price=100_007,
    )  # fmt: skip
    scan = changed(
        scan, 2, price=0, bid=0, ask=0, atr=0, state=State.ARM, reason=Reason.BLOCKED, arm_count=2, blocked=1
    )
    scan = msgspec.structs.replace(scan, notes=("", 'Memes "2/2", full'))
    assert write(tmp_path / "trajectory.csv", scan) == []
    assert [list(row.values()) for row in read(tmp_path / "trajectory.csv")] == [
        [
            "2026-01-01T00:00:00.000Z", "5", "BTC/USD", "10000.1", "10000.0", "10000.2", "-0.1234", "0.1500", "1.250",
            "TRENDING", "12.35", "WAIT", "0", "", "", "", "", "SCANNING", "QUIET",
        ],
        [
            "2026-01-01T00:00:00.000Z", "5", "SHIB/USD", "0.000100007", "0.000100000", "0.000100002", "-0.1234",
            "0.1500", "0.00000001250", "TRENDING", "12.35", "HOLD", "0", "SHORT", "0.000100500", "0.000100900",
            "-12.35", "HOLD stop trails", "TRAIL",
        ],
        [
            "2026-01-01T00:00:00.000Z", "5", "ODD/USD", "", "", "", "-0.1234", "0.1500", "", "TRENDING", "12.35", "ARM",
            "2", "", "", "", "", 'BLOCKED memes "2/2", full', "BLOCKED",
        ],
    ]  # fmt: skip


@given(st.integers(1, 10**12), st.sampled_from(INSTRUMENTS))
def test_prices_are_exact(ticks: int, rules: Instrument) -> None:
    scan = changed(rows(1), 0, price=ticks)
    (line,) = RowText([rules], 3).lines(scan, [0])
    assert line.split(",")[3] == f"{rules.price_of(ticks):f}"


def test_the_documented_columns_are_the_header(tmp_path: Path) -> None:
    write(tmp_path / "trajectory.csv", rows(3))
    assert (tmp_path / "trajectory.csv").read_text().splitlines()[0] == ",".join(COLUMNS)
    page = (Path(__file__).parents[2] / "docs" / "trajectory.md").read_text()
    documented = [line.split("|")[1].strip(" `") for line in page.splitlines() if line.startswith("| `")]
    assert documented[: len(COLUMNS)] == list(COLUMNS)


def test_the_caller_may_write_into_its_arrays_at_once(tmp_path: Path) -> None:
    trajectory = Trajectory(tmp_path / "trajectory.csv", INSTRUMENTS, 3, "all", lambda text: None)
    scan = rows(3)
    for number in range(50):
        scan.price[:] = number + 1
        trajectory.push(msgspec.structs.replace(scan, scan=number))
    trajectory.close()
    assert [Decimal(row["price"]) * 10 for row in read(tmp_path / "trajectory.csv")][::3] == list(range(1, 51))


@pytest.mark.parametrize(("keep", "expected"), [("all", 12), ("active", 3 + 1 + 2), ("off", 0)])
def test_only_what_is_kept_is_written(tmp_path: Path, keep: str, expected: int) -> None:
    scans = [rows(3, scan=number) for number in range(4)]
    changed(scans[1], 0, state=State.ARM)
    changed(scans[3], 2, state=State.HOLD)
    write(tmp_path / "trajectory.csv", *scans, keep=keep)
    path = tmp_path / "trajectory.csv"
    assert len(read(path) if path.exists() else []) == expected


def test_a_new_day_packs_the_old_one_away(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.csv"
    write(path, *(rows(3, scan=n, time_ns=START_NS + n * DAY_NS // 2) for n in range(5)))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "trajectory-2026-01-01.csv.gz",
        "trajectory-2026-01-02.csv.gz",
        "trajectory.csv",
    ]
    days = ["trajectory-2026-01-01.csv.gz", "trajectory-2026-01-02.csv.gz", "trajectory.csv"]
    assert [[row["scan"] for row in read(tmp_path / day)][::3] for day in days] == [["0", "1"], ["2", "3"], ["4"]]


def test_a_restart_goes_on_in_the_days_file_and_packs_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.csv"
    write(path, rows(3, scan=1))
    write(path, rows(3, scan=2, time_ns=START_NS + 1))
    assert [row["scan"] for row in read(path)][::3] == ["1", "2"]
    write(path, rows(3, scan=3, time_ns=START_NS + DAY_NS))
    write(path, rows(3, scan=4, time_ns=START_NS))
    write(path, rows(3, scan=5, time_ns=START_NS + DAY_NS))
    assert [row["scan"] for row in read(tmp_path / "trajectory-2026-01-01.csv.gz")][::3] == ["1", "2"]
    assert [row["scan"] for row in read(tmp_path / "trajectory-2026-01-02.csv.gz")][::3] == ["3"]
    assert [row["scan"] for row in read(tmp_path / "trajectory-2026-01-01.2.csv.gz")][::3] == ["4"]
    assert [row["scan"] for row in read(path)][::3] == ["5"]


def test_a_torn_line_is_cut_and_an_interrupted_packing_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.csv"
    write(path, rows(3, scan=1))
    whole = path.read_text()
    (tmp_path / "trajectory-2025-12-31.csv").write_text(whole)
    (tmp_path / "trajectory-2025-12-31.csv.tmp").write_bytes(b"half")
    path.write_text(whole + whole.splitlines()[1][:40])
    write(path, rows(3, scan=2))
    assert [row["scan"] for row in read(path)][::3] == ["1", "2"]
    assert len(read(tmp_path / "trajectory-2025-12-31.csv.gz")) == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["trajectory-2025-12-31.csv.gz", "trajectory.csv"]


def test_a_full_disk_is_told_and_mended(tmp_path: Path) -> None:
    path, problems = tmp_path / "trajectory.csv", list[str]()
    path.symlink_to("/dev/full")
    trajectory = Trajectory(path, INSTRUMENTS, 3, "all", problems.append, retry_s=0.1)
    trajectory.push(rows(3, scan=1))
    until(lambda: problems == ["trajectory.csv is not written: No space left on device"])
    path.unlink()

    def again() -> bool:
        trajectory.push(rows(3, scan=2))
        return problems[-1] == ""

    until(again)
    trajectory.close()
    assert {row["scan"] for row in read(path)} == {"2"}


def test_pushing_1500_rows_takes_no_time_of_the_scan(tmp_path: Path) -> None:
    many = [instrument(f"T{n}/USD", n % 9 + 1) for n in range(1500)]
    trajectory = Trajectory(tmp_path / "trajectory.csv", many, 3, "all", lambda text: None)
    for number in range(20):
        trajectory.push(rows(1500, scan=number))
    trajectory.close()
    assert len(read(tmp_path / "trajectory.csv")) == 30_000
    assert np.isnan(rows(1).pnl[0])
