"""The plan, step by step over a tiny exchange that does what it is told: it ends, and ends where it should."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.execution.actions import (
    Action,
    AskFirst,
    Change,
    Kind,
    Protect,
    Remove,
    SellOut,
    StartClosing,
    TakeProfit,
)
from kraken_tui.execution.plan import STOP_PASSED, TARGET_REACHED, next_action
from kraken_tui.execution.situation import Situation
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Position, Side
from tests.samples import BTC, D

ZERO = D(0)
LEAST = BTC.order_min
UNITS = LEAST / 2
"""Amounts are in halves of the smallest order, so that some are too small."""


def order(number: int, type_: OrderType, side: Side, amount: Decimal, price: Decimal, *, reduce: bool = False) -> Order:
    return Order(
        id=f"O{number}", client_id=None, parent_id=None, symbol="BTC/USD", side=side, type=type_,
        status=OrderStatus.OPEN, amount=amount, filled=ZERO, price=price, reduce_only=reduce,
    )  # fmt: skip


class Tiny:
    """An exchange with one symbol that takes every step."""

    def __init__(self, now: Situation) -> None:
        self.now = now
        self.count = 100
        self.done: list[Action] = []
        self.longest_naked = 0

    def run(self) -> Situation:
        naked = 0
        for _ in range(60):
            action = next_action(self.now)
            if action is None:
                return self.now
            self.done.append(action)
            self.do(action)
            is_naked = self.now.covered < self.now.owned and self.missing() >= LEAST
            naked = naked + 1 if is_naked else 0
            self.longest_naked = max(self.longest_naked, naked)
        raise AssertionError(f"no end: {self.done[-6:]}")

    def missing(self) -> Decimal:
        return self.now.owned - self.now.covered

    def do(self, action: Action) -> None:
        now, self.count = self.now, self.count + 1
        match action:
            case StartClosing(reason):
                assert now.bracket is not None
                self.now = replace(now, bracket=replace(now.bracket, keep=ZERO, reason=reason))
            case Protect(amount, price):
                assert ZERO < amount <= now.owned
                made = order(self.count, OrderType.STOP_LOSS, self.closing_side(), amount, price, reduce=now.on_margin)
                self.now = replace(now, stops=(*now.stops, made))
            case TakeProfit(amount, price):
                assert amount == now.owned
                made = order(
                    self.count, OrderType.TAKE_PROFIT, self.closing_side(), amount, price, reduce=now.on_margin
                )
                self.now = replace(now, targets=(*now.targets, made))
            case Change(changed, amount, price):
                new = replace(
                    changed, amount=changed.amount if amount is None else amount, price=price or changed.price
                )
                self.now = replace(now, stops=swapped(now.stops, new), targets=swapped(now.targets, new))
            case Remove(gone, _):
                self.now = replace(
                    now, stops=without(now.stops, gone), targets=without(now.targets, gone),
                    entries=without(now.entries, gone), strays=without(now.strays, gone),
                )  # fmt: skip
            case SellOut(amount):
                self.sell(amount)
            case AskFirst():
                self.now = replace(now, asked=True)

    def closing_side(self) -> Side:
        assert self.now.position is not None
        return self.now.position.side.opposite

    def sell(self, amount: Decimal) -> None:
        now = self.now
        assert now.position is not None
        assert now.bracket is not None
        assert now.bracket.keep is not None
        assert LEAST <= amount <= now.owned - now.bracket.keep
        if not now.on_margin and now.both_rest is False:
            assert amount <= now.owned - now.covered, "the stops hold these coins"
        if now.surplus:
            assert amount + now.covered <= now.owned, "a stop that fires meanwhile would sell the operator's"
        left = now.position.amount - amount
        position = replace(now.position, amount=left, cost=left) if left else None
        self.now = replace(now, position=position)


def swapped(rows: tuple[Order, ...], new: Order) -> tuple[Order, ...]:
    return tuple(new if row.id == new.id else row for row in rows)


def without(rows: tuple[Order, ...], gone: Order) -> tuple[Order, ...]:
    return tuple(row for row in rows if row.id != gone.id)


amounts = st.integers(1, 12).map(lambda count: UNITS * count)
prices = st.sampled_from([D("90"), D("95"), D("100"), D("105"), D("110"), D("120")])


@st.composite
def situations(draw: st.DrawFn, *, settled: bool = True) -> Situation:
    side = draw(st.sampled_from(list(Side)))
    on_margin = draw(st.booleans())
    side = side if on_margin else Side.BUY
    held = draw(st.one_of(st.just(ZERO), amounts))
    closing = side.opposite
    position = None
    if held:
        position = Position(
            symbol="BTC/USD", side=side, amount=held, cost=held * 100, fees=ZERO, opened_ns=0,
            leverage=5 if on_margin else 1, stop_price=None, stop_amount=ZERO,
        )  # fmt: skip
    stops = [
        order(number, OrderType.STOP_LOSS, closing, amount, draw(prices), reduce=on_margin and draw(st.booleans()))
        for number, amount in enumerate(draw(st.lists(amounts, max_size=4)))
    ]
    targets = [
        order(20 + number, OrderType.TAKE_PROFIT, closing, amount, draw(prices), reduce=on_margin)
        for number, amount in enumerate(draw(st.lists(amounts, max_size=2)))
    ]
    stop = draw(st.sampled_from([D("90"), D("95")] if side is Side.BUY else [D("105"), D("110")]))
    keep = draw(st.one_of(st.none(), st.just(ZERO), amounts))
    bracket = Bracket(
        symbol="BTC/USD", stop_price=stop, keep=keep,
        target_price=draw(st.one_of(st.none(), st.just(D("120") if side is Side.BUY else D("80")))),
    )  # fmt: skip
    return Situation(
        instrument=replace(BTC, cost_min=ZERO), position=position, bracket=bracket, stops=tuple(stops),
        targets=tuple(targets), on_margin=on_margin,
        spare=draw(st.one_of(st.just(ZERO), amounts, amounts.map(lambda amount: -amount))),
        both_rest=draw(st.sampled_from([None, True, False])), children_reduce_only=draw(st.booleans()),
        price=draw(st.one_of(st.none(), prices)), settled=settled,
    )  # fmt: skip


@settings(max_examples=600)
@given(situations())
def test_it_ends_with_all_that_is_held_behind_stops_or_nothing_held(now: Situation) -> None:
    tiny = Tiny(now)
    end = tiny.run()
    if end.position is None:
        assert not (end.stops or end.targets)
        return
    missing = end.owned - end.covered
    assert missing < LEAST or end.bracket is None
    assert all(stop.price == end.bracket.stop_price for stop in end.stops if end.bracket) or end.is_passed(
        end.bracket.stop_price if end.bracket else ZERO
    )
    assert end.covered <= end.owned


@settings(max_examples=600)
@given(situations())
def test_a_close_that_can_be_done_is_done_to_what_is_kept(now: Situation) -> None:
    if now.bracket is None or now.bracket.keep is None or now.position is None:
        return
    end = Tiny(now).run()
    left = end.owned if end.position is not None else ZERO
    assert left - now.bracket.keep < LEAST


@settings(max_examples=600)
@given(situations())
def test_nothing_protected_is_uncovered_for_longer_than_it_takes_to_sell_it(now: Situation) -> None:
    covered = now.position is None or now.covered >= now.owned
    plain = not now.on_margin or all(stop.reduce_only for stop in now.stops)
    if not (covered and plain and now.spare >= ZERO):
        return
    tiny = Tiny(now)
    tiny.run()
    # One step to take a stop away, and the next one sells what it had covered; small stops may take a few.
    small = sum(1 for stop in now.stops if stop.remaining < LEAST)
    assert tiny.longest_naked <= 1 + small


@settings(max_examples=400)
@given(situations(settled=False).map(lambda now: replace(now, in_sync=False)))
def test_what_is_not_settled_takes_no_stop_away_from_a_position_that_is_kept(now: Situation) -> None:
    if now.position is None or now.bracket is None or now.bracket.keep is not None or now.on_margin:
        return
    tiny = Tiny(now)
    tiny.run()
    if not any(isinstance(row, StartClosing) for row in tiny.done):
        gone = [row.order for row in tiny.done if isinstance(row, Remove)]
        assert not [row for row in gone if row.type is OrderType.STOP_LOSS]


def held(**more: object) -> Situation:
    position = Position(
        symbol="BTC/USD", side=Side.BUY, amount=D("1"), cost=D("100"), fees=ZERO, opened_ns=0, leverage=1,
        stop_price=None, stop_amount=ZERO,
    )  # fmt: skip
    stop = order(1, OrderType.STOP_LOSS, Side.SELL, D("1"), D("95"))
    now = Situation(
        instrument=BTC, position=position, stops=(stop,), both_rest=False, price=D("100"),
        bracket=Bracket(symbol="BTC/USD", stop_price=D("95"), target_price=D("110")),
    )  # fmt: skip
    return replace(now, **more)


def test_where_the_stop_holds_the_coins_the_target_is_taken_when_the_price_is_there() -> None:
    assert next_action(held()) is None
    assert next_action(held(price=D("110"))) == StartClosing(TARGET_REACHED)


def test_a_stop_that_the_market_has_passed_is_not_placed_but_sold() -> None:
    assert next_action(held(stops=(), price=D("94"))) == StartClosing(STOP_PASSED)


def test_while_a_sale_is_unknown_nothing_is_sold_and_the_stop_is_restored() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason="exit")
    now = held(bracket=closing, stops=(), selling=True, settled=False)
    assert next_action(now) == Protect(D("1"), D("95"))


def test_where_the_market_has_passed_the_stop_one_below_it_rests_until_the_sale_is_known() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason=STOP_PASSED)
    now = held(bracket=closing, stops=(), price=D("94"), settled=False)
    restored = next_action(now)
    assert restored == Protect(D("1"), D("93.5"))
    rests = order(2, OrderType.STOP_LOSS, Side.SELL, D("1"), D("93.5"))
    assert next_action(replace(now, stops=(rests,))) is None
    assert next_action(replace(now, stops=(rests,), price=D("96"))) == Change(rests, price=D("95"))
    assert next_action(replace(now, stops=(rests,), settled=True, spare=ZERO)) == AskFirst(D("1"))
    assert next_action(replace(now, leaving=D("1"))) is None
    assert next_action(replace(now, selling=True, spare=D("2"))) is None  # it could sell the operator's


def test_what_a_stop_of_unknown_owner_has_sold_is_not_sold_again_from_the_operators_coins() -> None:
    now = held(stops=(), fired=D("1"), spare=D("2"))
    assert next_action(now) is None
    assert next_action(replace(now, spare=ZERO)) == Protect(D("1"), D("95"))
    assert next_action(replace(now, fired=D("0.4"))) == Protect(D("0.6"), D("95"))


def test_while_a_sale_is_on_its_way_what_it_sells_needs_no_stop() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason="exit")
    now = held(bracket=closing, stops=(), selling=True, leaving=D("1"), settled=False)
    assert next_action(now) is None


def test_a_stop_that_can_not_be_cut_to_what_is_left_goes() -> None:
    """What is left is dust: no exchange takes a stop so small, and a larger one could sell the operator's coins."""
    now = held()
    assert now.position is not None
    left = replace(now, position=replace(now.position, amount=LEAST / 2))
    assert next_action(left) == Remove(now.stops[0], "more than is held")


def test_while_a_sale_is_under_way_stops_are_cut_to_what_is_held_and_no_further() -> None:
    stop = order(1, OrderType.STOP_LOSS, Side.SELL, D("1.5"), D("95"), reduce=True)
    now = held(on_margin=True, stops=(stop,), selling=True, settled=False, leaving=ZERO)
    assert now.owned < stop.remaining
    assert next_action(now) == Change(stop, amount=now.owned)
    fitting = replace(stop, amount=now.owned)
    assert next_action(replace(now, stops=(fitting,), leaving=now.owned)) is None, "the sale may yet end with nothing"


def test_with_the_operators_coins_in_the_wallet_a_stop_goes_before_its_coins_are_sold() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason="exit")
    action = next_action(held(bracket=closing, both_rest=True, spare=D("3"), asked=True))
    assert isinstance(action, Remove)
    action = next_action(held(bracket=closing, both_rest=True, spare=ZERO))
    assert action == SellOut(D("1"))


def test_what_failed_a_moment_ago_waits_and_protection_goes_on() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason="exit")
    now = held(bracket=closing, stops=(), waits=frozenset([Kind.SELL]))
    assert next_action(now) == Protect(D("1"), D("95"))
    assert next_action(replace(now, waits=frozenset([Kind.SELL, Kind.PROTECT]))) is None


def test_no_stop_gives_up_its_coins_before_the_exchange_has_said_that_it_would_take_the_sale() -> None:
    closing = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=ZERO, reason="exit")
    assert next_action(held(bracket=closing)) == AskFirst(D("1"))
    assert isinstance(next_action(held(bracket=closing, asked=True)), Remove)
    assert next_action(held(bracket=closing, waits=frozenset([Kind.SELL]))) is None


def test_a_part_is_taken_out_of_the_stop_that_it_fits_and_not_out_of_a_larger_one() -> None:
    small = order(2, OrderType.STOP_LOSS, Side.SELL, D("0.3"), D("95"))
    large = order(1, OrderType.STOP_LOSS, Side.SELL, D("0.7"), D("95"))
    keeps = Bracket(symbol="BTC/USD", stop_price=D("95"), keep=D("0.7"), reason="exit")
    action = next_action(held(bracket=keeps, stops=(large, small), asked=True))
    assert isinstance(action, Remove) and action.order is small
    action = next_action(held(bracket=replace(keeps, keep=D("0.8")), stops=(large, small), asked=True))
    assert action == Change(large, amount=D("0.5")), "none is small enough"
    action = next_action(held(bracket=replace(keeps, keep=ZERO), stops=(large, small), asked=True))
    assert isinstance(action, Remove) and action.order is large
