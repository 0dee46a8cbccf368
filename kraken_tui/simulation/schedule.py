"""One schedule: a world, an engine in it, trouble for a while, a quiet end, and what held and what did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct, field

from kraken_tui.clock import SECOND
from kraken_tui.execution.brackets import IN_THE_WAY
from kraken_tui.simulation.books import Books
from kraken_tui.simulation.driver import Driver
from kraken_tui.simulation.engine import Life
from kraken_tui.simulation.invariants import Broken, Invariants
from kraken_tui.simulation.last_look import look_into_journal
from kraken_tui.simulation.loop import VirtualLoop, virtual_loop
from kraken_tui.simulation.outages import Outages
from kraken_tui.simulation.style import Policy, Style, style_of
from kraken_tui.simulation.trace import Trace
from kraken_tui.simulation.truth import Truth
from kraken_tui.simulation.world import World

STEP_S = 1.0
QUIET_S = 150.0
"""Within this much quiet everything is settled: REST may lag a minute, and evidence waits for that."""
FLAT_S = 120.0
"""Within this much everything is closed, with nothing in the way; an exit of which no answer came takes the minute that
REST may lag, and the silence of a line before it."""
SETTLE_S = 40.0
"""Within this much every fill is in the journal: the engine compares everything each half minute."""
STILL_S = 2.0
"""For so long nothing may happen any more once all is flat and known."""


class Result(Struct, frozen=True, kw_only=True):
    """What became of a schedule."""

    seed: int
    broken: tuple[Broken, ...]
    contents: Counter[str]
    requests: int
    steps: int
    seconds: float
    """Virtual."""
    digest: str = ""
    lines: list[str] = field(default_factory=list)


class Schedule:
    """Runs one.

    Args:
        loop: a new one.
        seed: of everything.
        style: what it is like.
        trace: takes down what happens; None where nobody reads it.
    """

    def __init__(self, loop: VirtualLoop, seed: int, style: Style, trace: Trace | None) -> None:
        self._loop = loop
        self._style = style
        self._note: Callable[[str], None] = trace.note if trace is not None else lambda what: None
        self._world = world = World(loop, style.terms, seed, trace)
        self._truth = Truth(world.exchange, world.hand, world.contents)
        self._outages = Outages(world)
        self._invariants = Invariants(world, self._truth, self._outages, world.contents)
        self._books = Books(world.exchange, self._truth)
        self._driver = Driver(world.market, world.chance(20), world.contents, margin=style.manner.margin)
        self._chance = world.chance(21)
        self._life: Life
        self._awake_ns = 0
        self._is_quiet = False
        self._outages.is_engine_up = lambda: world.machine.process is not None and self._life.is_started

    @property
    def broken(self) -> list[Broken]:
        """What did not hold so far."""
        return self._invariants.broken

    async def run(self) -> None:
        """Trouble, then quiet, then flat."""
        world, style = self._world, self._style
        self._note(f"{style}")
        self._start()
        world.machine.crash_at_random(world.exchange, style.crash_at_request, style.crash_at_disk)
        world.begin(trouble_s=style.trouble_s, hand_s=style.hand_s)
        await self._let_pass(style.seconds)
        if not self.broken:
            world.calm()
            self._driver.is_silent = True
            self._note("quiet from now on")
            await self._end()

    async def _end(self) -> None:
        """Everything is settled before long; what is asked for then is done."""
        self._is_quiet = True
        await self._let_pass(QUIET_S, until=lambda: not self._is_unsettled())
        if self.broken:
            return
        if unsettled := self._is_unsettled():
            self._invariants.wrong(f"after {QUIET_S:g} s of quiet: {unsettled}")
            return
        assert self._life.trader is not None
        for what in self._books.wrong_prices(self._life.trader.account.positions()):
            self._invariants.wrong(what)
        await self._flatten()
        self._world.machine.switch_off()
        await look_into_journal(self._world, self._invariants, self._chance)

    def _is_unsettled(self) -> str:
        """What the engine does not know yet; empty once it knows everything."""
        trader = self._life.trader
        if trader is None or not self._outages.is_engine_up():
            return f"the engine has not started: {self._life.why_ended or 'it still tries'}"
        if not self._life.is_in_sync():
            return "the private stream is not in sync"
        if rows := trader.gateway.unsettled():
            return f"{rows[0].symbol} {rows[0].kind} {rows[0].client_id} is still unknown"
        if coins := trader.by_hand.untold.coins():
            return f"what was sold by hand of {', '.join(sorted(coins))} is not judged yet"
        return self._invariants.disagreement(trader.account.positions())

    async def _flatten(self) -> None:
        trader, process = self._life.trader, self._world.machine.process
        assert trader is not None and process is not None
        self._note("flatten")
        process.spawn(trader.desk.flatten(reason="flatten", owner="operator"))
        # What he sold unheard may have been ours: it is not sold again before the ledger's word, which is not counted.
        await self._let_pass(FLAT_S, until=lambda: not self._invariants.left() or bool(trader.by_hand.untold.coins()))
        await self._let_pass(QUIET_S, until=lambda: not trader.by_hand.untold.coins())
        await self._let_pass(FLAT_S, until=lambda: not self._invariants.left())
        for what in self._invariants.left():
            self._invariants.wrong(f"flattened, and {what}")
        await self._let_pass(QUIET_S, until=lambda: not trader.gateway.unsettled())
        until_s, still_s = self._loop.time() + SETTLE_S, 0.0
        while self._loop.time() < until_s and still_s < STILL_S:
            await self._let_pass(STEP_S)
            still_s = 0.0 if await self._life.is_behind(set(self._truth.fills)) else still_s + STEP_S
        # What waited for its turn in the request lane may have been sent since.
        await self._let_pass(QUIET_S, until=lambda: not trader.gateway.unsettled())
        if what := self._books.wrong_profit(trader.account):
            self._invariants.wrong(what)

    def _heard(self, line: str) -> None:
        """What the engine tells; once all is quiet, the operator takes away an order of his own that he is asked to."""
        self._note(line)
        if self._is_quiet and IN_THE_WAY in line:
            symbol = next(each for each in self._world.exchange.terms.symbols if f" {each}: " in line)
            self._loop.call_later(STEP_S, self._clear_way, symbol)

    def _clear_way(self, symbol: str) -> None:
        hand = self._world.hand

        def clear_way() -> str:
            return hand.clear(symbol)

        hand.do(clear_way)

    async def _let_pass(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, look at everything each second, and start the engine again some time after its end."""
        over = self._loop.time() + seconds
        while self._loop.time() < over and not self.broken and not until():
            await self._world.exchange.clock.sleep(STEP_S)
            self._invariants.look()
            self._mind_engine()

    def _mind_engine(self) -> None:
        process = self._world.machine.process
        if process is not None and self._life.why_ended:
            self._note(f"the engine gives up: {self._life.why_ended}")
            self._world.contents["engine gave up"] += 1
            process.kill()
            process = None
        if process is not None:
            return
        if not self._awake_ns:
            self._awake_ns = self._loop.now_ns + int(self._chance.choice((0.5, 2.0, 10.0)) * SECOND)
        elif self._loop.now_ns >= self._awake_ns:
            self._start()

    def _start(self) -> None:
        self._awake_ns = 0
        self._life = Life(self._world, self._style.manner, self._driver, self._world.contents, self._heard)
        self._world.machine.start(self._life.run)

    def result(self, seed: int, trace: Trace | None) -> Result:
        """What became of it."""
        world = self._world
        return Result(
            seed=seed, broken=tuple(self.broken), contents=world.faults(),
            requests=sum(world.exchange.statistics.requests.values()), steps=self._loop.steps,
            seconds=self._loop.time(), digest=trace.digest() if trace is not None else "",
            lines=trace.lines if trace is not None else [],
        )  # fmt: skip

    def close(self) -> None:
        """Let go of it."""
        self._world.close()


def run_schedule(seed: int, policy: Policy, *, traced: bool = False) -> Result:
    """Run the schedule of a seed."""
    with virtual_loop() as loop:
        trace = Trace(loop) if traced else None
        schedule = Schedule(loop, seed, style_of(seed, policy), trace)
        try:
            loop.run(schedule.run())
            if trace is not None:
                trace.lines += [f"BROKEN at {each.time_ns / SECOND:.6f}: {each.what}" for each in schedule.broken]
            return schedule.result(seed, trace)
        finally:
            schedule.close()
