"""What Trades tells from before the start: files of time and sales, page by page."""

from pathlib import Path

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.sandbox.market.past_trades import read_past

T = 1_700_000_000
LISTED = ("BTC/USD", "ETH/USD")
NOW = (T + 1000) * SECOND


def written(folder: Path) -> Path:
    (folder / "XBTUSD.csv").write_text(f"{T},100.5,1\n{T}.5,101.123456,0.5\n{T}.5,100,2\n{T + 2000},1,1\n")
    (folder / "ETHUSD_5.csv").write_text(f"{T},1,1,1,1,1,1\n")
    return folder


def test_trades_after_a_time_and_before_another(tmp_path: Path) -> None:
    past = read_past(written(tmp_path), LISTED, NOW)
    assert past.symbols() == ("BTC/USD",), "candles are passed over"
    half = T * SECOND + SECOND // 2
    rows = past.after("BTC/USD", 0, NOW, 1000)
    assert [(row.id, f"{row.price:f}", row.side, row.time_ns) for row in rows] == [
        (1, "100.5000000000", "buy", T * SECOND),
        (2, "101.1234560000", "buy", half),
        (3, "100.0000000000", "sell", half),
    ], "what lies in the future is left out"
    assert [row.id for row in past.after("BTC/USD", 0, NOW, 2)] == [1, 2]
    assert [row.id for row in past.after("BTC/USD", T * SECOND, NOW, 9)] == [2, 3]
    assert past.after("BTC/USD", half, NOW, 9) == [], "a page that was cut between equal times tells no more of them"
    assert [row.id for row in past.after("BTC/USD", 0, half, 9)] == [1]
    assert past.after("ETH/USD", -(10**30), 10**30, 9) == []


def test_what_cannot_be_told_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--trades .*XBTUSD\.csv is of BTC/USD, which this market does not list"):
        read_past(written(tmp_path), ("ETH/USD",), NOW)
    (tmp_path / "XBTUSD.csv").unlink()
    with pytest.raises(UsageError, match=r"holds no trades; files such as XBTUSD\.csv"):
        read_past(tmp_path, LISTED, NOW)
