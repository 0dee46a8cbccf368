"""The exchange's own state as the reference: what is told agrees with it, whatever happens to messages on the way."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.exchange.live.audience import Audience
from kraken_tui.exchange.live.private_messages import InDoubt
from kraken_tui.exchange.live.session import Session
from kraken_tui.exchange.matching.messages import Deposit
from tests.exchange_live.stream_stand import Diary
from tests.exchange_live.truth import agrees, has_all_fills
from tests.sandbox.private_ws import Exchange, Recorder

D = Decimal


class Line:
    """Between an exchange and a session: it may lose, double, hold back and turn round what is sent.

    After a doubt there is a new connection, as `PrivateStream` makes one.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.audience, self.diary = Audience(), Diary()
        self.audience.listeners.append(self.diary)
        self.doubts = self.connections = 0
        self.was_touched = False
        """Whether anything went wrong since the connection was made."""
        self.connect()

    def connect(self) -> None:
        self.connections += 1
        self.was_touched = False
        self.session = Session(self.audience)
        self.recorder = Recorder(1000 + self.connections)
        for channel, options in (("executions", {"snap_trades": True}), ("balances", {})):
            self.exchange.subscribe(self.recorder, channel, token=self.exchange.token_of("full"), **options)
        self.read = 0
        self.held: list[str] = []
        self.deliver([])

    def deliver(self, fates: list[str]) -> None:
        """What was sent since the last time, each message with its fate."""
        connection = self.connections
        for text in self.recorder.texts[self.read :]:
            self.read += 1
            fate = fates.pop(0) if fates else "fine"
            self.was_touched |= fate != "fine"
            arriving = {"drop": [], "double": [text, text], "late": []}.get(fate, [text])
            if fate == "late":
                self.held.append(text)
            elif fate == "after":
                arriving, self.held = [text, *self.held], []
            for each in arriving:
                self.take(each)
                if self.connections != connection:
                    return

    def take(self, text: str) -> None:
        try:
            self.session.take(text.encode())
        except InDoubt:
            self.doubts += 1
            self.recorder.close()
            self.connect()

    def agrees(self) -> bool:
        """Whether what was told is what the exchange knows."""
        assert self.diary.resting == self.session.book.orders
        return agrees(self.diary, self.exchange.parts)


def act(exchange: Exchange, what: int, much: int) -> None:
    """Something that an account may do; refusals are part of it."""
    amount, far = D(much + 1) / 100, 60000 - 50 * (much - 8)
    open_ids = list(exchange.parts.venue.state.orders)
    one = open_ids[much % len(open_ids)] if open_ids else "none"
    usual: dict[str, Any] = {"symbol": "BTC/USD", "side": "buy", "order_qty": amount}
    close = {"order_type": "stop-loss", "trigger_price": 59000}
    match what:
        case 0:
            exchange.ask(
                "add_order", **usual, order_type="limit", limit_price=far, cl_ord_id=f"c{len(open_ids)}-{much}"
            )
        case 1:
            exchange.ask("add_order", **usual, order_type="market", conditional=close)
        case 2:
            exchange.ask("add_order", **usual, order_type="limit", limit_price=far, conditional=close)
        case 3:
            exchange.ask("add_order", **usual | {"side": "sell"}, order_type="stop-loss", triggers={"price": far})
        case 4:
            trail = {"price": much + 1, "price_type": "pct"}
            exchange.ask("add_order", **usual | {"side": "sell"}, order_type="trailing-stop", triggers=trail)
        case 5:
            exchange.ask("add_order", **usual | {"side": "sell"}, order_type="market", margin=True)
        case 6:
            exchange.ask("cancel_order", order_id=[one])
        case 7:
            exchange.ask("amend_order", order_id=one, order_qty=amount)
        case 8:
            exchange.ask("amend_order", order_id=one, trigger_price=far)
        case 9:
            exchange.ask("add_order", **usual, order_type="iceberg", display_qty=amount / 10, limit_price=far)
        case 10:
            exchange.ask("add_order", **usual, order_type="take-profit-limit", limit_price=far, triggers={"price": far})
        case _:
            exchange.move(str(far - 1), str(far), size=str(amount))


ACTIONS = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 16)), min_size=1, max_size=25)
FATES = st.sampled_from(["fine"] * 8 + ["drop", "double", "late", "after"])
BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BOUNDED
@given(ACTIONS)
def test_events_alone_tell_what_snapshots_would(actions: list[tuple[int, int]]) -> None:
    exchange = Exchange("fee_currency=preference")
    line = Line(exchange)
    for what, much in actions:
        act(exchange, what, much)
        line.deliver([])
        assert line.agrees()
    assert has_all_fills(line.diary, exchange.parts)
    assert line.doubts == 0


@BOUNDED
@given(ACTIONS, st.lists(FATES, max_size=80))
def test_whatever_happens_on_the_way_a_resync_gives_the_exchanges_own_state(
    actions: list[tuple[int, int]], fates: list[str]
) -> None:
    exchange = Exchange()
    line = Line(exchange)
    for what, much in actions:
        act(exchange, what, much)
        line.deliver(fates)
        if not line.was_touched:
            assert line.agrees(), "no doubt is left where nothing went wrong"
    line.connect()
    assert line.agrees()
    assert has_all_fills(line.diary, exchange.parts)


@BOUNDED
@given(ACTIONS, st.integers(0, 60))
def test_one_lost_message_is_noticed_with_the_next_one(actions: list[tuple[int, int]], lost: int) -> None:
    exchange = Exchange()
    line = Line(exchange)
    fates = ["fine"] * lost + ["drop"]
    for what, much in actions:
        act(exchange, what, much)
        line.deliver(fates)
    exchange.place(limit_price=100, order_qty=1)
    exchange.apply(Deposit(asset="USD", amount=D(1), time_ns=exchange.clock.now_ns()))
    was_lost = not fates
    line.deliver([])
    assert line.doubts == was_lost
    assert line.agrees()
