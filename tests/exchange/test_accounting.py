"""Random sequences of everything that can happen: the books balance to the last digit, always."""

from collections import Counter
from decimal import Context, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kraken_tui.clock import generator
from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.messages import (
    Accepted,
    Add,
    Amend,
    Booked,
    Cancel,
    Cancelled,
    Deposit,
    Elapse,
    Event,
    Filled,
    MarketUpdate,
    Message,
    RolledOver,
    Spawned,
)
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.funds import available
from kraken_tui.exchange.matching.orders import CloseTemplate, TimeInForce
from kraken_tui.exchange.matching.rules import Fees, Rules
from kraken_tui.exchange.matching.state import VenueState, opened
from kraken_tui.model.errors import Refused, RetryLater
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import OrderStatus, Side
from tests.exchange import cases
from tests.exchange.cases import BUY, LIMIT, MARKET, PAIRS, SELL, STOP, TARGET, D
from tests.exchange.replaying import replayed

START = D("10000.0000")
ANCHOR = {"BTC/USD": 600_000, "DOGE/USD": 2_000_000, "SHIB/USD": 1_234}
"""Where each price starts, in ticks."""
EXACT = Context(prec=80)

pairs = st.sampled_from(PAIRS)
sides = st.sampled_from([BUY, SELL])


class Accounts(RuleBasedStateMachine):
    """A cash account under random fire. What the core says it did is booked a second time, in the plainest way."""

    account: Any = "cash"
    leverages: tuple[int, ...] = (1,)

    @initialize(hold=st.sampled_from(["none", "full"]), children=st.booleans(), zero_fees=st.booleans())
    def start(self, hold: str, children: bool, zero_fees: bool) -> None:
        self.terms: Rules = cases.rules(self.account, hold_untriggered=hold, children_reduce_only=children)
        if zero_fees:
            no = Fees(maker=D(0), taker=D(0))
            self.terms = Rules(
                instruments=self.terms.instruments, account=self.account, fees=no, impact=self.terms.impact,
                policies=self.terms.policies,
            )  # fmt: skip
        self.state: VenueState = opened({"USD": START})
        self.ticks = dict(ANCHOR)
        self.now_ns = 0
        self.client_ids = 0
        self.ended: set[str] = set()
        self.primaries: dict[str, D] = {}
        self.children: dict[str, D] = {}
        self.replayed = {"USD": START}
        self.cash_flow = D(0)
        self.fees = D(0)
        self.deposits = {"USD": D(0), "BTC": D(0), "DOGE": D(0)}
        self.spot = {pair.symbol: D(0) for pair in PAIRS}
        self.margin = {pair.symbol: D(0) for pair in PAIRS}
        for pair in PAIRS:
            self.quote(pair, 0, 3, "5000")

    def feed(self, message: Message) -> None:
        before = self.state.copy()
        try:
            events = venue.apply(self.state, message, self.terms)
        except (Refused, RetryLater):
            assert self.state.orders == before.orders
            assert self.state.counter == before.counter
            assert self.state.spot == before.spot
            return
        with localcontext(EXACT):
            for event in events:
                self.book(event)

    def book(self, event: Event) -> None:
        match event:
            case Accepted(order=order):
                assert order.id not in self.ended
                if order.close is not None:
                    self.primaries[order.id] = D(0)
            case Filled(order=order, execution=execution):
                fill = execution.fill
                pair = self.terms.instruments[fill.symbol]
                assert order.id not in self.ended
                assert pair.is_on_tick(fill.price)
                assert fill.amount == pair.amount_down(fill.amount) > 0
                assert fill.cost == pair.cost_of(fill.price, fill.amount)
                assert order.limit_price is None or (order.limit_price - fill.price) * fill.side.sign >= 0
                assert order.limit_price is None or not fill.maker or fill.price == order.limit_price
                self.cash_flow -= fill.cost * fill.side.sign
                self.fees += fill.fee
                held = self.margin if fill.leverage > 1 else self.spot
                held[fill.symbol] += fill.amount * fill.side.sign
                if order.id in self.primaries:
                    self.primaries[order.id] += fill.amount
                if order.status is OrderStatus.CLOSED:
                    assert order.filled == order.amount
                    self.ended.add(order.id)
            case Spawned(order=order):
                assert order.parent_id is not None
                self.children[order.parent_id] = self.children.get(order.parent_id, D(0)) + order.amount
            case Cancelled(order=order):
                assert order.reason
                self.ended.add(order.id)
            case RolledOver(fee=fee):
                self.fees += fee
            case Booked(entry=entry):
                self.replayed = replayed([entry], self.replayed)
            case _:
                pass

    @rule(pick=st.integers(0, 50), percent=st.sampled_from([10, 33, 100, 300]), past=st.integers(0, 9))
    def reach(self, pick: int, percent: int, past: int) -> None:
        """The market comes to an order's price, with a part of its size, or all."""
        if not self.state.orders:
            return
        order = list(self.state.orders.values())[pick % len(self.state.orders)]
        pair, price = self.terms.instruments[order.symbol], order.price
        assert price is not None
        ticks = max(20, pair.ticks_of(price) - past * order.side.sign)
        self.ticks[pair.symbol] = ticks
        at, size = pair.price_of(ticks), order.amount * percent / 100
        bid, ask = (at - pair.tick, at) if order.side is BUY else (at, at + pair.tick)
        self.now_ns += 1_000_000_000
        told = Quote(pair.symbol, bid, ask, size, size, bid, self.now_ns)
        self.feed(MarketUpdate(symbol=pair.symbol, quote=told, time_ns=self.now_ns))

    @rule(
        pair=pairs,
        move=st.sampled_from([*range(-20, 21), -90, 90]),
        spread=st.integers(-1, 6),
        depth=st.sampled_from(["0", "40", "5000"]),
    )
    def quote(self, pair: Instrument, move: int, spread: int, depth: str) -> None:
        """A new quote, `move` per mille away; sometimes crossed, sometimes thin."""
        ticks = max(20, self.ticks[pair.symbol] + self.ticks[pair.symbol] * move // 1000)
        self.ticks[pair.symbol] = ticks
        bid, ask = pair.price_of(ticks), pair.price_of(ticks + spread * max(1, ticks // 5000))
        amount = D(depth) / bid
        self.now_ns += 1_000_000_000
        told = Quote(pair.symbol, bid, ask, amount, amount, bid, self.now_ns)
        self.feed(MarketUpdate(symbol=pair.symbol, quote=told, time_ns=self.now_ns))

    @rule(
        pair=pairs,
        side=sides,
        type_=st.sampled_from([MARKET, LIMIT, STOP, TARGET]),
        worth=st.sampled_from(["3", "55.5", "700", "4000", "all"]),
        crumbs=st.one_of(st.just(0), st.integers(0, 99_999_999)),
        away=st.integers(-5, 20),
        leverage=st.data(),
        flags=st.sampled_from(["", "", "post", "ioc", "reduce"]),
        close=st.sampled_from([None, None, STOP, TARGET, LIMIT]),
    )
    def order(
        self, pair: Instrument, side: Side, type_: Any, worth: str, crumbs: int, away: int, leverage: Any, flags: str,
        close: Any,
    ) -> None:  # fmt: skip
        ticks = self.ticks[pair.symbol]
        price = pair.price_of(max(1, ticks - side.sign * ticks * away // 1000))
        amount = self.amount(pair, side, price, worth) + pair.lot * (crumbs % 10**pair.lot_decimals)
        other = pair.price_of(max(1, ticks - side.sign * ticks * abs(away) // 500))
        template = None
        if close is not None:
            template = CloseTemplate(
                type=close,
                limit_price=other if close is LIMIT else None,
                trigger_price=None if close is LIMIT else other,
            )
        self.client_ids += 1
        self.feed(
            Add(
                symbol=pair.symbol,
                side=side,
                type=type_,
                amount=amount,
                limit_price=price if type_ is LIMIT else None,
                trigger_price=price if type_ in (STOP, TARGET) else None,
                client_id=f"c{self.client_ids}" if crumbs % 2 else None,
                time_in_force=TimeInForce.IOC if flags == "ioc" and type_ is LIMIT else TimeInForce.GTC,
                post_only=flags == "post" and type_ is LIMIT,
                leverage=leverage.draw(st.sampled_from(self.leverages)),
                reduce_only=flags == "reduce",
                close=template,
                time_ns=self.now_ns,
            )
        )

    def amount(self, pair: Instrument, side: Side, price: D, worth: str) -> D:
        if worth != "all":
            return pair.amount_down(D(worth) / price)
        if side is SELL:
            return max(D(0), self.spot[pair.symbol])
        free = available(self.state, self.terms, "USD")
        return pair.amount_down(max(D(0), free) / (price * (1 + self.terms.fees.taker / 100)))

    @rule(pair=pairs, side=sides)
    def close_out(self, pair: Instrument, side: Side) -> None:
        """Sell, or buy back, exactly what is there."""
        for held, leverage in ((self.spot, 1), (self.margin, 3)):
            amount = -held[pair.symbol] * side.sign
            if amount > 0:
                self.feed(
                    Add(
                        symbol=pair.symbol,
                        side=side,
                        type=MARKET,
                        amount=amount,
                        leverage=leverage,
                        time_ns=self.now_ns,
                    )
                )

    @rule(pick=st.integers(0, 50), percent=st.integers(20, 250), away=st.integers(-30, 30), what=st.integers(1, 7))
    def amend(self, pick: int, percent: int, away: int, what: int) -> None:
        if not self.state.orders:
            return
        order = list(self.state.orders.values())[pick % len(self.state.orders)]
        pair = self.terms.instruments[order.symbol]
        ticks = self.ticks[pair.symbol]
        price = pair.price_of(max(1, ticks + ticks * away // 1000))
        self.feed(
            Amend(
                id=order.id,
                amount=pair.amount_down(order.amount * percent / 100) if what & 1 else None,
                limit_price=price if what & 2 and order.limit_price else None,
                trigger_price=price if what & 4 and order.trigger_price else None,
                time_ns=self.now_ns,
            )
        )
        after = self.state.orders.get(order.id)
        if after is not None:
            assert (after.client_id, after.opened_ns) == (order.client_id, order.opened_ns)
            assert after.filled >= order.filled

    @rule(pick=st.integers(0, 50))
    def cancel(self, pick: int) -> None:
        if self.state.orders:
            order_id = list(self.state.orders)[pick % len(self.state.orders)]
            self.feed(Cancel(id=order_id, time_ns=self.now_ns))
            assert order_id not in self.state.orders

    @rule(
        what=st.sampled_from(["wait", "deposit", "market goes away", "cancel everything"]),
        pair=pairs,
        asset=st.sampled_from(["USD", "BTC", "DOGE"]),
        amount=st.decimals("0.0001", "900", places=4),
    )
    def seldom(self, what: str, pair: Instrument, asset: str, amount: D) -> None:
        match what:
            case "wait":
                self.now_ns += int(amount) * 60_000_000_000
                self.feed(Elapse(time_ns=self.now_ns))
            case "deposit":
                self.deposits[asset] += amount
                self.feed(Deposit(asset=asset, amount=amount, time_ns=self.now_ns))
            case "market goes away":
                self.feed(MarketUpdate(symbol=pair.symbol, quote=None, time_ns=self.now_ns))
            case _:
                for order_id in list(self.state.orders):
                    self.feed(Cancel(id=order_id, time_ns=self.now_ns))

    @invariant()
    def books_balance(self) -> None:
        assert audit(self.state, self.terms) == []
        with localcontext(EXACT):
            totals = self.state.totals["USD"]
            basis = sum((lot.cost for lots in self.state.spot.values() for lot in lots), D(0))
            booked = totals.start + totals.deposits + totals.realised - totals.fees
            assert booked == self.state.balances["USD"] + basis
            assert totals.fees == self.fees
            assert totals.start == START

    @invariant()
    def ledger_entries_make_the_balances(self) -> None:
        assert self.replayed == self.state.balances

    @invariant()
    def cash_is_what_flowed(self) -> None:
        """The quote balance, from the fills alone: a margin lot's cost has not left the balance."""
        with localcontext(EXACT):
            open_cost = sum((lot.cost * lot.side.sign for lots in self.state.margin.values() for lot in lots), D(0))
            flowed = START + self.deposits["USD"] + self.cash_flow - self.fees
            assert self.state.balances["USD"] == flowed + open_cost

    @invariant()
    def positions_are_the_sum_of_fills(self) -> None:
        for pair in PAIRS:
            lots = self.state.margin.get(pair.symbol, ())
            assert self.margin[pair.symbol] == sum((lot.amount * lot.side.sign for lot in lots), D(0))
            assert len({lot.side for lot in lots}) <= 1
            coins = self.state.balances.get(pair.base, D(0))
            assert coins == self.deposits.get(pair.base, D(0)) + self.spot[pair.symbol]
            bought = sum((lot.amount for lot in self.state.spot.get(pair.symbol, ())), D(0))
            assert 0 <= bought <= coins
            assert all(lot.amount > 0 for lot in (*lots, *self.state.spot.get(pair.symbol, ())))

    @invariant()
    def holds_fit(self) -> None:
        for asset in ("USD", "BTC", "DOGE", "SHIB"):
            held = sum(
                (
                    order.held
                    for order in self.state.orders.values()
                    if asset == ("USD" if order.side is BUY else order.symbol.split("/")[0])
                ),
                D(0),
            )
            balance = self.state.balances.get(asset, D(0))
            assert held >= 0
            if self.account == "cash":
                assert balance >= held
        spot_rests = any(order.leverage == 1 for order in self.state.orders.values())
        assert spot_rests or not any(order.held for order in self.state.orders.values())

    @invariant()
    def open_orders_are_open(self) -> None:
        for order_id, order in self.state.orders.items():
            assert (order_id, order.status) == (order.id, OrderStatus.OPEN)
            assert order_id not in self.ended
            assert 0 < order.remaining <= order.amount
        client_ids = [order.client_id for order in self.state.orders.values() if order.client_id]
        assert len(client_ids) == len(set(client_ids))

    @invariant()
    def children_cover_their_primaries(self) -> None:
        for primary, filled in self.primaries.items():
            assert self.children.get(primary, D(0)) == filled


class MarginAccounts(Accounts):
    """The same on a margin account, spot orders among them."""

    account = "margin"
    leverages = (1, 2, 3)


LIMITS = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
TestCash = Accounts.TestCase
TestCash.settings = LIMITS
TestMargin = MarginAccounts.TestCase
TestMargin.settings = LIMITS


class Chance:
    """Draws as hypothesis would, from a plain generator: long runs, evenly mixed."""

    def __init__(self, seed: int) -> None:
        self.random = generator(seed)

    def draw(self, one_of: Any) -> Any:
        return self.random.choice(one_of.elements)

    def step(self, machine: Accounts) -> None:
        pick = self.random.choice
        pair, side, number = pick(PAIRS), pick([BUY, SELL]), self.random.randrange
        match pick(
            ["quote", "quote", "reach", "reach", "order", "order", "order", "close", "amend", "cancel", "seldom"]
        ):
            case "quote":
                move = pick([*range(-20, 21), -90, 90])
                machine.quote(pair=pair, move=move, spread=number(-1, 7), depth=pick(["0", "40", "5000"]))
            case "reach":
                machine.reach(pick=number(50), percent=pick([10, 33, 100, 300]), past=number(10))
            case "order":
                machine.order(
                    pair=pair,
                    side=side,
                    type_=pick([MARKET, LIMIT, LIMIT, LIMIT, STOP, TARGET]),
                    worth=pick(["3", "55.5", "700", "4000", "all"]),
                    crumbs=pick([0, number(100_000_000)]),
                    away=number(-5, 21),
                    leverage=self,
                    flags=pick(["", "", "post", "ioc", "reduce"]),
                    close=pick([None, None, STOP, TARGET, LIMIT]),
                )
            case "close":
                machine.close_out(pair=pair, side=side)
            case "amend":
                machine.amend(pick=number(50), percent=number(20, 250), away=number(-30, 31), what=number(1, 8))
            case "cancel":
                machine.cancel(pick=number(50))
            case _:
                what = pick(["wait", "deposit", "market goes away", "cancel everything"])
                amount = D(number(1, 9_000_000)).scaleb(-4)
                machine.seldom(what=what, pair=pair, asset=pick(["USD", "BTC", "DOGE"]), amount=amount)

    def run(self, machine: Accounts, steps: int) -> None:
        machine.start(hold=self.random.choice(["none", "full"]), children=self.random.random() < 0.5, zero_fees=False)
        for _ in range(steps):
            self.step(machine)
            for check in INVARIANTS:
                check(machine)


INVARIANTS = (
    Accounts.books_balance, Accounts.ledger_entries_make_the_balances, Accounts.cash_is_what_flowed,
    Accounts.positions_are_the_sum_of_fills, Accounts.holds_fit,
    Accounts.open_orders_are_open, Accounts.children_cover_their_primaries,
)  # fmt: skip


def kind_of(event: Event) -> str:
    match event:
        case Cancelled(order=order):
            return order.reason
        case Filled(order=order, execution=execution):
            fill = execution.fill
            closing = "closing" if execution.closed else "opening"
            part = "part" if order.filled < order.amount else "all"
            return f"{fill.order_type} {'maker' if fill.maker else 'taker'} {closing} {part}"
    return type(event).__name__


def test_long_runs_balance_and_contain_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    book = Accounts.book
    monkeypatch.setattr(Accounts, "book", lambda self, event: (seen.update([kind_of(event)]), book(self, event))[1])
    for seed in range(12):
        Chance(seed).run((Accounts, MarginAccounts)[seed % 2](), 500)
    wanted = {f"{type_} taker {way} {part}" for type_ in ("market", "limit", "stop-loss", "take-profit")
              for way in ("opening", "closing") for part in ("part", "all")}  # fmt: skip
    wanted |= {f"limit maker {way} {part}" for way in ("opening", "closing") for part in ("part", "all")}
    wanted |= {"Accepted", "Amended", "Triggered", "Spawned", "RolledOver", "Deposited", "User requested"}
    wanted |= {"Immediate or cancel", "No liquidity", "Out of funds", "Insufficient margin", "Post only order"}
    wanted |= {"Reduce only:Position is closed"}
    assert wanted - set(seen) == set(), dict(seen)
