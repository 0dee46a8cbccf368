"""A stand whose entries go through the gate of a running engine, with kill switch, day and log of a home."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from kraken_tui.config.settings import Settings
from kraken_tui.engine.guard import Guard
from kraken_tui.execution.gatekeeping import Gatekeeping, Venue
from kraken_tui.model.evaluation import Executed
from kraken_tui.model.intent import AUTOPILOT, Enter
from kraken_tui.model.market import FeedState
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.model.vote import Call
from kraken_tui.risk.fees import Fees
from kraken_tui.risk.kill_switch_file import KillSwitch
from kraken_tui.risk.trading_limits import Limits, TallyFile
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded
from tests.execution.stand import GROUPS, INSTRUMENTS, Stand, stand
from tests.samples import D


class Gated:
    """A stand, its gate and its guard."""

    def __init__(self, it: Stand, gate: Gatekeeping) -> None:
        self.it, self.gate = it, gate
        self.in_sync = True
        self.guard = Guard(
            gate.kill, account=it.account, status=it.status, board=it.board, desk=it.desk,
            taker_fee=it.settings.PAPER_TAKER_FEE, in_sync=lambda: self.in_sync,
            tell=lambda kind, text: it.told.append((kind, text)),
        )  # fmt: skip

    @property
    def alerts(self) -> list[str]:
        """What was told as an alert."""
        return [text for kind, text in self.it.told if kind == "alert"]

    async def look(self, state: FeedState = FeedState.LIVE) -> None:
        """One look of the guard, as a scan makes it, and the work that it leads to."""
        await self.it.clock.sleep(2)
        frame = self.it.frame(state)
        self.it.board.update(frame)
        await self.it.follower.settle(self.it.exchange)
        self.guard.look(frame)
        self.it.desk.look()
        await self.it.work()

    def written(self) -> list[Recorded]:
        """Every decision so far, the oldest first; the log is closed."""
        self.gate.close()
        return LogFile(self.it.home.evaluation_log).last(None, 1000)[::-1]


@asynccontextmanager
async def gated(
    folder: Path,
    settings: Settings | None = None,
    *,
    limits: Limits | None = None,
    measures: bool = True,
    kind: type[Gatekeeping] = Gatekeeping,
) -> AsyncIterator[Gated]:
    """One whose books lie in `folder`; a second one in the same folder goes on from them."""
    chosen, gates = settings or Settings(), list[Gatekeeping]()

    def gate(it: Stand) -> Gatekeeping:
        gates.append(
            kind(
                instruments=INSTRUMENTS, groups=lambda symbol: GROUPS[symbol], settings=chosen, clock=it.clock,
                board=it.board, kill=KillSwitch(folder / "kill_switch.json", chosen.DAILY_LOSS_LIMIT, UTC),
                tally=TallyFile(folder / "trading_limits.json", limits or Limits()),
                log=EvaluationLog.open(it.home.evaluation_log, "paper", lambda text: None),
                venue=Venue(
                    mode="PAPER", margin=True, fees=Fees(maker=D("0.25"), taker=D("0.40"), opening=D("0.02")),
                    status=lambda: "online", budget=lambda symbol: "", measures=measures,
                ),
            )
        )  # fmt: skip
        gates[0].market_regime = "TRENDING"
        return gates[0]

    async with stand(folder, chosen, gate=gate) as it:
        made = Gated(it, gates[0])

        def seen(fill: Fill, trade: Trade | None) -> None:
            it._seen(fill, trade)
            made.gate.on_fill(fill, trade)

        it.follower._on_fill = seen
        try:
            yield made
        finally:
            made.gate.close()


def results(rows: list[Recorded]) -> list[Executed]:
    """What the exchange said to all of them."""
    return [result for row in rows for result in row.executed]


def piloted(symbol: str, price: str, stop: str, now_ns: int, move: float = 5.0) -> Enter:
    """An entry of the autopilot, on a candle that closed just now."""
    call = Call(
        symbol=symbol, time_ns=now_ns, strategy="by_hand", symbol_regime="RANGE", side=Side.BUY, votes=(),
        price=float(price), stop_distance=float(Decimal(price) - Decimal(stop)), expected_move=move, maker=False,
        text="it was told to",
    )  # fmt: skip
    return Enter(
        symbol=symbol, side=Side.BUY, price=D(price), stop_price=D(stop), reason="by_hand: it was told to",
        owner=AUTOPILOT, call=call,
    )  # fmt: skip
