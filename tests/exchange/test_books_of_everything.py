"""Every order type, cash and margin, two quote currencies, all policies: the books balance, entry by entry."""

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Context, localcontext
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.clock import generator
from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.market.liquidity import standing
from kraken_tui.exchange.matching.messages import (
    Add,
    Amend,
    Booked,
    Cancel,
    CancelAllAfter,
    Cancelled,
    Deposit,
    Elapse,
    Event,
    Execution,
    Filled,
    LedgerEntry,
    MarketUpdate,
    Message,
)
from kraken_tui.exchange.matching.money.audit import audit
from kraken_tui.exchange.matching.money.fees import DAY_NS, volume_of
from kraken_tui.exchange.matching.money.funds import held
from kraken_tui.exchange.matching.money.ledger import opening_entries
from kraken_tui.exchange.matching.money.margin import free_margin, margin_level
from kraken_tui.exchange.matching.orders import TYPE_RULES, CloseTemplate, Signal, TimeInForce, Trail
from kraken_tui.exchange.matching.rules import Fees, Impact, Policies, Rules
from kraken_tui.exchange.matching.state import Step, opened
from kraken_tui.exchange.matching.trading.execution import tradable
from kraken_tui.model.errors import Refused, RetryLater
from kraken_tui.model.instrument import FeeLadder, Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import OrderType, Side
from tests.exchange.cases import BUY, SELL, D
from tests.exchange.replaying import replayed

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]
EXACT = Context(prec=80)
HOUR_NS = 3_600_000_000_000


def ladder(*steps: tuple[int, str]) -> FeeLadder:
    return tuple((D(volume), D(fee)) for volume, fee in steps)


def pair(symbol: str, price_decimals: int, cost_decimals: int, cost_min: str) -> Instrument:
    base, quote = symbol.split("/")
    name = base + quote
    return Instrument(
        symbol=symbol, id=name, altname=name, base=base, quote=quote, price_decimals=price_decimals, lot_decimals=8,
        cost_decimals=cost_decimals, tick=D(1).scaleb(-price_decimals), order_min=D("0.0005"), cost_min=D(cost_min),
        leverage_buy=(2, 5, 10), leverage_sell=(2, 5, 10), taker_fees=ladder((0, "0.4"), (9000, "0.3"), (40000, "0.1")),
        maker_fees=ladder((0, "0.25"), (9000, "0.1"), (40000, "-0.01")),
    )  # fmt: skip


PAIRS = (pair("BTC/USD", 1, 5, "0.5"), pair("ETH/USD", 2, 5, "0.5"), pair("ETH/BTC", 5, 10, "0.00002"))
ANCHOR = {"BTC/USD": 600_000, "ETH/USD": 300_000, "ETH/BTC": 5_000}
START = {"USD": D("10000.0000"), "BTC": D("0.5"), "ETH": D("3")}


class World:
    """One venue with one account; `pick` decides what happens to it."""

    def __init__(self, pick: Pick[Any]) -> None:
        self.pick = pick
        self.rules = Rules(
            instruments={each.symbol: each for each in PAIRS},
            account=pick(["margin", "margin", "cash"]),
            fees=Fees(maker=D("0.25"), taker=D("0.40"), margin=D("0.02")),
            impact=Impact(depth=D(5000), worse=D("0.02")),
            policies=Policies(
                trigger_by=pick(["quote", "signal"]), wrong_side=pick(["trigger", "cancel"]),
                fee_currency=pick(["quote", "preference"]), hold_untriggered=pick(["none", "full"]),
                children_reduce_only=pick([True, False]), liquidates=pick([True, False]),
            ),
            fee_schedule=pick(["flat", "tiers"]),
        )  # fmt: skip
        self.state = opened(START)
        self.now_ns = DAY_NS
        self.balances: dict[str, D] = replayed(opening_entries(self.state, self.now_ns))
        assert self.balances == START
        self.ticks = dict(ANCHOR)
        self.volumes: Counter[int] = Counter()
        self.positions: set[str] = set()
        self.unexplained: list[LedgerEntry] = []
        self.seen: Counter[str] = Counter()
        for each in PAIRS:
            self.quote(each, 0)

    def feed(self, message: Message) -> None:
        self.took(venue.apply(self.state, Elapse(time_ns=message.time_ns), self.rules))
        try:
            self.took(venue.apply(self.state, message, self.rules))
        except (Refused, RetryLater) as error:
            self.seen[error.text] += 1
        self.check()

    def took(self, events: list[Event]) -> None:
        """Book a second time what the core tells; the entries of a fill stand right behind it."""
        for place, event in enumerate(events):
            self.seen[type(event).__name__] += 1
            match event:
                case Booked(entry=entry):
                    self.seen[entry.type] += 1
                    self.balances = replayed([entry], self.balances)
                case Filled(order=order, execution=execution):
                    self.seen[f"{order.type}"] += 1
                    self.seen["liquidated"] += order.liquidated
                    self.took_fill(execution, events[place + 1 : place + 3])
                case Cancelled(order=order):
                    self.seen[order.reason] += 1

    def took_fill(self, execution: Execution, after: list[Event]) -> None:
        fill, instrument = execution.fill, self.rules.instruments[execution.fill.symbol]
        self.volumes[fill.time_ns // DAY_NS] += fill.cost  # type: ignore[assignment]
        booked = [event.entry for event in after if isinstance(event, Booked) and event.entry.ref_id == fill.id]
        if execution.position_id:
            self.positions.add(execution.position_id)
        if fill.leverage > 1:
            moved = bool(execution.realised or fill.fee)
            assert [(e.type, e.amount, e.fee) for e in booked] == [("margin", execution.realised, fill.fee)] * moved
            return
        self.seen["fee in coins"] += execution.fee_in_base > 0
        self.seen["rebate"] += fill.fee < 0
        sign = fill.side.sign
        assert [(e.asset, e.amount, e.fee) for e in booked] == [
            (instrument.quote, -fill.cost * sign, fill.fee),
            (instrument.base, fill.amount * sign, execution.fee_in_base),
        ]

    def check(self) -> None:
        with localcontext(EXACT):
            assert audit(self.state, self.rules) == []
            assert self.balances == self.state.balances
            today = self.state.time_ns // DAY_NS
            assert volume_of(self.state) == sum(cost for day, cost in self.volumes.items() if day > today - 30)
            lots = [(symbol, lot) for symbol, lots in self.state.margin.items() for lot in lots]
            assert {lot.id for _, lot in lots} <= self.positions
            assert len({lot.id for _, lot in lots}) == len(lots)
            for asset in START:
                hold = held(self.state, self.rules, asset)
                assert 0 <= hold <= max(D(0), self.balances[asset]) or self.rules.account == "margin"

    def level_is_kept(self) -> None:
        """After an update: where the level is too low, no more than crumbs stand for closing what is left."""
        if not self.rules.policies.liquidates:
            return
        for quote in ("USD", "BTC"):
            level = margin_level(self.state, self.rules, quote)
            if level is not None and level < 40:
                step = Step(self.state, self.rules, self.now_ns)
                for symbol, lots in self.state.margin.items():
                    market, instrument = tradable(step, symbol), self.rules.instruments[symbol]
                    if market is not None and instrument.quote == quote:
                        side = lots[0].side.opposite
                        left = standing(market, side, instrument, self.rules.impact)
                        assert sum((amount for _, amount in left), D(0)) < D("0.00001")

    def quote(self, instrument: Instrument, move: int, spread: int = 2, depth: str = "5000") -> None:
        ticks = self.ticks[instrument.symbol]
        ticks = self.ticks[instrument.symbol] = max(200, ticks + ticks * move // 1000)
        bid, ask = instrument.price_of(ticks), instrument.price_of(ticks + spread * max(1, ticks // 5000))
        worth = D(depth) / (60000 if instrument.quote == "BTC" else 1)
        told = Quote(instrument.symbol, bid, ask, worth / ask, worth / bid, self.pick([bid, ask]), self.now_ns)
        self.now_ns += 1_000_000_000
        index = self.pick([None, bid])
        self.feed(MarketUpdate(symbol=instrument.symbol, quote=told, index=index, time_ns=self.now_ns))
        self.level_is_kept()

    def order(self) -> None:
        pick = self.pick
        instrument, side, type_ = pick(PAIRS), pick([BUY, SELL]), pick([*TYPE_RULES])
        ticks = self.ticks[instrument.symbol]
        limit = instrument.price_of(ticks - side.sign * ticks * pick(range(-8, 12)) // 1000)
        worth = D(pick(["30", "700", "3000", "9000", "35000"])) / (60000 if instrument.quote == "BTC" else 1)
        leverage = pick([1, 1, 2, 5, 10])
        at_once = pick([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD])
        in_force = at_once if TYPE_RULES[type_].at_limit else TimeInForce.GTC
        amount = instrument.amount_down(worth / limit)
        later = self.now_ns + pick([1, 7, 40]) * HOUR_NS
        self.feed(
            Add(
                symbol=instrument.symbol, side=side, type=type_, amount=amount, leverage=leverage,
                **self.prices(type_, limit, side, instrument),
                display_amount=instrument.amount_down(amount / 5) if type_ is OrderType.ICEBERG else None,
                signal=pick([Signal.LAST, Signal.INDEX]), fee_in=pick(["quote", "base"]),
                time_in_force=in_force, expires_ns=later + HOUR_NS if in_force is TimeInForce.GTD else 0,
                starts_ns=pick([0, 0, 0, later]) if type_ is not OrderType.SETTLE_POSITION else 0,
                reduce_only=leverage > 1 and pick([False, False, True]),
                close=None if type_ is OrderType.SETTLE_POSITION else self.close(instrument, side, ticks),
                time_ns=self.now_ns,
            )
        )  # fmt: skip

    def prices(self, type_: OrderType, limit: D, side: Side, instrument: Instrument) -> dict[str, Any]:
        rule = TYPE_RULES[type_]
        if rule.trails:
            trail = Trail(distance=D(1), percent=True, limit_offset=D("0.5") * side.sign if rule.at_limit else None,
                          limit_percent=rule.at_limit)  # fmt: skip
            return {"trail": trail}
        beyond = instrument.price_of(instrument.ticks_of(limit * (1 + side.sign * D("0.002"))))
        waits = rule.trigger is not None
        return {"limit_price": (beyond if waits else limit) if rule.at_limit else None,
                "trigger_price": limit if waits else None}  # fmt: skip

    def close(self, instrument: Instrument, side: Side, ticks: int) -> CloseTemplate | None:
        type_ = self.pick([None, None, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT_LIMIT, OrderType.TRAILING_STOP])
        if type_ is None:
            return None
        away = instrument.price_of(ticks - side.sign * ticks * self.pick([-20, 5, 20]) // 1000)
        return CloseTemplate(type=type_, **self.prices(type_, away, side.opposite, instrument))

    def settle(self) -> None:
        """Settle a position that is there, in whole or in part."""
        if not self.state.margin:
            return
        symbol, lots = self.pick(sorted(self.state.margin.items()))
        whole = amount_of(lots)
        amount = self.pick([D(0), whole, self.rules.instruments[symbol].amount_down(whole / 3)])
        side = lots[0].side.opposite
        self.feed(Add(symbol=symbol, side=side, type=OrderType.SETTLE_POSITION, amount=amount, time_ns=self.now_ns))

    def gamble(self) -> None:
        """As large a position as the margin carries."""
        instrument, side = self.pick(PAIRS), self.pick([BUY, SELL])
        price = instrument.price_of(self.ticks[instrument.symbol])
        free = free_margin(self.state, self.rules, instrument.quote)
        amount = instrument.amount_down(max(D(0), free) * self.pick([5, 9]) / price)
        self.feed(
            Add(symbol=instrument.symbol, side=side, type=OrderType.MARKET, amount=amount, leverage=10,
                time_ns=self.now_ns)
        )  # fmt: skip

    def change(self) -> None:
        if not self.state.orders:
            return
        order = self.pick(sorted(self.state.orders.values(), key=lambda order: order.id))
        instrument = self.rules.instruments[order.symbol]
        if self.pick([True, False]):
            self.feed(Cancel(id=order.id, time_ns=self.now_ns))
            return
        amount = instrument.amount_down(order.amount * self.pick([50, 150]) / 100)
        limit = instrument.price_of(self.ticks[order.symbol]) if order.limit_price is not None else None
        self.feed(Amend(id=order.id, amount=amount, limit_price=self.pick([None, limit]), time_ns=self.now_ns))

    def seldom(self) -> None:
        match self.pick(["money", "wait", "switch", "gone"]):
            case "money":
                amount = D(self.pick(["-900", "-0.1", "0.2", "700"]))
                self.feed(Deposit(asset=self.pick(sorted(START)), amount=amount, time_ns=self.now_ns))
            case "wait":
                self.now_ns += self.pick([1, 3, 9, 300]) * HOUR_NS
                self.feed(Elapse(time_ns=self.now_ns))
            case "switch":
                self.feed(CancelAllAfter(timeout_ns=self.pick([0, HOUR_NS]), time_ns=self.now_ns))
            case _:
                self.feed(MarketUpdate(symbol=self.pick(PAIRS).symbol, quote=None, time_ns=self.now_ns))

    def act(self) -> None:
        match self.pick(["quote", "quote", "quote", "order", "order", "order", "order", "settle", "change", "seldom"]):
            case "quote":
                moves = [*range(-15, 16, 3), -160, -60, 60, 190]
                self.quote(self.pick(PAIRS), self.pick(moves), self.pick([-1, 1, 3]), self.pick(["40", "5000"]))
            case "order":
                self.order()
            case "settle":
                self.pick([self.settle, self.gamble])()
            case "change":
                self.change()
            case _:
                self.seldom()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(st.data())
def test_books_balance_whatever_happens(data: st.DataObject) -> None:
    world = World(lambda options: data.draw(st.sampled_from(options)))
    for _ in range(30):
        world.act()


def test_long_runs_meet_everything_and_balance() -> None:
    seen: Counter[str] = Counter()
    for seed in range(14):
        world = World(generator(seed).choice)
        for _ in range(350):
            world.act()
        seen += world.seen
    wanted = {"trade", "margin", "rollover", "settled", "deposit", "withdrawal", "MarginCalled", "liquidated"}
    wanted |= {"fee in coins", "rebate", "EOrder:Insufficient funds", "EOrder:Insufficient margin", "Out of funds"}
    wanted |= {
        "EOrder:Unknown position",
        "EFunding:Insufficient funds",
        "Opened",
        "TriggerMoved",
        "Refilled",
        "Settled",
    }
    wanted |= {str(type_) for type_ in OrderType if type_ is not OrderType.SETTLE_POSITION}
    assert wanted - set(seen) == set(), dict(seen)
