"""The same world as under fire, for thousands of steps of one seed, until everything has happened."""

from collections import Counter
from random import Random
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import generator
from kraken_tui.exchange.matching.messages import Amend, Cancelled, Event
from kraken_tui.exchange.matching.orders import (
    TYPE_RULES,
    CloseTemplate,
    OrderRecord,
    SelfTrade,
    Signal,
    TimeInForce,
    Trail,
)
from kraken_tui.exchange.matching.rules import Impact, Policies
from kraken_tui.exchange.matching.state import opened
from kraken_tui.model.trading import OrderType, Side
from tests.exchange.cases import D, rules
from tests.exchange.test_orders_under_fire import SYMBOL, SYSTEMS, Orders, price

RUNS, STEPS = 40, 150
GTC, GTD = TimeInForce.GTC, TimeInForce.GTD
CLOSING = [kind for kind in OrderType if kind not in (OrderType.MARKET, OrderType.SETTLE_POSITION)]
REASONS = {
    "Cancel all orders after timeout", "Cannot trade with self", "Fill or kill", "Immediate or cancel",
    "Insufficient margin", "No liquidity", "Order expired", "Order replaced", "Order would trigger immediately",
    "Out of funds", "Post only order", "Reduce only:Position is closed", "User requested",
}  # fmt: skip
KINDS = {
    "Accepted", "Amended", "Booked", "Cancelled", "Filled", "Opened", "Refilled", "Settled", "Spawned", "TriggerMoved",
    "Triggered",
}  # fmt: skip


class Machine(Orders):
    """Counts what happens."""

    seen: Counter[str]

    def learn(self, events: list[Event]) -> None:
        super().learn(events)
        self.seen.update(type(event).__name__ for event in events)
        self.seen.update(event.order.reason for event in events if isinstance(event, Cancelled))


class Driver:
    """One account, driven by `chance`."""

    def __init__(self, chance: Random, seen: Counter[str]) -> None:
        self.chance = chance
        machine = self.machine = Machine()
        machine.seen = seen
        impact = Impact(depth=D(self.pick(["100", "400"])), worse=D("0.3"), on_grid=self.pick([True, False]))
        machine.terms = replace(rules("margin"), policies=self.policies(), impact=impact)
        machine.state = opened({"USD": D(self.pick([900, 8000])), "BTC": D(self.pick([5, 60]))})
        machine.told, machine.now_ns, machine.tick = {}, 0, 1000
        machine.market(0, 1, "2", 1)

    def pick(self, values: Any) -> Any:
        return self.chance.choice(list(values))

    def policies(self) -> Policies:
        return Policies(
            trigger_by=self.pick(["signal", "signal", "quote"]),
            wrong_side=self.pick(["trigger", "trigger", "refuse", "cancel"]),
            post_only=self.pick(["accept", "refuse"]),
            fee_currency=self.pick(["quote", "preference"]),
            hold_untriggered=self.pick(["none", "full"]),
            children_reduce_only=self.pick([True, False]),
            liquidates=self.pick([True, False]),
        )

    def price(self) -> D:
        return price(self.chance.randint(960, 1040))

    def amount(self) -> D:
        return D(self.pick(["0.3", "1", "2", "5", "15"]))

    def prices(self, kind: OrderType) -> dict[str, Any]:
        rule = TYPE_RULES[kind]
        if not rule.trails:
            return {
                "limit_price": self.price() if rule.at_limit else None,
                "trigger_price": self.price() if rule.trigger else None,
            }
        distance, offset = D(self.pick(["0.3", "1", "2.5"])), D(self.pick(["-0.5", "0", "0.4"]))
        trail = Trail(distance=distance, percent=self.pick([True, False]))
        if rule.at_limit:
            trail = replace(trail, limit_offset=offset, limit_percent=self.pick([True, False]))
        return {"trail": trail}

    def order(self) -> dict[str, Any]:
        kind = self.pick([OrderType.LIMIT] * 4 + list(OrderType))
        rule, amount, leverage = TYPE_RULES[kind], self.amount(), self.pick([1, 1, 1, 2, 5])
        lasting = [GTC, GTD] if rule.at_limit or rule.trigger else [GTC]
        time_in_force = self.pick([GTC, GTC, *(TimeInForce if rule.at_limit else lasting)])
        template = self.pick([None, None, *CLOSING[:: self.chance.randint(1, 4)]])
        closes = template is not None and kind is not OrderType.SETTLE_POSITION
        return {
            "symbol": SYMBOL, "side": self.pick(Side), "type": kind, "amount": amount, **self.prices(kind),
            "signal": self.pick([Signal.LAST, Signal.LAST, Signal.INDEX]),
            "display_amount": amount / self.pick([2, 5, 15]) if kind is OrderType.ICEBERG else None,
            "time_in_force": time_in_force, "self_trade": self.pick(SelfTrade), "fee_in": self.pick(["quote", "base"]),
            "post_only": kind is OrderType.LIMIT and time_in_force in (GTC, GTD) and self.chance.random() < 0.2,
            "leverage": leverage, "reduce_only": leverage > 1 and self.chance.random() < 0.15,
            "close": CloseTemplate(type=template, **self.prices(template)) if closes else None,
        }  # fmt: skip

    def changes(self, order: OrderRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {"amount": self.amount(), "limit_price": self.price()}
        if order.is_waiting:
            fields["trigger_price"] = self.price()
        if order.display_amount is not None:
            fields["display_amount"] = order.amount / self.pick([1, 3, 20])
        if order.type is OrderType.LIMIT:
            fields["post_only"] = self.pick([True, False])
        return {name: fields[name] for name in self.chance.sample(sorted(fields), self.chance.randint(1, 2))}

    def step(self) -> None:
        machine, chance = self.machine, self.chance
        actions = ["market"] * 6 + ["add"] * 6 + ["reach", "reach", "amend", "amend", "edit", "cancel", "elapse"]
        match self.pick([*actions, self.pick(["switch", "mode", "cancel all", "elapse"])]):
            case "market":
                spread = self.pick([-1, 0, 1, 1, 1, 2, 4])
                machine.market(
                    chance.randint(-15, 15), spread, self.pick(["0", "0.5", "3", "40"]), chance.randint(-9, 9)
                )
            case "add":
                machine.add(self.order(), self.pick([0] * 9 + [4]), chance.randint(5, 40))
            case "mode":
                machine.pass_through_a_mode(self.pick(SYSTEMS), chance.randint(0, 99), self.order())
            case "switch":
                machine.switch(self.pick([0, 30]))
            case "elapse":
                machine.elapse(self.pick([1, 10, 10, 20_000]))
            case "cancel all":
                machine.cancel_all(chance.randint(0, 5))
            case word if machine.state.orders:
                self.touch(word, chance.randint(0, 99))

    def touch(self, word: str, which: int) -> None:
        """Do something to an open order."""
        machine = self.machine
        match word:
            case "reach":
                machine.reach(which, self.chance.randint(0, 3), self.pick(["0.1", "3", "40"]))
            case "amend":
                order = machine.state.orders[machine.some_order(which)]
                machine.feed(Amend(id=order.id, **self.changes(order), time_ns=machine.tick_on()))
            case "edit":
                machine.edit(which, self.amount(), self.chance.randint(960, 1040), self.chance.random() < 0.2)
            case _:
                machine.cancel(which)

    def check(self) -> None:
        self.machine.events_tell_all()
        self.machine.only_what_may_rest_rests()
        self.machine.own_orders_never_cross()
        self.machine.the_book_is_a_book()
        self.machine.books_balance()


def test_long_runs_meet_everything_and_hold() -> None:
    chance, seen = generator(20260817), Counter[str]()
    for _ in range(RUNS):
        driver = Driver(chance, seen)
        for _ in range(STEPS):
            driver.step()
            driver.check()
    assert set(seen) >= KINDS
    assert set(seen) >= REASONS
