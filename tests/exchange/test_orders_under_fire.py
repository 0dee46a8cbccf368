"""Every order type with every rule under random fire: what must hold of orders whatever happens."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.market.book import visible_book
from kraken_tui.exchange.matching.market.liquidity import within
from kraken_tui.exchange.matching.messages import (
    Add,
    Amend,
    Cancel,
    CancelAll,
    CancelAllAfter,
    Cancelled,
    Edit,
    Elapse,
    Event,
    Filled,
    MarketUpdate,
    Message,
    Spawned,
)
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.orders import (
    TYPE_RULES,
    CloseTemplate,
    OrderRecord,
    SelfTrade,
    Signal,
    TimeInForce,
    Trail,
)
from kraken_tui.exchange.matching.rules import Impact, Policies, Rules
from kraken_tui.exchange.matching.state import VenueState, opened
from kraken_tui.model.errors import ExchangeError, Refused, RetryLater
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import OrderStatus, OrderType, Side
from tests.exchange.cases import BTC, D, rules

SECOND = 1_000_000_000
SYMBOL = "BTC/USD"
LIVE = (OrderStatus.OPEN, OrderStatus.PENDING)
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
SYSTEMS = ("limit_only", "post_only", "cancel_only", "maintenance")

ticks = st.integers(960, 1040)
amounts = st.sampled_from(["0.3", "1", "2", "5", "15"]).map(D)
sides = st.sampled_from([Side.BUY, Side.SELL])
trails = st.builds(
    Trail,
    distance=st.sampled_from(["0.3", "1", "2.5"]).map(D),
    percent=st.booleans(),
    limit_offset=st.none(),
)
offsets = st.sampled_from(["-0.5", "0", "0.4"]).map(D)


def price(tick: int) -> D:
    return BTC.price_of(tick)


def _prices(draw: Any, kind: OrderType) -> dict[str, Any]:
    shape = TYPE_RULES[kind]
    if shape.trails:
        trail = draw(trails)
        if shape.at_limit:
            trail = replace(trail, limit_offset=draw(offsets), limit_percent=draw(st.booleans()))
        return {"trail": trail}
    limit = price(draw(ticks)) if shape.at_limit else None
    trigger = price(draw(ticks)) if shape.trigger else None
    return {"limit_price": limit, "trigger_price": trigger}


@st.composite
def closes(draw: Any) -> CloseTemplate | None:
    kinds = [kind for kind in OrderType if kind not in (OrderType.MARKET, OrderType.SETTLE_POSITION)]
    kind = draw(st.sampled_from([None, None, None, *kinds]))
    return None if kind is None else CloseTemplate(type=kind, **_prices(draw, kind))


@st.composite
def adds(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from([OrderType.LIMIT, OrderType.LIMIT, *OrderType]))
    shape, amount = TYPE_RULES[kind], draw(amounts)
    times = list(TimeInForce) if shape.at_limit else [TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTD]
    return {
        "symbol": SYMBOL,
        "side": draw(sides),
        "type": kind,
        "amount": amount,
        **_prices(draw, kind),
        "signal": draw(st.sampled_from([Signal.LAST, Signal.LAST, Signal.INDEX])),
        "display_amount": amount / draw(st.sampled_from([2, 5, 15])) if kind is OrderType.ICEBERG else None,
        "time_in_force": draw(st.sampled_from([TimeInForce.GTC, *times])),
        "self_trade": draw(st.sampled_from(SelfTrade)),
        "fee_in": draw(st.sampled_from(["quote", "base"])),
        "post_only": kind is OrderType.LIMIT and draw(st.integers(0, 4)) == 0,
        "leverage": draw(st.sampled_from([1, 1, 2, 5])),
        "reduce_only": draw(st.integers(0, 9)) == 0,
        "close": draw(closes()) if kind is not OrderType.SETTLE_POSITION else None,
    }


class Orders(RuleBasedStateMachine):
    """A margin account with coins. `told` is what the events say about the open orders."""

    @initialize(data=st.data())
    def start(self, data: Any) -> None:
        pick = data.draw
        policies = Policies(
            trigger_by=pick(st.sampled_from(["signal", "signal", "quote"])),
            wrong_side=pick(st.sampled_from(["trigger", "refuse", "cancel"])),
            post_only=pick(st.sampled_from(["accept", "refuse"])),
            fee_currency=pick(st.sampled_from(["quote", "preference"])),
            hold_untriggered=pick(st.sampled_from(["none", "full"])),
            children_reduce_only=pick(st.booleans()),
            liquidates=pick(st.booleans()),
        )
        impact = Impact(depth=D(400), worse=D("0.3"), on_grid=pick(st.booleans()))
        self.terms: Rules = replace(rules("margin"), policies=policies, impact=impact)
        self.state: VenueState = opened({"USD": D(8000), "BTC": D(60)})
        self.told: dict[str, OrderRecord] = {}
        self.now_ns = 0
        self.tick = 1000
        self.market(0, 1, "2", 0)

    def feed(self, message: Message) -> list[Event]:
        """Time first, so that what is left is the message's own doing."""
        self.learn(venue.apply(self.state, Elapse(time_ns=message.time_ns), self.terms))
        before = msgspec.json.encode(self.state)
        try:
            events = venue.apply(self.state, message, self.terms)
        except (Refused, RetryLater):
            assert msgspec.json.encode(self.state) == before
            return []
        self.learn(events)
        return events

    def learn(self, events: list[Event]) -> None:
        # A child meets the market once its primary is done: while that still trades, the child does not stand yet.
        self.fresh: set[str] = {event.order.id for event in events if isinstance(event, Spawned)}
        for event in events:
            order = getattr(event, "order", None)
            if order is None:
                continue
            assert order.filled <= order.amount
            if isinstance(event, Filled):
                self.check_fill(order, event)
            if isinstance(event, Cancelled):
                assert order.reason
                assert order.time_in_force is not TimeInForce.FOK or order.filled == 0
                assert order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
            if isinstance(event, Spawned):
                assert order.parent_id is not None
            if order.status in LIVE:
                self.told[order.id] = order
            else:
                self.told.pop(order.id, None)

    def check_fill(self, order: OrderRecord, event: Filled) -> None:
        fill = event.execution.fill
        assert order.limit_price is None or within(fill.price, order.limit_price, order.side)
        assert not (order.post_only and not fill.maker)
        assert fill.amount > 0
        if fill.maker:
            assert fill.price == order.limit_price
            return
        for other in self.told.values():
            if other.id not in self.fresh and other.side is not order.side and other.stands:
                assert other.limit_price is not None
                assert not (within(other.limit_price, fill.price, order.side) and other.limit_price != fill.price)

    def tick_on(self, seconds: int = 1) -> int:
        self.now_ns += seconds * SECOND
        return self.now_ns

    @rule(
        move=st.integers(-25, 25), spread=st.integers(-1, 4), amount=st.sampled_from(["0", "0.5", "3", "40"]),
        index=st.integers(-20, 20),
    )  # fmt: skip
    def market(self, move: int, spread: int, amount: str, index: int) -> None:
        self.tick = min(1040, max(960, self.tick + move))
        bid, ask = price(self.tick), price(self.tick + spread)
        told = Quote(SYMBOL, bid, ask, D(amount), D(amount), bid, self.tick_on())
        at = price(self.tick + index) if index % 5 else None
        self.feed(MarketUpdate(symbol=SYMBOL, quote=told, index=at, time_ns=self.now_ns))

    @precondition(lambda self: self.state.orders)
    @rule(pick=st.integers(0, 99), past=st.integers(0, 3), amount=st.sampled_from(["0.1", "3", "40"]))
    def reach(self, pick: int, past: int, amount: str) -> None:
        """The market comes to an order's price, or a little past it."""
        order = self.state.orders[self.some_order(pick)]
        at = order.limit_price if order.stands else order.trigger_price
        if at is not None:
            self.tick = max(960, BTC.ticks_of(at) - past * order.side.sign - (order.side is Side.BUY))
            self.market(0, 1, amount, 1)

    @rule(given=adds(), start=st.sampled_from([0, 0, 0, 0, 4]), end=st.integers(5, 40))
    def add(self, given: dict[str, Any], start: int, end: int) -> None:
        now = self.tick_on()
        gtd = given["time_in_force"] is TimeInForce.GTD
        add = Add(
            **given, starts_ns=now + start * SECOND if start else 0, expires_ns=now + end * SECOND if gtd else 0,
            client_id=f"c{now}", time_ns=now,
        )  # fmt: skip
        self.learn(venue.apply(self.state, Elapse(time_ns=now), self.terms))
        before, foreseen = msgspec.json.encode(self.state), None
        try:
            venue.check_only(self.state, add, self.terms)
        except ExchangeError as error:
            foreseen = error.text
        assert msgspec.json.encode(self.state) == before
        try:
            self.learn(venue.apply(self.state, add, self.terms))
        except (Refused, RetryLater) as error:
            assert error.text == foreseen
            assert msgspec.json.encode(self.state) == before
        else:
            assert foreseen is None

    def some_order(self, pick: int) -> str:
        return list(self.state.orders)[pick % len(self.state.orders)]

    @precondition(lambda self: self.state.orders)
    @rule(pick=st.integers(0, 99), data=st.data())
    def amend(self, pick: int, data: Any) -> None:
        draw = data.draw
        fields: dict[str, Any] = {
            "amount": amounts, "limit_price": ticks.map(price), "trigger_price": ticks.map(price),
            "display_amount": amounts, "post_only": st.booleans(),
        }  # fmt: skip
        chosen = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=2, unique=True))
        changes = {name: draw(fields[name]) for name in chosen}
        self.feed(Amend(id=self.some_order(pick), **changes, time_ns=self.tick_on()))

    @precondition(lambda self: self.state.orders)
    @rule(pick=st.integers(0, 99), amount=amounts, at=ticks, post=st.booleans())
    def edit(self, pick: int, amount: D, at: int, post: bool) -> None:
        order = self.state.orders[self.some_order(pick)]
        now = self.tick_on()
        replacement = Add(
            symbol=SYMBOL, side=order.side, type=order.type, amount=amount, trail=order.trail,
            limit_price=None if order.limit_price is None else price(at),
            trigger_price=None if order.trigger_price is None or order.trail else price(at),
            display_amount=None if order.display_amount is None else amount / 3, leverage=order.leverage,
            post_only=post and order.type is OrderType.LIMIT, time_ns=now,
        )  # fmt: skip
        self.feed(Edit(id=order.id, replacement=replacement, time_ns=now))

    @precondition(lambda self: self.state.orders)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        self.feed(Cancel(id=self.some_order(pick), time_ns=self.tick_on()))

    @rule(seconds=st.sampled_from([1, 10, 20_000]))
    def elapse(self, seconds: int) -> None:
        self.feed(Elapse(time_ns=self.tick_on(seconds)))

    @rule(timeout=st.sampled_from([0, 0, 30]))
    def switch(self, timeout: int) -> None:
        self.feed(CancelAllAfter(timeout_ns=timeout * SECOND, time_ns=self.tick_on()))

    @rule(really=st.integers(0, 9))
    def cancel_all(self, really: int) -> None:
        if really == 0:
            self.feed(CancelAll(time_ns=self.tick_on()))

    @rule(mode=st.sampled_from(SYSTEMS), pick=st.integers(0, 99), given=adds())
    def pass_through_a_mode(self, mode: str, pick: int, given: dict[str, Any]) -> None:
        self.terms = replace(self.terms, system=mode)
        self.market(0, 1, "3", 1)
        self.add(given, 0, 9)
        if self.state.orders:
            self.cancel(pick)
        self.terms = replace(self.terms, system="online")
        self.market(0, 1, "3", 1)

    @invariant()
    def events_tell_all(self) -> None:
        assert set(self.told) == set(self.state.orders)

        def plain(orders: dict[str, OrderRecord]) -> dict[str, OrderRecord]:
            return {id: replace(order, held=D(0), peak_price=None) for id, order in orders.items()}

        assert plain(self.told) == plain(self.state.orders)

    @invariant()
    def only_what_may_rest_rests(self) -> None:
        for order in self.state.orders.values():
            assert order.status in LIVE
            assert order.filled < order.amount
            waits = order.is_waiting or order.is_scheduled
            assert waits or (order.stands and order.time_in_force not in AT_ONCE)
            assert order.display_amount is None or D(0) < order.visible <= order.remaining
            assert not order.is_waiting or order.trigger_price or order.is_scheduled or order.trail

    @invariant()
    def own_orders_never_cross(self) -> None:
        standing = [order for order in self.state.orders.values() if order.stands]
        buys = [order.limit_price for order in standing if order.side is Side.BUY and order.limit_price]
        sells = [order.limit_price for order in standing if order.side is Side.SELL and order.limit_price]
        assert not buys or not sells or max(buys) < min(sells)

    @invariant()
    def the_book_is_a_book(self) -> None:
        book = visible_book(self.state, self.terms, SYMBOL, 20)
        bids, asks = [at for at, _ in book.bids], [at for at, _ in book.asks]
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert all(amount > 0 for _, amount in (*book.bids, *book.asks))
        assert not bids or not asks or bids[0] <= asks[0]

    @invariant()
    def books_balance(self) -> None:
        assert audit(self.state, self.terms) == []


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
class TestOrders(Orders.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
