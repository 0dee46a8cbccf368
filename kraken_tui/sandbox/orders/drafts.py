"""An order as a client words it, over REST or WebSocket, and how it becomes what the matching core understands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.orders import SelfTrade, Signal, TimeInForce
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.orders.moments import moment_of
from kraken_tui.sandbox.orders.pricing import CloseDraft, close_of, prices_of
from kraken_tui.sandbox.orders.volumes import base_amount
from kraken_tui.sandbox.orders.words import invalid, is_plain, word

if TYPE_CHECKING:
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.venue import Venue

__all__ = ["FLAGS", "CloseDraft", "Draft", "checked_flags", "to_add"]

FLAGS = frozenset({"post", "fcib", "fciq", "nompp", "viqc"})
"""Kraken's `oflags`; `nompp` is accepted and does nothing, as since 2025-09."""


class Draft(Struct, frozen=True, kw_only=True):
    """An order as a client words it: Kraken's words and REST's syntax of prices and times, nothing checked yet."""

    symbol: str
    """Unified, as on WebSocket v2: `BTC/USD`."""
    side: str
    type: str
    volume: Decimal
    """Base units; quote units with the flag `viqc`; 0 = all of the position that the order closes."""
    price: str | None = None
    """The limit of a limit or iceberg order, the trigger of a triggered one; plain or relative (`+5%`)."""
    price2: str | None = None
    """The limit of a triggered order; of a trailing stop its offset from the trigger."""
    trigger: str = "last"
    leverage: str | int | None = None
    """None, `none` or 1: spot."""
    reduce_only: bool = False
    self_trade: str = "cancel-newest"
    flags: frozenset[str] = frozenset()
    """`oflags`: of `FLAGS`."""
    time_in_force: str = "GTC"
    start: str = "0"
    """`0`: at once; unix seconds, or `+seconds`."""
    expire: str = "0"
    close: CloseDraft | None = None
    display: Decimal | None = None
    """Icebergs: how much shows."""
    userref: int = 0
    client_id: str | None = None


def to_add(draft: Draft, parts: Parts, now_ns: int) -> Add:
    """What a draft means now: words checked, relative prices and quote volumes worked out at the market's last price.

    Args:
        draft: as the client worded it.
        parts: whose venue tells the pair's rules, its last price and its book.
        now_ns: the exchange's time, from which relative times count.

    Raises:
        ExchangeError: `EGeneral:Invalid arguments:<field>` for what cannot be read or does not fit together,
            `EQuery:Unknown asset pair`, `EService:Unavailable` where a price is needed and there is none. What Kraken
            checks of a well-formed order (digits, minimums, funds) is the core's to refuse.
    """
    venue, skew_ns = parts.venue, parts.faults.skew_ns
    instrument = venue.rules.instruments.get(draft.symbol)
    if instrument is None:
        raise error_for("EQuery:Unknown asset pair")
    side, type = word(Side, draft.side, "type"), word(OrderType, draft.type, "ordertype")
    leverage = _leverage_of(draft.leverage)
    flags = checked_flags(draft.flags, type, side, leverage)
    last = _last_of(venue, draft.symbol)
    prices = prices_of(type, side, draft.price, draft.price2, last, instrument)
    time_in_force, expires_ns = _lifetime(draft, now_ns, skew_ns)
    return Add(
        symbol=draft.symbol, side=side, type=type,
        amount=base_amount(draft.volume, venue, instrument, is_quote="viqc" in flags),
        quote_amount=draft.volume if "viqc" in flags else None,
        limit_price=prices.limit, trigger_price=prices.trigger, trail=prices.trail,
        signal=word(Signal, draft.trigger, "trigger"), display_amount=_display_of(draft),
        client_id=_client_id_of(draft), userref=_userref_of(draft),
        time_in_force=time_in_force, starts_ns=_starts_ns(draft, now_ns, skew_ns), expires_ns=expires_ns,
        self_trade=word(SelfTrade, draft.self_trade, "stptype"), fee_in="base" if "fcib" in flags else "quote",
        post_only="post" in flags, leverage=leverage, reduce_only=draft.reduce_only,
        close=close_of(draft.close, side, prices, last, instrument), time_ns=now_ns,
    )  # fmt: skip


def _last_of(venue: Venue, symbol: str) -> Decimal | None:
    market = venue.state.markets.get(symbol)
    return None if market is None else market.last


def checked_flags(flags: frozenset[str], type: OrderType, side: Side, leverage: int) -> frozenset[str]:
    """The flags, none of which may contradict another or the order's type."""
    if not flags:
        return flags
    if not flags <= FLAGS or {"fcib", "fciq"} <= flags:
        raise invalid("oflags")
    if "viqc" in flags and (type is not OrderType.MARKET or side is not Side.BUY or leverage > 1):
        raise invalid("viqc")
    return flags


def _leverage_of(worded: str | int | None) -> int:
    if worded in (None, "", "none", 0, "0"):
        return 1
    text = str(worded).removesuffix(":1")
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise invalid("leverage")
    return int(text)


def _lifetime(draft: Draft, now_ns: int, skew_ns: int) -> tuple[TimeInForce, int]:
    """How long the order may rest. An expiry without a word on it means GTD."""
    time_in_force = word(TimeInForce, draft.time_in_force, "timeinforce")
    expires_ns = moment_of(draft.expire, "expiretm", now_ns, skew_ns)
    if expires_ns and time_in_force is TimeInForce.GTC:
        return TimeInForce.GTD, expires_ns
    return time_in_force, expires_ns


def _starts_ns(draft: Draft, now_ns: int, skew_ns: int) -> int:
    """A start that is past is at once."""
    starts_ns = moment_of(draft.start, "starttm", now_ns, skew_ns)
    return starts_ns if starts_ns > now_ns else 0


def _display_of(draft: Draft) -> Decimal | None:
    if draft.display is not None and not is_plain(draft.display):
        raise invalid("displayvol")
    return draft.display


def _client_id_of(draft: Draft) -> str | None:
    if draft.client_id and draft.userref:
        raise invalid("cl_ord_id")
    return draft.client_id or None


def _userref_of(draft: Draft) -> int:
    if not -(2**31) <= draft.userref < 2**31:
        raise invalid("userref")
    return draft.userref
