"""Watches the day's loss, and has everything closed when it trips the kill switch."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.status_service import StatusService
from kraken_tui.execution.desk import Desk
from kraken_tui.market.board import QuoteBoard
from kraken_tui.market.feed import Frame
from kraken_tui.model.outcome import FlattenReport
from kraken_tui.risk.kill_switch import Inputs, Verdict, why_blind
from kraken_tui.risk.kill_switch_file import KillSwitch

KILL_SWITCH = "kill switch"


class Guard:
    """Looks once a scan.

    Args:
        taker_fee: percent, that closing everything would cost.
        in_sync: whether the exchange has told everything about the account.
    """

    def __init__(
        self,
        kill: KillSwitch,
        *,
        account: AccountState,
        status: StatusService,
        board: QuoteBoard,
        desk: Desk,
        taker_fee: Decimal,
        in_sync: Callable[[], bool],
        tell: Callable[[str, str], None],
    ) -> None:
        self._kill = kill
        self._account = account
        self._status = status
        self._board = board
        self._desk = desk
        self.taker_fee = taker_fee
        self._in_sync = in_sync
        self._tell = tell
        self._flattening: asyncio.Task[FlattenReport] | None = None

    def look(self, frame: Frame) -> None:
        """Look at the day's loss at the prices of a frame; order the flatten that a trip calls for."""
        totals = self._status.totals()
        unpriced = [row.symbol for row in self._account.positions() if self._board.quote(row.symbol) is None]
        before = self._kill.last.verdict
        found = self._kill.look(
            Inputs(
                now_ns=frame.time_ns, equity=totals.equity, realised=totals.realised, unrealised=totals.unrealised,
                fees=totals.fees, closing_fees=totals.exposure * self.taker_fee / 100,
                blind=why_blind(frame.state, unpriced, in_sync=self._in_sync()),
            )
        )  # fmt: skip
        if found.verdict is not before and found.verdict in (Verdict.TRIPPED_NOW, Verdict.BLIND):
            self._tell("alert", f"{KILL_SWITCH}: {found.text}")
        if found.flatten:
            self._flatten(found.text)
        else:
            self._flattening = None  # a reset may come before its end was noted: the next trip orders its own

    def _flatten(self, why: str) -> None:
        """Once at a time: after it was ordered its wishes are in the journal, and outlive a restart."""
        task = self._flattening
        if task is None:
            self._tell("alert", f"{KILL_SWITCH}: closing everything: {why}")
            self._flattening = asyncio.ensure_future(self._desk.flatten(reason=KILL_SWITCH, owner=KILL_SWITCH))
        elif task.done():
            self._flattening = None
            if not task.cancelled() and task.exception() is None and self._desk.has_written_wishes():
                self._kill.flattened()

    def alerts(self) -> tuple[str, ...]:
        """What stays wrong until somebody resets it."""
        tripped = self._kill.last.verdict in (Verdict.TRIPPED, Verdict.TRIPPED_NOW)
        told = self._kill.last.text if tripped else ""
        # The text of a file that can't be read names it already.
        problem = self._kill.problem if self._kill.problem not in told else ""
        return tuple(text for text in (told, problem) if text)
