"""The net has no holes: what must not happen is found, and what may happen is not."""

from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Add, Amend
from kraken_tui.exchange.matching.orders import CloseTemplate
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.simulation.exchange_side import Terms
from kraken_tui.simulation.invariants import Invariants
from kraken_tui.simulation.loop import virtual_loop
from kraken_tui.simulation.outages import Outages
from kraken_tui.simulation.truth import Truth
from kraken_tui.simulation.world import World

BTC = "BTC/USD"
OURS = "kt0123456789abcdef"
STOP = CloseTemplate(type=OrderType.STOP_LOSS, trigger_price=Decimal("50000.0"))


class Stand:
    """An exchange under the eye of the invariants, with an engine that is up and does nothing by itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contents: Counter[str] = Counter()
        self.truth = Truth(world.exchange, world.hand, self.contents)
        self.invariants = Invariants(world, self.truth, Outages(world), self.contents)

    def place(self, side: Side, type: OrderType, amount: str, *, by: str | None = OURS, **fields: Any) -> str:
        """Place an order; returns its id."""
        parts = self.world.exchange.parts
        add = Add(
            symbol=BTC, side=side, type=type, amount=Decimal(amount), client_id=by, time_ns=parts.clock.now_ns(),
            **fields,
        )  # fmt: skip
        order = parts.trading.place(add).order
        assert order is not None
        return order.id

    def buy(self, amount: str, **fields: Any) -> str:
        """An entry with its stop attached."""
        return self.place(Side.BUY, OrderType.MARKET, amount, close=STOP, **fields)

    def cancel_stops(self) -> None:
        for order in self.truth.resting(BTC):
            self.world.exchange.parts.trading.cancel(id=order.id)

    async def wait(self, seconds: float) -> None:
        for _ in range(int(seconds * 4)):
            await clock.real_sleep(0.25)
            self.invariants.look()

    @property
    def found(self) -> str:
        return "; ".join(each.what for each in self.invariants.broken)


def stand(steps: Callable[[Stand], Awaitable[None]], *policies: str, coins: str = "0") -> str:
    """Do something on a stand; what was found."""
    balances = {"USD": Decimal(20_000), "BTC": Decimal(coins)}
    with virtual_loop() as loop:
        world = World(loop, Terms(policies=policies, balances=balances), 1)
        made = Stand(world)

        async def main() -> None:
            world.market.calm()
            await steps(made)

        loop.run(main())
        world.close()
    return made.found


def test_a_position_behind_its_stop_is_in_order() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        await on.wait(60)
        assert on.truth.held(BTC) == on.truth.covered(BTC) == Decimal("0.01")
        assert on.contents["entry taken"] == on.contents["entry filled"] == on.contents["stop taken"] == 1

    assert stand(steps) == ""


def test_a_position_without_its_stop_is_found_after_the_bound_and_not_before() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.cancel_stops()
        await on.wait(on.invariants.bound_s - 0.5)
        assert on.found == ""
        await on.wait(1)

    assert "0.01" in stand(steps) and "without a stop" in stand(steps)


def test_a_stop_for_a_part_of_it_is_not_enough() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        [stop] = on.truth.resting(BTC)
        trading, now_ns = on.world.exchange.parts.trading, on.world.exchange.clock.now_ns()
        trading.amend(Amend(id=stop.id, amount=Decimal("0.007"), time_ns=now_ns))
        await on.wait(30)

    assert "0.00300000 BTC/USD of 0.01" in stand(steps)


def test_it_is_covered_again_in_time() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        for number in range(5):
            on.cancel_stops()
            await on.wait(on.invariants.bound_s - 0.5)
            on.place(Side.SELL, OrderType.STOP_LOSS, "0.01", by=f"kt{number}", trigger_price=Decimal("50000.0"))
            await on.wait(20)

    assert stand(steps) == ""


@pytest.mark.parametrize("trouble", ["mode", "line", "lost", "lag", "engine"])
def test_while_the_exchange_takes_no_orders_nobody_is_blamed(trouble: str) -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.cancel_stops()
        exchange = on.world.exchange
        match trouble:
            case "mode":
                on.world.troubles._set_system("maintenance")
            case "line":
                exchange.line.hush(30)
            case "lost":
                exchange.statistics.fault("lost")
            case "lag":
                exchange.parts.venue.lag_ns = 30 * SECOND
            case _:
                on.invariants._outages.is_engine_up = lambda: False
        await on.wait(14)
        assert on.found == ""
        on.world.troubles.end()
        on.invariants._outages.is_engine_up = lambda: True
        await on.wait(120)

    assert "without a stop" in stand(steps), "but once it takes orders again, somebody is"


def test_dust_is_no_position() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.cancel_stops()
        on.place(Side.SELL, OrderType.MARKET, "0.00999", by="ktexit")
        await on.wait(30)
        assert on.contents["dust looked at"]

    assert stand(steps) == ""


def test_stops_for_more_than_is_held_are_found() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.place(Side.SELL, OrderType.STOP_LOSS, "0.01", by="ktstop", trigger_price=Decimal("50000.0"))
        await on.wait(30)

    assert "more than is held" in stand(steps, coins="1")


def test_selling_the_operators_coins_is_found() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.cancel_stops()
        on.place(Side.SELL, OrderType.MARKET, "0.011", by="ktexit")

    assert "sold 0.001" in stand(steps, coins="1")


@pytest.mark.parametrize(
    ("is_answered", "waited_s", "is_wrong"), [(False, 1, False), (True, 1, True), (False, 30, True)]
)
def test_a_stop_that_covers_what_an_unanswered_exit_may_have_sold_is_excused_for_a_moment(
    is_answered: bool, waited_s: float, is_wrong: bool
) -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.cancel_stops()
        on.place(Side.SELL, OrderType.MARKET, "0.007", by="ktexit")
        if not is_answered:
            on.world.exchange.rest.unanswered.add("ktexit")
        on.place(Side.SELL, OrderType.STOP_LOSS, "0.01", by="ktstop", trigger_price=Decimal("59000.0"))
        await on.wait(waited_s)
        on.world.market.pairs[BTC].jump(-0.05)
        on.world.market.publish(BTC)
        assert on.contents["stop fired"] == 1

    assert ("sold 0.007 beyond the position" in stand(steps, coins="1")) is is_wrong


def test_an_entry_without_a_stop_is_found() -> None:
    async def steps(on: Stand) -> None:
        on.place(Side.BUY, OrderType.LIMIT, "0.01", limit_price=Decimal("50000.0"))

    assert "without a stop" in stand(steps)


def test_an_exit_that_opens_a_position_on_margin_is_found() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01", leverage=2)
        on.place(Side.SELL, OrderType.MARKET, "0.03", by="ktexit", leverage=2)

    assert "opened 0.02" in stand(steps)


@pytest.mark.parametrize(("waited_s", "is_wrong"), [(1, False), (30, True)])
def test_a_child_that_fires_with_the_other_leg_is_excused_while_the_engine_can_hardly_know_of_it(
    waited_s: float, is_wrong: bool
) -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01", leverage=2)
        await on.wait(30)
        on.place(Side.SELL, OrderType.MARKET, "0.004", by="kttarget", leverage=2, reduce_only=True)
        on.buy("0.002", by="ktmore", leverage=2)
        await on.wait(waited_s)
        on.world.market.pairs[BTC].jump(-0.2)
        on.world.market.publish(BTC)
        assert on.contents["stop fired"] == 2

    assert ("opened 0.0" in stand(steps)) is is_wrong


def test_touching_a_foreign_order_is_found_and_the_operator_may() -> None:
    async def steps(on: Stand) -> None:
        trading = on.world.exchange.parts.trading
        price = Decimal("50000.0")
        first, second = (on.place(Side.BUY, OrderType.LIMIT, "0.01", by=None, limit_price=price) for _ in range(2))
        on.world.hand.do(lambda: str(trading.cancel(id=first)))
        assert on.found == ""
        trading.cancel(id=second)

    assert "foreign order" in stand(steps)


def test_a_close_by_hand_is_the_operators_business() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        on.world.hand.do(lambda: on.place(Side.SELL, OrderType.MARKET, "0.01", by=None))
        assert on.truth.held(BTC) == 0
        assert on.truth.meddled == {BTC}
        await on.wait(30)

    assert stand(steps) == ""


def test_two_entries_of_one_intent_and_one_that_was_not_journalled_are_found() -> None:
    async def steps(on: Stand) -> None:
        for client_id in ("kta", "ktb", "ktc"):
            on.buy("0.01", by=client_id)
        on.invariants.at_the_end({"kta": "driver-1", "ktb": "driver-1"})

    found = stand(steps)
    assert "driver-1 was entered twice" in found and "(ktc) is not in the journal" in found


def test_what_is_left_after_a_flatten_is_found() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        assert len(on.invariants.left()) == 2
        on.cancel_stops()
        assert len(on.invariants.left()) == 1
        on.place(Side.SELL, OrderType.MARKET, "0.01", by="ktexit")
        assert on.invariants.left() == []

    assert stand(steps) == ""


def test_wrong_requests_and_the_dead_mans_switch_are_found() -> None:
    async def steps(on: Stand) -> None:
        statistics = on.world.exchange.statistics
        statistics.refusal("rest:AddOrder", "EGeneral:Invalid arguments:volume")
        statistics.refusal("rest:AddOrder", "EGeneral:Invalid arguments:deadline")
        statistics.request("rest:CancelAllOrdersAfter")
        on.world.exchange.parts.faults.arm(FaultRule(kind="lost"))
        on.invariants.at_the_end({})

    found = stand(steps)
    assert "volume" in found and "CancelAllOrdersAfter" in found and "deadline" not in found
