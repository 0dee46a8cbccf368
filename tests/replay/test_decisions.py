"""An engine's own log decides the same again, bit for bit; whatever was changed in it is found and named."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.config.home import Home
from kraken_tui.execution.ruling import pack, unpack_answer, unpack_question
from kraken_tui.model.trading import Side
from kraken_tui.replay.walk.decisions import Answer, walk
from kraken_tui.replay.walk.strategies import strategies_of
from kraken_tui.runtime.options import RunSummary
from kraken_tui.runtime.world import DemoWorld
from kraken_tui.scanner.outputs import COLUMNS
from kraken_tui.store.input_log import read_inputs
from kraken_tui.store.inputs import Decided, Gap, Kept, Record, Ruled, Scan, Start
from kraken_tui.strategy.own_files import trust
from tests.replay.logs import home_with, logs_of, ran, replayed, rewritten, with_byte, with_scan

HOUR_NS = 3_600 * SECOND
FEW = {"GROUPS": {"Majors": ["BTC/USD", "ETH/USD"]}, "HEAT_GROUPS": {}}
OWN = """
from kraken_tui.model.vote import Vote

REGIMES = ("TREND_UP", "TREND_DOWN", "RANGE", "SQUEEZE", "QUIET")
EXPECTED_MOVE = 5


def votes(candles, config):
    sign = 1 if candles.close[-1] > candles.close[-2] else -1
    return [Vote("step", float(candles.close[-1]), 0.0, sign, "the last step")]
"""


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RunSummary, RunSummary]:
    """Scanner and autopilot for 65 minutes, a restart, and 10 minutes more."""
    home = home_with(tmp_path_factory.mktemp("traded"), {"POLL_INTERVAL": 5, "FEES_DECIDE": False})
    return home, ran(home, 3_900), ran(home, 600, seed=None)


@pytest.fixture(scope="module")
def records(traded: tuple[Home, RunSummary, RunSummary]) -> list[Record]:
    home, _, _ = traded
    return [record for log in logs_of(home) for record in read_inputs(log)]


def again(home: Home, records: list[Record]) -> Answer:
    return walk(records, strategies_of(home))


def test_a_day_with_a_restart_is_the_same_bit_for_bit(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    home, first, second = traded
    answer = replayed(home)
    assert answer.difference is None and answer.notes == ()
    assert (answer.engines, answer.scans, answer.proven) == (2, first.scans + second.scans, answer.scans)
    kinds = first.transitions.keys() | second.transitions.keys()
    sums = {kind: first.transitions.get(kind, 0) + second.transitions.get(kind, 0) for kind in kinds}
    assert answer.transitions == dict(sorted(sums.items())) and sums["ENTRY->HOLD"] > 3
    closes = sum(isinstance(row, Decided) for row in records)
    assert answer.closes == closes > 12 and answer.calls == closes * 30
    assert answer.rulings > 20 and len(first.trades) > 3


def test_what_is_kept_each_hour_is_what_a_replay_comes_to(records: list[Record]) -> None:
    kept = [row for row in records if isinstance(row, Kept)]
    assert [row.time_ns % HOUR_NS for row in kept] == [0] and kept[0].scan == 720


@pytest.mark.parametrize(("column", "mask"), [("bid", 1), ("bid", 0x40), ("ask", 2)])
def test_one_bit_of_a_price_is_found_and_named(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record], tmp_path: Path, column: str, mask: int
) -> None:
    home, _, _ = traded
    start, place, number = records[0], 7, 400
    assert isinstance(start, Start)
    scan = next(row for row in records if isinstance(row, Scan) and row.scan == number)
    told = int(np.frombuffer(scan.columns[column], np.int64)[place])
    changed = with_scan(records, number, lambda row: with_byte(row, column, place * 8, mask))
    found = replayed(home, *rewritten(changed, tmp_path)).difference
    rules = start.instruments[place]
    assert found is not None
    assert (found.what, found.symbol, found.time_ns) == (column, rules.symbol, scan.time_ns)
    assert (found.recorded, found.replayed) == (f"{rules.price_of(told):f}", f"{rules.price_of(told ^ mask):f}")


def test_a_changed_decision_is_named_with_both_words(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    changed = with_scan(records, 300, lambda row: with_byte(row, "decided", 2 * 4, 0b1000))
    found = again(traded[0], changed).difference
    assert found is not None and found.what == "reason" and found.symbol and found.recorded != found.replayed
    stops = with_scan(records, 300, lambda row: with_byte(row, "wanted_stop", 8 * 4, 1))
    found = again(traded[0], stops).difference
    assert found is not None and (found.what, found.replayed) == ("wanted stop", "none")


def test_an_account_that_was_another_decides_otherwise(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    changed = with_scan(records, 300, lambda row: with_byte(row, "account", 8 * 4, 1))  # a long of the fifth ticker
    found = again(traded[0], changed).difference
    assert found is not None and found.what.startswith("state") and "HOLD" in found.recorded + found.replayed


def test_a_changed_call_and_a_changed_ruling_are_found(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    home, _, _ = traded
    place, one = next((k, row) for k, row in enumerate(records) if isinstance(row, Decided))
    digests = bytes([one.digests[0] ^ 1]) + one.digests[1:]
    found = again(home, [*records[:place], replace(one, digests=digests), *records[place + 1 :]]).difference
    assert found is not None and found.what.startswith("call") and found.time_ns == one.time_ns
    place, ruled = next((k, row) for k, row in enumerate(records) if isinstance(row, Ruled))
    question = unpack_question(ruled.given)
    other = Side.SELL if question.intent.side is Side.BUY else Side.BUY
    given = pack(replace(question, intent=replace(question.intent, side=other)))
    found = again(home, [*records[:place], replace(ruled, given=given), *records[place + 1 :]]).difference
    assert found is not None and found.symbol == ruled.symbol and found.what.startswith(("check", "size"))
    first = unpack_answer(ruled.made).checks[0]
    checks = (replace(first, text="said otherwise"), *unpack_answer(ruled.made).checks[1:])
    made = pack(replace(unpack_answer(ruled.made), checks=checks))
    found = again(home, [*records[:place], replace(ruled, made=made), *records[place + 1 :]]).difference
    assert found is not None
    assert (found.what, found.recorded) == (f"check {first.name}", "pass (said otherwise)")


def test_damage_costs_what_follows_until_the_next_hour(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    home, first, second = traded
    gap = Gap(time_ns=records[0].time_ns, text="damaged blocks were passed over")
    place = next(k for k, row in enumerate(records) if isinstance(row, Scan) and row.scan == 500)
    answer = again(home, [*records[:place], gap, *records[place + 10 :]])
    assert answer.difference is None
    assert answer.proven == first.scans + second.scans - 220
    assert any("damaged blocks" in note for note in answer.notes)
    assert any("scans can't be made again" in note for note in answer.notes)
    assert any("closes of the autopilot can't be decided again" in note for note in answer.notes)
    untold = again(home, [*records[:place], *records[place + 1 :]])  # a scan is missing, and nothing says so
    assert untold.difference is None and untold.proven < answer.scans + second.scans


def test_an_older_log_is_read_and_says_what_it_cannot_show(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    def older(row: Record) -> Record:
        if isinstance(row, Scan):
            return replace(row, columns={name: row.columns[name] for name in row.columns if name not in COLUMNS})
        return replace(row, trading="", version="0.0.1") if isinstance(row, Start) else row

    old = [older(row) for row in records if not isinstance(row, Decided | Ruled | Kept)]
    answer = again(traded[0], old)
    assert answer.difference is None and answer.proven == 0 and answer.scans == replayed(traded[0]).scans
    assert answer.transitions == replayed(traded[0]).transitions
    assert any("there is nothing to compare with" in note for note in answer.notes)
    assert any("recorded by version 0.0.1" in note for note in answer.notes)


def test_other_settings_give_other_decisions(
    traded: tuple[Home, RunSummary, RunSummary], records: list[Record]
) -> None:
    start = records[0]
    assert isinstance(start, Start)
    settings = start.settings.replace('"VELOCITY_THRESHOLD":0.15', '"VELOCITY_THRESHOLD":0.16')
    assert settings != start.settings
    found = again(traded[0], [replace(start, settings=settings), *records[1:]]).difference
    assert found is not None and found.what == "threshold, ppm" and found.symbol == ""


def test_a_log_without_a_beginning_says_so() -> None:
    gap = Gap(time_ns=0, text="x")
    answer = walk([gap], lambda start: ((), ""))
    assert (answer.scans, answer.engines, answer.difference) == (0, 0, None)
    assert answer.notes == ("records before any engine's start were passed over",)


def test_the_second_days_file_is_replayed_by_itself_and_both_go_on(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"POLL_INTERVAL": 30, **FEW})
    late_ns = SEEDED_START_NS + 23 * HOUR_NS
    home.books.mkdir(parents=True)
    DemoWorld(7, late_ns, late_ns).save(home, late_ns)
    ran(home, 2 * 3_600, seed=None)
    first, second = logs_of(home)
    both, alone = replayed(home), replayed(home, second)
    assert both.difference is None and both.notes == () and both.engines == 1
    assert alone.difference is None and alone.notes == ()
    assert (both.proven, alone.proven) == (240, 120)
    assert both.closes > alone.closes > 10
    days = [row for row in read_inputs(second) if isinstance(row, Kept) and row.autopilot]
    assert len(days) == 1
    broken = [
        replace(row, scanner=row.scanner[:-1] + b"\x01") if isinstance(row, Kept) and row.autopilot else row
        for log in (first, second)
        for row in read_inputs(log)
    ]
    found = again(home, broken).difference
    assert found is not None and found.what == "scanner's memory"


def test_the_operators_own_strategies_decide_again_while_they_are_what_they_were(tmp_path: Path) -> None:
    trading = {"STRATEGIES": ["stepper"]}
    home = home_with(tmp_path, {"POLL_INTERVAL": 30, **FEW}, trading)
    (tmp_path / "strategies").mkdir(mode=0o700)
    file = tmp_path / "strategies" / "stepper.py"
    file.write_text(OWN)
    trust(home, file.name)
    ran(home, 1_800)
    answer = replayed(home)
    assert answer.difference is None and answer.notes == () and answer.calls == 2 * 6
    file.write_text(OWN.replace("EXPECTED_MOVE = 5", "EXPECTED_MOVE = 6"))
    answer = replayed(home)
    assert answer.difference is None and answer.calls == 0 and answer.proven == answer.scans
    assert "stepper is not trusted, or not the file that decided then" in answer.notes[0]
