"""One account's campaign: life after life of the engine, each ended by `kill -9`, and a flatten at last."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from chaos.adversity import Adversity
from chaos.books import is_under_way, read_books
from chaos.programs import Ended
from chaos.report import Report, account_lines
from chaos.scenes import SCENES, Desk, Scene
from chaos.truth import Unheard
from chaos.verdicts import left_over
from chaos.watch import BOUND_S, Watch
from chaos.world import World
from kraken_tui.clock import SECOND, Generator, real_sleep, stopwatch_ns
from kraken_tui.model.command import CommandResult, Pause, Resume
from kraken_tui.model.errors import ExchangeUnreachable

MOST_REFUSED_STARTS = 30
AIMED = 0.4
"""Share of the kills that wait for an intent without an outcome; orders are slowed, so that they hit."""
MOMENTS = ((0.0, 0.06), (0.0, 0.06), (0.06, 0.3), (0.3, 2.5))
"""Seconds after something was asked for: a request takes a few hundredths."""
TROUBLED_MOMENTS = ((0.0, 0.3), (0.3, 3.0), (3.0, 8.0))
SCANNER_MOMENTS = ((1.0, 8.0),)
WAITS_S = {False: 2.0, True: 10.0}
"""How long something asked for, and the scanner, may take until something is under way."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a campaign is asked for."""

    kills: int
    hold: str
    """The sandbox's policy `hold_untriggered`."""
    seed: int
    until_ns: int
    """By the stopwatch: no life begins after it."""
    limits: bool = False
    """Whether the sandbox counts requests. A crash loop's start-ups use up Kraken's budget: then most of the time is
    spent waiting for it."""


class Campaign:
    """Runs it.

    Args:
        plan: how much of it.
        folder: for everything that it leaves behind; there, and empty.
        chance: decides what happens when.
        tell: hears a line now and then.
    """

    def __init__(self, plan: Plan, folder: Path, chance: Generator, tell: Callable[[str], None]) -> None:
        self._plan = plan
        self._chance = chance
        self._tell = tell
        self._world = World(folder, plan.hold, chance, limits=plan.limits)
        self._engine = self._world.engine
        self.report = Report(title=f"hold_untriggered={plan.hold}, seed {plan.seed}")

    async def run(self) -> Report:
        """All of it; leaves no process behind."""
        began_ns = stopwatch_ns()
        async with contextlib.AsyncExitStack() as held:
            watch = Watch(await self._world.begin(held), self._world.case, self._tell)
            watching = asyncio.ensure_future(watch.run())
            try:
                await self._live_and_die(watch, Adversity(self._world.sandbox, watch, self.report, self._chance))
            except Ended as error:
                watch.violated(str(error))
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            self._sum_up(watch)
        self.report.took_s = (stopwatch_ns() - began_ns) / SECOND
        return self.report

    async def _live_and_die(self, watch: Watch, adversity: Adversity) -> None:
        killed_ns: int | None = None
        while self.report.kills.total() < self._plan.kills and stopwatch_ns() < self._plan.until_ns:
            name = self._chance.choices(list(SCENES), [row.weight for row in SCENES.values()])[0]
            killed_ns = await self._life(name, watch, adversity, killed_ns)
            if watch.violations:
                return
            if self.report.kills.total() % 10 == 0:
                self._tell(f"{self.report.title}: {self.report.kills.total()} kills")
        await self._end(watch, adversity, killed_ns)

    def _sum_up(self, watch: Watch) -> None:
        report = self.report
        report.looks, report.longest_naked_s = watch.looks, watch.longest_naked_s
        report.naked_at_kill, report.violations = watch.naked_when_killed, watch.violations
        if watch.last is not None:
            report.account = account_lines(watch.last)

    async def _life(self, name: str, watch: Watch, adversity: Adversity, killed_ns: int | None) -> int:
        """One engine from its start to its kill; returns when that was."""
        scene = SCENES[name]
        if scene.starting:
            await self._engine.start()
            await adversity.maybe_kill_sandbox()
            await real_sleep(self._chance.uniform(0.3, 6.0))
        else:
            await self._up(watch, adversity, killed_ns)
            await self._act(scene, adversity)
        watch.managed(None)
        if self._engine.is_running:
            await self._engine.kill()
            self.report.kills[name] += 1
        elif not scene.starting:
            self._engine.refuse_dead()
        died_ns = stopwatch_ns()
        self.report.under_way += any(not row.outcome for row in read_books(self._engine.home.journal).meant.values())
        with contextlib.suppress(Unheard):
            await watch.look()
        watch.naked_when_killed += watch.is_naked_since(died_ns)
        return died_ns

    async def _up(self, watch: Watch, adversity: Adversity, killed_ns: int | None) -> None:
        """Start the engine, again where the exchange is away, until everything is reconciled and behind stops."""
        for _ in range(MOST_REFUSED_STARTS):
            try:
                await self._engine.start()
                await self._engine.reconciled()
                break
            except Ended as error:
                if error.code != ExchangeUnreachable.exit_code:
                    raise
                self.report.refused_starts += 1
                await real_sleep(1.0)
        else:
            raise Ended("the engine", -1, "every start was refused, as if the exchange were away")
        up_ns = stopwatch_ns()
        watch.managed(up_ns)
        await adversity.see_again()
        if not await watch.sound(up_ns):
            watch.violated(f"not everything was behind stops {BOUND_S:g} s after the start")
        if killed_ns is not None:
            self.report.up_s.append((up_ns - killed_ns) / SECOND)
            self.report.protected_s.append((stopwatch_ns() - killed_ns) / SECOND)
            self.report.managing_s.append((stopwatch_ns() - up_ns) / SECOND)

    async def _act(self, scene: Scene, adversity: Adversity) -> None:
        """Have something asked for, and come to a moment at which it is half done."""
        desk = Desk(self._engine.client, self._world.instruments, self._chance)
        asking: asyncio.Task[CommandResult] | None = None
        in_trouble, aimed = False, self._chance.random() < AIMED
        try:
            await desk.ask(Resume())
            wanted = await scene.asked(desk) if scene.asked is not None else None
            in_trouble = await adversity.make_trouble(slow=aimed)
            if wanted is not None:
                asking = asyncio.create_task(desk.ask(wanted))
        except ConnectionError:
            self._engine.refuse_dead()
        await self._moment(scene, aimed=aimed, in_trouble=in_trouble)
        await adversity.maybe_kill_sandbox()
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _moment(self, scene: Scene, *, aimed: bool, in_trouble: bool) -> None:
        """Until something is under way and a little longer, or as long as chance wants: in trouble, for an answer."""
        if aimed:
            until_ns = stopwatch_ns() + int(WAITS_S[scene.asked is None] * SECOND)
            while stopwatch_ns() < until_ns and not is_under_way(self._engine.home.journal):
                await real_sleep(0.002)
            await real_sleep(self._chance.uniform(0.0, 0.15))
            return
        moments = SCANNER_MOMENTS if scene.asked is None else TROUBLED_MOMENTS if in_trouble else MOMENTS
        await real_sleep(self._chance.uniform(*self._chance.choice(moments)))

    async def _end(self, watch: Watch, adversity: Adversity, killed_ns: int | None) -> None:
        """Flatten as the operator would, look once more at everything, and stop."""
        await adversity.end()
        await self._up(watch, adversity, killed_ns)
        await self._engine.client.send(Pause())
        codes = []
        for _ in range(5):
            codes.append(await self._world.command("flatten", "--yes"))
            if codes[-1] == 0:
                break
            await real_sleep(2.0)
        if codes[-1] != 0:
            watch.violated(f"kraken-tui flatten ended with {codes}; see flatten.log")
        await real_sleep(1.0)
        case = await watch.final()
        if case is not None:
            watch.last = case
            for line in left_over(case):
                watch.violated(f"after the flatten: {line}")
        code = await self._world.command("stop")
        if code != 0:
            watch.violated(f"kraken-tui stop ended with {code}; see stop.log")
