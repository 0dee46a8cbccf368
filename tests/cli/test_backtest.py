"""`kraken-tui backtest` as its user meets it: recorded prices in, trades, metrics and a page out."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import Ended
from tests.cli.test_replay import LOOSE, trades

Inside = Callable[..., Ended]
SECONDS = 1_500


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A home whose scanner trades often."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(LOOSE))
    (folder / "trading.json").write_text(json.dumps({"MIN_AGE": 1, "MIN_DAY_VOLUME": 0}))
    return folder


def _rate(told: dict[str, Any]) -> Decimal:
    """What the first trade paid in fees, as a share of what it moved."""
    first = told["trades"][0]
    moved = Decimal(first["amount"]) * (Decimal(first["entry_price"]) + Decimal(first["exit_price"]))
    return Decimal(first["fees"]) / moved


def test_a_recording_is_traded_and_told(root: Path, tmp_path: Path, inside: Inside) -> None:
    data, page = trades(tmp_path / "data", SECONDS), tmp_path / "out.html"
    ended = inside("backtest", str(data), "--home", str(root), "--report", str(page), "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["trades"] and set(told["by_symbol"]) <= {"BTC/USD", "ETH/USD"}
    metrics = told["metrics"]
    assert metrics["trades"]["count"] == len(told["trades"])
    assert Decimal(metrics["trades"]["net"]) == sum(Decimal(row["net"]) for row in told["trades"])
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>") and "Backtest of data" in text
    assert sorted(path.name for path in root.iterdir()) == ["config.json", "trading.json"]


def test_only_what_was_chosen_trades(root: Path, tmp_path: Path, inside: Inside) -> None:
    data = trades(tmp_path / "data", SECONDS)
    one = json.loads(inside("backtest", str(data), "--home", str(root), "--symbols", "eth", "--json").out)
    assert set(one["by_symbol"]) == {"ETH/USD"}
    calm = json.loads(inside("backtest", str(data), "--home", str(root), "--strategy", "breakout", "--json").out)
    assert calm["trades"] == [] and calm["metrics"]["total_return"] == 0


def test_fees_follow_the_tier_and_time_the_span(root: Path, tmp_path: Path, inside: Inside) -> None:
    data = trades(tmp_path / "data", SECONDS)
    given = ("backtest", str(data), "--home", str(root), "--strategy", "scanner", "--json")
    dear, cheap = (json.loads(inside(*given, *more).out) for more in ((), ("--volume", "10,000,000")))
    assert _rate(cheap) < Decimal("0.0015") < Decimal("0.004") < _rate(dear)
    half = json.loads(inside(*given, "--from", "2023-11-14 22:20", "--to", "2023-11-14 22:30").out)
    assert half["scans"] == 302  # every other second, both ends, and the one that finds it over
    assert half["metrics"]["start_ns"] == 1_700_000_400_000_000_000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--strategy", "luck"), "--strategy luck: there is no such strategy; scanner, trend_following"),
        (("--symbols", "DOGE"), "--symbols: DOGE: not in this recording; it holds BTC/USD, ETH/USD"),
        (("--from", "2024-01-01"), "nothing was recorded from 2024-01-01T00:00:00.000Z; the recording has 2023-"),
        (("--to", "2023-01-01"), "nothing was recorded to 2023-01-01T00:00:00.000Z; the recording has 2023-"),
        (("--from", "noon"), "--from: 'noon' is no time"),
        (("--from", "2023-11-15", "--to", "2023-11-14"), "--from 2023-11-15 is not before --to 2023-11-14"),
        (("--volume", "much"), "--volume 'much' is no amount"),
        (("--volume", "-1"), "--volume -1 can't have been traded"),
        (("--spread", "9"), "--spread 9: 0 to 5 percent is right, as for RECORDED_SPREAD"),
        (("--spread", "nan"), "--spread nan: 0 to 5 percent is right"),
        (("--tz", "Mars"), "--tz: 'Mars' is no time zone"),
        (("--keep", "/proc/none"), "--keep /proc/none: No such file or directory"),
        (("--report", "/dev/null"), "--report /dev/null: is no file; a file is right"),
        (("--report", "/"), "--report /: is a folder; a file is right"),
        (("--report", "/dev/null/all.html"), "--report /dev/null/all.html: /dev/null is no folder that can be written"),
    ],
)
def test_nonsense_is_named(root: Path, tmp_path: Path, inside: Inside, given: tuple[str, ...], said: str) -> None:
    ended = inside("backtest", str(trades(tmp_path / "data", SECONDS)), "--home", str(root), *given)
    assert ended.code == 2
    assert said in ended.err


def test_a_pair_that_the_table_does_not_know_is_named_as_it_was_recorded(
    root: Path, tmp_path: Path, inside: Inside
) -> None:
    data = trades(tmp_path / "data", 60)
    (data / "ETHUSD.csv").rename(data / "EOSUSDT.csv")
    for word in ("eos", "EOSUSDT", "EOS/USDT", "btc,xbt/usd,XBTUSD"):
        ended = inside("backtest", str(data), "--home", str(root), "--symbols", word, "--json")
        assert (ended.code, ended.err) == (0, ""), ended.out


def test_rows_that_were_skipped_are_told(root: Path, tmp_path: Path, inside: Inside) -> None:
    data = trades(tmp_path / "data", 60)
    with (data / "ETHUSD.csv").open("a") as file:
        file.write("1700000100,nan,1\n")
    ended = inside("backtest", str(data), "--home", str(root), "--json")
    assert json.loads(ended.out)["scans"] == 31  # the last one finds it over
    assert "ETHUSD.csv: 1 rows skipped; line 31: NaN or infinite" in ended.err


def test_the_page_can_not_replace_what_is_read(root: Path, tmp_path: Path, inside: Inside) -> None:
    data = trades(tmp_path / "data", 60)
    before = (data / "XBTUSD.csv").read_bytes()
    ended = inside("backtest", str(data), "--home", str(root), "--report", str(data / "XBTUSD.csv"))
    assert (ended.code, "is a part of the recording" in ended.err) == (2, True)
    assert (data / "XBTUSD.csv").read_bytes() == before
