"""What the account says over the wire is what the exchange's own trades, ledger and balances say, to the cent."""

from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.model.trading import Side
from tests.account.live_account import START, SYMBOL, LiveAccount, exchange, running
from tests.samples import D
from tests.sandbox.ws_stand import until


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"))


async def by_the_ledger(it: LiveAccount) -> Decimal:
    """What everything but deposits moved in money; Kraken's ledger has four decimals."""
    rows = [row for row in await it.ledger() if row.asset == "USD" and row.type not in ("deposit", "withdrawal")]
    return sum((row.amount - row.fee for row in rows), D(0))


@pytest.mark.parametrize("policy", ["none", "full"])
async def test_a_cash_account_that_trades_and_ends_flat(tmp_path: Path, policy: str) -> None:
    async with exchange(f"hold_untriggered={policy}") as sandbox, running(sandbox, tmp_path) as it:
        for bid in ("60000.0", "60750.3", "59990.7"):
            it.price(bid)
            await it.enter(Side.BUY, f"{D(bid) - 1500:f}", "0.0123")
            position = it.account.position(SYMBOL)
            assert position is not None
            open_pnl = it.status.totals().profit
            worth = position.amount * it.quotes[SYMBOL].bid
            assert cents(open_pnl) == cents(await by_the_ledger(it) + worth)
            it.price(f"{D(bid) + 333:f}")
            await it.flat()
        totals = it.status.totals()
        assert totals.unrealised == 0
        assert cents(totals.profit) == cents(await by_the_ledger(it)) == cents(totals.equity - START)
        trades = await it.client.fetch_my_trades()
        assert totals.fees == sum((D(row["fee"]["cost"]) for row in trades), D(0))


async def test_a_margin_account_pays_rollovers_whoever_listens(tmp_path: Path) -> None:
    margin = {"LIVE_ACCOUNT": "margin", "LIVE_LEVERAGE": 5}
    async with exchange() as sandbox:
        async with running(sandbox, tmp_path, **margin) as it:
            await it.enter(Side.SELL, "61500.0", "0.05")
            await it.later(4 * 3600 + 1)
            await it.read()
            first = it.account.other_fees
            assert first > 0
        sandbox.control.advance(2 * 4 * 3600)  # nobody listens
        async with running(sandbox, tmp_path, **margin) as it:
            paid = sum((row.fee for row in await it.ledger(["rollover"])), D(0))
            assert it.account.other_fees == paid == 3 * first
            told = await it.client.trade_balance("USD")
            assert it.status.totals().margin_used == pytest.approx(D(told["m"]), abs=D("0.0001"))
            it.price("59000.0")
            assert cents(it.status.totals().profit) == cents(await by_the_ledger(it) + it.status.totals().unrealised)
            await it.flat()
            totals = it.status.totals()
            assert cents(totals.profit) == cents(await by_the_ledger(it)) == cents(totals.equity - START)
            assert totals.fees > paid


async def test_a_position_that_the_operator_closed_keeps_the_profit_right(tmp_path: Path) -> None:
    async with exchange() as sandbox:
        async with running(sandbox, tmp_path) as it:
            await it.enter(Side.BUY, "58500.0", "0.02")
            it.price("60900.0")
            await it.by_hand(Side.SELL, D("0.02"))
            await it.noticed(lambda: it.account.position(SYMBOL) is None)
            await it.read()
            totals = it.status.totals()
            assert cents(totals.profit) == cents(await by_the_ledger(it)) == cents(totals.equity - START)
            assert [trade.reason for trade in it.account.trades] == ["closed by hand"]
        async with running(sandbox, tmp_path) as again:
            assert again.status.totals().profit == totals.profit


async def test_the_operators_own_part_of_a_sale_is_not_our_profit(tmp_path: Path) -> None:
    async with exchange(btc="0.5") as sandbox, running(sandbox, tmp_path) as it:
        await it.enter(Side.BUY, "58500.0", "0.02")
        it.price("60900.0")
        (bought,) = await it.client.fetch_my_trades()
        await it.by_hand(Side.SELL, D("0.51"))
        await it.noticed(lambda: [row.amount for row in it.account.positions()] == [D("0.01")])
        sold = (await it.client.fetch_my_trades())[-1]  # his own coins went first
        ours = (D(sold["cost"]) - D(sold["fee"]["cost"])) * D("0.01") / D(sold["amount"])
        paid = (D(bought["cost"]) + D(bought["fee"]["cost"])) / 2
        row = it.account.position(SYMBOL)
        assert row is not None
        left = it.account.realised - it.account.fill_fees + row.fees
        assert cents(left) == cents(ours - paid)


async def test_balances_holds_and_foreign_orders_are_shown(tmp_path: Path) -> None:
    async with exchange("hold_untriggered=full", btc="0.5") as sandbox, running(sandbox, tmp_path) as it:
        await it.client.create_order(SYMBOL, "limit", "sell", "0.2", "70000.0", {"clientOrderId": "operators-own"})
        await it.client.create_order(SYMBOL, "limit", "buy", "0.1", "50000.0", {})
        await it.enter(Side.BUY, "58500.0", "0.02")
        sandbox.control.balance("DOGE", D(7))
        await until(lambda: len(it.account.resting.foreign()) == 2 and "DOGE" in it.account.wallet)
        await it.read()
        rows = {row.asset: row for row in it.status.balance_rows()}
        assert (rows["BTC"].total, rows["BTC"].ours, rows["DOGE"].ours) == ("0.52", "0.02", "0")
        assert D(rows["BTC"].held) == D("0.22")
        usd = await it.client.fetch_balance()
        assert (D(rows["USD"].total), D(rows["USD"].held)) == (D(usd["USD"]["total"]), D(usd["USD"]["used"]))
        assert it.status.account_row(D(0), 3).free == f"{D(usd['USD']['free']):.2f}"
        orders = it.status.order_rows()
        assert [(row.role, row.side, D(row.amount), D(row.price)) for row in orders] == [
            ("stop", "sell", D("0.02"), D("58500")),
            ("foreign", "sell", D("0.2"), D("70000")),
            ("foreign", "buy", D("0.1"), D("50000")),
        ]
        await it.flat()
        assert {row.role for row in it.status.order_rows()} == {"foreign"}


async def test_a_margin_position_has_the_leverage_that_it_was_entered_with(tmp_path: Path) -> None:
    async with exchange() as sandbox, running(sandbox, tmp_path, LIVE_ACCOUNT="margin", LIVE_LEVERAGE=5) as it:
        await it.enter(Side.SELL, "61500.0", "0.05")
        (row,) = await it.client.fetch_positions()
        assert it.status.position_rows()[0].leverage == D(row["leverage"]) == 5
        assert [fill.leverage for fill in await it.trader.follower._journal.fills()] == [5]


async def test_amount_and_average_price_are_those_of_the_exchanges_own_trades(tmp_path: Path) -> None:
    async with exchange() as sandbox:
        async with running(sandbox, tmp_path, RISK_PER_TRADE=5, MAX_CAPITAL=90_000) as it:
            sandbox.control.price(SYMBOL, D("60000.0"), D("60001.0"), ask_amount=D("0.1"))
            await it.enter(Side.BUY, "58500.0", "0.5")
            await agrees(it)
            assert it.account.fill_count > 1
            (held,) = [row.amount for row in it.account.positions()]
            await it.by_hand(Side.SELL, D("0.1"))
            await it.noticed(lambda: [row.amount for row in it.account.positions()] == [held - D("0.1")])
            await agrees(it)
        async with running(sandbox, tmp_path) as again:
            await agrees(again)


async def agrees(it: LiveAccount) -> None:
    """To the lot and the tick: what is held, and what it cost on average, first in, first out."""
    lots: list[tuple[Decimal, Decimal]] = []
    for row in await it.client.fetch_my_trades():
        amount = D(row["amount"])
        if row["side"] == "buy":
            lots.append((amount, D(row["cost"]) / amount))
            continue
        while amount:
            first, price = lots.pop(0)
            lots = [(first - amount, price), *lots] if first > amount else lots
            amount = max(D(0), amount - first)
    position, held = it.account.position(SYMBOL), sum((amount for amount, _ in lots), D(0))
    assert position is not None
    assert position.amount == held
    average = sum((amount * price for amount, price in lots), D(0)) / held
    assert abs(position.entry_price - average) <= D("0.1")
