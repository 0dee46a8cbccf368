"""Messages of Kraken's private WebSocket v2 channels, decoded: numbers exact, unknown fields skipped."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Raw, Struct

from kraken_tui.clock import SECOND
from kraken_tui.exchange.public_rest import UNDECODABLE
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.excerpt import excerpt

MOST_DIGITS = 40
"""Nobody means a number longer than this, or one with as many zeros; to reckon with some of them takes forever."""


class InDoubt(KrakenTuiError):
    """What was heard may not be all that happened: nothing helps but to subscribe anew, on a new connection."""


class Message(Struct, gc=False):
    """Any message; fields of other kinds keep their defaults."""

    channel: str = ""
    type: str = ""
    data: Raw = Raw(b"[]")
    sequence: int | None = None
    method: str = ""
    success: bool = True
    error: str = ""
    result: Any = None
    req_id: int | None = None


class Triggers(Struct, gc=False):
    """How an order waits."""

    price: Decimal | None = None
    """As the client gave it: a price, or a trailing stop's distance."""
    price_type: str = "static"
    actual_price: Decimal | None = None
    """Where the trigger is now."""


class Fee(Struct, gc=False):
    """A fee, or a part of it, in one asset."""

    asset: str = ""
    qty: Decimal = Decimal(0)


class ExecutionRow(Struct, gc=False):
    """A report about an order or a trade. Most reports tell only what is new: the rest is None or empty."""

    order_id: str = ""
    exec_type: str = ""
    order_status: str = ""
    cl_ord_id: str | None = None
    ord_ref_id: str | None = None
    symbol: str = ""
    side: str = ""
    order_type: str = ""
    order_qty: Decimal | None = None
    cum_qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: str = "static"
    stop_price: Decimal | None = None
    triggers: Triggers | None = None
    reduce_only: bool = False
    margin: bool = False
    reason: str | None = None
    cancel_reason: str | None = None
    timestamp: str = ""
    exec_id: str = ""
    last_qty: Decimal | None = None
    last_price: Decimal | None = None
    cost: Decimal | None = None
    liquidity_ind: str = ""
    fees: list[Fee] | None = None


class WalletRow(Struct, gc=False):
    """A wallet of an asset."""

    type: str = ""
    """spot or earn."""
    id: str = ""
    balance: Decimal = Decimal(0)


class BalanceRow(Struct, gc=False):
    """A row of a snapshot (asset, balance and wallets), or a ledger entry."""

    asset: str = ""
    balance: Decimal | None = None
    """All of the asset in the account, over all wallets."""
    ledger_id: str = ""
    ref_id: str = ""
    type: str = ""
    subtype: str = ""
    amount: Decimal | None = None
    fee: Decimal | None = None
    timestamp: str = ""
    wallets: list[WalletRow] = []
    """Of a snapshot."""
    wallet_type: str = ""
    wallet_id: str = ""


class LedgerRow(Struct, frozen=True, kw_only=True):
    """A ledger entry as the balances channel tells it."""

    id: str
    ref_id: str
    """The trade's id, where it comes from one."""
    type: str
    """trade, deposit, withdrawal, transfer, margin, rollover, settled, staking, …"""
    subtype: str
    asset: str
    amount: Decimal
    """Change before the fee; less than 0 where it went out."""
    fee: Decimal
    balance: Decimal
    """All of the asset in the account afterwards."""
    time_ns: int


_message = msgspec.json.Decoder(Message)
_executions = msgspec.json.Decoder(list[ExecutionRow])
_balances = msgspec.json.Decoder(list[BalanceRow])


def read_message(frame: bytes) -> Message:
    """What a frame says.

    Raises:
        InDoubt: it is no message of Kraken's; it may have been one that mattered.
    """
    try:
        return _message.decode(frame)
    except UNDECODABLE as error:
        raise InDoubt(f"a frame that is no message: {excerpt(error)}") from error


def read_executions(data: Raw) -> list[ExecutionRow]:
    """Rows of `executions`.

    Raises:
        InDoubt: they have another form.
    """
    try:
        return _executions.decode(data)
    except UNDECODABLE as error:
        raise InDoubt(f"executions in an unknown form: {excerpt(error)}") from error


def read_balances(data: Raw) -> list[BalanceRow]:
    """Rows of `balances`.

    Raises:
        InDoubt: they have another form.
    """
    try:
        return _balances.decode(data)
    except UNDECODABLE as error:
        raise InDoubt(f"balances in an unknown form: {excerpt(error)}") from error


def checked(value: Decimal) -> Decimal:
    """`value`, where it is a number that somebody could mean.

    Raises:
        InDoubt: it is not.
    """
    if not value.is_finite() or len(value.as_tuple().digits) > MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
        raise InDoubt(f"an absurd number: {excerpt(value)}")
    return value


def time_ns_of(stamp: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 stamp such as `2026-01-01T00:00:00.000001Z`.

    Raises:
        InDoubt: it is none.
    """
    try:
        moment = datetime.fromisoformat(stamp)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        whole = int(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError) as error:
        raise InDoubt(f"no time: {excerpt(stamp)!r}") from error
    return whole * SECOND + moment.microsecond * 1_000


def ledger_row(row: BalanceRow) -> LedgerRow:
    """A ledger entry, from an update's row.

    Raises:
        InDoubt: something is missing.
    """
    if not row.asset or row.balance is None:
        raise InDoubt("a balance without asset or amount")
    return LedgerRow(
        id=row.ledger_id,
        ref_id=row.ref_id,
        type=row.type,
        subtype=row.subtype,
        asset=row.asset,
        amount=checked(row.amount or Decimal(0)),
        fee=checked(row.fee or Decimal(0)),
        balance=checked(row.balance),
        time_ns=time_ns_of(row.timestamp) if row.timestamp else 0,
    )


def ordered(rows: Sequence[ExecutionRow]) -> list[ExecutionRow]:
    """A snapshot's rows, which come newest first, with the oldest first; by their time, whatever they came in."""
    turned = list(reversed(rows))
    turned.sort(key=lambda row: row.timestamp)
    return turned
