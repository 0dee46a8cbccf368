"""What can be told: values that hold the fills, trades and readings which a text is rendered from."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.clock import SECOND, iso
from kraken_tui.config.notifying import NotifyEvent
from kraken_tui.model.trading import Fill, Trade

HOUR_NS = 3_600 * SECOND
FOREVER_NS = 7 * 24 * HOUR_NS
"""As long as what was told is remembered."""


class Executed(Struct, frozen=True, kw_only=True):
    """Fills of one order, which opened a position or a part of one, or closed a part."""

    fills: tuple[Fill, ...]
    opens: bool
    stop_price: Decimal | None = None
    """Where the position's stop rests by now."""


class Closed(Struct, frozen=True, kw_only=True):
    """A position that was closed."""

    trade: Trade
    by_stop: bool
    last_fill: str
    """Id of the fill that closed it."""


class KillSwitch(Struct, frozen=True, kw_only=True):
    """The daily-loss kill switch tripped."""

    why: str
    """As the switch words it, from the day's figures."""
    tripped_ns: int


class OutcomeUnknown(Struct, frozen=True, kw_only=True):
    """Nobody knows whether something was done that was sent to the exchange."""

    symbol: str
    what: str
    """enter, exit, stop, …"""
    client_id: str


class EngineDown(Struct, frozen=True, kw_only=True):
    """The engine ended without being told to, or gives no sign of life."""

    pid: int
    last_ns: int
    """Its last sign of life."""
    hangs: bool
    """Whether its process is still there."""
    restarts: bool
    """Whether it is about to be started again."""
    gave_up: str = ""
    """Why it is not started again any more."""


class EngineBack(Struct, frozen=True, kw_only=True):
    """An engine runs again."""

    pid: int
    since_ns: int
    """When the one before gave its last sign of life."""
    now_ns: int


class DailyReport(Struct, frozen=True, kw_only=True):
    """What a day made."""

    begin_ns: int
    end_ns: int
    date: str
    """The day on which it ends, in the operator's zone."""
    trades: tuple[Trade, ...]
    """Those that were closed in it."""
    open_positions: tuple[str, ...]
    """Their symbols."""
    unrealised: Decimal
    """Of what is open, net of fees; quote units."""


class Alert(Struct, frozen=True, kw_only=True):
    """Something is wrong; the program's own words, without secrets."""

    text: str


class Test(Struct, frozen=True, kw_only=True):
    """Somebody looks whether messages arrive."""

    __test__ = False
    """No test of pytest's."""

    time_ns: int


Event = Executed | Closed | KillSwitch | OutcomeUnknown | EngineDown | EngineBack | DailyReport | Alert | Test


class Notice(Struct, frozen=True, kw_only=True):
    """An event on its way: told once however often it is offered."""

    event: Event
    kind: NotifyEvent | str
    """The choice of the operator's that it falls under; `test` is under none."""
    key: str
    """The same for the same event, over restarts too."""
    time_ns: int
    """The wall clock's."""
    again_ns: int = FOREVER_NS
    """After so long the same key is told again."""


ALERT_AGAIN_NS = 6 * HOUR_NS


def notice(event: Event, now_ns: int) -> Notice:
    """`event` as it is handed over, with its kind and its key."""
    kind, key, again_ns = _told(event)
    return Notice(event=event, kind=kind, key=key, time_ns=now_ns, again_ns=again_ns)


def _told(event: Event) -> tuple[str, str, int]:
    match event:
        case Executed(fills=fills, opens=opens):
            return ("entry" if opens else "exit"), f"fills {_ids(fills)}", FOREVER_NS
        case Closed(by_stop=by_stop, last_fill=fill):
            return ("stop" if by_stop else "exit"), f"closed {fill}", FOREVER_NS
        case KillSwitch(tripped_ns=tripped_ns):
            return "kill_switch", f"kill switch {tripped_ns}", FOREVER_NS
        case OutcomeUnknown(client_id=client_id):
            return "unknown", f"unknown {client_id}", FOREVER_NS
        case EngineDown(pid=pid, last_ns=last_ns, gave_up=gave_up):
            return "engine_down", f"engine {'given up' if gave_up else 'down'} {pid} {last_ns}", FOREVER_NS
        case EngineBack(pid=pid, since_ns=since_ns):
            return "engine_down", f"engine back {pid} {since_ns}", FOREVER_NS
        case DailyReport(end_ns=end_ns):
            return "report", f"report {end_ns}", FOREVER_NS
        case Alert(text=text):
            return "alert", f"alert {_without_numbers(text)}", ALERT_AGAIN_NS
        case Test(time_ns=time_ns):
            return "test", f"test {iso(time_ns)}", FOREVER_NS


def _ids(fills: Sequence[Fill]) -> str:
    return fills[-1].id


def _without_numbers(text: str) -> str:
    """The same for the same trouble: a count or a price in it does not make it another."""
    return "".join("#" if sign.isdigit() else sign for sign in text)[:200]
