"""The file of trials: durable, whole after any crash, and nobody else's."""

from pathlib import Path

import pytest

from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.log import FILE, TrialLog, Tried
from kraken_tui.replay.search.trials import Outcome, Stretch

ABOUT = {"data": "1", "parameters": ["A=1..2"]}


def tried(number: int, split: int = 0) -> Tried:
    made = Stretch(returns=(0.1 + number / 3, -1e-17), trades=3, open=0, longest_ns=7)
    return Tried(split=split, number=number, values={"A": 1, "B": 0.1}, outcome=Outcome(stretches=(made, made)))


def written(folder: Path, count: int) -> bytes:
    log = TrialLog(folder, ABOUT)
    for number in range(count):
        log.add(tried(number))
    log.close()
    return (folder / FILE).read_bytes()


def test_what_was_kept_is_there_to_the_last_digit(tmp_path: Path) -> None:
    written(tmp_path, 3)
    log = TrialLog(tmp_path, ABOUT)
    assert log.done == {(0, number): tried(number) for number in range(3)}
    log.close()


def test_a_file_that_is_cut_anywhere_goes_on(tmp_path: Path) -> None:
    data = written(tmp_path / "whole", 3)
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(0, len(data), 7):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / FILE).write_bytes(data[:cut])
        log = TrialLog(folder, ABOUT)
        assert len(log.done) == max(0, sum(end <= cut for end in ends) - 1)
        log.add(tried(9))
        log.close()
        again = TrialLog(folder, ABOUT)
        assert again.done == {**log.done, (0, 9): tried(9)}
        again.close()


def test_another_search_is_refused_by_name(tmp_path: Path) -> None:
    written(tmp_path, 1)
    with pytest.raises(UsageError, match="a search with other parameters:"):
        TrialLog(tmp_path, {**ABOUT, "parameters": ["A=1..3"]})
    with pytest.raises(UsageError, match="a search with other data, seed:"):
        TrialLog(tmp_path, {**ABOUT, "data": "2", "seed": 1})


def test_damage_within_is_told(tmp_path: Path) -> None:
    data = written(tmp_path, 3)
    (tmp_path / FILE).write_bytes(data.replace(b'"number":1', b'"number":x'))
    with pytest.raises(UsageError, match="is damaged"):
        TrialLog(tmp_path, ABOUT)


def test_two_processes_do_not_share_it(tmp_path: Path) -> None:
    log = TrialLog(tmp_path, ABOUT)
    with pytest.raises(UsageError, match="another process searches here"):
        TrialLog(tmp_path, ABOUT)
    log.close()
    TrialLog(tmp_path, ABOUT).close()
