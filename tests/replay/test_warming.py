"""The fast replay is compiled once for every tape, says how far it is, and is there at once in the next process."""

import subprocess
import sys

from benchmarks.replay import market, settings_of
from kraken_tui.replay.fast.loop import advance
from kraken_tui.replay.fast.paper_exits import close_position
from kraken_tui.replay.fast.tape import front
from kraken_tui.replay.fast.warming import warm_up
from tests.replay.test_fast_scans import replayed

COUNTED = """
from kraken_tui.replay.fast.warming import warm_up
told = []
warm_up(lambda text, share: told.append(share))
print(told)
"""


def test_it_is_compiled_once_and_told_as_it_goes() -> None:
    told: list[tuple[str, float]] = []
    warm_up(lambda text, share: told.append((text, share)))
    assert (told[0], told[-1]) == (("compiling the replay", 0.0), ("compiling the replay", 1.0))
    assert [share for _, share in told] == sorted(share for _, share in told)
    _, tape = market(1)
    assert len(replayed(front(tape, 20_000), settings_of(0.15)).rows) > 10
    assert len(advance.signatures) == 1  # type: ignore[attr-defined]
    assert len(close_position.signatures) <= 1  # type: ignore[attr-defined]


def test_the_next_process_compiles_nothing() -> None:
    warm_up(lambda text, share: None)
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[0.0, 1.0]"
