"""The private stream in order: what it tells, when it is in sync, and resyncs."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.live.private_stream import RESYNC_S, SHUT_OUT_S
from kraken_tui.exchange.live.token_keeper import TokenKeeper
from kraken_tui.exchange.manners import Link
from kraken_tui.model.errors import Misconfigured, RetryLater
from kraken_tui.model.trading import Order
from tests.exchange_live.reports import cancel, order, trade
from tests.exchange_live.stream_stand import Diary, Stand, given_up, message, running, turns

D = Decimal


async def test_it_subscribes_both_channels_with_snapshots_and_tells_fills_before_what_rests() -> None:
    async with running() as stand:
        executions, balances = stand.wire.sent
        assert executions["params"] == {
            "channel": "executions", "snap_orders": True, "snap_trades": True, "order_status": True, "token": "secret1",
        }  # fmt: skip
        assert balances["params"] == {"channel": "balances", "snapshot": True, "token": "secret1"}
        assert not stand.in_sync()
        await stand.sync(
            orders=[order()],
            trades=[trade("T2", second=2), trade("T1", second=1)],
            balances=[{"asset": "BTC", "balance": 1.5}],
        )
        assert stand.diary.told == [
            ("fill", "T1"),
            ("fill", "T2"),
            ("snapshot", ["O1"]),
            ("balance", ("BTC", D("1.5"))),
        ]
        assert (stand.stream.link, stand.stream.why_down) == (Link.UP, "")


async def test_it_is_in_sync_only_when_every_snapshot_was_told() -> None:
    async with running() as stand:
        for part in (
            message("executions", 1, order(), type="snapshot"),
            message("balances", 1, type="snapshot"),
            message("executions", 2, type="snapshot"),
        ):
            assert not stand.in_sync()
            stand.wire.put(part)
            await turns()
        assert stand.in_sync()


async def test_one_snapshot_of_orders_and_trades_together_is_both() -> None:
    async with running() as stand:
        stand.wire.put(
            message("executions", 1, order(), trade(), type="snapshot"), message("balances", 1, type="snapshot")
        )
        await turns()
        assert stand.in_sync()
        assert stand.diary.told == [("fill", "T1"), ("snapshot", ["O1"])]


async def test_events_are_told_as_they_come_a_fill_before_its_order() -> None:
    async with running() as stand:
        await stand.sync(orders=[order()])
        stand.diary.told.clear()
        stand.wire.put(message("executions", 3, trade()), message("executions", 4, cancel()))
        await turns()
        assert stand.diary.told == [("fill", "T1"), ("order", ("O1", "open")), ("order", ("O1", "canceled"))]
        assert stand.diary.ended["O1"].filled == D("0.1")
        assert stand.in_sync()


async def test_an_event_between_the_snapshots_is_told_after_them() -> None:
    async with running() as stand:
        stand.wire.put(
            message("executions", 1, order(), type="snapshot"),
            message("executions", 2, trade("T2", second=2, cum_qty=0.2)),
            message("executions", 3, trade("T1"), type="snapshot"),
            message("balances", 1, type="snapshot"),
        )
        await turns()
        assert stand.diary.told == [("fill", "T1"), ("snapshot", ["O1"]), ("fill", "T2"), ("order", ("O1", "open"))]
        assert stand.in_sync()


async def test_resync_tells_everything_anew() -> None:
    async with running() as stand:
        await stand.sync(orders=[order()])
        asked = asyncio.ensure_future(stand.stream.resync())
        await given_up(stand)
        assert not asked.done()
        await stand.sync(orders=[order("O2")])
        assert await asked
        assert set(stand.diary.resting) == {"O2"}
        assert (stand.stream.failures, stand.stream.doubts) == (0, 0)


async def test_one_new_connection_answers_all_who_ask_at_once_and_a_later_one_who_asks_later() -> None:
    async with running() as stand:
        await stand.sync()
        early = [asyncio.ensure_future(stand.stream.resync()) for _ in range(3)]
        await turns()
        late = asyncio.ensure_future(stand.stream.resync())
        await turns()
        assert len(stand.wires) == 2
        await stand.sync_then_next()
        assert await asyncio.gather(*early) == [True] * 3
        assert not late.done()
        await stand.sync()
        assert await late
        assert len(stand.wires) == 3


async def test_resync_is_false_where_it_cannot_be() -> None:
    stand = Stand()
    assert not await stand.stream.resync()
    async with running() as stand:
        await stand.sync()
        stand.refusals = [ConnectionRefusedError("nobody there")] * 2
        assert not await stand.stream.resync()
        stand.refusals = [ConnectionRefusedError("nobody there")]
        hanging = asyncio.ensure_future(stand.stream.resync())
        await turns()
        assert not await hanging
        third = asyncio.ensure_future(stand.stream.resync())
        await turns()
        assert len(stand.wires) == 2, "a resync does not wait for the manners"
        stand.wire.hang_up()
        assert not await third
        fourth = asyncio.ensure_future(stand.stream.resync())
        await turns()
        assert stand.task is not None
        stand.task.cancel()
        assert not await fourth


async def test_resync_is_false_where_it_lasts() -> None:
    async with running() as stand:
        await stand.sync()
        asked = asyncio.ensure_future(stand.stream.resync())
        await given_up(stand)
        await stand.clock.go_on(RESYNC_S)
        assert asked.done()
        assert not await asked


@pytest.mark.parametrize(
    ("error", "least"),
    [
        (Misconfigured("EAPI:Invalid nonce"), SHUT_OUT_S), (RetryLater("EGeneral:Temporary lockout"), SHUT_OUT_S),
        (RetryLater("EService:Unavailable"), 0.0),
    ],
)  # fmt: skip
async def test_no_resync_hurries_a_stream_that_is_shut_out(error: Exception, least: float) -> None:
    """Ten refusals of a key within a minute lock it out for a quarter of an hour."""
    stand, asked = Stand(), 0

    async def token() -> str:
        nonlocal asked
        asked += 1
        raise error

    stand.stream._tokens = TokenKeeper(token, stand.clock)
    stand.task = asyncio.ensure_future(stand.stream.run())
    await turns()
    for _ in range(40):
        resync = asyncio.ensure_future(stand.stream.resync())
        await stand.clock.go_on(0.1)
        resync.cancel()
    await turns()
    assert asked == 1 if least else asked > 5
    await stand.clock.go_on(60)
    assert asked >= 2
    stand.task.cancel()
    await asyncio.gather(stand.task, return_exceptions=True)


async def test_what_ended_or_went_unseen_is_gone_after_the_next_snapshots() -> None:
    async with running() as stand:
        await stand.sync(orders=[order()], balances=[{"asset": "BTC", "balance": 1.5}, {"asset": "USD", "balance": 3}])
        stand.wire.hang_up()
        await turns()
        await stand.sync(balances=[{"asset": "USD", "balance": 4}])
        assert stand.diary.resting == {}
        assert stand.diary.balances == {"BTC": D(0), "USD": D(4)}


async def test_ledger_entries_are_told_as_values() -> None:
    async with running() as stand:
        rows: list[LedgerRow] = []
        stand.stream.on_ledger = rows.append
        await stand.sync(balances=[{"asset": "USD", "balance": 3}])
        entry = {
            "ledger_id": "L1", "ref_id": "R1", "timestamp": "2026-01-01T00:00:01.5Z", "type": "deposit", "subtype": "",
            "asset": "USD", "amount": 0.10, "fee": 0.01, "balance": 3.09, "wallet_type": "spot",
        }  # fmt: skip
        stand.wire.put(message("balances", 2, entry))
        await turns()
        (row,) = rows
        assert (row.id, row.ref_id, row.type, row.asset) == ("L1", "R1", "deposit", "USD")
        assert (row.amount, row.fee, row.balance) == (D("0.1"), D("0.01"), D("3.09"))
        assert row.time_ns == 1_767_225_601_500_000_000
        assert stand.diary.balances["USD"] == D("3.09")


async def test_what_a_listener_raises_is_not_swallowed() -> None:
    class Broken(Diary):
        def on_snapshot(self, orders: Sequence[Order]) -> None:
            raise ZeroDivisionError

    async with running() as stand:
        stand.stream.subscribe(Broken())
        stand.wire.begin()
        assert stand.task is not None
        with pytest.raises(ZeroDivisionError):
            await stand.task
