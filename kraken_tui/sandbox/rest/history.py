"""Questions about the past: from when to when, which page, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.exchange.matching.messages import Execution
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.sandbox.history import View
from kraken_tui.sandbox.orders.words import invalid
from kraken_tui.sandbox.rest.forms import plain_number

if TYPE_CHECKING:
    from kraken_tui.sandbox.rest.forms import Params

PAGE = 50
_MICROS = 1_000
_LATEST = 10**30

Row = TypeVar("Row")


class Window(Struct, frozen=True):
    """From when, exclusive, to when, inclusive; in the microseconds that answers are told in."""

    after_us: int
    until_us: int

    def holds(self, time_ns: int) -> bool:
        """Whether a moment lies in it."""
        return self.after_us < time_ns // _MICROS <= self.until_us


def window_of(params: Params, time_of: Callable[[str], int | None], skew_ns: int = 0) -> Window:
    """What `start` and `end` mean: unix seconds, or the id of something whose time counts.

    Args:
        params: of the request.
        time_of: the time of an id; None where there is no such thing.
        skew_ns: how far the times that the exchange tells are off.
    """
    after = _moment_us(params.text("start"), "start", time_of, skew_ns)
    until = _moment_us(params.text("end"), "end", time_of, skew_ns)
    return Window(-1 if after is None else after, _LATEST if until is None else until)


def _moment_us(text: str | None, name: str, time_of: Callable[[str], int | None], skew_ns: int) -> int | None:
    if text is None:
        return None
    number = plain_number(text)
    time_ns = time_of(text) if number is None else int(number * SECOND) - skew_ns
    if time_ns is None:
        raise invalid(name)
    return time_ns // _MICROS


def page_of(matches: Iterable[Row], params: Params) -> tuple[list[Row], dict[str, int]]:
    """The 50 rows from `ofs` on, and `count` of all as a dictionary; empty `without_count`, which also counts less."""
    offset = params.whole("ofs", 0)
    if offset < 0 or offset > 10**9:
        raise params.invalid("ofs")
    if params.flag("without_count"):
        return list(islice(matches, offset, offset + PAGE)), {}
    rows = list(matches)
    return rows[offset : offset + PAGE], {"count": len(rows)}


def _joins(before: Execution, after: Execution) -> bool:
    one, other = before.fill, after.fill
    return (
        not one.maker and not other.maker and one.leverage == 1 and one.price == other.price
        and (one.order_id, one.time_ns) == (other.order_id, other.time_ns)
    )  # fmt: skip


def consolidated(executions: Iterable[Execution]) -> Iterator[Execution]:
    """One trade for what one taker bought or sold at one price in one moment; it keeps the first one's id.

    Margin trades stay apart: each is a position of its own.

    Args:
        executions: newest first.
    """
    held: Execution | None = None
    for execution in executions:
        if held is not None and _joins(execution, held):
            held = _sum(execution, held)
            continue
        if held is not None:
            yield held
        held = execution
    if held is not None:
        yield held


def _sum(first: Execution, second: Execution) -> Execution:
    fill = replace(
        first.fill,
        amount=first.fill.amount + second.fill.amount,
        cost=first.fill.cost + second.fill.cost,
        fee=first.fill.fee + second.fill.fee,
    )
    return replace(
        first, fill=fill, realised=first.realised + second.realised, closed=first.closed + second.closed,
        margin=first.margin + second.margin, fee_in_base=first.fee_in_base + second.fee_in_base,
        position_id=first.position_id or second.position_id,
    )  # fmt: skip


def trade_ids_of(order: OrderRecord, view: View, *, consolidate: bool) -> list[str]:
    """The trades of an order, oldest first."""
    if not consolidate or len(order.trade_ids) < 2:
        return list(order.trade_ids)
    known = [trade for id in reversed(order.trade_ids) if (trade := view.trade(id)) is not None]
    return [trade.fill.id for trade in consolidated(known)][::-1]
