"""What could mean that something was missed: how the private stream answers each of them."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.exchange.live.execution_book import fill_of
from kraken_tui.exchange.live.private_messages import ExecutionRow
from kraken_tui.model.errors import RetryLater
from kraken_tui.model.trading import Fill
from tests.exchange_live.reports import cancel, order, trade
from tests.exchange_live.stream_stand import given_up, message, running, turns

D = Decimal


@pytest.mark.parametrize(
    "frame",
    [
        message("executions", 4, cancel()),  # a gap
        message("executions", 1, cancel()),  # out of its turn
        message("executions", 2, cancel()),  # the last number, and another message
        message("executions", None, cancel()),
        message("balances", 3, {"asset": "USD", "balance": 1}),
        message("executions", 3, {"order_id": "O7", "exec_type": "canceled", "order_status": "canceled"}),
        message("executions", 3, order("O7", order_status="melted")),
        message("executions", 3, order("O7", side="up")),
        message("executions", 3, order("O7", order_qty="many")),
        message("executions", 3, order("O7", order_qty="1e999")),
        message("executions", 3, trade(last_price=None)),
        message("executions", 3, trade(timestamp="noon")),
        message("executions", 3, {"exec_type": "trade"}),
        message("executions", 3, order(), type="snapshot"),
        message("executions", 3, order(), type="surprise"),
        message("balances", 2, {"asset": "USD"}),
        message("balances", 2, {"asset": "USD", "balance": 1}, type="snapshot"),
        b"\xff\xfe not text",
        b"{",
        b"[]",
        b'{"channel":"executions","type":"update","data":{"order_id":"O1"},"sequence":3}',
        b"[" * 100_000,
    ],
)  # fmt: skip
async def test_whatever_raises_a_doubt_brings_a_new_connection_at_once(frame: Any) -> None:
    async with running() as stand:
        await stand.sync(orders=[order()])
        stand.wire.put(frame)
        await given_up(stand)
        assert stand.stream.doubts == 1
        assert stand.stream.why_down
        await stand.sync(orders=[order()])
        assert set(stand.diary.resting) == {"O1"}


async def test_from_a_doubt_on_it_is_out_of_sync_however_long_hanging_up_takes() -> None:
    async with running() as stand:
        await stand.sync()
        stand.wire.may_close.clear()
        stand.wire.put(message("executions", 9, cancel()))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not stand.in_sync()
        await turns()
        assert (len(stand.wires), stand.in_sync()) == (1, False)
        stand.wire.may_close.set()
        await given_up(stand)


@pytest.mark.parametrize("number", [0, 2, 7, None])
async def test_a_first_message_with_another_number_than_1_is_in_doubt(number: int | None) -> None:
    async with running() as stand:
        stand.wire.put(message("executions", number, order(), type="snapshot"))
        await turns()
        assert stand.stream.doubts == 1
        assert not stand.diary.told


async def test_an_event_before_the_snapshot_is_in_doubt() -> None:
    async with running() as stand:
        stand.wire.put(message("executions", 1, order()))
        await turns()
        assert stand.stream.doubts == 1
        assert not stand.diary.told


async def test_the_same_message_twice_is_told_once() -> None:
    async with running() as stand:
        await stand.sync(orders=[order()])
        stand.diary.told.clear()
        twice = message("executions", 3, trade())
        stand.wire.put(twice, twice, message("executions", 4, cancel()))
        await turns()
        assert [kind for kind, _ in stand.diary.told] == ["fill", "order", "order"]
        assert stand.in_sync()


@pytest.mark.parametrize(
    "noise",
    [
        {"channel": "weather", "type": "update", "data": [1, 2]},
        {"method": "subscribe", "success": False, "error": "Currency pair not supported XBT/USD", "symbol": "XBT/USD"},
        {"method": "pong", "req_id": 4},
        {"Error": "Exceeded msg rate"},
        {"error": "Malformed request", "success": False},
        {"channel": "heartbeat"},
        {"channel": "status", "type": "update", "data": [{"system": "post_only"}]},
        {"channel": "status", "type": "update", "data": "nonsense"},
    ],
)
async def test_what_is_about_nothing_of_ours_is_passed_over(noise: dict[str, Any]) -> None:
    async with running() as stand:
        await stand.sync()
        stand.wire.put(noise)
        await turns()
        assert stand.in_sync()
        assert len(stand.wires) == 1


async def test_an_order_of_an_unknown_type_does_no_harm() -> None:
    async with running() as stand:
        await stand.sync(orders=[order(), order("O9", order_type="moon-shot")])
        assert set(stand.diary.resting) == {"O1"}
        assert stand.stream.session is not None
        assert stand.stream.session.book.strangers == {"O9": "moon-shot"}
        stand.wire.put(
            message("executions", 3, trade("T9", "O9", order_type="moon-shot")),
            message("executions", 4, cancel("O9")),
        )
        await turns()
        assert stand.in_sync()
        assert "T9" in stand.diary.fills
        assert not stand.stream.session.book.strangers


async def test_a_snapshot_that_does_not_come_is_asked_for_on_a_new_connection() -> None:
    async with running() as stand:
        stand.wire.put(message("balances", 1, type="snapshot"))
        await stand.beat(9)
        assert len(stand.wires) == 1
        await stand.beat(2)
        await given_up(stand)
        assert "snapshot" in stand.stream.why_down


async def test_trades_that_twice_in_a_row_do_not_come_are_none() -> None:
    """An account that never traded may get no snapshot of trades."""
    async with running() as stand:
        orders = message("executions", 1, order(), type="snapshot")
        stand.wire.put(message("balances", 1, type="snapshot"), orders)
        for seconds, wires in ((9, 1), (1, 2)):
            await stand.beat(seconds)
            assert (stand.in_sync(), len(stand.wires)) == (False, wires)
        stand.wire.put(message("balances", 1, type="snapshot"), orders)
        await stand.beat(1)
        assert not stand.in_sync()
        await stand.beat(1)
        assert stand.in_sync()
        assert (len(stand.wires), stand.diary.told) == (2, [("snapshot", ["O1"])])
        stand.wire.hang_up()
        await stand.clock.go_on(1)
        stand.wire.put(message("balances", 1, type="snapshot"), orders)
        await stand.beat(2)
        assert stand.in_sync()


async def test_trades_that_come_too_late_after_all_are_asked_for_again() -> None:
    async with running() as stand:
        for seconds in (11, 3):
            stand.wire.put(message("balances", 1, type="snapshot"), message("executions", 1, type="snapshot"))
            await stand.beat(seconds)
        assert stand.in_sync()
        stand.wire.put(message("executions", 2, trade(), type="snapshot"))
        await turns()
        assert not stand.in_sync()
        await stand.sync(trades=[trade()])
        stand.wire.hang_up()
        await turns()
        stand.wire.put(message("balances", 1, type="snapshot"), message("executions", 1, type="snapshot"))
        await stand.beat(9)
        assert not stand.in_sync(), "it is known by now that trades are told"


def past(id: str, second: int) -> Fill:
    row = ExecutionRow(
        order_id="O1", exec_id=id, exec_type="trade", symbol="BTC/USD", side="buy", order_type="limit",
        last_qty=D("0.1"), last_price=D(60000), timestamp=f"2026-01-01T00:00:{second:02d}.000000Z",
    )  # fmt: skip
    return fill_of(row)


async def test_fills_that_no_snapshot_holds_are_read_from_the_history_however_late_that_is() -> None:
    answers: list[Any] = [RetryLater("EService:Busy"), [past("T1", 1)], [past(f"T{n}", n) for n in (1, 2, 3, 4)]]
    since: list[int] = []

    async def read(since_ns: int) -> list[Fill]:
        since.append(since_ns)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    async with running(read_trades=read) as stand:
        await stand.sync(trades=[trade("T1", second=1)])
        stand.wire.hang_up()
        await turns()
        asked = asyncio.ensure_future(stand.stream.resync())
        stand.wire.begin(trades=[trade("T4", second=4)])
        await turns()
        assert not stand.in_sync()
        await stand.beat(5)
        assert not stand.in_sync()
        await stand.beat(11)
        assert since == [1_767_225_600 * SECOND] * 3
        assert set(stand.diary.fills) == {"T1", "T2", "T3", "T4"}
        asked.cancel()


async def test_without_a_history_a_gap_only_shows() -> None:
    async with running() as stand:
        await stand.sync(trades=[trade("T1", second=1)])
        stand.wire.hang_up()
        await turns()
        await stand.sync(trades=[trade("T4", second=4)])
        assert stand.stream.session is not None
        gap = stand.stream.session.gap
        assert gap is not None and gap.until is not None
        assert (gap.after.id, gap.until.id) == ("T1", "T4")
