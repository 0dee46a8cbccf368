"""The trading memory: what is recorded is read back equal, once; statistics' columns say what the rows say."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from kraken_tui.model.memory import (
    DayRecord,
    DecisionRecord,
    ErrorRecord,
    LearningState,
    Recordable,
    TradeRecord,
    Utterance,
)
from kraken_tui.model.trade_columns import TradeColumns
from kraken_tui.store import trade_blocks
from kraken_tui.store.batch_writer import Gap
from kraken_tui.store.telemetry_reading import MemoryFile
from kraken_tui.store.telemetry_rows import TABLES, columns_of
from kraken_tui.store.telemetry_schema import BLOCK
from kraken_tui.store.telemetry_schema import TABLES as SQL
from tests.store.decisions import rows
from tests.store.memories import DAY_NS, START_NS, block, decision, money, opened, others, trade, trades


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "trading_memory.db"


def stored(records: list[Recordable], path: Path) -> list[Struct]:
    with opened(path) as memory:
        for record in records:
            memory.record(record)
    file = MemoryFile(path, "paper")
    return [row for kind in {type(record) for record in records} for row in file.records(kind)]


@settings(deadline=None)
@given(records=st.lists(others, max_size=6))
def test_what_is_recorded_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, records: list[Recordable]
) -> None:
    path = tmp_path_factory.mktemp("memory") / "trading_memory.db"
    found = stored(records, path)
    keys = {(type(record), key_of(record)): record for record in reversed(records)}  # the first stays
    changing = {(type(record), key_of(record)): record for record in records if type(record).__name__ in CHANGING}
    expected = {**keys, **changing}
    assert len(found) == len(expected)
    assert all(record in found for record in expected.values())  # -0.0 comes back as 0.0, which is equal


CHANGING = {"InsightRecord", "TrialRecord", "AdoptionRecord", "LearningState"}
KEYS = {
    "DecisionRecord": ("id",), "InsightRecord": ("id",), "ErrorRecord": ("time_ns", "source", "text"),
    "Utterance": ("time_ns", "author", "kind", "text"), "ParameterChange": ("time_ns", "name", "author"),
    "TrialRecord": ("study", "number"), "AdoptionRecord": ("id",),
    "BlockReturn": ("time_ns", "strategy", "parameters", "source"), "LearningState": ("name",),
}  # fmt: skip


def key_of(record: Recordable) -> tuple[object, ...]:
    return tuple(getattr(record, name) for name in KEYS[type(record).__name__])


@settings(deadline=None)
@given(given_trades=st.lists(trades, max_size=4, unique_by=lambda row: row.id))
def test_trades_are_read_back_equal_to_the_last_digit(
    tmp_path_factory: pytest.TempPathFactory, given_trades: list[TradeRecord]
) -> None:
    path = tmp_path_factory.mktemp("memory") / "trading_memory.db"
    found = stored(list(given_trades), path)
    assert sorted(found, key=repr) == sorted(given_trades, key=repr)
    assert all(row == MemoryFile(path, "paper").trade(row.id) for row in given_trades)


def test_every_record_has_its_columns_and_every_table_its_record() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SQL.format(mode="paper"))
        made = {
            name: [column for _, column, *_ in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    for kind, table in TABLES.items():
        own = [name for name in made.pop(table) if not (name == "seq" or (kind is Gap and name == "id"))]
        assert sorted(own) == sorted([*columns_of(kind), "mode"])
    assert set(made) == {"trade_blocks"}


def test_the_same_trade_twice_is_one_row_that_is_completed_and_corrected(path: Path) -> None:
    whole = trade(1)
    bare = msgspec.structs.replace(
        whole, regime="", symbol_group="", slippage=None, worst_price=None, best_price=None, entry_orders=(),
        exit_orders=(),
    )  # fmt: skip
    dearer = msgspec.structs.replace(bare, fees=Decimal("2.25"), net=Decimal(1))
    for turn in ([bare], [whole], [bare], [dearer, dearer]):
        with opened(path) as memory:
            memory.record(*turn)
    (found,) = MemoryFile(path, "paper").records(TradeRecord)
    assert found == msgspec.structs.replace(whole, fees=Decimal("2.25"), net=Decimal(1))
    (day,) = MemoryFile(path, "paper").records(DayRecord)
    assert (day.trades, day.wins, day.fees, day.net) == (1, 1, Decimal("2.25"), Decimal(1))


@settings(deadline=None)
@given(nets=st.lists(money, min_size=1, max_size=12), cut=st.integers(0, 12))
def test_a_days_performance_is_the_exact_sum_of_its_trades(
    tmp_path_factory: pytest.TempPathFactory, nets: list[Decimal], cut: int
) -> None:
    path = tmp_path_factory.mktemp("memory") / "trading_memory.db"
    made = [msgspec.structs.replace(trade(number), net=net) for number, net in enumerate(nets)]
    for part in (made[:cut], made[cut:], made[:2]):
        with opened(path) as memory:
            memory.record(*part)
    (day,) = MemoryFile(path, "paper").records(DayRecord)
    assert (day.day, day.quote, day.trades) == ("2026-01-01", "USD", len(nets))
    assert day.net == sum(nets)
    assert day.wins == sum(net > 0 for net in nets)


def test_days_strategies_and_currencies_are_summed_apart(path: Path) -> None:
    made = [trade(1), trade(2, symbol="BTC/USDT"), trade(3, strategy="scanner"), trade(200)]
    with opened(path) as memory:
        memory.record(*made)
    found = MemoryFile(path, "paper").records(DayRecord)
    assert [(row.day, row.strategy, row.quote, row.trades) for row in found] == [
        ("2026-01-01", "breakout", "USD", 1), ("2026-01-01", "breakout", "USDT", 1),
        ("2026-01-01", "scanner", "USD", 1), ("2026-01-02", "breakout", "USD", 1),
    ]  # fmt: skip
    assert [row.day for row in MemoryFile(path, "paper").records(DayRecord, START_NS + DAY_NS)] == ["2026-01-02"]


def test_a_range_of_time_holds_its_beginning_and_not_its_end(path: Path) -> None:
    made = [trade(number) for number in range(10)]
    with opened(path) as memory:
        memory.record(*reversed(made))
    file, span = MemoryFile(path, "paper"), (made[3].closed_ns, made[7].closed_ns)
    assert file.records(TradeRecord, *span) == made[3:7]
    assert file.columns(*span).closed_ns.tolist() == [row.closed_ns for row in made[3:7]]
    assert file.newest(TradeRecord, 2) == [made[9], made[8]]
    assert [len(part) for part in file.rows("trades", ("id",), at_once=4)] == [4, 4, 2]


def test_columns_say_what_the_rows_say_whatever_changed_since(path: Path) -> None:
    count = 2 * BLOCK + 100
    made = [trade(number, symbol=f"C{number % 7}/USD", net=str(number % 13 - 6)) for number in range(count)]
    with opened(path) as memory:
        memory.record(*made[:BLOCK])
        memory.record(*made[BLOCK:])
        memory.flush()
        memory.record(trade(0, symbol="C0/USD", net="-99"))  # it lies in the first block
        memory.flush()
        sealed = [number for (number,) in rows(path, "SELECT number FROM trade_blocks ORDER BY number")]
        assert sealed == [1]
        partly = MemoryFile(path, "paper").columns()
        memory.upkeep(START_NS)
        memory.flush()
    assert rows(path, "SELECT number FROM trade_blocks ORDER BY number") == [(0,), (1,)]
    found, plain = MemoryFile(path, "paper").columns(), by_rows(path)
    for columns in (partly, found):
        assert columns.count == count
        for name in trade_blocks.NUMBERS:
            np.testing.assert_array_equal(getattr(columns, name), getattr(plain, name))
        for name in trade_blocks.NAMES:
            assert words(columns, name) == words(plain, name)
    assert found.net[0] == -99
    assert words(found, "symbol")[:3] == ["C0/USD", "C1/USD", "C2/USD"]
    assert (found.adverse_bps[1], found.favourable_bps[1]) == (10.0, 50.0)  # a long
    assert (found.adverse_bps[2], found.favourable_bps[2]) == (0.0, 0.0)  # a short, with a long's prices
    np.testing.assert_allclose(found.put_in, 600.0)


def by_rows(path: Path) -> TradeColumns:
    """The same by a copy of the file without blocks."""
    copy = path.with_name("copy.db")
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DELETE FROM trade_blocks")
    return MemoryFile(copy, "paper").columns()


def words(columns: TradeColumns, name: str) -> list[str]:
    column = getattr(columns, name)
    return [column.names[code] for code in column.codes.tolist()]


def test_an_empty_memory_has_no_trades(path: Path) -> None:
    with opened(path):
        pass
    columns = MemoryFile(path, "paper").columns()
    assert (columns.count, columns.symbol.names, columns.take(columns.net > 0).count) == (0, (), 0)


def test_a_row_that_can_not_be_is_a_gap_and_holds_up_no_other(path: Path) -> None:
    with opened(path) as memory:
        memory.record(msgspec.structs.replace(block(1), net=float("nan")), block(2))
        memory.record(msgspec.structs.replace(trade(1), net=Decimal("NaN")), trade(2))
        memory.record(msgspec.structs.replace(decision(1), time_ns=1 << 70), decision(2))
        memory.record(msgspec.structs.replace(block(3), source="dreamt"))
        memory.record(Utterance(time_ns=1, author="chat", kind="user", text="half a pair: \ud800"))
    file = MemoryFile(path, "paper")
    assert [row.id for row in file.records(TradeRecord)] == ["BTC/USD 2"]
    assert file.records(DecisionRecord) == [decision(2)]
    assert [row.text for row in file.records(Utterance)] == ["half a pair: ?"]
    gaps = rows(path, "SELECT count, text FROM gaps ORDER BY id")
    assert [count for count, _ in gaps] == [1, 1, 1, 1]
    reasons = ("net is nan", "net is Decimal('NaN')", "more than 64 bits", "CHECK")
    for (_, text), told in zip(gaps, reasons, strict=True):
        assert told in text


def test_each_row_bears_the_mode(path: Path) -> None:
    with opened(path) as memory:
        memory.record(trade(1), decision(1), block(1), LearningState(name="a", time_ns=1, state=b"x"))
    for table in ("trades", "decisions", "block_returns", "learning_state", "performance"):
        assert rows(path, f"SELECT mode FROM {table}") == [("paper",)]
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("UPDATE trades SET mode = 'live'")


def test_what_is_too_old_goes_and_trades_never(path: Path) -> None:
    old: list[Recordable] = [
        trade(1), *(decision(number) for number in range(12_000)), ErrorRecord(time_ns=START_NS, source="a", text="b"),
        Utterance(time_ns=START_NS, author="a", kind="user", text="b"), block(0),
    ]  # fmt: skip
    now_ns = START_NS + 400 * DAY_NS
    with opened(path) as memory:
        memory.record(*old)
        memory.flush()
        before = path.stat().st_size + path.with_name(f"{path.name}-wal").stat().st_size
        memory.record(msgspec.structs.replace(decision(1), id="young", time_ns=now_ns))
        memory.upkeep(now_ns)
        memory.upkeep(now_ns)
        assert memory.flush()
        with pytest.raises(ValueError, match="trades: never dropped"):
            memory.upkeep(now_ns, {"trades": 1})
    counts = {table: rows(path, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES.values()}
    assert (counts["decisions"], counts["errors"], counts["conversations"]) == (1, 0, 0)
    assert (counts["trades"], counts["block_returns"], counts["performance"]) == (1, 1, 1)
    assert path.stat().st_size < before // 3


def test_the_files_are_ours_alone_to_read(path: Path) -> None:
    with opened(path) as memory:
        memory.record(trade(1))
        memory.flush()
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
