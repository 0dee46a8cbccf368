"""A pair that is taken out of the groups stays booked, and what is held of it stays watched, until it is closed."""

import asyncio
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.account.unlisted import unlisted
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.model.trading import Side
from kraken_tui.runtime.flatten_books import open_books
from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine
from kraken_tui.store.journal_symbols import held_symbols
from tests.samples import BTC, DOGE, fill

FAST = float("inf")


def ran(home: Path, seconds: float, seed: int | None = None) -> RunSummary:
    given = EngineOptions(home=home, market="demo", duration=seconds, speed=FAST, seed=seed, foreground=False)
    return asyncio.run(run_engine(given, {}))


def journal_of(home: Path) -> Path:
    return Home(home).in_world("demo").journal


def traded(home: Path) -> set[str]:
    with closing(sqlite3.connect(journal_of(home))) as journal:
        return {symbol for (symbol,) in journal.execute("SELECT symbol FROM fills")}


def leave_out(home: Path, symbols: set[str]) -> None:
    groups = {name: [each for each in rows if each not in symbols] for name, rows in Settings().GROUPS.items()}
    (home / "config.json").write_text(json.dumps({"GROUPS": groups, "POLL_INTERVAL": 10}))


async def flattened(home: Path) -> list[str]:
    async with open_books(Home(home), Settings.model_validate(json.loads((home / "config.json").read_text())), None,
                          "demo", lambda kind, text: None) as books:  # fmt: skip
        await books.trader.desk.flatten(reason="test", owner="operator")
        return [row.symbol for row in books.trader.account.positions()]


def test_what_was_traded_and_what_is_held_survive_the_loss_of_their_pairs(tmp_path: Path) -> None:
    leave_out(tmp_path, set())
    ran(tmp_path, 5400, seed=7)
    held = set(held_symbols(journal_of(tmp_path)))
    past = traded(tmp_path) - held
    assert held and past
    gone = {min(held), *sorted(past)[:2]}
    leave_out(tmp_path, gone)
    before = len(traded(tmp_path))
    summary = ran(tmp_path, 120)
    assert summary.scans == 12
    assert not {symbol for symbol in held_symbols(journal_of(tmp_path)) if symbol in gone and symbol not in held}
    assert len(traded(tmp_path)) >= before
    assert asyncio.run(flattened(tmp_path)) == []
    assert held_symbols(journal_of(tmp_path)) == ()


def test_rules_are_read_off_what_was_traded() -> None:
    fills = [fill(1, Side.BUY, "0.25", "0.1234567", instrument=DOGE), fill(2, Side.BUY, "0.5", "60000.0")]
    (doge,) = unlisted(fills, [BTC])
    assert (doge.symbol, doge.base, doge.quote) == ("DOGE/USD", "DOGE", "USD")
    assert (doge.tick, doge.lot) == (Decimal("0.0000001"), Decimal("0.01"))
    assert unlisted(fills, [BTC, DOGE]) == []


@given(st.lists(st.tuples(st.sampled_from(Side), st.decimals("0.00000001", "9", places=8)), min_size=1))
def test_every_amount_that_was_traded_is_a_whole_number_of_lots(rows: list[tuple[Side, Decimal]]) -> None:
    fills = [fill(number, side, amount, "2.50") for number, (side, amount) in enumerate(rows, 1)]
    (rules,) = unlisted(fills, [])
    assert all(rules.amount_down(row.amount) == row.amount for row in fills)
    assert all(rules.price_of(rules.ticks_of(row.price)) == row.price for row in fills)
