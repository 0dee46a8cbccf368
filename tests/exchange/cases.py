"""Real pairs, and short words for the core's inputs."""

from decimal import Decimal
from typing import Any

from kraken_tui.config.settings import Settings
from kraken_tui.exchange.matching import venue
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.messages import Add, Booked, Event, Filled, LedgerEntry, MarketUpdate, Message
from kraken_tui.exchange.matching.orders import CloseTemplate
from kraken_tui.exchange.matching.rules import Fees, Impact, Policies, Rules
from kraken_tui.exchange.matching.state import VenueState, opened
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import OrderType, Side

D = Decimal

BUY, SELL = Side.BUY, Side.SELL
MARKET, LIMIT, STOP, TARGET = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT

BTC = Instrument(
    symbol="BTC/USD", id="XXBTZUSD", altname="XBTUSD", base="BTC", quote="USD", price_decimals=1, lot_decimals=8,
    cost_decimals=5, tick=D("0.1"), order_min=D("0.00005"), cost_min=D("0.5"), leverage_buy=(2, 3, 4, 5),
    leverage_sell=(2, 3, 4, 5),
)  # fmt: skip
DOGE = Instrument(
    symbol="DOGE/USD", id="XDGUSD", altname="XDGUSD", base="DOGE", quote="USD", price_decimals=7, lot_decimals=8,
    cost_decimals=9, tick=D("0.0000001"), order_min=D("13"), cost_min=D("0.5"), leverage_buy=(2, 3, 4, 5),
    leverage_sell=(2, 3, 4, 5),
)  # fmt: skip
SHIB = Instrument(
    symbol="SHIB/USD", id="SHIBUSD", altname="SHIBUSD", base="SHIB", quote="USD", price_decimals=8, lot_decimals=5,
    cost_decimals=5, tick=D("0.00000001"), order_min=D("160000"), cost_min=D("0.5"), leverage_buy=(2, 3),
    leverage_sell=(2, 3),
)  # fmt: skip
PAIRS = (BTC, DOGE, SHIB)

CASH = Settings(PAPER_ACCOUNT="cash")
MARGIN = Settings(PAPER_ACCOUNT="margin")


def rules(account: Any = "cash", **policies: Any) -> Rules:
    return Rules(
        instruments={pair.symbol: pair for pair in PAIRS},
        account=account,
        fees=Fees(maker=D("0.25"), taker=D("0.40"), margin=D("0.02")),
        impact=Impact(depth=D(5000), worse=D("0.02")),
        policies=Policies(**policies),
    )


def quote(bid: str, ask: str, amount: str = "0", symbol: str = "BTC/USD", last: str = "", time_ns: int = 0) -> Quote:
    return Quote(symbol, D(bid), D(ask), D(amount), D(amount), D(last or bid), time_ns)


class Bench:
    """A venue with one account, driven by hand."""

    def __init__(self, account: Any = "cash", balance: str = "10000", **policies: Any) -> None:
        self.rules = rules(account, **policies)
        self.state: VenueState = opened({"USD": D(balance)})
        self.now_ns = 0
        self.events: list[Event] = []
        self.entries: list[LedgerEntry] = []

    def feed(self, message: Message) -> list[Event]:
        """Apply an input. Its ledger entries go into `entries`, everything else it did into `events`."""
        told = venue.apply(self.state, message, self.rules)
        self.entries = [event.entry for event in told if isinstance(event, Booked)]
        self.events = [event for event in told if not isinstance(event, Booked)]
        return self.events

    def market(self, bid: str, ask: str, amount: str = "1", **more: str) -> list[Event]:
        self.now_ns += 1
        return self.feed(
            MarketUpdate(symbol="BTC/USD", quote=quote(bid, ask, amount, **more), time_ns=self.now_ns)  # type: ignore[arg-type]
        )

    def book(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> list[Event]:
        self.now_ns += 1
        real: list[tuple[Level, ...]] = [
            tuple((D(price), D(amount)) for price, amount in side) for side in (bids, asks)
        ]
        best = quote(bids[0][0], asks[0][0])
        return self.feed(MarketUpdate(symbol="BTC/USD", quote=best, bids=real[0], asks=real[1], time_ns=self.now_ns))

    def add(self, side: Side, type: OrderType, amount: str, price: str | None = None, **more: Any) -> str:
        """Place an order on BTC/USD; its id."""
        self.now_ns += 1
        at = D(price) if price is not None else None
        stop = more.pop("stop", None)
        close = CloseTemplate(type=STOP, trigger_price=D(stop)) if stop else more.pop("close", None)
        limit, trigger = (at, None) if type in (LIMIT, MARKET) else (None, at)
        events = self.feed(
            Add(
                symbol=more.pop("symbol", "BTC/USD"),
                side=side,
                type=type,
                amount=D(amount),
                limit_price=limit,
                trigger_price=trigger,
                close=close,
                time_ns=self.now_ns,
                **more,
            )
        )
        order_id: str = events[0].order.id  # type: ignore[union-attr]
        return order_id

    @property
    def fills(self) -> list[tuple[str, str, str, bool]]:
        """Price, amount, fee and maker of what the last input traded."""
        return [
            (f"{fill.price:f}", f"{fill.amount.normalize():f}", f"{fill.fee:f}", fill.maker)
            for event in self.events
            if isinstance(event, Filled)
            for fill in (event.execution.fill,)
        ]

    @property
    def usd(self) -> D:
        return self.state.balances["USD"]

    @property
    def btc(self) -> D:
        return self.state.balances.get("BTC", D(0))
