"""After a stop of any kind the engine knows what it owns, what protects it, and what it never learned."""

import asyncio
from pathlib import Path

import pytest

from kraken_tui.account.account_state import Busy
from kraken_tui.config.home import Home
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Accepted, Declined, Unknown
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from tests.execution.stand import Stand, amounts, long, stand
from tests.samples import D

ENTRY = OrderRequest(
    symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D("0.01"), leverage=5, stop_price=D("98000.0")
)


async def test_a_restart_finds_positions_stops_money_and_reasons(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        before, equity = it.account.position("BTC/USD"), it.status.totals()
        prices = dict(it.prices)
    async with stand(tmp_path) as it:
        it.prices.update(prices)
        assert it.notes == []
        assert it.account.position("BTC/USD") == before
        assert it.status.totals() == equity
        await it.clock.sleep(60)
        await it.desk.close("BTC/USD", reason="by hand", owner="test")
        assert it.trades[0].opened_ns == before.opened_ns if before else 0


async def test_fills_that_the_journal_missed_are_found_at_the_exchange(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        expected = it.account.position("BTC/USD")
        await it.journal._database.write("DELETE FROM fills")
    async with stand(tmp_path) as it:
        assert "1 fills of an earlier run" in it.notes[0]
        assert it.account.position("BTC/USD") == expected
        assert len(await it.journal.fills()) == 1
    async with stand(tmp_path) as it:
        assert it.notes == []


class Lossy:
    """The paper exchange behind a line that loses a reply, or the request itself."""

    def __init__(self, it: Stand, *, arrives: bool) -> None:
        self._it = it
        self._arrives = arrives
        self._create = it.exchange.create_order

    async def __call__(self, *args: str, **given: str) -> CcxtStruct:
        if self._arrives:
            await self._create(*args, **given)  # type: ignore[arg-type]
        raise error_for("EService:Timeout")


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_lost_reply_is_unknown_frozen_and_settled_by_evidence(tmp_path: Path, arrives: bool) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.exchange.create_order = Lossy(it, arrives=arrives)  # type: ignore[assignment, method-assign]
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        assert it.account.busy("BTC/USD") is Busy.FROZEN
        assert "outcome unknown" in it.told[0][1]
        await it.clock.sleep(1)
        notes = await it.trader.pulse()
        assert notes[0].endswith("was done" if arrives else "was not done")
        await it.work()
        assert it.account.busy("BTC/USD") is Busy.NONE
        await it.clock.sleep(1)
        assert await it.trader.pulse() == []
        assert (amounts(it) != {}) is arrives
        position = it.account.position("BTC/USD")
        assert position is None or position.stop_amount == position.amount


async def test_an_order_whose_sending_was_given_up_is_asked_after(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        taken, create = asyncio.Event(), it.exchange.create_order

        async def silent(*args: str, **given: str) -> CcxtStruct:
            answer = await create(*args, **given)  # type: ignore[arg-type]
            taken.set()
            await asyncio.Event().wait()
            return answer

        it.exchange.create_order = silent  # type: ignore[assignment, method-assign]
        sending = asyncio.ensure_future(it.gateway.place(ENTRY, kind="enter", reason="test", owner="test"))
        await taken.wait()
        sending.cancel()
        await asyncio.wait([sending])
        assert [row.kind for row in it.gateway.unsettled("BTC/USD")] == ["enter"]
        assert it.brackets.busy("BTC/USD") is Busy.FROZEN
        await it.clock.sleep(1)
        assert (await it.trader.pulse())[0].endswith("was done")


async def test_a_fault_in_one_symbol_leaves_the_others_at_work(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        it.desk.stops_at_faults = False
        bring = it.brackets.bring

        async def faulty(symbol: str) -> None:
            if symbol == "DOGE/USD":
                raise KeyError("a fault")
            await bring(symbol)

        it.brackets.bring = faulty  # type: ignore[method-assign]
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.wake("DOGE/USD")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        assert [text for kind, text in it.told if kind == "alert" and text.startswith("DOGE/USD")]
        assert list(amounts(it)) == ["BTC/USD"]


async def test_every_outcome_is_in_the_journal_before_and_after(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        done = await it.gateway.place(ENTRY, kind="enter", reason="test", owner="test")
        assert isinstance(done, Accepted)
        assert "buy 0.01000000 XBTUSD @ market" in done.receipt.description
        tiny = OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D("0.00001"))
        assert await it.gateway.place(tiny, kind="enter", reason="test", owner="test") == Declined(
            "EOrder:Order minimum not met"
        )
        it.exchange.create_order = Lossy(it, arrives=False)  # type: ignore[assignment, method-assign]
        assert isinstance(await it.gateway.place(ENTRY, kind="enter", reason="test", owner="test"), Unknown)
        rows = await it.journal._database.query("SELECT intent_id, kind FROM outcomes")
        assert rows == [(1, "accepted"), (2, "declined"), (3, "unknown")]
        (row,) = await it.journal.unsettled()
        assert (row.id, row.client_id) == (3, it.journal.clients.of(3, row.created_ns))
        assert it.fills[0].client_id == done.receipt.client_id


async def _with_a_position(folder: Path) -> None:
    async with stand(folder) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()


@pytest.mark.parametrize("loses", ["ledger", "journal's end", "older ledger"])
async def test_books_that_do_not_belong_together_are_refused_and_kept(tmp_path: Path, loses: str) -> None:
    ledger = Home(tmp_path).ledger
    await _with_a_position(tmp_path)
    older = ledger.read_bytes()
    async with stand(tmp_path) as it:
        await it.price("DOGE/USD", "0.1999000", "0.2000000")
        it.desk.submit(long("DOGE/USD", "0.2", "0.19"))
        await it.work()
        if loses == "journal's end":
            await it.journal._database.write("UPDATE fills SET amount = '0.5' WHERE rowid = 1")
    if loses == "ledger":
        ledger.unlink()
    elif loses == "older ledger":
        ledger.write_bytes(older)
    kept = ledger.read_bytes() if ledger.exists() else b""
    async with stand(tmp_path, starts=False) as it:
        with pytest.raises(SafetyRefusal, match="do not belong together"):
            await it.trader.start()
        assert len(await it.journal.fills()) == 2
    assert (ledger.read_bytes() if ledger.exists() else b"") == kept


async def test_stops_that_a_dead_process_left_behind_are_cancelled_and_foreign_ones_are_not(tmp_path: Path) -> None:
    await _with_a_position(tmp_path)
    async with stand(tmp_path) as it:
        it.prices["BTC/USD"] = Quote(
            symbol="BTC/USD", bid=D("99999.0"), ask=D("100000.0"), bid_amount=D(9), ask_amount=D(9), last=D("99999.0"),
            time_ns=0,
        )  # fmt: skip
        it.trader._is_started = False  # it dies before it looks
        await it.gateway.place(
            OrderRequest(
                symbol="BTC/USD", side=Side.SELL, type=OrderType.MARKET, amount=D("0.025"), leverage=5, reduce_only=True
            ),
            kind="exit", reason="test", owner="test",
        )  # fmt: skip
        foreign = await it.exchange.create_order(
            "BTC/USD", "market", "sell", "0.01", None, {"stopLossPrice": "90000.0", "leverage": 5}
        )
    async with stand(tmp_path) as it:
        assert [row["id"] for row in await it.exchange.fetch_open_orders()] == [foreign["id"]]
        assert [order.id for order in it.account.resting.foreign()] == [foreign["id"]]
