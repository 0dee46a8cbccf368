"""`kraken-tui history` as its user types it."""

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.trajectory import COLUMNS
from tests.cli.programs import Ended, run

Inside = Callable[..., Ended]
T = 1_700_006_400
"""2023-11-15 00:00 UTC, 05:30 in India."""


@pytest.fixture
def sold(tmp_path: Path) -> Path:
    """Ten minutes of time and sales."""
    folder = tmp_path / "sold"
    folder.mkdir()
    for pair, price in (("XBTUSD", 35_000), ("ETHUSD", 2_000)):
        lines = [f"{T + 3 * n}.5,{price + n % 7},0.25" for n in range(200)]
        (folder / f"{pair}.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_recording_becomes_a_trajectory_in_the_home(inside: Inside, sold: Path, tmp_path: Path) -> None:
    words = ("--start", "2023-11-15 05:32", "--end", "2023-11-15 05:35", "--from", str(sold))
    ended = inside("history", "--home", str(tmp_path), *words)
    assert (ended.code, ended.out.count("\n")) == (0, 5)
    (file,) = tmp_path.glob("historical_trajectory_????????_??????.csv")
    with file.open() as rows_file:
        rows = list(csv.DictReader(rows_file))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["time"], rows[-1]["time"]) == ("2023-11-15T00:02:00.000Z", "2023-11-15T00:04:58.000Z")
    assert "2023-11-15 00:02:00 to 2023-11-15 00:05:00 UTC: 90 scans; market" in ended.out
    assert f"Written: {file} (180 rows)" in ended.out
    assert "\r" not in ended.err, "no terminal: plain lines"
    assert "Scanned  100%" in ended.err


def test_the_summary_as_json_and_the_file_where_it_was_wanted(inside: Inside, sold: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    words = ("--from", str(sold / "XBTUSD.csv"), "--out", str(out), "--json", "--symbols", "btc")
    ended = inside("history", "--home", str(tmp_path), *words)
    told = json.loads(ended.out)
    assert (ended.code, told["file"], told["rows"]) == (0, str(out), len(out.read_text().splitlines()) - 1)
    assert told["first"] == "2023-11-15 00:00:00"
    assert told["pairs"][0]["symbol"] == "BTC/USD"
    assert told["pairs"][0]["trades"] == 200


def test_the_settings_times_are_indian_standard_time_whatever_the_zone(
    inside: Inside, sold: Path, tmp_path: Path
) -> None:
    times = {"START_TIME_IST": "2023-11-15 05:31", "END_TIME_IST": "2023-11-15 05:33"}
    (tmp_path / "config.json").write_text(json.dumps(times))
    words = ("history", "--home", str(tmp_path), "--from", str(sold), "--tz", "UTC", "--json")
    assert json.loads(inside(*words).out)["first"] == "2023-11-15 00:01:00"
    told = json.loads(inside(*words, "--end", "2023-11-15 00:02").out)
    assert (told["first"], told["last"]) == ("2023-11-15 00:01:00", "2023-11-15 00:02:00")


KRAKEN = ("--start", "2023-11-15 00:00", "--end", "2023-11-15 01:00")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), '--start is missing: give it, such as "2026-11-19 09:00", or START_TIME_IST in config.json'),
        (("--start", "2023-11-15 00:00"), "--end is missing"),
        (("--start", "yesterday", "--end", "2023-11-15"), "--start: 'yesterday' is no time; one such as"),
        (("--start", "2023-11-15", "--end", "2999-01-01"), "--end '2999-01-01' lies in the future: now it is 20"),
        (("--start", "2999-01-01", "--end", "2023-11-15"), "--start '2999-01-01' lies in the future"),
        (("--start", "2023-11-15", "--end", "2023-11-14"), "2023-11-13 18:30:00 UTC, must be after the start"),
        (("--start", "2023-11-15", "--end", "2023-11-15"), "must be after the start"),
        ((*KRAKEN, "--tz", "Mars/Base"), "--tz: 'Mars/Base' is no time zone; a name such as Asia/Kolkata"),
        ((*KRAKEN, "--symbols", "gold"), "--symbols: 'gold' is no pair; BTC/USD,ETH/USD is right"),
        ((*KRAKEN, "--symbols", "BTC,,"), "--symbols: '' is no pair"),
        ((*KRAKEN, "--from", "/nowhere"), "--from /nowhere: no such file or folder; kraken, or the path"),
        ((*KRAKEN, "--out", "/"), "--out /: is a folder; a file is right"),
        ((*KRAKEN, "--out", "/dev/null"), "--out /dev/null: is no file; a file is right"),
        (
            ("--start", "1999-01-01", "--end", "1999-01-02"),
            "--start '1999-01-01': Kraken's first trade was made on 2013",
        ),
        ((*KRAKEN, "--out", "/nowhere/x.csv"), "/nowhere is no folder that can be written"),
    ],
)
def test_what_is_wrong_is_named(inside: Inside, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    ended = inside("history", "--home", str(tmp_path), *words)
    assert ended.code == 2
    assert told in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.glob("historical_*"))


def test_what_a_recording_does_not_hold_is_named(inside: Inside, sold: Path, tmp_path: Path) -> None:
    home = ("history", "--home", str(tmp_path), "--from", str(sold))
    ended = inside(*home, "--start", "2023-11-20", "--end", "2023-11-21")
    assert ended.code == 2
    assert "holds nothing from 2023-11-19 18:30:00 to 2023-11-20 18:30:00 UTC; it goes from 2023-11-15" in ended.err
    assert "it holds BTC/USD, ETH/USD" in inside(*home, "--symbols", "SOL/USD").err
    (sold / "SOLUSD.csv").write_text("no;table\n")
    assert "is in no known form" in inside(*home).err
    (sold / "SOLUSD.csv").unlink()
    (sold / "notes.csv").write_text("1,2,3\n")
    assert "the name must begin with a pair" in inside(*home).err


def test_times_in_the_settings_are_checked_with_the_others(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"START_TIME_IST": "9 o\'clock", "END_TIME_IST": 5}')
    ended = inside("config", "check", "--home", str(tmp_path))
    assert ended.code == 2
    assert "START_TIME_IST: \"9 o'clock\" is no time; one such as '2026-11-19 09:00' is right" in ended.err + ended.out
    assert "END_TIME_IST is 5; it should be text" in ended.err + ended.out


async def test_a_sandboxs_trades_and_a_pair_that_it_does_not_know(
    sold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Sandbox(Options(port=0, seed=1, trades=sold)) as sandbox:
        monkeypatch.setenv("EXCHANGE_REST_URL", sandbox.rest_url)
        words = ("history", "--home", str(tmp_path), *KRAKEN, "--tz", "UTC", "--json", "--symbols")
        ended = await asyncio.to_thread(run, *words, "BTC/USD,XRP/USD")
        assert ended.code == 0, ended.err
        pairs = {pair["symbol"]: pair for pair in json.loads(ended.out)["pairs"]}
        assert (pairs["BTC/USD"]["trades"], pairs["XRP/USD"]["trades"]) == (200, 0)
        assert pairs["XRP/USD"]["least_velocity"] is None
        unknown = await asyncio.to_thread(run, *words, "BTC/USD,NOPE/USD")
    assert (unknown.code, json.loads(unknown.out)["error"]) == (2, "usage")
    assert "knows no pair NOPE/USD" in unknown.out


def test_what_is_read_is_never_replaced_and_what_was_written_is_not_read(
    inside: Inside, sold: Path, tmp_path: Path
) -> None:
    before = (sold / "XBTUSD.csv").read_bytes()
    for source in (sold, sold / "XBTUSD.csv"):
        ended = inside("history", "--home", str(sold), "--from", str(source), "--out", str(sold / "XBTUSD.csv"))
        assert (ended.code, "is a part of the recording; another file is right" in ended.err) == (2, True)
    assert (sold / "XBTUSD.csv").read_bytes() == before
    ends = [inside("history", "--home", str(sold), "--from", str(sold), "--json") for _ in (1, 2)]
    assert [ended.code for ended in ends] == [0, 0], ends[1].out


def test_pairs_are_named_as_the_recording_has_them(inside: Inside, sold: Path, tmp_path: Path) -> None:
    (sold / "ETHUSD.csv").rename(sold / "1000PEPEUSDT.csv")
    words = ("history", "--home", str(tmp_path), "--from", str(sold), "--json", "--symbols")
    for word in ("1000pepe", "1000PEPEUSDT", "1000PEPE/USDT"):
        told = json.loads(inside(*words, word).out)
        assert [pair["symbol"] for pair in told["pairs"]] == ["1000PEPE/USDT"]
    assert "'' is no pair" in inside(*words, "BTC,").out


def test_sessions_without_a_row_are_an_error(inside: Inside, sold: Path, tmp_path: Path) -> None:
    sessions = {"sessions": [{"start_utc": "2020-11-16 00:00", "end_utc": "2020-11-17 00:00"}]}
    (sold / "sessions.json").write_text(json.dumps(sessions))
    ended = inside("history", "--home", str(tmp_path), "--from", str(sold))
    assert (ended.code, "it goes from 2023-11-15" in ended.err) == (2, True), ended.err
    assert not list(tmp_path.glob("*.csv"))
