"""Rows changed, removed or inserted with plain sqlite3, by somebody who drops the triggers: the place is named."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kraken_tui.store.evaluation_chain import Head, chained, genesis, head_file, write_head
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_schema import GUARDS
from kraken_tui.store.evaluation_verify import MOST_PLACES, verify
from tests.store.decisions import Problems, evaluation, rows, write

COUNT = 8
TRIGGERS = [name for name, sql in GUARDS.items() if sql.startswith("CREATE TRIGGER")]
COPY = (
    "INSERT INTO entries SELECT {row}, kind, evaluation_id, time_ns, symbol, owner, action, strategy, verdict, reason, \
price, details, outcome, client_id, order_id, text, mode, hash FROM entries WHERE id = {other}"
)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("untouched") / "evaluation_log.db"
    write(path, COUNT)
    assert verify(path, "paper").is_whole
    return path


@pytest.fixture
def path(untouched: Path, tmp_path: Path) -> Path:
    shutil.copytree(untouched.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / untouched.name


def tamper(path: Path, *statements: str, restore: bool = True) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for sql in [*(f"DROP TRIGGER {name}" for name in TRIGGERS), *statements]:
            connection.execute(sql)
        for name in TRIGGERS if restore else ():
            connection.execute(GUARDS[name])


MOVED_UP = "UPDATE entries SET id = -id WHERE id > 3", "UPDATE entries SET id = 1 - id WHERE id < 0"
DONE: list[tuple[tuple[str, ...], int, str]] = [
    (("UPDATE entries SET verdict = 'pass' WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET details = zeroblob(9) WHERE id = 1",), 1, "row 1 does not fit"),
    (("UPDATE entries SET time_ns = time_ns + 1 WHERE id = 8",), 8, "row 8 does not fit"),
    (("UPDATE entries SET time_ns = 'soon' WHERE id = 8",), 8, "row 8 does not fit"),
    (("UPDATE entries SET mode = 'live' WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET symbol = CAST(symbol AS BLOB) WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET reason = CAST(x'ff' AS TEXT) WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET strategy = NULL WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET hash = x'00' WHERE id = 4",), 4, "row 4 does not fit"),
    (("UPDATE entries SET hash = 'none' WHERE id = 4",), 4, "row 4 does not fit"),
    (("DELETE FROM entries WHERE id = 4",), 4, "row 4 is missing"),
    (("DELETE FROM entries WHERE id IN (4, 5)",), 4, "rows 4 to 5 are missing"),
    (("DELETE FROM entries WHERE id = 1",), 1, "row 1 is missing"),
    (("DELETE FROM entries WHERE id > 6",), 7, "rows 7 to 8 were cut off at the end"),
    (("DELETE FROM entries",), 1, "rows 1 to 8 were cut off at the end"),
    (("DELETE FROM entries WHERE id = 4", "UPDATE entries SET id = id - 1 WHERE id > 4"), 4, "row 4 does not fit"),
    ((*MOVED_UP, COPY.format(row=4, other=3)), 4, "row 4 does not fit"),
    ((COPY.format(row=0, other=3),), 1, "a row 0 was inserted before row 1"),
    ((COPY.format(row=9, other=8),), 9, "row 9 does not fit"),
    (("UPDATE entries SET id = 99 WHERE id = 3", "UPDATE entries SET id = 3 WHERE id = 5",
      "UPDATE entries SET id = 5 WHERE id = 99"), 3, "row 3 does not fit"),
    (("UPDATE meta SET value = 'another' WHERE key = 'log_id'",), 1, "row 1 does not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "row", "told"), DONE)
def test_the_first_place_is_named(path: Path, statements: tuple[str, ...], row: int, told: str) -> None:
    tamper(path, *statements)
    first, *others = verify(path, "paper").faults
    assert (first.row, first.text[: len(told)]) == (row, told)
    assert len(others) < MOST_PLACES


def test_triggers_and_tables_that_are_not_as_they_were_made_are_named(path: Path) -> None:
    tamper(path, restore=False)
    assert [place.text for place in verify(path, "paper").faults] == [
        f"{name}: gone, or not as it was made" for name in TRIGGERS
    ]
    tamper_indexes = "DROP INDEX evaluations_of_symbol", "CREATE INDEX evaluations_of_symbol ON entries (owner)"
    with closing(sqlite3.connect(path)) as connection:
        for sql in (*tamper_indexes, "CREATE TABLE copy AS SELECT * FROM entries", "DROP TABLE entries",
                    "ALTER TABLE copy RENAME TO entries", "INSERT INTO entries SELECT * FROM entries WHERE id = 4",
                    "UPDATE entries SET id = 'four' WHERE rowid = 5"):  # fmt: skip
            connection.execute(sql)
        connection.commit()
    texts = [place.text for place in verify(path, "paper").faults]
    assert "a row 4 was inserted before row 5" in texts and "row 5 is missing" in texts
    assert "entries: gone, or not as it was made" in texts


def rewrite(path: Path, start: int) -> Head:
    """What a patient attacker does: hash every row anew."""
    meta: dict[str, str] = dict(rows(path, "SELECT key, value FROM meta"))
    head = genesis(meta["mode"], meta["log_id"])
    changes = []
    for *columns, stored in rows(path):
        found = chained(head.hash, tuple(columns)) if columns[0] >= start else stored
        head = Head(columns[0], found)
        changes.append(f"UPDATE entries SET hash = x'{found.hex()}' WHERE id = {columns[0]}")
    tamper(path, *changes)
    return head


def test_hashes_made_anew_do_not_lead_to_the_head(path: Path) -> None:
    tamper(path, "UPDATE entries SET verdict = 'pass' WHERE id = 4")
    head = rewrite(path, 4)
    (place,) = verify(path, "paper").faults
    assert (place.row, place.text) == (8, "row 8 is not the one that evaluation_log.head names")
    write_head(path, head)
    assert verify(path, "paper").is_whole, "who rewrites the head as well is not found out"


def test_a_row_added_with_the_right_hash_is_newer_than_the_head(path: Path) -> None:
    tamper(path, COPY.format(row=9, other=8))
    rewrite(path, 9)
    found = verify(path, "paper")
    assert (found.is_whole, found.after_head) == (True, 1)


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"row":"8"}', b"\xff\xfe"])
def test_a_head_that_is_gone_or_no_head_is_named(path: Path, content: bytes | None) -> None:
    if content is None:
        head_file(path).unlink()
    else:
        head_file(path).write_bytes(content)
    (place,) = verify(path, "paper").faults
    assert place.text.startswith("evaluation_log.head ")
    assert place.text.endswith("whether rows were cut off at the end can't be told")


def test_a_log_that_is_gone_is_named_by_its_head(path: Path) -> None:
    path.unlink()
    (place,) = verify(path, "paper").faults
    assert place.text == "evaluation_log.db is missing: evaluation_log.head names row 8"
    assert verify(path.with_name("never.db"), "paper").is_whole


@pytest.mark.parametrize(
    ("statements", "restore", "told"),
    [
        (("DELETE FROM entries WHERE id > 6",), True, "rows 7 to 8 were cut off"),
        (("DELETE FROM entries",), True, "rows 1 to 8 were cut off"),
        (("DELETE FROM entries WHERE id = 8", COPY.format(row=8, other=7)), True, "row 8 is not the one"),
        ((), False, "no_update, no_delete, only_at_the_end: gone, or changed"),
        (("UPDATE entries SET hash = 'none' WHERE id = 8",), True, "row 8 is not the one"),
    ],
)
def test_the_writer_goes_on_and_the_chain_says_for_ever_what_it_found(
    path: Path, statements: tuple[str, ...], restore: bool, told: str
) -> None:
    tamper(path, *statements, restore=restore)
    end = len(rows(path))
    problems = Problems()
    log = EvaluationLog.open(path, "paper", problems)
    log.record([evaluation(9)])
    log.close()
    assert len(problems.told) == 1 and told in problems.told[0]
    for _ in range(2):
        faults = verify(path, "paper").faults
        assert [place.row for place in faults if told in place.text] == [end + 1]
        write(path, 1)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM entries")
