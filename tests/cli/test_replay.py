"""`kraken-tui replay` as its user meets it: a log, a trajectory, recorded trades, and what is none of them."""

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kraken_tui.cli.recording import summary_lines
from kraken_tui.config.home import Home
from kraken_tui.runtime.options import RunSummary
from kraken_tui.store import input_log
from kraken_tui.store.input_log import MAGIC, block, read_inputs
from kraken_tui.store.inputs import CandlesClosed, Record, Scan, Start
from kraken_tui.store.trajectory import COLUMNS
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
        assert ", 1 start of an engine; replayed in " in ended.out.splitlines()[0]
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


@pytest.mark.parametrize(("left", "said"), [(1, "1 position is still open"), (2, "2 positions are still open")])
def test_what_a_recording_came_to_is_told_in_cents(left: int, said: str) -> None:
    summary = RunSummary(
        scans=10, transitions={}, trades=[], open_positions=[{}] * left, realised_pnl="-3.5", unrealised_pnl="4.461",
        fees="1", equity="9999.961291", worst_scan_us=1, stopped=False,
    )  # fmt: skip
    assert summary_lines(summary, 1.0)[-2:] == [
        f"{said}: +4.46 before fees",
        "all together: gross 0.96, fees 1.00, net -0.04; equity 9999.96",
    ]


@pytest.mark.thorough
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


def _block(body: bytes) -> bytes:
    """Whole by its checksum, whatever it holds."""
    return MAGIC + len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    "body",
    [
        b"no zlib at all",
        zlib.compress(msgspec.msgpack.encode([{"type": "OfTomorrow", "x": 1}])),
        zlib.compress(msgspec.msgpack.encode([{"type": "Scan", "x": 1}])),
        zlib.compress(bytes(2_000_000)),
    ],
)
def test_a_log_of_another_version_is_named_as_such(
    inside: Inside, home: Home, tmp_path: Path, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_log, "MOST_BYTES", 1_000_000)
    log = tmp_path / "2026-01-01.klog"
    log.write_bytes(logs_of(home)[0].read_bytes() + _block(body))
    ended = inside("replay", str(log))
    assert (ended.code, ended.out) == (2, "")
    assert f"{log} is of another version, or no input log" in ended.err and "Traceback" not in ended.err


def _edited(record: Record, kind: type[Record], change: dict[str, object]) -> Record:
    return replace(record, **change) if isinstance(record, kind) else record


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Start, {"settings": "[1]"}), (Start, {"settings": "{"}), (Start, {"trading": '{"NOPE": 1}'}),
        (Scan, {"columns": {}}), (Scan, {"columns": {"bid": b"odd"}}), (Scan, {"state": 77}),
        (CandlesClosed, {"columns": {}}),
    ],
)  # fmt: skip
def test_a_record_that_no_engine_writes_is_an_error_and_no_crash(
    inside: Inside, home: Home, tmp_path: Path, kind: type[Record], change: dict[str, object]
) -> None:
    log = tmp_path / "2026-01-01.klog"
    log.write_bytes(b"".join(block([_edited(row, kind, change)]) for row in read_inputs(logs_of(home)[0])))
    ended = inside("replay", str(log), "--json")
    assert (ended.code, json.loads(ended.out)["error"], ended.err) == (2, "usage", "")


def test_a_log_that_can_not_be_read(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "2026-01-01.klog").mkdir()
    ended = inside("replay", str(tmp_path))
    assert (ended.code, "2026-01-01.klog can't be read: Is a directory" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", "yesterday"), ("time", ""), ("time", "9999-12-31T00:00:00Z"), ("scan", "x"), ("symbol", "FOO"),
        ("symbol", ""), ("bid", "abc"), ("bid", "nan"), ("bid", "9" * 40), ("heat", "x"), ("heat", "nan"),
        ("side", "UP"),
    ],
)  # fmt: skip
def test_a_row_that_no_trajectory_has_is_an_error(
    inside: Inside, home: Home, tmp_path: Path, column: str, value: str
) -> None:
    lines = home.trajectory.read_text().splitlines()
    at = 1 + 30 * 90
    cells = lines[at].split(",")
    cells[COLUMNS.index(column)] = value
    lines[at] = ",".join(cells)
    (tmp_path / "trajectory.csv").write_text("\n".join(lines) + "\n")
    ended = inside("replay", str(tmp_path / "trajectory.csv"), "--json")
    assert (ended.code, json.loads(ended.out)["error"]) == (2, "usage")


def test_a_torn_packed_trajectory_is_an_error_and_no_interruption(inside: Inside, home: Home, tmp_path: Path) -> None:
    packed = tmp_path / "trajectory-2026-01-01.csv.gz"
    packed.write_bytes(gzip.compress(home.trajectory.read_bytes())[:-400])
    ended = inside("replay", str(packed))
    assert (ended.code, "can't be read: Compressed file ended" in ended.err) == (2, True)


def test_columns_of_others_behind_a_trajectorys_own_are_passed_over(inside: Inside, home: Home, tmp_path: Path) -> None:
    own = home.trajectory.read_text().splitlines()
    wider = tmp_path / "wider.csv"
    wider.write_text("\ufeff" + "\n".join([f"{own[0]},note", *(f"{line},x" for line in own[1:])]) + "\n")
    told = [json.loads(inside("replay", str(path), "--json").out) for path in (home.trajectory, wider)]
    assert {**told[0], "seconds": 0} == {**told[1], "seconds": 0}
