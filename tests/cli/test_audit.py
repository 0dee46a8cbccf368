"""`kraken-tui audit`: what the assistant's sentences became, and whether the chain that they stand in is whole."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from kraken_tui.config.home import Home
from kraken_tui.model.evaluation import VerdictRow
from tests.cli.programs import run
from tests.store.decisions import evaluation, opened


def write(home: Home) -> None:
    rows = [
        VerdictRow(turn=7, time_ns=1_767_225_600_000_000_000, author="Zyn", rule=rule, text=text)
        for rule, text in (("", "I would wait."), ("past", "\x1b[31mI sold\nit."))
    ]
    with opened(home.evaluation_log, home.mode) as log:
        log.record([evaluation(1)])
        log.record_verdicts(rows)


def test_that_no_sentence_was_judged_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path.resolve())
    with opened(home.evaluation_log, home.mode) as log:
        log.record([evaluation(1)])
    listed = run("audit", "--home", str(home.root))
    assert (listed.code, listed.err) == (0, "")
    assert listed.out.splitlines() == [f"{home.evaluation_log}:", "  no sentence of a language model was judged yet"]


def test_shown_and_withheld_sentences_are_listed_and_the_chain_is_verified(tmp_path: Path) -> None:
    home = Home(tmp_path.resolve())
    write(home)
    listed = run("audit", "--home", str(home.root))
    lines = listed.out.splitlines()
    assert (listed.code, listed.err) == (0, "")
    assert lines[1] == "  2026-01-01T00:00:00.000Z turn 7 shown: I would wait."
    assert lines[2].startswith("  2026-01-01T00:00:00.000Z turn 7 WITHHELD (past): ")
    assert "\x1b" not in listed.out
    told = json.loads(run("audit", "--json", "--last", "1", "--home", str(home.root)).out)
    assert [one["rule"] for one in told["logs"][0]["verdicts"]] == ["past"]
    whole = run("audit", "--verify", "--home", str(home.root))
    assert (whole.code, whole.out.splitlines()[1]) == (0, "  3 rows, the chain is whole")
    with closing(sqlite3.connect(home.evaluation_log)) as connection, connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE entries SET text = 'x' WHERE id = 3")
    assert run("audit", "--verify", "--home", str(home.root)).code == 1
