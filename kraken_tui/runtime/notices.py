"""Turns what an engine does into events that its operator is told: from fills, trades and readings."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import SECOND, SystemClock, real_sleep
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Parts
from kraken_tui.engine.guard import KILL_SWITCH
from kraken_tui.execution.trader import Trader
from kraken_tui.model.trading import Fill, OrderType, Trade
from kraken_tui.notify.channel import Channel
from kraken_tui.notify.dispatcher import Dispatcher
from kraken_tui.notify.events import HOUR_NS, Alert, Closed, DailyReport, Executed, KillSwitch, OutcomeUnknown
from kraken_tui.notify.hours import last_due, minute_of
from kraken_tui.notify.outlet import ENGINE, make_channels, open_dispatcher, operators_zone
from kraken_tui.runtime.news import News
from kraken_tui.runtime.options import EngineOptions

EVERY_S = 1.0
SETTLE_NS = 2 * SECOND
"""How long after its last fill an order is told: several of its fills are one message."""
LATE_NS = HOUR_NS
"""A report that was due longer ago is left out: the engine did not run then."""
LEFT_OUT = (f"{KILL_SWITCH}: ", ": outcome unknown")
"""In alerts that have an event of their own."""


class Post(Struct, frozen=True, kw_only=True):
    """What messages are sent through, with its keys; and what keeps channels from being used."""

    channels: Mapping[str, Channel]
    faults: tuple[str, ...]


def open_post(options: EngineOptions, home: Home, settings: Settings, environ: Mapping[str, str]) -> Post | None:
    """The channels of a home; None for runs that tell nobody anything: recordings, and what runs faster than time."""
    market = options.market or settings.MARKET
    if market not in ("kraken", "demo") or options.speed != 1:
        return None
    channels, faults = make_channels(home, settings, environ)
    return Post(channels=channels, faults=tuple(faults)) if channels or faults else None


class Notices:
    """Watches an engine.

    Args:
        dispatcher: sends what is told.
        parts: the engine's.
        trader: whose outcomes may be unknown.
        news: hears what could not be told.
    """

    def __init__(self, dispatcher: Dispatcher, parts: Parts, trader: Trader, news: News, settings: Settings) -> None:
        self._dispatcher = dispatcher
        self._parts = parts
        self._trader = trader
        self._news = news
        self._zone = operators_zone(settings)
        self._report_at = None if settings.NOTIFY_REPORT_AT is None else minute_of(settings.NOTIFY_REPORT_AT)
        self._wall = SystemClock()
        self._filled: dict[str, tuple[Executed, int]] = {}
        """By order, its fills that were not told yet, and when the last was heard."""
        self._unknown: set[str] = set()
        self._alerts: frozenset[str] = frozenset()
        self._tripped_ns = 0
        self._reported_ns = 0
        self._is_speaking = False

    def on_fill(self, fill: Fill, trade: Trade | None) -> None:
        """Take a fill of ours in, with the trade that it ended."""
        if trade is not None:
            self._filled.pop(fill.order_id, None)
            self._tell_fills(fill.symbol)
            by_stop = fill.order_type is OrderType.STOP_LOSS
            self._dispatcher.tell(Closed(trade=trade, by_stop=by_stop, last_fill=fill.id))
            return
        held = self._parts.account.position(fill.symbol)
        before = self._filled.pop(fill.order_id, None)
        fills = (*before[0].fills, fill) if before is not None else (fill,)
        opens = held is not None and held.side is fill.side
        self._filled[fill.order_id] = (Executed(fills=fills, opens=opens), self._wall.now_ns())

    def on_told(self, kind: str, text: str) -> None:
        """Take in what the engine says; only alerts are passed on."""
        if kind == "alert" and not self._is_speaking and not any(words in text for words in LEFT_OUT):
            self._dispatcher.tell(Alert(text=text))

    def say(self, text: str) -> None:
        """Say on the screen what could not be told; that is not told in turn."""
        self._is_speaking = True
        try:
            self._news.tell("alert", text)
        finally:
            self._is_speaking = False

    async def run(self) -> None:
        """Look every second of real time until cancelled."""
        while True:
            self.look()
            await real_sleep(EVERY_S)

    def look(self) -> None:
        """Tell what is new since the last look."""
        now_ns = self._wall.now_ns()
        for order_id, (_, heard_ns) in list(self._filled.items()):
            if now_ns - heard_ns >= SETTLE_NS:
                self._tell_order(order_id)
        self._look_at_trouble()
        if self._report_at is not None:
            self._report(self._report_at)

    async def close(self) -> None:
        """Tell what is left, and let what is being sent end."""
        self._tell_fills()
        await self._dispatcher.close()

    def _tell_fills(self, symbol: str = "") -> None:
        """Of one symbol, or of all: so that an entry is told before its end."""
        for order_id, (event, _) in list(self._filled.items()):
            if symbol in ("", event.fills[0].symbol):
                self._tell_order(order_id)

    def _tell_order(self, order_id: str) -> None:
        event, _ = self._filled.pop(order_id)
        held = self._parts.account.position(event.fills[0].symbol)
        stop = held.stop_price if held is not None and event.opens else None
        self._dispatcher.tell(Executed(fills=event.fills, opens=event.opens, stop_price=stop))

    def _look_at_trouble(self) -> None:
        kill = self._parts.gate.kill.state
        if kill.tripped and kill.tripped_ns != self._tripped_ns:
            self._tripped_ns = kill.tripped_ns
            self._dispatcher.tell(KillSwitch(why=kill.tripped, tripped_ns=kill.tripped_ns))
        rows = [row for symbol in self._parts.account.frozen() for row in self._trader.gateway.unsettled(symbol)]
        for row in rows:
            if row.client_id not in self._unknown:
                self._dispatcher.tell(OutcomeUnknown(symbol=row.symbol, what=row.kind, client_id=row.client_id))
        self._unknown = {row.client_id for row in rows}
        alerts = frozenset(self._parts.alerts())
        for text in sorted(alerts - self._alerts):
            self.on_told("alert", text)
        self._alerts = alerts

    def _report(self, minute: int) -> None:
        """By the engine's clock: on it its trades were made."""
        now_ns = self._parts.clock.now_ns()
        due_ns, before_ns, date = last_due(now_ns, minute, self._zone)
        if due_ns == self._reported_ns or now_ns - due_ns > LATE_NS:
            return
        self._reported_ns = due_ns
        account = self._parts.account
        self._dispatcher.tell(
            DailyReport(
                begin_ns=before_ns, end_ns=due_ns, date=date,
                trades=tuple(row for row in account.trades if before_ns <= row.closed_ns < due_ns),
                open_positions=tuple(row.symbol for row in account.positions()),
                unrealised=sum(self._parts.status.net_by_symbol().values(), Decimal(0)),
            )
        )  # fmt: skip


async def open_notices(
    post: Post, home: Home, market: str, settings: Settings, parts: Parts, trader: Trader, news: News
) -> tuple[Notices, Dispatcher]:
    """Notices of an engine, and what sends them; both are to be run."""
    for fault in post.faults:
        news.problem("notifications", fault)

    def say(text: str) -> None:
        notices.say(text)

    dispatcher = await open_dispatcher(
        home, settings, post.channels, market=market, clock=SystemClock(), say=say,
        problem=lambda text: news.problem("the book of messages", text), owner=ENGINE,
    )  # fmt: skip
    notices = Notices(dispatcher, parts, trader, news, settings)
    news.on_told, news.on_fill = notices.on_told, notices.on_fill
    return notices, dispatcher
