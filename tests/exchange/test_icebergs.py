"""Icebergs, and who is served first."""

import pytest

from kraken_tui.exchange.matching.messages import Amend, Refilled
from kraken_tui.model.errors import Refused
from tests.exchange.cases import BUY, LIMIT, SELL, D
from tests.exchange.desk import ICEBERG, Desk


def test_only_the_slice_shows_and_each_refill_goes_to_the_back() -> None:
    desk = Desk()
    desk.tell("100.0")
    ice = desk.put(BUY, ICEBERG, "3", limit_price="99.0", display_amount="1")
    plain = desk.put(BUY, LIMIT, "1", limit_price="99.0")
    desk.tell("98.9", amount="2.5", ask="99.0")
    assert desk.traded() == [(ice, "99.0", "1"), (plain, "99.0", "1"), (ice, "99.0", "0.5")]
    assert desk.kinds() == ["Filled", "Refilled", "Filled", "Filled"]
    assert (desk.order(ice).visible, desk.order(ice).remaining) == (D("0.5"), D("1.5"))


def test_better_priced_slices_come_before_everything_behind_them() -> None:
    desk = Desk()
    desk.tell("100.0")
    plain = desk.put(BUY, LIMIT, "1", limit_price="98.0")
    ice = desk.put(BUY, ICEBERG, "3", limit_price="99.0", display_amount="1")
    desk.tell("97.0", amount="3.5", ask="98.0")
    assert [id for id, _, _ in desk.traded()] == [ice, ice, ice, plain]


def test_arriving_iceberg_takes_with_all_of_it() -> None:
    desk = Desk()
    desk.book([("99.0", "5")], [("100.0", "2"), ("101.0", "9")])
    ice = desk.put(BUY, ICEBERG, "5", limit_price="100.0", display_amount="1")
    assert desk.traded() == [(ice, "100.0", "2")]
    assert desk.order(ice).visible == 1
    assert not any(isinstance(event, Refilled) for event in desk.events)


@pytest.mark.parametrize("display", ["0.0666", "1.1", "0", None, "-1"])
def test_display_is_a_fifteenth_at_least(display: str | None) -> None:
    desk = Desk()
    desk.tell("100.0")
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:displayvol"):
        desk.put(BUY, ICEBERG, "1", limit_price="99.0", display_amount=display)
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:displayvol"):
        desk.put(BUY, LIMIT, "1", limit_price="99.0", display_amount="1")
    desk.put(BUY, ICEBERG, "1.5", limit_price="99.0", display_amount="0.1")


def test_amended_display_resizes_the_slice() -> None:
    desk = Desk()
    desk.tell("100.0")
    ice = desk.put(SELL, ICEBERG, "3", limit_price="105.0", display_amount="1")
    place = desk.order(ice).place
    desk.feed(Amend(id=ice, display_amount=D("2"), time_ns=9))
    assert (desk.order(ice).visible, desk.order(ice).place) == (D(2), place)
    desk.feed(Amend(id=ice, amount=D("2.5"), time_ns=9))
    assert (desk.order(ice).visible, desk.order(ice).place) == (D(2), place)
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:displayvol"):
        desk.feed(Amend(id=ice, amount=D("60"), time_ns=9))
    with pytest.raises(Refused, match="EGeneral:Invalid arguments:displayvol"):
        desk.feed(Amend(id=ice, display_amount=D("0.1"), time_ns=9))


def test_limited_liquidity_goes_to_the_best_price_then_to_the_earliest() -> None:
    desk = Desk()
    desk.tell("100.0")
    first = desk.put(SELL, LIMIT, "1", limit_price="102.0")
    second = desk.put(SELL, LIMIT, "1", limit_price="102.0")
    best = desk.put(SELL, LIMIT, "1", limit_price="101.0")
    desk.feed(Amend(id=first, amount=D("1.5"), time_ns=9))
    desk.tell("102.0", amount="2.2")
    assert desk.traded() == [(best, "101.0", "1"), (second, "102.0", "1"), (first, "102.0", "0.2")]
