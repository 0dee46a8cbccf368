"""The real client and the real stream trade through everything that can go wrong, and a seed gives the same again."""

import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import get_args

import pytest

from kraken_tui.sandbox.faults.fault_plan import Kind
from tests.simulation.small_engine import Run

POLICIES = ("hold_untriggered=none", "hold_untriggered=full")
SEEDS = range(1, 25)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [Run(seed, policies=(POLICIES[seed % 2],)) for seed in SEEDS]


def test_the_exchange_itself_never_fails_and_nothing_is_raised_into_the_void(runs: list[Run]) -> None:
    for run in runs:
        assert run.world.exchange.internal_errors() == 0
        assert run.loop.errors == []
        assert run.loop.notes == []


def test_every_kind_of_trouble_comes_up(runs: list[Run]) -> None:
    made = sum((run.world.faults() for run in runs), Counter[str]())
    assert set(get_args(Kind)) <= made.keys()
    assert {"error (done)", "http (done)", "dropped-socket", "expired-tokens", "lag", "skew"} <= made.keys()
    assert {"line cut", "line silent", "clock step", "disk full", "system mode", "pair mode"} <= made.keys()
    assert {"crash: power cut", "crash: killed", "crash: between intent and reply"} <= made.keys()
    assert {"crash: writing to the disk", "by hand: cancel stop", "by hand: close position"} <= made.keys()
    assert {"by hand: earn", "by hand: deposit", "by hand: withdraw", "by hand: rest order"} <= made.keys()


def test_it_is_traded_all_the_same(runs: list[Run]) -> None:
    done = sum((run.outcomes for run in runs), Counter[str]())
    assert done["bought"] > 100 and done["moved"] > 30 and done["cancelled"] > 10
    assert done["OutcomeUnknown"] > 20 and done["RetryLater"] > 20 and done["SafetyRefusal"] > 0


def test_once_it_is_quiet_the_stream_has_told_how_things_stand(runs: list[Run]) -> None:
    for run in runs:
        state, heard = run.world.exchange.parts.venue.state, run.engine.heard
        assert {id: order.remaining for id, order in heard.resting.items()} == {
            id: order.amount - order.filled for id, order in state.orders.items()
        }
        for asset, total in heard.balances.items():
            there = state.balances.get(asset, Decimal(0))
            assert Decimal(0) <= there - total < Decimal("0.001"), asset


TOLD = "from tests.simulation.small_engine import Run; print(*(Run(seed).trace.digest() for seed in (3, 4)))"


def told(hash_seed: str) -> str:
    """What another process says of the same seeds."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    made = subprocess.run(
        [sys.executable, "-W", "error", "-c", TOLD], env=environment, capture_output=True, text=True, check=True
    )
    assert made.stderr == ""
    return made.stdout


def test_a_seed_gives_the_same_in_another_process_and_after_other_runs(runs: list[Run]) -> None:
    here = " ".join(Run(seed).trace.digest() for seed in (3, 4)) + "\n"
    assert told("1") == here
    assert told("2") == here
    assert len(set(here.split())) == 2


def test_a_trace_can_be_read() -> None:
    lines = Run(3).trace.lines
    assert any("rest:AddOrder sent" in line and "cl_ord_id=kt" in line for line in lines)
    assert any("Spawned" in line and "stop-loss" in line for line in lines)
    assert not any("nonce" in line or "API-Sign" in line for line in lines)
