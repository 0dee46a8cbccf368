"""From intent to order and back: protected from the first fill to the last, over the real paper exchange."""

from pathlib import Path

from kraken_tui.account.account_state import Busy
from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.intent import Enter, Exit, MoveStop
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from tests.execution.stand import amounts, long, stand
from tests.samples import D

CLOSE = OrderRequest(
    symbol="BTC/USD", side=Side.SELL, type=OrderType.MARKET, amount=D("0.025"), leverage=5, reduce_only=True
)


async def test_an_entry_rests_behind_its_stop_at_once(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        assert it.account.busy("BTC/USD") is Busy.ENTRY
        await it.work()
        position = it.account.position("BTC/USD")
        assert position is not None
        assert position.stop_amount == position.amount == D("0.025")
        assert (position.stop_price, position.leverage) == (D("98000.0"), 5)
        assert it.account.busy("BTC/USD") is Busy.NONE
        assert [row["info"]["refid"] for row in await it.exchange.fetch_open_orders()] == [it.fills[0].order_id]


async def test_each_partial_fill_has_its_own_stop_and_together_they_cover_all(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0", amount="0.01")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        position = it.account.position("BTC/USD")
        assert position is not None
        assert len(it.fills) == len(it.account.stops("BTC/USD")) > 1
        assert position.stop_amount == position.amount
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("99000.0"), reason="RATCHET_ENTRY"))
        await it.work()
        assert {stop.price for stop in it.account.stops("BTC/USD")} == {D("99000.0")}


async def test_a_stop_that_fires_closes_the_position_and_books_the_trade(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        await it.price("BTC/USD", "97990.0", "97991.0")
        assert amounts(it) == {}
        assert it.fills[-1].order_type is OrderType.STOP_LOSS
        assert it.trades[0].gross == (D("97990.0") - D("100000.0")) * D("0.025")
        assert it.status.totals().equity == 10_000 + it.trades[0].net


async def test_an_exit_closes_and_leaves_no_stop_behind(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        it.desk.submit(Exit(symbol="BTC/USD", reason="FADE"))
        await it.work()
        assert amounts(it) == {}
        assert await it.exchange.fetch_open_orders() == []
        assert it.trades[0].reason == "FADE"


async def test_a_short_is_protected_above(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "100000.0", "100001.0")
        it.desk.submit(
            Enter(symbol="BTC/USD", side=Side.SELL, price=D("100000.0"), stop_price=D("102000.0"), reason="BURST")
        )
        await it.work()
        position = it.account.position("BTC/USD")
        assert position is not None
        assert (position.side, position.stop_price) == (Side.SELL, D("102000.0"))
        await it.price("BTC/USD", "102000.0", "102001.0")
        assert amounts(it) == {}


async def test_a_cash_account_buys_coins_and_sells_no_more_than_it_bought(tmp_path: Path) -> None:
    async with stand(tmp_path, Settings(PAPER_ACCOUNT="cash")) as it:
        await it.exchange.deposit("BTC", "3")
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        assert amounts(it)["BTC/USD"] < D("0.1")
        report = await it.desk.flatten(reason="test", owner="test")
        assert report.flat
        assert (await it.exchange.fetch_balance())["BTC"]["total"].rstrip("0").rstrip(".") == "3"


async def test_heat_counts_entries_one_after_the_other(tmp_path: Path) -> None:
    settings = Settings(HEAT=HeatLimit(trades=1, exposure=300))
    async with stand(tmp_path, settings) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        await it.price("DOGE/USD", "0.1999000", "0.2000000")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        it.desk.submit(long("DOGE/USD", "0.2", "0.19"))
        await it.work()
        assert list(amounts(it)) == ["BTC/USD"]
        assert it.told == [("refused", "DOGE/USD buy: heat: all 1/1")]
        assert it.account.busy("DOGE/USD") is Busy.NONE


async def test_protection_goes_before_entries(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        await it.price("DOGE/USD", "0.1999000", "0.2000000")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        it.desk.submit(long("DOGE/USD", "0.2", "0.19"))
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("99000.0"), reason="first"))
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("99100.0"), reason="newest"))
        await it.work()
        kinds = [row[0] for row in await it.journal._database.query("SELECT kind FROM intents ORDER BY id")]
        assert kinds == ["enter", "amend", "enter"]
        assert it.account.stops("BTC/USD")[0].price == D("99100.0")


async def test_a_refused_entry_says_why_in_the_exchanges_words(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        assert it.told[0][0] == "refused"
        assert "EService:Unavailable" in it.told[0][1]
        assert it.account.busy("BTC/USD") is Busy.NONE


async def test_a_position_that_lost_its_stop_gets_a_new_one(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        await it.exchange.cancel_order(it.account.stops("BTC/USD")[0].id)
        position = it.account.position("BTC/USD")
        assert position is not None
        assert position.stop_amount == 0
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("98500.0"), reason="UNPROTECTED"))
        await it.work()
        position = it.account.position("BTC/USD")
        assert position is not None
        assert (position.stop_price, position.stop_amount) == (D("98500.0"), position.amount)


async def test_flatten_closes_everything_pauses_and_reports_from_fills(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        await it.price("DOGE/USD", "0.1999000", "0.2000000")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        it.desk.submit(long("DOGE/USD", "0.2", "0.19"))
        await it.work()
        it.desk.submit(long("HBAR/USD", "0.1", "0.09"))
        report = await it.desk.flatten(reason="flatten by test", owner="test")
        await it.work()
        assert (report.flat, len(report.closed), report.cancelled, report.left) == (True, 2, 2, ())
        assert report.net == sum(trade.net for trade in it.trades)
        assert amounts(it) == {}
        assert await it.exchange.fetch_open_orders() == []
        assert it.desk.paused
        again = await it.desk.flatten(reason="again", owner="test")
        assert (again.flat, again.closed) == (True, ())


async def test_a_flatten_that_cant_close_says_what_is_left_behind_its_stop(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        del it.prices["BTC/USD"]
        report = await it.desk.flatten(reason="test", owner="test")
        assert not report.flat
        assert "EService:Unavailable" in report.left[0]
        position = it.account.position("BTC/USD")
        assert position is not None
        assert position.stop_amount == position.amount


async def test_an_exit_asked_for_again_and_again_is_sent_once(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        for _ in range(5):
            it.desk.submit(Exit(symbol="BTC/USD", reason="FADE"))
        await it.work()
        kinds = [row[0] for row in await it.journal._database.query("SELECT kind FROM intents ORDER BY id")]
        assert kinds == ["enter", "exit", "cancel"]


async def test_a_move_is_told_only_where_the_stop_really_moved(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        for _ in range(2):
            it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("99000.0"), reason="TRAIL"))
            await it.work()
        assert [text for kind, text in it.told if kind == "stop"] == ["BTC/USD stop moved to 99000.0: TRAIL"]


async def test_a_lost_reply_to_a_move_freezes_until_evidence_and_no_close_thaws_it(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        amend = it.exchange.edit_order

        async def lost(*args: str, **given: str) -> CcxtStruct:
            await amend(*args, **given)  # type: ignore[arg-type]
            raise error_for("EService:Timeout")

        it.exchange.edit_order = lost  # type: ignore[assignment, method-assign]
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("99000.0"), reason="TRAIL"))
        await it.work()
        assert it.account.busy("BTC/USD") is Busy.FROZEN
        await it.desk.close("BTC/USD", reason="by hand", owner="test")
        assert it.account.busy("BTC/USD") is Busy.FROZEN
        await it.clock.sleep(1)
        await it.trader.pulse()
        await it.work()
        assert it.account.busy("BTC/USD") is Busy.NONE


async def test_an_answer_without_an_order_is_an_unknown_outcome(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")

        async def mute(*args: str, **given: str) -> CcxtStruct:
            return {"info": {}}

        it.exchange.create_order = mute  # type: ignore[assignment, method-assign]
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        assert it.account.busy("BTC/USD") is Busy.FROZEN


async def test_a_flatten_ends_stops_that_rest_without_a_position(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        it.desk.submit(long("BTC/USD", "100000.0", "98000.0"))
        await it.work()
        it.trader._is_started = False  # nobody looks while it is closed
        await it.gateway.place(CLOSE, kind="exit", reason="test", owner="test")
        assert amounts(it) == {}
        report = await it.desk.flatten(reason="test", owner="test")
        assert (report.flat, report.cancelled) == (True, 1)
        assert await it.exchange.fetch_open_orders() == []


async def test_where_no_stop_can_rest_the_position_is_closed(tmp_path: Path) -> None:
    async with stand(tmp_path) as it:
        await it.price("BTC/USD", "99999.0", "100000.0")
        await it.exchange.create_order("BTC/USD", "market", "buy", "0.01", None, {"leverage": 5})
        create = it.exchange.create_order

        async def no_stops(*args: str, **given: str) -> CcxtStruct:
            if "stopLossPrice" in (args[-1] or {}):
                raise error_for("EOrder:Orders limit exceeded")
            return await create(*args, **given)  # type: ignore[arg-type]

        it.exchange.create_order = no_stops  # type: ignore[assignment, method-assign]
        it.desk.submit(MoveStop(symbol="BTC/USD", stop_price=D("98000.0"), reason="UNPROTECTED"))
        await it.work()
        assert amounts(it) == {}
        assert [text for kind, text in it.told if kind == "stop"] == []
