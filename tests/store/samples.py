"""Instruments and scans, made up."""

from decimal import Decimal

import numpy as np

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.scan import Reason, State
from kraken_tui.store.trajectory import TrajectoryRows

DAY_NS = 86_400_000_000_000
START_NS = 1_767_225_600_000_000_000


def instrument(symbol: str, decimals: int, tick: str = "") -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(
        symbol=symbol, id=base + quote, altname=base + quote, base=base, quote=quote, price_decimals=decimals,
        lot_decimals=8, cost_decimals=5, tick=Decimal(tick or f"1e-{decimals}"), order_min=Decimal("0.001"),
        cost_min=Decimal("0.5"), taker_fees=((Decimal(0), Decimal("0.40")),),
    )  # fmt: skip


def rows(count: int, scan: int = 0, time_ns: int = START_NS) -> TrajectoryRows:
    zeros = np.zeros(count, dtype=np.int64)
    return TrajectoryRows(
        time_ns=time_ns, scan=scan, regime="TRENDING", heat_ppm=123_456, threshold_ppm=1500,
        price=np.arange(count) * 7 + 100_001, bid=zeros + 100_000, ask=zeros + 100_002, velocity_ppm=zeros - 1234,
        atr=zeros + 12.5, state=zeros + int(State.WAIT), reason=zeros + int(Reason.QUIET), arm_count=zeros.copy(),
        blocked=zeros.copy(), left_s=zeros.copy(), side=zeros.copy(), entry=zeros.copy(), stop=zeros.copy(),
        pnl=np.full(count, np.nan), notes=("",),
    )  # fmt: skip
