"""What befalls the exchange while engines live and die: troubles by chance, REST that lags, its own sudden end."""

from chaos.programs import SandboxProgram
from chaos.report import Report
from chaos.troubles import LAG_S, TROUBLES, WEIGHTS
from chaos.watch import Watch
from kraken_tui.clock import SECOND, Generator, real_sleep, stopwatch_ns
from kraken_tui.sandbox.control.client import SandboxControl

TROUBLED, SANDBOX_KILLED = 0.6, 0.08
"""Shares of the lives in which the exchange is in trouble, and is killed too."""


class Adversity:
    """Brings it about.

    Args:
        sandbox: suffers it.
        watch: looks at nothing while REST lags.
        report: counts it.
        chance: decides.
    """

    def __init__(self, sandbox: SandboxProgram, watch: Watch, report: Report, chance: Generator) -> None:
        self._sandbox = sandbox
        self._watch = watch
        self._report = report
        self._chance = chance
        self._lag_until_ns = 0

    async def make_trouble(self, *, slow: bool) -> bool:
        """Whether there is any now, besides slow orders."""
        async with SandboxControl(self._sandbox.control) as control:
            await control.disarm()
            if slow:
                await TROUBLES["slow orders"](control, self._chance)
            if self._chance.random() > TROUBLED:
                return False
            name = self._chance.choices(list(TROUBLES), [WEIGHTS.get(name, 1) for name in TROUBLES])[0]
            if name == "REST lag":
                self._watch.is_blind = True
                self._lag_until_ns = stopwatch_ns() + int((LAG_S + 4) * SECOND)
            await TROUBLES[name](control, self._chance)
            self._report.troubles[name] += 1
            return True

    async def maybe_kill_sandbox(self) -> None:
        """Now and then it ends too, and comes again soon."""
        if self._chance.random() >= SANDBOX_KILLED:
            return
        await self._sandbox.kill()
        self._report.sandbox_kills += 1
        await real_sleep(self._chance.uniform(0.0, 1.0))
        await self._sandbox.start()

    async def see_again(self) -> None:
        """REST tells the truth again."""
        if self._watch.is_blind:
            await real_sleep(max(0.0, (self._lag_until_ns - stopwatch_ns()) / SECOND))
            async with SandboxControl(self._sandbox.control) as control:
                await control.lag(0)
            self._watch.is_blind = False

    async def end(self) -> None:
        """No fault is left that would still come."""
        async with SandboxControl(self._sandbox.control) as control:
            await control.disarm()
