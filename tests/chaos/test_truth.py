"""What the auditor reads is what stands at the exchange."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from chaos.books import Books, Meant, read_books
from chaos.setting import ENGINE, make_keys
from chaos.truth import Auditor, Truth, Unheard
from chaos.verdicts import Case, naked, positions, strangers, taken_coins
from kraken_tui.clock import generator
from kraken_tui.config.instruments import load_instruments
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.store.journal import Journal

D = Decimal


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[tuple[Sandbox, Auditor, Auditor]]:
    """An exchange that stands still, an auditor of it, and one who may trade."""
    pairs = make_keys(tmp_path / "keys.json", generator(1))
    options = Options(
        port=0, control_port=0, seed=1, paused=True, keys_file=tmp_path / "keys.json", balances={"USD": D(10_000)}
    )
    async with Sandbox(options) as sandbox:
        sandbox.control.price("SOL/USD", D("100.00"), D("100.01"))
        auditor = Auditor(sandbox.rest_url, [pair for name, pair in pairs.items() if name.startswith("auditor")])
        trader = Auditor(sandbox.rest_url, [pairs[ENGINE]])
        yield sandbox, auditor, trader
        await auditor.close()
        await trader.close()


def case_of(truth: Truth, books: Books) -> Case:
    return Case(
        truth=truth, books=books, foreign=frozenset(), instruments={"SOL/USD": load_instruments()["SOL/USD"]},
        opening={"SOL": D(0), "USD": D(10_000)},
    )  # fmt: skip


async def test_an_entry_and_its_child_are_ours_and_the_child_covers_it(
    sandbox: tuple[Sandbox, Auditor, Auditor],
) -> None:
    _, auditor, trader = sandbox
    entry = {"pair": "SOLUSD", "type": "buy", "ordertype": "market", "volume": "2", "cl_ord_id": "kt0123456789abcdef"}
    placed = await trader.ask("AddOrder", **entry, **{"close[ordertype]": "stop-loss", "close[price]": "95.00"})
    intent = Meant(kind="enter", symbol="SOL/USD", owner="", outcome="accepted", order_id=placed["txid"][0], text="")
    truth = await auditor.look()
    assert truth is not None
    case = case_of(truth, Books(meant={"kt0123456789abcdef": intent}, fills={}))
    assert (strangers(case), taken_coins(case)) == ([], [])
    assert (positions(case), naked(case)) == ({"SOL/USD": D(2)}, {})
    child = next(row for row in truth.orders.values() if row.is_resting)
    await trader.ask("CancelOrder", txid=child.id)
    truth = await auditor.look_at_all()
    assert truth is not None
    case = case_of(truth, case.books)
    assert naked(case) == {"SOL/USD": D(2)}
    assert truth.orders[child.id].status == "canceled"
    assert strangers(case_of(truth, Books(meant={}, fills={}))) != []


async def test_more_trades_than_a_page_are_all_read(sandbox: tuple[Sandbox, Auditor, Auditor]) -> None:
    _, auditor, trader = sandbox
    for side in ("buy", "sell") * 30:
        await trader.ask("AddOrder", pair="SOLUSD", type=side, ordertype="market", volume="0.5")
    truth = await auditor.look_at_all()
    assert truth is not None
    assert len({row.order_id for row in truth.trades.values()}) == 60
    assert sum(row.amount if row.side == "buy" else -row.amount for row in truth.trades.values()) == 0
    assert truth.orders.keys() == {row.order_id for row in truth.trades.values()}


async def test_an_exchange_that_is_away_shows_nothing(sandbox: tuple[Sandbox, Auditor, Auditor]) -> None:
    _, auditor, _ = sandbox
    away = Auditor("http://127.0.0.1:1", [("key", "c2VjcmV0")])
    with pytest.raises(Unheard, match="TradesHistory"):
        await away.look()
    await away.close()
    with pytest.raises(Unheard, match="Permission denied"):
        await auditor.ask("AddOrder", pair="SOLUSD", type="buy", ordertype="market", volume="1")


async def test_a_journal_is_read_as_it_is_written(tmp_path: Path) -> None:
    assert read_books(tmp_path / "none.db") == Books(meant={}, fills={})
    journal = await Journal.open(tmp_path / "journal.db", "sandbox")
    _, client_id = await journal.record_intent("enter", "SOL/USD", {"reason": "test"}, "scanner", 1)
    books = read_books(tmp_path / "journal.db")
    assert books.meant == {
        client_id: Meant(kind="enter", symbol="SOL/USD", owner="scanner", outcome="", order_id="", text="")
    }
    await journal.close()
