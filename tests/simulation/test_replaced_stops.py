"""A stop that is moved by cancel and create is found; one that went for an exit and came back is not."""

from decimal import Decimal

from kraken_tui.model.trading import OrderType, Side
from tests.simulation.test_invariants import BTC, Stand, stand

MOVED = "placed in its stead"


def replace_stop(on: Stand, price: str) -> None:
    on.cancel_stops()
    on.place(Side.SELL, OrderType.STOP_LOSS, "0.01", trigger_price=Decimal(price))


def ask_for_an_exit(on: Stand) -> None:
    pair = on.world.exchange.parts.pairs.by_symbol(BTC).id
    for watcher in on.world.exchange.rest.watchers:
        watcher("sent", "rest:AddOrder", f"pair={pair}&type=sell&ordertype=market&validate=true".encode())


def test_a_stop_that_is_cancelled_and_created_elsewhere_is_found() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        await on.wait(60)
        replace_stop(on, "51000.0")

    assert MOVED in stand(steps)


def test_the_same_stop_put_back_is_not() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        await on.wait(60)
        replace_stop(on, "50000.0")

    assert stand(steps) == ""


def test_a_stop_that_went_for_an_exit_may_come_back() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        await on.wait(60)
        ask_for_an_exit(on)
        replace_stop(on, "51000.0")

    assert stand(steps) == ""


def test_one_that_was_cancelled_by_hand_may_be_placed_anew() -> None:
    async def steps(on: Stand) -> None:
        on.buy("0.01")
        await on.wait(60)
        on.world.hand.do(on.world.hand._cancel_stop)
        on.place(Side.SELL, OrderType.STOP_LOSS, "0.01", trigger_price=Decimal("51000.0"))

    assert stand(steps) == ""
