"""Whatever a disk made of a small file, its reader answers as it answers any damage, and nothing else is raised."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from kraken_tui.agent import proposal_file
from kraken_tui.agent.llm.budget import Budget, Limits
from kraken_tui.config.home import Home
from kraken_tui.learning.keeping import unpacked
from kraken_tui.market.recorded_files import read_sessions
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.memory import LearningState
from kraken_tui.notify.heartbeat import read_beat
from kraken_tui.replay.search.prepare import count_trials
from kraken_tui.runtime.wishes import read_wishes
from kraken_tui.runtime.world import enter_demo
from kraken_tui.store.daily_file import DailyFile
from kraken_tui.store.evaluation_chain import read_head
from kraken_tui.strategy.own_files import own_strategies
from kraken_tui.ui import keymap, state
from tests.agent.llm.doubles import NOVEMBER_NS, Standing

NESTED = b'{"x":' + b"[" * 100_000


def _answered(read: Callable[[Path], object], path: Path) -> str:
    """What a reader says: its refusal's text, or what it returns."""
    try:
        return str(read(path))
    except (SafetyRefusal, UsageError) as error:
        return str(error)


def _budget(path: Path) -> str:
    return Budget(path, Limits(usd=None, tokens=None), UTC, Standing(NOVEMBER_NS)).stop()


def _demo(path: Path) -> object:
    home = Home(path.parent).in_world("demo")
    home.books.mkdir(parents=True, exist_ok=True)
    path.rename(home.books / "world.json")
    return enter_demo(home, None, NOVEMBER_NS)


def _own(path: Path) -> object:
    (path.parent / "strategies").mkdir()
    path.rename(path.parent / "strategies" / "trusted.json")
    return own_strategies(Home(path.parent))


def _sessions(path: Path) -> object:
    path.rename(path.parent / "sessions.json")
    return read_sessions(path.parent)


def _head(path: Path) -> object:
    path.rename(path.with_suffix(".head"))
    return read_head(path)


def _trials(path: Path) -> object:
    (path.parent / "search").mkdir()
    (path.parent / "search" / "trials.jsonl").write_bytes(path.read_bytes() + b"\n")
    return count_trials(path.parent, "another", "d1")


@pytest.mark.parametrize(
    ("read", "field", "told"),
    [
        (read_wishes, "autopilot", "None"),
        (read_beat, "market", "None"),
        (_demo, "x", "can't be read"),
        (_budget, "day", "budget not known"),
        (lambda path: proposal_file.read(path, "PAPER"), "mode", "nothing can be proposed"),
        (_own, "mine.py", "trust each file again"),
        (_sessions, "sessions", "it must hold"),
        (_head, "hash", "can't be read"),
        (_trials, "about", "can't be read"),
        (state.load, "theme", "Layout choices ignored"),
        (keymap.load, "app.zoom", "Keys ignored"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["bad byte", "nested"])
def test_a_bad_byte_and_deep_nesting_are_damage_like_any_other(
    tmp_path: Path, read: Callable[[Path], object], field: str, told: str, kind: str
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b'{"%s":"\xff"}' % field.encode() if kind == "bad byte" else NESTED)
    path.chmod(0o600)
    assert told in _answered(read, path)


@pytest.mark.parametrize("sum", ["NaN", "1E+999999999", "Infinity"])
def test_a_sum_that_is_none_is_damage_too(tmp_path: Path, sum: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(f'{{"day": "2026-11-22", "usd": "{sum}"}}')
    assert "budget not known" in _budget(path)
    path.write_text(f'{{"mode": "PAPER", "spent": "{sum}"}}')
    with pytest.raises(SafetyRefusal, match="nothing can be proposed"):
        proposal_file.read(path, "PAPER")


def test_what_was_learned_with_a_bad_byte_is_refused() -> None:
    with pytest.raises(SafetyRefusal, match="what was learned can't be read"):
        unpacked(LearningState(name="learner", time_ns=0, state=b"\x81\xa4mode\xa1\xff"))


def test_rows_of_no_day_are_moved_aside_whatever_is_in_them(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.csv"
    path.write_bytes(b"time,price\n\xff/\xfe6-01-05 08:00,1\n")
    file = DailyFile(path, "time,price")
    file.turn_to("2026-01-06")
    file.close()
    assert path.read_bytes() == b"time,price\n"
    assert (tmp_path / "trajectory-other.csv.gz").exists()
