"""A sandbox, and the engine's own execution on it over HTTP and WebSocket: what every acceptance card is played on."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kraken_tui.clock import real_sleep
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.budgets import TIERS
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.model.intent import Enter, Exit, MoveStop, MoveTarget
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Outcome
from kraken_tui.model.trading import Fill, OrderType, Position, Side
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.cards.engine import BTC, DOGE, ROOMY, SYMBOLS, Engine
from tests.cards.truth import Truth
from tests.samples import D

ZERO = Decimal(0)
PRICE, STOP, TARGET = D("60000.0"), D("58000.0"), D("62000.0")
"""Of BTC/USD: where the market stands, and the bracket of an entry."""
FIRST_SALE = {"hold_untriggered=none": 0, "hold_untriggered=full": 1}
"""AddOrders of an exit before the one that can sell: a refused one is the evidence that stops hold the coins."""
SPREAD = {BTC: D("1.0"), DOGE: D("0.0000100")}


class Stand(Engine):
    """Exchange and engine, moved by hand; see `Engine` for how it is made."""

    def __init__(self, sandbox: Sandbox, *args: Any, **given: Any) -> None:
        super().__init__(sandbox, *args, **given)
        self.control, self.truth = sandbox.control, Truth(sandbox.parts)
        self.is_checked = True

    def price(self, bid: str | Decimal, symbol: str = BTC, *, amount: str = "0") -> None:
        """Move the market, and what the engine sees of it. `amount` stands at the best prices; 0: as usual."""
        self.market(bid, symbol, amount=amount)
        self.see(bid, symbol)

    def market(self, bid: str | Decimal, symbol: str = BTC, *, amount: str = "0") -> None:
        """Move the market alone."""
        bid = Decimal(bid)
        self.control.price(symbol, bid, bid + SPREAD[symbol], bid, bid_amount=D(amount), ask_amount=D(amount))

    def see(self, bid: str | Decimal, symbol: str = BTC) -> None:
        """Let the engine see a price."""
        bid = Decimal(bid)
        self.quotes[symbol] = Quote(
            symbol=symbol, bid=bid, ask=bid + SPREAD[symbol], bid_amount=D(1), ask_amount=D(1), last=bid,
            time_ns=self.clock.now_ns(),
        )  # fmt: skip
        if self.is_running:
            self.trader.desk.look()

    def leap(self, seconds: float) -> None:
        """Let so much time pass, for exchange and engine."""
        self.control.advance(seconds)
        self.clock.leapt()

    def change_policies(self, **policies: Any) -> None:
        """Let the exchange behave otherwise from now on."""
        venue = self.sandbox.parts.venue
        venue.rules = replace(venue.rules, policies=replace(venue.rules.policies, **policies))

    def arm(self, kind: Any, where: str = "*", **rest: Any) -> None:
        """Arm a fault."""
        self.control.arm(FaultRule(kind=kind, where=where, **rest))

    async def until(self, is_so: Callable[[], object], *, within_s: float = 15.0, leaps: float = 0.0) -> None:
        """Wait for something that must come; every few milliseconds `leaps` seconds pass besides."""
        for _ in range(int(within_s / 0.01)):
            if is_so():
                return
            await real_sleep(0.01)
            if leaps:
                self.leap(leaps)
        raise AssertionError(f"it did not come to be; {self.as_it_stands()}")

    async def hold_on(self, seconds: float = 0.2) -> None:
        """Give whatever must not happen the time to happen: several pulses, and the answers to them."""
        for _ in range(int(seconds / 0.02)):
            await real_sleep(0.02)
            self.leap(0.6)

    def wish(self, amount: str = "0.01", symbol: str = BTC, **rest: Any) -> Enter:
        """An entry: a long behind its stop, unless `rest` says otherwise."""
        given: dict[str, Any] = {"side": Side.BUY, "price": PRICE + SPREAD[BTC], "stop_price": STOP}
        return Enter(symbol=symbol, amount=D(amount), reason="card", owner="operator", **(given | rest))

    async def enter(self, amount: str = "0.01", **rest: Any) -> Outcome | None:
        """Enter, and wait until all that was bought rests behind stops."""
        outcome = await self.trader.desk.do(self.wish(amount, **rest))
        symbol = str(rest.get("symbol", BTC))
        await self.until(lambda: self.is_calm(symbol))
        return outcome

    def exit(self, symbol: str = BTC, reason: str = "card", keep: str = "0") -> None:
        self.trader.desk.submit(Exit(symbol=symbol, reason=reason, keep=D(keep)))

    def move_stop(self, price: str | Decimal, symbol: str = BTC) -> None:
        self.trader.desk.submit(MoveStop(symbol=symbol, stop_price=Decimal(price), reason="TRAIL"))

    def move_target(self, price: str | None, symbol: str = BTC) -> None:
        self.trader.desk.submit(
            MoveTarget(symbol=symbol, target_price=None if price is None else D(price), reason="card")
        )

    def position(self, symbol: str = BTC) -> Position | None:
        return self.trader.account.position(symbol)

    def stop_price(self, symbol: str = BTC) -> Decimal | None:
        """Where the engine believes that the position's stop rests."""
        position = self.position(symbol)
        return None if position is None else position.stop_price

    def is_calm(self, symbol: str = BTC) -> bool:
        """Whether engine and exchange agree on what is held, and all of it rests behind stops."""
        position = self.position(symbol)
        held = ZERO if position is None else position.amount * position.side.sign
        return (
            held == self.truth.held(symbol)
            and self.trader.brackets.is_settled(symbol)
            and self.truth.covered(symbol) == abs(held)
            and (position is None or position.stop_amount == position.amount)
        )

    def is_flat(self, symbol: str = BTC) -> bool:
        """Whether nothing of ours is held or rests, by the exchange's own word and by ours."""
        return self.position(symbol) is None and not self.truth.open(symbol) and self.truth.held(symbol) == 0

    def heard(self, text: str) -> bool:
        """Whether the operator was told something with `text` in it."""
        return any(text in line for _, line in self.told)

    def by_hand(
        self, side: Side, amount: str | Decimal, type_: OrderType = OrderType.MARKET, *, symbol: str = BTC, **rest: Any
    ) -> OrderRecord:
        """Let the operator place an order at the exchange."""
        placed = self.sandbox.parts.trading.place(
            Add(symbol=symbol, side=side, type=type_, amount=Decimal(amount), time_ns=self.clock.now_ns(), **rest)
        )
        assert placed.order is not None
        return placed.order

    def cancel_by_hand(self, order_id: str) -> None:
        """Let the operator cancel an order at the exchange."""
        self.sandbox.parts.trading.cancel(id=order_id)

    def as_it_stands(self) -> str:
        """For a failure."""
        orders = [f"{row.type} {row.side} {row.remaining:f} @ {row.price}" for row in self.truth.open()]
        trader = self.trader
        return (
            f"held {self.truth.held():f}, position {self.position()}, resting {orders}, "
            f"story {self.truth.story()[-30:]}, "
            f"told {self.told[-6:]}, unsettled {trader.gateway.unsettled()}, in sync {self.stream.in_sync} "
            f"{self.stream.why_down}, problems {trader.brackets.problems()}"
        )

    def stop_checking(self) -> None:
        """The end of this card is not one of `check`; the card says so itself."""
        self.is_checked = False

    async def check(self) -> None:
        """At the end of every card: nothing is wrong at the exchange, and the journal holds all of our fills."""
        instruments = [self.client.instruments[symbol] for symbol in SYMBOLS]
        for _ in range(200):
            wrongs = self.truth.wrongs(instruments) + self._not_in(await self.journal.fills())
            if not wrongs:
                return
            await real_sleep(0.01)
        raise AssertionError(f"{wrongs}; {self.as_it_stands()}")

    def _not_in(self, journalled: Sequence[Fill]) -> list[str]:
        costs = {fill.id: fill.cost for fill in journalled}
        return [
            f"{row.fill.id} of {row.fill.cost} is journalled as {costs.get(row.fill.id)}"
            for row in self.truth.executions()
            if costs.get(row.fill.id) != row.fill.cost
        ]


@asynccontextmanager
async def standing(
    folder: Path, *policies: str, coins: Mapping[str, str] | None = None, margin: bool = False, starts: bool = True,
    limits: bool = False, leverage: int = 5, risk: float = 0.5, usd: str = "100000", **client_config: Any,
) -> AsyncIterator[Stand]:  # fmt: skip
    """A stand whose market stands still at `PRICE`.

    Args:
        folder: for the journal.
        policies: `NAME=VALUE` words for the sandbox.
        coins: the operator's own, by asset.
        margin: a margin account.
        starts: whether the engine runs already.
        limits: whether rate limits hold, and are known.
        leverage: of entries on margin.
        risk: percent of equity that an entry risks.
        usd: the operator's money.
        client_config: further arguments of the client.
    """
    balances = {"USD": D(usd)} | {asset: D(amount) for asset, amount in (coins or {}).items()}
    words = policies if limits else (*policies, "rate_limits=off")
    options = Options(port=0, seed=1, paused=True, policies=words, balances=balances, tier="pro")
    settings = Settings(BASE_LEVERAGE=leverage, RISK_PER_TRADE=risk)
    async with Sandbox(options) as sandbox:
        it = Stand(
            sandbox, folder, settings, margin=margin, tier=TIERS["pro"] if limits else ROOMY,
            client_config=client_config,
        )  # fmt: skip
        it.price(PRICE)
        it.price("0.2000000", DOGE)
        if not starts:
            yield it
            return
        await it.start()
        try:
            yield it
            if it.is_checked:
                await it.check()
        finally:
            await it.stop()
