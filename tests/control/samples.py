"""A small engine's roster and snapshots, made up."""

import struct

import msgspec

from kraken_tui.model.snapshot import (
    SPARK_WIDTH,
    AccountRow,
    Headline,
    PositionRow,
    Roster,
    Snapshot,
    TickerColumns,
    WorkerRow,
)

SYMBOLS = ("BTC/USD", "ETH/USD", "DOGE/USD")


def roster(*, market: str = "demo", home: str = "/nowhere", symbols: tuple[str, ...] = SYMBOLS) -> Roster:
    count = len(symbols)
    return Roster(
        version="0.1.0",
        mode="PAPER",
        account="margin",
        market=market,
        home=home,
        pid=1,
        symbols=symbols,
        groups=("Majors",) * count,
        price_decimals=bytes([2]) * count,
        leverage=bytes([3]) * count,
        asked_leverage=10,
        poll_interval=2.0,
        arm_persistence=3,
    )


def columns(count: int) -> TickerColumns:
    floats = struct.pack(f"<{count}d", *range(count))
    return TickerColumns(
        price=floats, bid=floats, ask=floats, velocity=bytes(4 * count), threshold=bytes(4 * count),
        state=bytes(count), reason=bytes(count), detail=bytes(count), left_s=bytes(2 * count), age_s=bytes(2 * count),
        side=bytes(count), pnl=floats, spark=bytes(SPARK_WIDTH * count), notes=(),
    )  # fmt: skip


def snapshot(seq: int, count: int = len(SYMBOLS)) -> Snapshot:
    return Snapshot(
        seq=seq,
        time_ns=1_767_225_600_000_000_000,
        scan=seq,
        regime="TRENDING",
        heat_percent=12.5,
        paused=False,
        feed="LIVE",
        feed_age_s=0.3,
        feed_note="",
        scan_us=200,
        worst_scan_us=900,
        headlines=(Headline(word="SCANNING", symbol="", price="", stop="", why="quiet"),),
        tickers=columns(count),
        positions=(
            PositionRow(
                symbol="ETH/USD", side="LONG", amount="1.00000000", entry="2500.00", mark="2510.00", stop="2480.00",
                protected=True, notional="2510.00", leverage=3, gross="10.00", fees="20.06",
                net="-10.06", net_percent=-0.4, opened_ns=1_767_225_600_000_000_000,
            ),
        ),
        trades=(),
        account=AccountRow(
            equity="9989.94", profit="-10.06", balance="9990.00", realised="0.00", unrealised="10.00", fees="10.00",
            today="-10.06",
            exposure_percent=25.1, open_trades=1, most_trades=6,
        ),
        workers=(WorkerRow(name="scan", state="running", restarts=0, error=""),),
        alerts=(),
        progress="",
        progress_done=1.0,
    )  # fmt: skip


def packed(seq: int, count: int = len(SYMBOLS)) -> bytes:
    return msgspec.msgpack.encode(snapshot(seq, count))
