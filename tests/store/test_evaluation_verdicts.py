"""Verdicts on free text in the evaluation log: in the same chain, beside decisions, in old logs as well."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kraken_tui.model.evaluation import VerdictRow
from kraken_tui.store.evaluation_chain import Head, chained, genesis, write_head
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import values_of
from kraken_tui.store.evaluation_schema import COLUMNS, ENTRIES, GUARDS, META
from kraken_tui.store.evaluation_verify import verify
from tests.store.decisions import evaluation, executed, opened

SHOWN = VerdictRow(turn=1, time_ns=10, author="Zyn", rule="", text="I would wait.")
WITHHELD = VerdictRow(turn=1, time_ns=11, author="Zyn", rule="past", text="I s\ud800ld \x1b[31mit.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evaluation_log.db"


def begin_as_before(path: Path) -> None:
    """A log of the first version with one decision, as that version made it."""
    kinds = "'evaluation', 'executed', 'gap', 'damage'"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(META)
        connection.execute(ENTRIES.format(mode="paper", kinds=kinds))
        for sql in GUARDS.values():
            connection.execute(sql)
        connection.execute("INSERT INTO meta VALUES ('schema_version', '1'), ('mode', 'paper'), ('log_id', 'abc')")
        columns = (1, *values_of(evaluation(1)), "paper")
        digest = chained(genesis("paper", "abc").hash, columns)
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        connection.execute(f"INSERT INTO entries VALUES ({marks})", (*columns, digest))
    write_head(path, Head(1, digest))


def test_verdicts_come_out_as_they_went_in_and_decisions_beside_them(path: Path) -> None:
    with opened(path) as log:
        log.record([evaluation(1)])
        log.record_verdicts([SHOWN, WITHHELD])
        log.record_executed(executed(1))
        assert [one.evaluation for one in log.last(None, 5)] == [evaluation(1)]
    found = LogFile(path).verdicts(5)
    assert found[1] == SHOWN
    assert (found[0].rule, found[0].turn) == ("past", 1)
    assert found[0].text.startswith("I s")
    assert [one.evaluation for one in LogFile(path).last(None, 5)] == [evaluation(1)]
    assert verify(path, "paper").is_whole


def test_a_verdict_that_somebody_changed_is_found(path: Path) -> None:
    with opened(path) as log:
        log.record_verdicts([SHOWN, WITHHELD])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE entries SET text = 'I sold nothing.' WHERE id = 2")
    faults = verify(path, "paper").faults
    assert 2 in [fault.row for fault in faults]


def test_a_log_of_the_first_version_takes_verdicts_and_keeps_its_rows(path: Path) -> None:
    begin_as_before(path)
    assert verify(path, "paper").is_whole
    with opened(path) as log:
        log.record_verdicts([SHOWN])
        log.record([evaluation(2)])
    assert verify(path, "paper").is_whole
    assert verify(path, "paper").rows == 3
    assert [one.evaluation for one in LogFile(path).last(None, 5)] == [evaluation(2), evaluation(1)]
    assert LogFile(path).verdicts(5) == [SHOWN]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("2",)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO entries (id, kind, time_ns, mode, hash) VALUES (4, 'other', 0, 'paper', x'')"
            )


def test_an_old_table_that_somebody_changed_is_not_widened_but_told(path: Path) -> None:
    begin_as_before(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE entries ADD COLUMN note TEXT")
    told: list[str] = []
    log = EvaluationLog.open(path, "paper", told.append)
    log.record([evaluation(2)])
    log.close()
    assert any("entries: gone, or changed" in text for text in told)
    assert not verify(path, "paper").is_whole
