"""What one connection tells: answers, snapshots, events in their sequence. Pure: frames in, calls to listeners out.

Whatever could mean that something was missed raises `InDoubt`; what may follow it is a new connection:

- a sequence number other than the next one, the first one other than 1, none at all: in doubt; a message that is the
  last one once more, byte by byte: skipped;
- an event before the snapshot of orders: in doubt; between the snapshots of orders and of trades: kept until both are
  there, for a fill is told before what rests after it;
- a third snapshot, a frame that is no message, a report that can't be read or is about an order never heard of: in
  doubt;
- an unknown channel, an answer to nothing: counted, no more.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from kraken_tui.exchange.live.audience import Audience
from kraken_tui.exchange.live.earn_wallets import EarnWallets
from kraken_tui.exchange.live.execution_book import ExecutionBook, fill_of, is_trade
from kraken_tui.exchange.live.private_messages import (
    ExecutionRow,
    InDoubt,
    Message,
    ledger_row,
    ordered,
    read_balances,
    read_executions,
    read_message,
)
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.trading import Fill

_EXECUTIONS, _BALANCES = "executions", "balances"
_REQUESTS = {1: _EXECUTIONS, 2: _BALANCES}
"""The channels by the number of the request that subscribes them."""


class SubscribeRefused(ExchangeError):
    """Kraken refused a subscription, with its string; `ESession:Invalid session` asks for a new token."""

    @property
    def is_for_now(self) -> bool:
        """Whether the exchange is busy: the token is as good as before."""
        return self.text.startswith("EService")


class Numbering(Struct):
    """The messages of one channel, each with the number after the last one's."""

    channel: str
    last: int = 0
    frame: bytes = b""
    repeated: int = 0

    def is_new(self, number: int | None, frame: bytes) -> bool:
        """Whether this is the next message; False for the last one once more.

        Raises:
            InDoubt: a message is missing, or came out of its turn.
        """
        if number == self.last + 1:
            self.last, self.frame = number, frame
            return True
        if number == self.last and frame == self.frame:
            self.repeated += 1
            return False
        raise InDoubt(f"{self.channel}: message {number} came where {self.last + 1} was due")


class Gap(Struct, frozen=True, kw_only=True):
    """More happened while nobody listened than the snapshot of the last 50 trades holds."""

    after: Fill
    """The newest that was told before."""
    until: Fill | None
    """The oldest of the snapshot; None where that is empty."""


class Session:
    """One connection's two subscriptions.

    Args:
        audience: who is told.
    """

    def __init__(self, audience: Audience) -> None:
        self.book = ExecutionBook()
        self.system = ""
        """Kraken's trading mode, once it was told."""
        self.rate_limit = 0
        """Where the account's trading counter ends (`maxratecount`), which tells its tier; 0 until it was told."""
        self.ignored = 0
        """Messages that were understood and meant nothing."""
        self.went_without_trades = False
        """Whether no snapshot of trades came, and was waited for no longer."""
        self.gap: Gap | None = None
        """What the snapshot of trades does not cover."""
        self._audience = audience
        self._sequences = {name: Numbering(name) for name in (_EXECUTIONS, _BALANCES)}
        self._snapshots: list[list[ExecutionRow]] = []
        self._held: list[ExecutionRow] = []
        self._wallets = EarnWallets()
        self._has_executions = False
        self._has_balances = False

    @property
    def is_complete(self) -> bool:
        """Whether all snapshots were told: from now on every event is told as it comes."""
        return self._has_executions and self._has_balances

    @property
    def lacks_only_trades(self) -> bool:
        """Whether the snapshot of trades is all that is still missing."""
        return self._has_balances and not self._has_executions and len(self._snapshots) == 1

    @property
    def repeated(self) -> int:
        """Messages that came twice."""
        return sum(each.repeated for each in self._sequences.values())

    def go_on_without_trades(self) -> None:
        """Take it that there are no trades to be told."""
        self.went_without_trades = True
        self._begin()

    def take(self, frame: bytes) -> None:
        """Take the next frame and tell what it says.

        Raises:
            InDoubt: see above.
            SubscribeRefused: a subscription was refused.
        """
        message = read_message(frame)
        match message.channel:
            case "executions":
                if self._sequences[_EXECUTIONS].is_new(message.sequence, frame):
                    self._take_executions(message)
            case "balances":
                if self._sequences[_BALANCES].is_new(message.sequence, frame):
                    self._take_balances(message)
            case "status":
                self._take_status(message)
            case "heartbeat":
                pass
            case _:
                self._take_answer(message)

    def _take_executions(self, message: Message) -> None:
        rows = read_executions(message.data)
        if message.type == "snapshot" and not self._has_executions:
            self._snapshots.append(rows)
            told = [row for snapshot in self._snapshots for row in snapshot]
            if len(self._snapshots) == 2 or len({is_trade(row) for row in told}) == 2:
                self._begin()
        elif message.type != "update" or not self._snapshots:
            raise InDoubt(f"executions: {excerpt(message.type)!r} came where it makes no sense")
        elif self._has_executions:
            self._tell(rows)
        else:
            self._held += rows

    def _begin(self) -> None:
        """Tell what the snapshots say, fills first, and then what came meanwhile."""
        rows = [row for snapshot in self._snapshots for row in snapshot]
        orders = self.book.begin([row for row in rows if not is_trade(row)])
        trades = ordered([row for row in rows if is_trade(row)])
        fills = [fill_of(row, self.book.orders.get(row.order_id)) for row in trades]
        before = self._audience.last_fill
        if before is not None and all(fill.id != before.id for fill in fills):
            self.gap = Gap(after=before, until=fills[0] if fills else None)
        for fill in fills:
            self._audience.fill(fill)
        self._audience.snapshot(orders)
        self._has_executions = True
        held, self._held = self._held, []
        self._tell(held)

    def _tell(self, rows: Sequence[ExecutionRow]) -> None:
        for row in rows:
            for told in self.book.take(row):
                if isinstance(told, Fill):
                    self._audience.fill(told)
                else:
                    self._audience.order(told)

    def _take_balances(self, message: Message) -> None:
        rows = read_balances(message.data)
        if message.type == "snapshot" and not self._has_balances:
            totals = {name: total for row in rows for name, total in self._wallets.begin(row).items()}
            gone = dict.fromkeys(sorted(self._audience.assets - totals.keys()), Decimal(0))
            for asset, total in (totals | gone).items():
                self._audience.balance(asset, total)
            self._has_balances = True
        elif message.type == "update" and self._has_balances:
            for row in rows:
                entry = ledger_row(row)
                self._audience.ledger(entry, self._wallets.change(entry, row.wallet_type, row.wallet_id))
        else:
            raise InDoubt(f"balances: {excerpt(message.type)!r} came where it makes no sense")

    def _take_status(self, message: Message) -> None:
        try:
            rows = msgspec.json.decode(message.data, type=list[dict[str, object]])
        except msgspec.MsgspecError:
            rows = []
        if rows:
            self.system = excerpt(rows[-1].get("system") or self.system)

    def _take_answer(self, message: Message) -> None:
        if message.method == "subscribe" and not message.success and message.req_id in _REQUESTS:
            raise SubscribeRefused(f"{excerpt(message.error)} ({_REQUESTS[message.req_id]})")
        if message.method == "subscribe" and isinstance(message.result, dict):
            limit = message.result.get("maxratecount")
            self.rate_limit = limit if isinstance(limit, int) else self.rate_limit
        if message.method not in ("subscribe", "pong") or not message.success:
            self.ignored += 1


def subscriptions(token: str) -> list[str]:
    """The messages that subscribe both channels."""
    executions = {"channel": _EXECUTIONS, "snap_orders": True, "snap_trades": True, "order_status": True}
    params = (executions | {"token": token}, {"channel": _BALANCES, "snapshot": True, "token": token})
    asked = zip(_REQUESTS, params, strict=True)
    return [msgspec.json.encode({"method": "subscribe", "params": each, "req_id": id}).decode() for id, each in asked]
