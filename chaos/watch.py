"""Looks at the account all the while, and notes for how long anything of it was not as it must be."""

import asyncio
from collections.abc import Callable

from chaos.truth import Auditor, Truth, Unheard
from chaos.verdicts import AT_ONCE, IN_TIME, Case, beyond, naked
from kraken_tui.clock import SECOND, real_sleep, stopwatch_ns

BETWEEN_S = 0.3
BOUND_S = 30.0
"""How long after its reconciliation a running engine may leave anything naked, unbooked or oversold by stops.

Generous, as it includes the faults of the moment and a machine that others use as well. Usual is a second."""


class Watch:
    """Judges the account again and again.

    Args:
        auditor: reads the exchange's books.
        case_of: puts the engine's beside them.
        tell: hears of each violation once.
    """

    def __init__(self, auditor: Auditor, case_of: Callable[[Truth], Case], tell: Callable[[str], None]) -> None:
        self._auditor = auditor
        self._case_of = case_of
        self._tell = tell
        self._since: dict[str, int] = {}
        self._told: set[str] = set()
        self._looked = asyncio.Event()
        self._managed_ns: int | None = None
        self.is_blind = False
        """While REST lags, two answers are not of one moment."""
        self.looks = 0
        self.naked_when_killed = 0
        self.longest_naked_s = 0.0
        """While an engine ran and was reconciled."""
        self.violations: list[str] = []
        self.last: Case | None = None
        self._last_began_ns = 0

    def managed(self, since_ns: int | None) -> None:
        """From when on an engine manages the account; None: none does."""
        self._managed_ns = since_ns
        self._since.clear()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await real_sleep(BETWEEN_S)
            if not self.is_blind:
                await self.look()

    async def look(self) -> None:
        """Look once; an exchange that does not answer shows nothing."""
        began_ns = stopwatch_ns()
        try:
            truth = await self._auditor.look()
        except Unheard:
            return
        if truth is None or self.is_blind:
            return
        case = self._case_of(truth)
        self.last, self._last_began_ns = case, began_ns
        self.looks += 1
        for judge in AT_ONCE:
            for line in judge(case):
                self._violated(f"{judge.__name__}: {line}")
        self._measure(case, began_ns)
        self._looked.set()

    async def sound(self, since_ns: int, within_s: float = BOUND_S) -> bool:
        """Whether a look that began after `since_ns` found everything behind stops, within the time."""
        until_ns = stopwatch_ns() + int(within_s * SECOND)
        while not self.is_sound(since_ns):
            if stopwatch_ns() > until_ns:
                return False
            self._looked.clear()
            try:
                await asyncio.wait_for(self._looked.wait(), 1.0)
            except TimeoutError:
                continue
        return True

    def is_sound(self, since_ns: int) -> bool:
        """Whether the last look began after `since_ns`, and found everything behind stops."""
        return self.last is not None and self._last_began_ns >= since_ns and not naked(self.last)

    def is_naked_since(self, since_ns: int) -> bool:
        """Whether the last look began after `since_ns`, and found something behind no stop."""
        return self.last is not None and self._last_began_ns >= since_ns and bool(naked(self.last))

    async def final(self) -> Case | None:
        """Everything once more, with every order there ever was."""
        for _ in range(20):
            try:
                truth = await self._auditor.look_at_all()
            except Unheard:
                truth = None
            if truth is not None:
                case = self._case_of(truth)
                for judge in (*AT_ONCE, *IN_TIME):
                    for line in judge(case):
                        self._violated(f"at the end: {judge.__name__}: {line}")
                return case
            await real_sleep(BETWEEN_S)
        self._violated("at the end: the account could not be read")
        return None

    def violated(self, text: str) -> None:
        """Note a violation that was seen elsewhere."""
        self._violated(text)

    def _measure(self, case: Case, now_ns: int) -> None:
        if self._managed_ns is None:
            return
        wrong = {f"naked: {symbol}": f"{amount}" for symbol, amount in naked(case).items()}
        wrong |= {f"stops beyond the position: {symbol}": f"{amount}" for symbol, amount in beyond(case).items()}
        wrong |= {judge.__name__: "; ".join(lines) for judge in IN_TIME if (lines := judge(case))}
        for what in self._since.keys() - wrong.keys():
            del self._since[what]
        for what, detail in wrong.items():
            lasted_s = (now_ns - self._since.setdefault(what, max(now_ns, self._managed_ns))) / SECOND
            if what.startswith("naked"):
                self.longest_naked_s = max(self.longest_naked_s, lasted_s)
            if lasted_s > BOUND_S:
                self._violated(f"{what} for more than {BOUND_S:g} s: {detail}")

    def _violated(self, text: str) -> None:
        key = text.split(" for more")[0]
        if key not in self._told:
            self._told.add(key)
            self.violations.append(text)
            self._tell(f"VIOLATION {text}")
