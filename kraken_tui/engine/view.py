"""The picture of the engine that screens pull: made once a scan, packed in columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kraken_tui.account.status_service import StatusService
from kraken_tui.clock import SECOND
from kraken_tui.market.feed import Frame
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import NO_VELOCITY, SPARK_WIDTH, Headline, TickerColumns
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.state import MISSING

SPARK_EVERY = 5
"""Scans between two points of a sparkline: 16 points are nearly three minutes at two seconds."""


class Sparks:
    """The last prices of every ticker, thinned, as heights."""

    def __init__(self, tickers: int) -> None:
        self._past: NDArray[np.float64] = np.zeros((SPARK_WIDTH, tickers))
        self._scans = 0

    def add(self, price: NDArray[np.int64]) -> None:
        """Take a scan's prices; only every `SPARK_EVERY`th makes a new point, the rest move the newest."""
        if self._scans % SPARK_EVERY == 0:
            self._past = np.roll(self._past, -1, axis=0)
        self._past[-1] = price
        self._scans += 1

    def pack(self) -> bytes:
        """`SPARK_WIDTH` heights per ticker: 0 for a missing price, else 1 to 255 between the lowest and the highest."""
        present = self._past > 0
        low = np.where(present, self._past, np.inf).min(axis=0)
        span = np.maximum(self._past.max(axis=0) - low, 1e-9)
        with np.errstate(invalid="ignore"):
            heights = 1 + np.floor((self._past - low) / span * 254.999)
        return np.where(present, heights, 0).astype(np.uint8).T.tobytes()


class TickerView:
    """Packs a scan's arrays into the table's columns."""

    def __init__(self, instruments: Sequence[Instrument], poll_interval: float) -> None:
        self._tick = np.array([float(instrument.tick) for instrument in instruments])
        self._instruments = instruments
        self._index = {instrument.symbol: place for place, instrument in enumerate(instruments)}
        self._interval = poll_interval
        self.sparks = Sparks(len(instruments))

    def pack(
        self, frame: Frame, result: ScanResult, account: AccountColumns, notes: tuple[str, ...], status: StatusService
    ) -> TickerColumns:
        """The live ticker table as of this scan."""
        detail = np.where(result.reason == Reason.BLOCKED, account.blocked, result.arm_count).astype(np.uint8)
        age_s = np.clip((frame.time_ns - frame.changed_ns) // SECOND, 0, 65535)
        return TickerColumns(
            price=(_shown(frame, result) * self._tick).tobytes(),
            bid=(frame.bid * self._tick).tobytes(),
            ask=(frame.ask * self._tick).tobytes(),
            velocity=np.where(result.velocity_ppm == MISSING, NO_VELOCITY, result.velocity_ppm)
            .astype(np.int32)
            .tobytes(),
            threshold=np.full(len(self._tick), result.threshold_ppm, np.int32).tobytes(),
            state=result.state.astype(np.uint8).tobytes(),
            reason=result.reason.astype(np.uint8).tobytes(),
            detail=detail.tobytes(),
            left_s=np.clip(result.cooldown_left * self._interval, 0, 65535).astype(np.uint16).tobytes(),
            age_s=age_s.astype(np.uint16).tobytes(),
            side=account.side.astype(np.int8).tobytes(),
            pnl=self.profits(status).tobytes(),
            spark=self.sparks.pack(),
            notes=notes,
        )

    def profits(self, status: StatusService) -> NDArray[np.float64]:
        """Net unrealised P&L per ticker; NaN while flat."""
        rows = np.full(len(self._tick), np.nan)
        for symbol, net in status.net_by_symbol().items():
            if (place := self._index.get(symbol)) is not None:
                rows[place] = float(net)
        return rows

    def arming(self, result: ScanResult, persistence: int, most: int = 3) -> list[Headline]:
        """The armed tickers closest to an entry, as Battle Stations lines."""
        places = np.flatnonzero(result.state == State.ARM)
        nearest = sorted(places.tolist(), key=lambda place: (-int(result.arm_count[place]), place))[:most]
        return [self._arm_line(place, result, persistence) for place in nearest]

    def _arm_line(self, place: int, result: ScanResult, persistence: int) -> Headline:
        instrument = self._instruments[place]
        velocity = int(result.velocity_ppm[place]) / 10_000
        return Headline(
            word="ARM",
            symbol=instrument.symbol,
            price=f"{instrument.price_of(int(result.price[place])):f}",
            stop="",
            why=f"{int(result.arm_count[place])}/{persistence} scans, velocity {velocity:+.2f} %",
        )


def _shown(frame: Frame, result: ScanResult) -> NDArray[np.int64]:
    """The price that was decided on; without one, on a stale feed say, the last mid: old is better than blank."""
    sound = (frame.bid > 0) & (frame.ask >= frame.bid)
    return np.where(result.price > 0, result.price, np.where(sound, (frame.bid + frame.ask) // 2, 0))
