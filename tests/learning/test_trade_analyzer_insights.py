"""Insights: chance alone is hardly ever confirmed, a planted edge is found, and one that dies is retired."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.clock import generator
from kraken_tui.learning.cells import cells, query_of
from kraken_tui.learning.insights import LEAST, MOST_FALSE, look
from kraken_tui.learning.trade_analyzer import quotes
from kraken_tui.model.memory import InsightRecord
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.store.telemetry_reading import MemoryFile
from tests.learning.many_trades import columns_of, noise, planted
from tests.store.memories import opened, trade

EDGE = "strategy=breakout, regime=TREND_UP"


def grown(columns: TradeColumns, step: int = 200) -> dict[str, InsightRecord]:
    """Every insight after a look at each `step` trades more."""
    known: dict[str, InsightRecord] = {}
    for end in range(step, columns.count + 1, step):
        looked = look(columns.take(np.arange(end)), list(known.values()), generator(1))
        known |= {one.id: one for one in looked.changed}
    return known


def ever_confirmed(known: dict[str, InsightRecord]) -> list[str]:
    return [one.id for one in known.values() if any("confirmed by" in event for event in one.history)]


@pytest.mark.parametrize("kind", ["gauss", "t3", "skew", "clustered"])
def test_on_noise_at_most_a_tenth_of_the_seeds_confirm_anything(kind: str) -> None:
    """2,000 trades of four strategies in five symbols and four regimes, four looks; a hundred cells."""
    seeds = 12
    fooled = [ever_confirmed(grown(columns_of(noise(kind, np.random.default_rng(seed), 2_000), seed), 500)) != []
              for seed in range(seeds)]  # fmt: skip
    assert sum(fooled) <= seeds // 10


def test_a_planted_edge_is_found_and_confirmed() -> None:
    found = 0
    for seed in range(8):
        columns = planted(
            columns_of(noise("gauss", np.random.default_rng(seed), 2_000), seed), 80, "breakout", "TREND_UP"
        )
        found += EDGE in ever_confirmed(grown(columns, 500))
    assert found >= 6


def test_an_edge_that_turns_is_retired_and_not_found_again_from_its_past() -> None:
    columns = columns_of(noise("gauss", np.random.default_rng(3), 4_000), 3)
    better, worse = (planted(columns, edge, "breakout", "TREND_UP").net for edge in (120, -60))
    turned = replace(columns, net=np.concatenate((better[:2_000], worse[2_000:])))
    before = grown(turned.take(np.arange(2_000)), 500)
    assert before[EDGE].status == "confirmed"
    known = dict(before)
    for end in range(2_400, 4_001, 400):
        looked = look(turned.take(np.arange(end)), list(known.values()), generator(1))
        known |= {one.id: one for one in looked.changed}
        if known[EDGE].status == "retired":
            break
    after = known[EDGE]
    assert after.status == "retired"
    assert "say the opposite" in after.text
    assert after.later_mean_bps < 0 < after.mean_bps
    again = look(turned.take(np.arange(end)), list(known.values()), generator(1))
    assert EDGE not in {one.id for one in again.changed}


def test_an_insight_says_what_it_rests_on() -> None:
    columns = planted(columns_of(noise("gauss", np.random.default_rng(1), 2_000), 1), 120, "breakout", "TREND_UP")
    looked = look(columns, [], generator(1))
    (one,) = [insight for insight in looked.changed if insight.id == EDGE]
    assert one.status == "candidate"
    assert one.low_bps < one.mean_bps < one.high_bps
    assert one.low_bps < 120 < one.high_bps
    assert one.q <= MOST_FALSE
    assert one.cells == looked.cells
    assert one.text.startswith("Trades of breakout in the regime TREND_UP made ")
    assert f"{one.trades} trades; q " in one.text
    assert f"Benjamini-Hochberg over {looked.cells} cells" in one.test
    assert one.tested_ns == int(columns.closed_ns[-1])
    again = look(columns, [one], generator(1))  # nothing new of it without later trades
    assert [other.id for other in again.changed] == [other.id for other in looked.changed if other.id != EDGE]


def test_a_candidate_waits_for_thirty_later_trades_of_its_own_cell() -> None:
    columns = planted(columns_of(noise("gauss", np.random.default_rng(1), 3_000), 1), 120, "breakout", "TREND_UP")
    first = columns.take(np.arange(2_000))
    known = [one for one in look(first, [], generator(1)).changed if one.id == EDGE]
    (cell,) = [cell for cell in cells(columns, LEAST) if cell.id == EDGE]
    later = cell.which[cell.which >= 2_000]
    for count, status in ((LEAST - 1, "candidate"), (LEAST, "confirmed")):
        part = columns.take(np.arange(int(later[count - 1]) + 1))
        looked = {one.id: one for one in look(part, known, generator(1)).changed}
        assert looked.get(EDGE, known[0]).status == status
    assert looked[EDGE].later_trades == LEAST
    assert " Later: confirmed by the next 30 trades" in looked[EDGE].text


def test_every_cell_has_a_query_that_selects_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "trading_memory.db"
    made = [trade(number, symbol=f"C{number % 3}/USD", strategy=f"it's {number % 2}") for number in range(1_000)]
    others = [trade(number, symbol="C1/EUR", strategy="it's 1") for number in range(1_000)]
    with opened(path) as memory:
        memory.record(*made, *others)
    columns = MemoryFile(path, "paper").columns()
    columns = columns.take((quotes(columns).codes == quotes(columns).names.index("USD")).nonzero()[0])
    found = list(cells(columns, LEAST))
    assert {key for cell in found for key in cell.of} == {
        "strategy", "symbol", "regime", "hour", "group", "side", "weekday"
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        for cell in found:
            query = query_of(cell.of, "USD", int(columns.closed_ns[0]), int(columns.closed_ns[-1]))
            cursor = connection.execute(query)
            place = [name for name, *_ in cursor.description].index("closed_ns")
            assert [row[place] for row in cursor] == columns.closed_ns[cell.which].tolist()


def test_an_insights_query_selects_no_trade_of_another_currency(tmp_path: Path) -> None:
    path = tmp_path / "trading_memory.db"
    made = [trade(number, symbol=f"BTC/{quote}", net=net) for number in range(80)
            for quote, net in (("EUR", "-9"), ("USD", str(5 + number % 3)))]  # fmt: skip
    with opened(path) as memory:
        memory.record(*made)
    columns = MemoryFile(path, "paper").columns()
    columns = columns.take((quotes(columns).codes == quotes(columns).names.index("USD")).nonzero()[0])
    found = look(columns, [], generator(1)).changed
    assert found
    with closing(sqlite3.connect(path)) as connection:
        assert all(len(connection.execute(one.query).fetchall()) == one.trades for one in found)


def test_nothing_is_made_of_no_trade() -> None:
    columns = columns_of(noise("gauss", np.random.default_rng(1), 40)).take(np.arange(0))
    assert look(columns, [], generator(1)).changed == ()
