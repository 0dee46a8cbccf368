"""The autopilot's decisions of an input log, made again."""

from collections.abc import Sequence

import msgspec
import numpy as np

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.engine.decider import Decider
from kraken_tui.engine.records import UNKNOWN, digest, sign
from kraken_tui.learning.views import InForce
from kraken_tui.market.candles import Closing
from kraken_tui.model.scan import Regime
from kraken_tui.model.trading import Side
from kraken_tui.model.vote import Call
from kraken_tui.replay.walk.difference import Difference
from kraken_tui.store.inputs import Adopted, CandlesClosed, CandlesPast, Decided, Kept, Start
from kraken_tui.strategy.contract import Strategy

DIGEST = 4
SIDES = {1: Side.BUY, -1: Side.SELL}
WORDS = {1: "a long", -1: "a short", 0: "nothing", UNKNOWN: "no call"}


class Closes:
    """One engine's autopilot.

    Args:
        start: what the engine began with.
        strategies: those of the house, and the operator's own.
        known: whether the log holds its beginning; else it waits for the next `Kept` with an autopilot's memory.
        fault: why its decisions can't be made again; empty where they can.
    """

    def __init__(self, start: Start, strategies: Sequence[Strategy], *, known: bool, fault: str) -> None:
        config = TradingConfig.model_validate_json(start.trading) if start.trading else TradingConfig()
        self._decider = Decider([row.symbol for row in start.instruments], config, strategies)
        self.known = known
        self.fault = fault
        self.closes = self.calls = self.passed = 0
        """Closes and calls that were as recorded; closes that were left out."""

    def past(self, record: CandlesPast) -> None:
        """A window begins."""
        self._decider.book.start(record.index, record.candles)

    def closed(self, record: CandlesClosed) -> None:
        """A span has closed."""
        columns = {name: np.frombuffer(data) for name, data in record.columns.items() if name != "known"}
        known = np.frombuffer(record.columns["known"], np.bool_)
        self._decider.book.take(Closing(open_ns=record.open_ns, known=known, **columns))

    def kept(self, record: Kept, *, goes_on: bool) -> Difference | None:
        """Begin from what was kept, or see that it is what came out here.

        Args:
            record: what was kept.
            goes_on: whether nothing is missing before it.
        """
        if not record.autopilot:
            return None
        if not self.known or self.fault or not goes_on:
            self._decider.restore(record.autopilot, record.candles)
            self.known = True
            return None
        if self._decider.save() == (record.autopilot, record.candles):
            return None
        return Difference(
            what="autopilot's memory", time_ns=record.time_ns, symbol="", recorded="other numbers", replayed="these"
        )

    def adopt(self, record: Adopted) -> None:
        """Adopted parameters decide from the next close on."""
        self._decider.adopt(msgspec.msgpack.decode(record.rows, type=tuple[InForce, ...]))

    def decided(self, record: Decided) -> Difference | None:
        """Decide again."""
        if self.fault or not self.known:
            self.passed += record.first == 0
            return None
        sides = np.frombuffer(record.sides, np.int8).tolist()
        held = {symbol: SIDES[side] for symbol, side in record.held.items()}
        regime = Regime(record.regime) if record.regime >= 0 else None
        made = self._decider.part(record.first, len(sides), held, regime)
        calls = {call.symbol: call for call in made.calls}
        for place, (symbol, side) in enumerate(zip(made.symbols, sides, strict=True)):
            told, call = record.digests[DIGEST * place : DIGEST * (place + 1)], calls.get(symbol)
            if told != digest(call):
                return _difference(record, symbol, side, told, call)
        self.closes += record.first == 0
        self.calls += len(calls)
        return None


def _difference(record: Decided, symbol: str, side: int, told: bytes, call: Call | None) -> Difference:
    again = "no call" if call is None else f"{WORDS[sign(call.side)]} ({call.strategy}: {call.text})"
    return Difference(
        what=f"call (digests {told.hex()} and {digest(call).hex()})", time_ns=record.time_ns, symbol=symbol,
        recorded=WORDS.get(side, "?"), replayed=again,
    )  # fmt: skip
