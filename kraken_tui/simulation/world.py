"""Everything around the engine in one schedule: exchange, market, line, disk, operator and troubles, from one seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from kraken_tui.clock import Generator, generator
from kraken_tui.simulation.by_hand import OperatorsHand
from kraken_tui.simulation.exchange_side import ExchangeSide, Terms
from kraken_tui.simulation.loop import VirtualLoop
from kraken_tui.simulation.machine import Machine
from kraken_tui.simulation.market_moves import Market
from kraken_tui.simulation.trace import Trace
from kraken_tui.simulation.troubles import Troubles


class World:
    """What a schedule happens in.

    Args:
        loop: whose time passes.
        terms: what the exchange is like.
        seed: of all chance in it.
        trace: takes down what happens; None where nobody reads it.
    """

    def __init__(self, loop: VirtualLoop, terms: Terms, seed: int, trace: Trace | None = None) -> None:
        self.loop = loop
        self.seed = seed
        self.contents: Counter[str] = Counter()
        """What the schedule contained; faults of the sandbox are counted in its statistics."""
        self.exchange = ExchangeSide(loop, terms, seed)
        self.market = Market(self.exchange, self.chance(10))
        self.machine = Machine(loop, self.chance(11), self.chance(12), self.contents)
        self.troubles = Troubles(
            self.exchange, self.machine.disk, self.machine.clock, self.chance(13), self.contents
        )  # fmt: skip
        self.hand = OperatorsHand(self.exchange, self.chance(14), self.contents)
        self._tasks: list[asyncio.Task[Any]] = []
        if trace is not None:
            trace.follow(self.exchange)
            self.machine.note = self.troubles.note = self.hand.note = trace.note

    def chance(self, number: int) -> Generator:
        """A generator of its own for each purpose; the numbers below 10 are the exchange's."""
        return generator(1000 * self.seed + number)

    def begin(self, *, trouble_s: float, hand_s: float) -> None:
        """Let the market move, and trouble come as often as told: one in so many seconds on average."""
        start = self.exchange.process.spawn
        self._tasks = [start(self.market.run()), start(self.troubles.run(trouble_s)), start(self.hand.run(hand_s))]

    def calm(self) -> None:
        """From now on nothing goes wrong and nobody meddles; the market stands still, and everything works."""
        for task in self._tasks[1:]:
            task.cancel()
        self.machine.crash_no_more()
        self.troubles.end()
        self.exchange.rest.answering.lockouts.lift()
        self.market.calm()

    def faults(self) -> Counter[str]:
        """Everything that went wrong, by kind."""
        return self.exchange.parts.statistics.faults + self.contents

    def close(self) -> None:
        """Let go of the disk."""
        self.machine.disk.close()
