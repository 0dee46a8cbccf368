"""The kill switch as it lives in an engine: its state in a file, so that no restart disarms it."""

from datetime import tzinfo
from decimal import Decimal
from pathlib import Path

from kraken_tui.model.errors import UsageError
from kraken_tui.risk import kill_switch
from kraken_tui.risk.kill_switch import RESET_WORDS, Inputs, KillState, Look, Verdict
from kraken_tui.risk.state_file import StateFile

HIGH_STEP = Decimal("1.001")
"""A high-water mark that rose by less than a thousandth is not written for its own sake."""


class KillSwitch:
    """Looks once a scan, and remembers.

    While its file can't be read it counts as tripped, without a flatten: the file stays as it is until a reset.

    Args:
        path: `kill_switch.json` in the books' folder.
        percent: DAILY_LOSS_LIMIT; None never trips.
        zone: where midnight begins a day.
    """

    def __init__(self, path: Path, percent: float | None, zone: tzinfo) -> None:
        self._file = StateFile(path, KillState(), kill_switch.faults)
        self._percent = percent
        self._zone = zone
        self._kept_high = self.state.high
        self.last = Look(verdict=Verdict.BLIND, text="prices are stale: entries stop (nothing was looked at yet)")
        """What the last look found."""
        self.today: Decimal | None = None
        """What the trading day had made by the last sound look, after all fees; None before the first look."""

    @property
    def state(self) -> KillState:
        """The state as of now."""
        return self._file.state

    @property
    def problem(self) -> str:
        """What is wrong with the file; empty where nothing is."""
        return self._file.damage or self._file.problem

    def look(self, inputs: Inputs) -> Look:
        """Look at the day's loss now, and write down what must not be forgotten."""
        before = self.state
        state, found = kill_switch.look(before, inputs, self._percent, self._zone)
        if inputs.is_sound or self.today is None:
            self.today = state.made(inputs.profit)
        if self._file.damage:
            # The day still moves on, so that entries can be sized; a trip in the dark would flatten on a guess.
            self._file.keep(state if not state.tripped else before)
            self.last = Look(verdict=Verdict.TRIPPED, text=self._damaged_text())
            return self.last
        rose = state.high >= self._kept_high * HIGH_STEP
        if now := rose or (state.days, state.tripped) != (before.days, before.tripped):
            self._kept_high = state.high
        self._file.keep(state, now=now)
        self.last = found
        return found

    def flattened(self) -> None:
        """Note that the flatten was ordered, in a way that outlives a restart."""
        self._file.keep(kill_switch.flattened(self.state))

    def reset(self, text: str) -> str:
        """Arm the switch again.

        Returns:
            What was done, as a sentence.

        Raises:
            UsageError: see `kill_switch.reset`; or a file that can't be read could not be moved away.
        """
        if not self._file.damage:
            self._file.keep(kill_switch.reset(self.state, text))
            return "the kill switch is armed again; the day's loss counts anew from now on"
        if text.strip() != RESET_WORDS:
            raise UsageError(f"to reset the kill switch type exactly: {RESET_WORDS}")
        try:
            aside = self._file.set_aside()
        except OSError as error:
            raise UsageError(f"{self._file.damage}; nor can it be moved away: {error.strerror}") from error
        self._file.keep(self.state)
        return f"the kill switch is armed again; the file that could not be read is now {aside}"

    def equity(self, profit: Decimal, otherwise: Decimal) -> Decimal:
        """The equity to size entries with, which no deposit or withdrawal of today changes.

        Args:
            profit: `Inputs.profit` now.
            otherwise: what holds before the first sound look.
        """
        known = self.state.equity(profit)
        return otherwise if known is None else known

    def _damaged_text(self) -> str:
        return f"{self._file.damage}: entries stop until somebody types {RESET_WORDS}"
