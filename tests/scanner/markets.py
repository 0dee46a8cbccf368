"""Markets and accounts made up from a seed: bursts, holes, jumps, and an account that answers as an exchange might."""

import random
from dataclasses import dataclass, field, replace

from kraken_tui.model.scan import Action
from tests.scanner.harness import START, Both
from tests.scanner.reference import Told


@dataclass
class Holding:
    """A ticker's account: fills after a while, refusals, unknown outcomes, stops that are hit."""

    chance: random.Random
    told: Told = field(default_factory=Told)
    waiting: int = 0
    pending: Action = Action.NONE
    stop: int = 0

    def answer(self, action: Action, wanted_stop: int) -> None:
        """Take what the scanner asked for."""
        if action in (Action.ENTER_LONG, Action.ENTER_SHORT, Action.EXIT) and self.pending is Action.NONE:
            if self.chance.random() < 0.15:
                return
            self.pending, self.waiting = action, self.chance.choice([0, 0, 1, 3])
            busy = 2 if action is Action.EXIT else 1
            self.told = replace(self.told, busy=3 if self.chance.random() < 0.1 else busy)
            if action is not Action.EXIT:
                self.stop = wanted_stop
        elif action is Action.MOVE_STOP and self.chance.random() < 0.9:
            self.told = replace(self.told, stop=wanted_stop)

    def pass_time(self, bid: int, ask: int) -> None:
        """Fill what was asked for, and trigger the resting stop."""
        told = self.told
        if self.pending is not Action.NONE:
            self.waiting -= 1
            if self.waiting < 0:
                self._settle(bid, ask)
        elif told.side != 0 and told.stop and bid > 0:
            x = bid if told.side > 0 else ask
            if (x - told.stop) * told.side <= 0:
                self._close(told.stop)

    def _settle(self, bid: int, ask: int) -> None:
        action, self.pending = self.pending, Action.NONE
        if self.chance.random() < 0.1 or bid <= 0:
            self.told = replace(self.told, busy=0)
        elif action is Action.EXIT:
            self._close(bid if self.told.side > 0 else ask)
        else:
            side = 1 if action is Action.ENTER_LONG else -1
            entry = ask if side > 0 else bid
            cost = entry * self.chance.choice([1, 8]) // 1000
            self.told = replace(
                self.told, busy=0, side=side, entry=entry, breakeven=max(1, entry + side * cost), stop=self.stop
            )
            if self.chance.random() < 0.1:
                self._close(entry)

    def _close(self, price: int) -> None:
        told = self.told
        net = (price - told.breakeven) * told.side
        self.told = replace(
            told, side=0, entry=0, breakeven=0, stop=0, busy=0, closed=told.closed + 1, last_net=(net > 0) - (net < 0)
        )

    def disturb(self, price: int) -> None:
        """What an operator, a restart or a race may do to an account."""
        kind = self.chance.randrange(7)
        if kind == 0:
            self.told = replace(self.told, stop=0)
        elif kind == 1:
            self.told = replace(self.told, busy=self.chance.randrange(4))
        elif kind == 2 and price > 0:
            side = self.chance.choice([-1, 1])
            stop = max(1, price - side * max(1, price // 50))
            self.told = replace(self.told, side=side, entry=price, breakeven=price + side, stop=stop, busy=0)
        elif kind == 3:
            self.told = replace(self.told, side=0, entry=0, stop=0, closed=self.told.closed + 1, last_net=-1)
        elif kind == 4:
            self.told = replace(self.told, blocked=self.chance.randrange(2))
        elif kind == 5:
            self.told = replace(self.told, side=-self.told.side, closed=self.told.closed + 1)
        else:
            self.told = replace(self.told, entry=0, breakeven=0)


@dataclass
class Walk:
    """A price with bursts, spreads and bad ticks."""

    chance: random.Random
    price: float
    drift: float = 0.0
    left: int = 0
    bad: int = 0
    offset: float = 1.0

    def quote(self, wildness: float) -> tuple[int, int, bool]:
        chance = self.chance
        if self.left == 0:
            self.left = chance.randrange(2, 30)
            self.drift = chance.choice([0, 0, 0.002, -0.002, 0.006, -0.006])
        self.left -= 1
        self.price *= 1 + self.drift + chance.gauss(0, 0.0004)
        self.price = min(max(self.price, 3.0), 5e8)
        if self.bad == 0 and chance.random() < wildness:
            self.bad = chance.randrange(1, 6)
            self.offset = chance.choice([0.5, 1.6, 1.0, 0.0, -1.0, 1e12])
        if self.bad > 0:
            self.bad -= 1
            if self.offset == 1.0:
                return 0, 0, False
            if self.offset == -1.0:
                return int(self.price) + 5, int(self.price), True
            level = self.price * self.offset
        else:
            level = self.price
        spread = max(0, int(abs(chance.gauss(0, 0.0005)) * level))
        return int(level), int(level) + spread, True


class Play:
    """A whole market with its accounts, driven scan by scan through kernel and reference."""

    def __init__(self, seed: int, both: Both, prices: list[float], wildness: float = 0.02) -> None:
        self.chance = random.Random(seed)
        self.both = both
        self.wildness = wildness
        self.walks = [Walk(self.chance, price) for price in prices]
        self.accounts = [Holding(self.chance) for _ in prices]
        self.time = START
        self.outage = 0

    def step(self) -> None:
        chance, wild = self.chance, self.wildness
        interval = self.both.kernel.parameters.interval_ns
        self.time += int(interval * chance.gauss(1, 0.05))
        if chance.random() < wild:
            self.time += interval * chance.choice([1, 2, 3, 4, 20, -1, -3, -30, 400])
        if self.outage == 0 and chance.random() < wild / 2:
            self.outage = chance.choice([1, 2, 5, 25])
        self.outage = max(0, self.outage - 1)
        told = []
        for walk, account in zip(self.walks, self.accounts, strict=True):
            bid, ask, listed = walk.quote(wild)
            honest = 0 < bid <= ask < 2**33
            account.pass_time(bid if honest else 0, ask)
            if chance.random() < wild:
                account.disturb(bid if honest else 0)
            told.append(replace(account.told, bid=bid, ask=ask, listed=listed))
        heat = chance.choice([0, 0, 0, 300_000, 1_000_000])
        self.both.scan(told, self.time, self.outage == 0, heat, chance.random() < wild)
        for ticker, account in zip(self.both.reference.tickers, self.accounts, strict=True):
            account.answer(ticker.action, ticker.wanted_stop)
