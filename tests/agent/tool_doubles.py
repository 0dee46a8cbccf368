"""An engine that stands still, for tools: its snapshot, prices, records, and a place where proposals arrive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.toolbox import Toolbox
from kraken_tui.agent.turns import TurnContext
from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.model.command import Command
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.evaluation import Check, Evaluation, Executed
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.memory import AdoptionRecord, InsightRecord
from kraken_tui.model.proposal import Proposal, ProposalState
from kraken_tui.model.snapshot import (
    NO_VELOCITY,
    AccountRow,
    BalanceRow,
    OrderRow,
    PositionRow,
    Roster,
    Snapshot,
    TickerColumns,
    TradeRow,
    WorkerRow,
)
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.model.trading import Side, Trade
from kraken_tui.runtime.account_trades import columns_of
from kraken_tui.store.evaluation_rows import Recorded
from tests.samples import BTC, DOGE, D

NOW_NS = 1_795_000_000 * SECOND
"""2026-11-18, a Wednesday."""
Status = Literal["candidate", "confirmed", "retired"]
SYMBOLS = ("BTC/USD", "DOGE/USD")
LONG = PositionRow(
    symbol="BTC/USD", side="LONG", amount="0.5", entry="60000.0", mark="61000.0", stop="59000.0", protected=True,
    notional="30500.00", leverage=1, gross="500.00", fees="100.00", net="400.00", net_percent=1.33, opened_ns=1,
)  # fmt: skip
STOP = OrderRow(
    symbol="BTC/USD", role="stop", side="sell", type="stop-loss", amount="0.5", filled="0", price="59000.0", id="OS"
)


def snapshot(**changes: object) -> Snapshot:
    """The engine at one moment."""
    tickers = TickerColumns(
        price=b"", bid=b"", ask=b"", velocity=np.array([1_500, NO_VELOCITY], np.int32).tobytes(),
        threshold=np.array([1_600, 1_600], np.int32).tobytes(), state=b"", reason=b"", detail=b"", left_s=b"",
        age_s=b"", side=b"", pnl=b"", spark=b"", notes=(),
    )  # fmt: skip
    account = AccountRow(
        equity="100000.00", profit="12.50", balance="99500.00", realised="-387.50", unrealised="500.00", fees="100.00",
        today="25.00", exposure_percent=30.5, open_trades=1, most_trades=6, free="69000.00", margin_used="0.00",
    )  # fmt: skip
    made = Snapshot(
        seq=7, time_ns=NOW_NS, scan=7, regime="CHOP", heat_percent=16.7, paused=False, feed="LIVE", feed_age_s=0.1,
        feed_note="", scan_us=300, worst_scan_us=900, headlines=(), tickers=tickers, positions=(LONG,),
        trades=(TradeRow(symbol="DOGE/USD", side="LONG", amount="100", entry="0.10", exit="0.11", gross="1.00",
                         fees="0.10", net="0.90", reason="TARGET", closed_ns=NOW_NS - SECOND),),
        account=account, workers=(WorkerRow(name="scanner", state="running", restarts=0, error=""),), alerts=(),
        progress="", progress_done=1.0, orders=(STOP,),
        balances=(BalanceRow(asset="BTC", total="0.7", held="0.5", ours="0.5", tradable=True),), autopilot="observe",
        breakeven_percent=0.8,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


class StillMarket:
    """Two tickers with fixed prices; BTC alone has candles."""

    def instrument(self, symbol: str) -> Instrument | None:
        return {"BTC/USD": BTC, "DOGE/USD": DOGE}.get(symbol)

    def quote(self, symbol: str) -> Quote | None:
        if symbol != "BTC/USD":
            return None
        return Quote(symbol=symbol, bid=D("60990.0"), ask=D("61000.0"), bid_amount=D("1.5"), ask_amount=D(2),
                     last=D("60995.0"), time_ns=NOW_NS - 2 * SECOND)  # fmt: skip

    def candles(self, symbol: str) -> Candles | None:
        if symbol != "BTC/USD":
            return None
        close = np.linspace(60_000.0, 61_000.0, 400)
        opens = np.arange(400, dtype=np.int64) * SPAN_NS + NOW_NS - 400 * SPAN_NS
        return Candles(opens, close - 5, close + 10, close - 10, close, np.full(400, 2.0))


def trade(net: str, *, symbol: str = "BTC/USD", ago_h: int = 1, strategy: str = "breakout") -> Trade:
    """A closed trade of the autopilot."""
    closed_ns = NOW_NS - ago_h * 3_600 * SECOND
    return Trade(
        symbol=symbol, side=Side.BUY, amount=D(1), entry_price=D(100), exit_price=D(101), gross=D(net) + 1, fees=D(1),
        opened_ns=closed_ns - 600 * SECOND, closed_ns=closed_ns, reason="STOPPED", owner="autopilot",
        entered_for=f"{strategy}: up",
    )  # fmt: skip


class WrittenDown:
    """What was written down, in memory."""

    def __init__(self) -> None:
        self.rows = [trade("5"), trade("-3", symbol="DOGE/USD", strategy="reversion"), trade("2", ago_h=80)]
        self.damaged = False

    def trades(self, from_ns: int, to_ns: int) -> TradeColumns:
        return columns_of([row for row in self.rows if from_ns <= row.closed_ns < to_ns], {"BTC/USD": "Majors"}.get)

    def decided(self, symbol: str | None, count: int) -> Sequence[Recorded]:
        evaluation = Evaluation(
            id="e1", time_ns=NOW_NS, symbol="BTC/USD", owner="scanner", action="enter long", strategy="scanner",
            verdict="block", reason="regime: CHOP", price="61000.0", checks=(Check("regime", False, "CHOP"),),
        )  # fmt: skip
        told = Executed(evaluation_id="e1", time_ns=NOW_NS, outcome="accepted", client_id="kt1", order_id="OX", text="")
        return [Recorded(1, evaluation, (told,))] if symbol in (None, "BTC/USD") else []

    def explained(self, symbol: str) -> Sequence[Recorded]:
        if self.damaged:
            raise SafetyRefusal("evaluation_log.db can't be read")
        return self.decided(symbol, 1)

    def insights(self) -> Sequence[InsightRecord]:
        known: tuple[Status, ...] = ("candidate", "confirmed", "retired")
        return [
            InsightRecord(id=f"symbol=BTC/USD, hour={n:02}", status=status, text=f"Trades {n} made 5 bps.", query="",
                          test="", trades=31, mean_bps=5.04, low_bps=1, high_bps=9, q=0.01, cells=9, from_ns=0,
                          found_ns=n, tested_ns=n)
            for n, status in enumerate(known)
        ]  # fmt: skip

    def adoptions(self, count: int) -> Sequence[AdoptionRecord]:
        return [AdoptionRecord(id="a1", time_ns=NOW_NS, what="breakout", before="p1", after="p2", evidence="{}")]


class Waiting:
    """Takes proposals and lets them wait."""

    def __init__(self) -> None:
        self.taken: list[Proposal] = []

    async def propose(self, command: Command, turn: TurnContext, *, lines: Sequence[str] = ()) -> ProposalState:
        proposal = Proposal(
            id=f"P-{len(self.taken) + 1}", mode="PAPER", author=turn.author, command=command,
            lines=("the card", *lines), unsaid=() if turn.said else ("symbol",), reference="", made_ns=NOW_NS,
            expires_ns=NOW_NS + 60 * SECOND,
        )  # fmt: skip
        self.taken.append(proposal)
        return ProposalState(proposal=proposal, state="waiting", by="", told=())


class Standing:
    """A toolbox over all of it, and what its tools look at."""

    def __init__(self, home: Path, settings: Settings | None = None, recording: Path | None = None) -> None:
        self.snapshot: Snapshot | None = snapshot()
        self.records = WrittenDown()
        self.proposer = Waiting()
        self.progress: list[str] = []
        self.sources = Sources(
            now_ns=lambda: NOW_NS, roster=lambda: ROSTER, snapshot=lambda: self.snapshot,
            settings=settings or Settings(),
            why=lambda symbol: (f"{symbol} is in WAIT: velocity below the threshold.",), market=StillMarket(),
            records=self.records, recording=recording, home=home, proposer=self.proposer, progress=self.progress.append,
        )  # fmt: skip
        self.tools = Toolbox(self.sources)


ROSTER = Roster(
    version="0.1.0", mode="PAPER", account="margin", market="demo", home="/home", pid=1, symbols=SYMBOLS,
    groups=("Majors", "Memes"), price_decimals=b"\x01\x07", leverage=b"\x05\x05", asked_leverage=10, poll_interval=2.0,
    arm_persistence=3,
)  # fmt: skip


def turn(said: str = "") -> TurnContext:
    """A turn in which that was said."""
    return TurnContext(turn=1, said=said, author="screen", role="control")
