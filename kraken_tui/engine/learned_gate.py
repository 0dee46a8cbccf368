"""The gate with what learning leaves, and with the operator's pauses: both can only make an entry smaller, or none."""

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.execution.gate import Circumstances, Ruling, Standing, weigh
from kraken_tui.execution.gatekeeping import Gatekeeping
from kraken_tui.learning.sleeve import ALL, ONE, Leave, cut
from kraken_tui.model.evaluation import Check
from kraken_tui.model.intent import Enter
from kraken_tui.model.outcome import Declined
from kraken_tui.risk.pauses import Pauses
from kraken_tui.store.inputs import Tightened


class LearnedGate(Gatekeeping):
    """A gate whose entries may be cut before they are weighed.

    What is left goes into the intent as the most that it may get, so that the ruling in the input log holds it, and
    every check is made of the smaller entry. Where learning leaves everything, nothing here is different.
    """

    leave: Callable[[Enter], Leave] = staticmethod(lambda intent: ALL)
    """What learning leaves of an entry."""
    keep_tightened: Callable[[Tightened], None] = staticmethod(lambda record: None)
    """Told of each cut before the ruling on what is left."""
    pauses = Pauses(UTC)
    """The operator's, of a part of the market or with an end."""
    _text = ""

    def rule(self, intent: Enter, standing: Standing, only: str = "") -> Ruling:
        """Cut an entry, then weigh it, write the decision down, and count it before it is sent."""
        leave = self.leave(intent)
        if leave.factor >= ONE and leave.room is None:
            return super().rule(intent, standing, only)
        around = self._around(intent, standing)
        size, _ = weigh(intent, standing, around, self._settings)
        if isinstance(size, Declined):
            return super().rule(intent, standing, only)
        fee = around.conditions.fees.taker
        left = cut(size.amount, intent, leave, fee, around.instrument)
        if left >= size.amount:
            return super().rule(intent, standing, only)
        self.keep_tightened(_tightened(self._clock.now_ns(), intent, leave, fee))
        self._text = leave.text
        try:
            ruling = super().rule(replace(intent, amount=left), standing, only)
        finally:
            self._text = ""
        if isinstance(ruling.size, Declined):
            return Ruling(ruling.id, replace(ruling.size, reason=f"{ruling.size.reason}; {leave.text}"))
        return ruling

    def _around(self, intent: Enter, standing: Standing) -> Circumstances:
        around = super()._around(intent, standing)
        limits = self.pauses.check(around.limits, intent.symbol, around.group, self._clock.now_ns())
        return around if limits is around.limits else replace(around, limits=limits)

    def _record(self, intent: Enter, id: str, verdict: str, reason: str, checks: tuple[Check, ...]) -> None:
        super()._record(intent, id, verdict, f"{reason}; {self._text}" if self._text else reason, checks)


def _tightened(time_ns: int, intent: Enter, leave: Leave, fee: Decimal) -> Tightened:
    return Tightened(
        time_ns=time_ns, symbol=intent.symbol, factor=str(leave.factor),
        room=None if leave.room is None else str(leave.room), fee=str(fee),
        asked=None if intent.amount is None else str(intent.amount), text=leave.text,
    )  # fmt: skip
