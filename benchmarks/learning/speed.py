"""What one block costs: fifty strategies learned from, watched for drift, and three challengers weighed."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from benchmarks.learning.figures import Line, told
from kraken_tui.clock import stopwatch_ns
from kraken_tui.learning import drift, evidence
from kraken_tui.learning.allocation import Pace, after_block, new_allocation
from kraken_tui.learning.drift import Drift
from kraken_tui.learning.evidence import Evidence

STRATEGIES, REGIMES, TIMES = 50, 6, 300


def lines() -> Iterator[Line]:
    chance = np.random.default_rng(1000)
    state = new_allocation([f"s{k}" for k in range(STRATEGIES)], [f"r{k}" for k in range(REGIMES)])
    for _ in range(50):
        state = after_block(state, chance.normal(0, 0.01, STRATEGIES).tolist(), "r1", Pace())
    earned = chance.normal(0, 0.01, STRATEGIES).tolist()
    watches = [Drift(bound=0.03)] * STRATEGIES
    weighed = [Evidence(bound=0.06)] * 3
    yield took(
        f"allocation, {STRATEGIES} strategies, {REGIMES} regimes", lambda: after_block(state, earned, "r2", Pace())
    )
    yield took(
        f"drift, {STRATEGIES} strategies",
        lambda: [drift.after_return(each, value) for each, value in zip(watches, earned, strict=True)],
    )
    yield took("evidence, 3 challengers", lambda: [evidence.after_block(each, 0.001) for each in weighed])
    yield told("state of the allocation", f"{len(msgspec.msgpack.encode(state)):,} bytes")


def took(what: str, step: Callable[[], object]) -> Line:
    spans = []
    for _ in range(TIMES):
        began = stopwatch_ns()
        step()
        spans.append((stopwatch_ns() - began) / 1e6)
    return told(f"one block of {what}", f"p50 {np.median(spans):.2f} ms, p99 {np.quantile(spans, 0.99):.2f} ms")
