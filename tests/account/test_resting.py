"""What rests, whoever tells it first: the exchange's answer, its stream, or a list that was made a moment before."""

from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.owners import Owners
from kraken_tui.account.resting import Resting
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side

STOP = Order(
    id="O1", client_id="kt1", parent_id=None, symbol="BTC/USD", side=Side.SELL, type=OrderType.STOP_LOSS,
    status=OrderStatus.OPEN, amount=Decimal(1), filled=Decimal(0), price=Decimal(50_000),
)  # fmt: skip
ENDED = replace(STOP, status=OrderStatus.CANCELED)


def test_an_order_taken_after_a_list_was_made_is_told_next_and_rests() -> None:
    resting = Resting(Owners())
    resting.acknowledge(STOP)
    assert resting.order("O1") is not None
    resting.replace([])  # made before the order was taken, told after
    assert resting.order("O1") is None and not resting.has_ended("O1")
    resting.apply(STOP)
    assert resting.order("O1") is not None


def test_one_that_the_stream_has_told_of_and_a_list_lacks_has_ended() -> None:
    resting = Resting(Owners())
    resting.acknowledge(STOP)
    resting.apply(STOP)
    resting.replace([])
    resting.apply(STOP)
    assert resting.order("O1") is None and resting.has_ended("O1")


def test_an_answer_that_comes_after_the_end_revives_nothing() -> None:
    resting = Resting(Owners())
    resting.apply(ENDED)
    resting.acknowledge(STOP)
    assert resting.order("O1") is None


def test_an_answer_changes_nothing_of_what_the_stream_told() -> None:
    resting = Resting(Owners())
    resting.apply(replace(STOP, filled=Decimal("0.5")))
    resting.acknowledge(STOP)
    order = resting.order("O1")
    assert order is not None and order.filled == Decimal("0.5")
    resting.replace([])
    assert resting.has_ended("O1")


def test_why_an_order_ended_is_kept_in_the_exchanges_words() -> None:
    resting = Resting(Owners())
    resting.apply(replace(ENDED, reason="Cannot trade with self"))
    assert resting.why_ended(STOP.id) == "Cannot trade with self"
    assert resting.why_ended("another") == ""
