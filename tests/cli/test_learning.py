"""`kraken-tui learning` without an engine: what it says, what a search must be, and that it is written down."""

import json
import math
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.config.home import Home, Mode
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.campaign import Campaign, Contender, Declaration, Stage
from kraken_tui.learning.evidence import Evidence
from kraken_tui.model.memory import LearningState, TrialRecord
from kraken_tui.runtime import learned as learned_files
from kraken_tui.store.telemetry_reading import MemoryFile
from tests.cli.programs import Ended
from tests.runtime.learning_home import keep, kept, learned, unpacked_state

Inside = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path.resolve() / "home").in_world("demo")
    keep(made, learned({}, {"trend_following": 0.15}))
    return made


def search(**changes: Any) -> dict[str, Any]:
    """What `optimize --out` writes, as far as it is looked at."""
    present = {"BREAKOUT_VOLUME": 2.0, "CHANNEL_PERIOD": 288}
    won = {"BREAKOUT_VOLUME": 2.5, "CHANNEL_PERIOD": 264}
    days = [f"2025-{month:02}-{day:02}" for month in range(1, 9) for day in range(1, 29)]
    side = {"net": 0.1, "trades": 60, "open": 0, "longest_ns": 1, "returns": [0.01, -0.005]}
    found = {
        "kind": "kraken-tui search", "name": "breakout", "proposal": won, "present": present,
        "about": {"data": "d1", "program": "p1", "seed": 3, "strategies": ["breakout"]},
        "out_of_sample": {"days": days, "trades": 180, "net_at_higher_costs": 0.04},
        "luck": {"deflated": 0.97, "overfitting": {"probability": 0.1}, "neighbours": {"retained": 0.8}},
        "trials": [
            {"split": 0, "number": 0, "values": present, "score": 0.1, "train": side, "test": side},
            {"split": 0, "number": 1, "values": won, "score": 0.9, "train": side, "test": side},
            {"split": 1, "number": 0, "values": {**won, "BREAKOUT_VOLUME": 5.0}, "failed": "no"},
        ],
    }  # fmt: skip
    return {**found, **changes}


def written(home: Home, found: Mapping[str, Any]) -> str:
    path = home.root / "found.json"
    path.write_text(json.dumps(found))
    return str(path)


def test_it_says_where_it_stands(home: Home, inside: Inside) -> None:
    ended = inside("learning", "status", "--home", str(home.root))
    assert (ended.code, ended.err) == (0, "")
    assert "Learning in PAPER: suggest: it says what it would do and changes no trade." in ended.out
    assert "trend_following: weight 0.150, would trade in 30% of its size" in ended.out
    assert "No challenger is being tested." in ended.out
    (book,) = json.loads(inside("learning", "status", "--home", str(home.root), "--json").out)["books"]
    assert (book["mode"], book["world"]) == ("paper", "demo")


def test_a_sandbox_is_called_what_it_is(tmp_path: Path, inside: Inside) -> None:
    book = Home(tmp_path / "home", Mode.SANDBOX)
    keep(book, learned({}, {}))
    assert "Learning in SANDBOX: suggest" in inside("learning", "status", "--home", str(book.root)).out


def test_it_says_not_enough_evidence_yet(home: Home, inside: Inside) -> None:
    state = unpacked_state(home)
    champion = state.adoption.champions["breakout"]
    declaration = Declaration(
        id="s", declared_ns=1, budget=3, challengers=3, bound=0.06, holdout_start_ns=1, holdout_end_ns=1,
        holdout_blocks=0,
    )  # fmt: skip
    contender = Contender(
        candidate=replace(champion, id="breakout@new"), evidence=Evidence(bound=0.06, wealth=(3.1,) * 5)
    )
    running = Campaign(
        number=1, declaration=declaration, champion=champion, stage=Stage.TESTING, contenders=(contender,), blocks=70
    )
    keep(home, replace(state, adoption=replace(state.adoption, campaign=running)))
    assert (
        "breakout@new: not enough evidence yet: 3.1 of 99" in inside("learning", "status", "--home", str(home.root)).out
    )


def test_a_search_is_considered_with_all_of_its_trials(home: Home, inside: Inside) -> None:
    ended = inside("learning", "consider", written(home, search()), "--home", str(home.root))
    assert (ended.code, ended.err) == (0, "")
    assert "Declared: campaign 1: the winner needs 33" in ended.out
    state = unpacked_state(home)
    running = state.adoption.campaign
    assert running is not None and running.stage is Stage.TESTING
    (one,) = running.contenders
    assert one.candidate.parameters["BREAKOUT_VOLUME"] == 2.5  # type: ignore[index]
    trials = MemoryFile(home.memory, home.mode).records(TrialRecord)
    assert [(row.number, row.status, row.seed, row.data_hash) for row in trials] == [
        (0, "done", 3, "d1"), (1, "done", 3, "d1"), (2, "failed", 3, "d1"),
    ]  # fmt: skip
    assert any(row.name.startswith("event ") for row in MemoryFile(home.memory, home.mode).records(LearningState))
    assert "not enough evidence yet: 1.0 of 33" in inside("learning", "status", "--home", str(home.root)).out
    again = inside("learning", "consider", written(home, search()), "--home", str(home.root))
    assert again.code != 0 and "still running" in again.out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "poem"}, "no result of a search"),
        ({"trials": [{"split": 0}]}, "no whole result"),
        ({"about": {"strategies": ["scanner"]}}, "a search of one strategy that runs in shadow is right"),
        ({"proposal": {"BREAKOUT_VOLUME": 2.0, "CHANNEL_PERIOD": 288}}, "what the settings say already"),
        ({"present": {"BREAKOUT_VOLUME": 1.0, "CHANNEL_PERIOD": 288}}, "BREAKOUT_VOLUME was 1.0 when it was searched"),
        ({"proposal": {"STOP_ATRS": 4.0}, "present": {"STOP_ATRS": 12.0}}, "STOP_ATRS is nothing that learning may"),
        ({"proposal": {"BREAKOUT_VOLUME": 50.0}, "present": {"BREAKOUT_VOLUME": 2.0}}, "would leave the range"),
    ],
)  # fmt: skip
def test_what_is_no_search_for_it_is_refused_by_name(
    home: Home, inside: Inside, changes: dict[str, Any], told: str
) -> None:
    before = kept(home)
    ended = inside("learning", "consider", written(home, search(**changes)), "--home", str(home.root))
    assert ended.code == 2 and told in ended.err
    assert kept(home) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a":' * 100_000, "is no JSON"), (b'{"kind": "\xff"}', "is no JSON"), (b"9" * 5000, "no whole result"),
        (b"[" * 100_000, "got `array`"), (b'{"about": []}', "at `$.about`"),
        (b'{"about": {"strategies": [["x"]]}}', "at `$.about.strategies[0]`"), (b"", "is no JSON"),
    ],
)  # fmt: skip
def test_a_file_of_nonsense_is_refused(home: Home, inside: Inside, content: bytes, told: str) -> None:
    path = home.root / "found.json"
    path.write_bytes(content)
    ended = inside("learning", "consider", str(path), "--home", str(home.root))
    assert (ended.code, told in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("about", "seed"), 10**30, "at `$.about.seed`"), (("name",), "\ud800", "is no JSON"),
        (("name",), "x" * 201, "at `$.name`"), (("out_of_sample", "trades"), 10**30, "at `$.out_of_sample.trades`"),
        (("luck", "deflated"), "0.99", "at `$.luck.deflated`"), (("luck", "deflated"), math.nan, "is no JSON"),
        (("trials", 0, "score"), math.nan, "is no JSON"), (("trials", 0, "score"), None, "at `$.trials[0]`"),
        (("trials", 1, "values", "BREAKOUT_VOLUME"), 10**400, "at `$.trials[1].values"),
        (("proposal", "BREAKOUT_VOLUME"), True, "at `$.proposal"),
    ],
)  # fmt: skip
def test_a_value_that_can_not_be_kept_is_refused_by_its_place_and_changes_nothing(
    home: Home, inside: Inside, place: tuple[Any, ...], value: object, told: str
) -> None:
    before, found = kept(home), json.loads(json.dumps(search()))
    at = found
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    ended = inside("learning", "consider", written(home, found), "--home", str(home.root))
    assert (ended.code, told in ended.err) == (2, True)
    assert kept(home) == before and not MemoryFile(home.memory, home.mode).records(TrialRecord)


def test_trials_of_every_campaign_are_kept_though_no_time_has_passed_between_them(home: Home, inside: Inside) -> None:
    lost = {"deflated": 0.5, "overfitting": {"probability": 0.6}, "neighbours": None}
    for found in (search(luck=lost), search(), search(name="refused: the second is still running")):
        inside("learning", "consider", written(home, found), "--home", str(home.root))
    trials = MemoryFile(home.memory, home.mode).records(TrialRecord)
    assert sorted((row.study, row.number) for row in trials) == [
        (f"breakout {campaign} 1", number) for campaign in (1, 2) for number in range(3)
    ]


def test_what_has_no_end_or_no_writer_is_refused_unread(home: Home, inside: Inside, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/zero"), tmp_path / "pipe", tmp_path):
        ended = inside("learning", "consider", str(path), "--home", str(home.root))
        assert (ended.code, f"{path} is no file" in ended.err or "can't be read" in ended.err) == (2, True)


def test_a_file_that_grows_while_it_is_read_is_read_no_further(
    home: Home, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned_files, "MOST_BYTES", 100)
    ended = inside("learning", "consider", written(home, search()), "--home", str(home.root))
    assert (ended.code, "is too large" in ended.err) == (2, True)


def test_a_search_that_fails_its_gates_is_lost_and_its_trials_are_kept(home: Home, inside: Inside) -> None:
    luck = {"deflated": 0.5, "overfitting": {"probability": 0.6}, "neighbours": None}
    ended = inside("learning", "consider", written(home, search(luck=luck)), "--home", str(home.root))
    assert ended.code != 0
    assert "deflated Sharpe ratio is 0.500" in ended.out and "probability of overfitting is 0.60" in ended.out
    assert len(MemoryFile(home.memory, home.mode).records(TrialRecord)) == 3
    running = unpacked_state(home).adoption.campaign
    assert running is not None and running.stage is Stage.LOST


def test_words_that_need_evidence_or_something_to_take_back_are_refused(home: Home, inside: Inside) -> None:
    assert "no challenger has won" in inside("learning", "adopt", "--home", str(home.root)).out
    ended = inside("learning", "rollback", "--home", str(home.root))
    assert ended.code == 2 and "nothing was let in" in ended.err
    assert inside("learning", "freeze", "--home", str(home.root)).code == 0
    assert (
        "Frozen, nothing is let in: by your word, until `kraken-tui learning thaw`."
        in inside("learning", "status", "--home", str(home.root)).out
    )
    assert inside("learning", "thaw", "--home", str(home.root)).code == 0
    assert "Frozen" not in inside("learning", "status", "--home", str(home.root)).out


def test_a_damaged_memory_is_refused_and_left_to_the_engine(home: Home, inside: Inside) -> None:
    noise = b"no database at all, but long enough to look at" * 200
    for content, told in ((noise, "not a database"), (b"", "is no trading memory")):
        home.memory.write_bytes(content)
        for words in (("rollback",), ("freeze",)):
            ended = inside("learning", *words, "--home", str(home.root))
            assert ended.code != 0 and told in ended.err
        assert home.memory.read_bytes() == content
    assert not list(home.memory.parent.glob("*.damaged-*"))


def test_damage_beside_what_was_learned_is_told_and_what_was_learned_is_kept(home: Home, inside: Inside) -> None:
    with closing(sqlite3.connect(home.memory)) as file, file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'errors') "
                     "WHERE name = 'conversations'")  # fmt: skip
    ended = inside("learning", "freeze", "--home", str(home.root))
    assert ended.code == 0 and "it was damaged, is kept as" in ended.out
    assert unpacked_state(home).adoption.causes


def test_a_strategy_is_pinned_and_a_campaign_given_up(home: Home, inside: Inside) -> None:
    where = ("--home", str(home.root))
    assert inside("learning", "pin", "breakout", *where).code == 0
    assert "Pinned, nothing is let in for it: breakout." in inside("learning", "status", *where).out
    assert inside("learning", "unpin", "scanner", *where).code == 2
    assert inside("learning", "unpin", "breakout", *where).code == 0
    assert inside("learning", "consider", written(home, search()), *where).code == 0
    assert "given up by the operator" in inside("learning", "give-up", *where).out
    assert inside("learning", "consider", written(home, search()), *where).code == 0


def test_a_home_that_never_ran_says_so(tmp_path: Path, inside: Inside) -> None:
    assert "no engine has run" in inside("learning", "status", "--home", str(tmp_path)).out
    ended = inside("learning", "freeze", "--home", str(tmp_path))
    assert ended.code == 2 and "has no trading memory" in ended.err


def test_the_search_rests_on_the_default_settings() -> None:
    found, config = search(), TradingConfig()
    assert found["present"] == {name: getattr(config, name) for name in found["present"]}
