"""What the evaluation log costs: recording a close of 1,500 symbols, writing, reading and verifying it.

Each decision bears fifteen checks and six votes, each with a sentence. Run: python -m benchmarks.evaluation_log
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from kraken_tui import clock
from kraken_tui.clock import stopwatch_ns
from kraken_tui.model.evaluation import Check, Evaluation
from kraken_tui.model.vote import Vote
from kraken_tui.store.evaluation_log import EvaluationLog
from kraken_tui.store.evaluation_verify import verify

SYMBOLS = 1_500
CHECKS = (
    "mode armed", "kill switch", "limits", "heat", "owner", "regime", "market filters", "spread", "staleness",
    "minimum size", "slippage", "fees", "exchange status", "unknown orders", "cooldown",
)  # fmt: skip
VOTES = ("RSI", "SMA", "volume ratio", "volatility", "choppiness", "ATR")


def decision(close: int, number: int, chance: clock.Generator) -> Evaluation:
    """A decision with other numbers in each sentence."""
    checks = tuple(
        Check(name, chance.random() > 0.2, f"{name}: {chance.uniform(0, 5):.2f} % of equity, at most 6.00 % may be")
        for name in CHECKS
    )
    votes = tuple(
        Vote(name, chance.uniform(0, 100), 70.0, 1, f"{name} {chance.uniform(0, 100):.2f} is over 70: a long")
        for name in VOTES
    )
    return Evaluation(
        id=f"autopilot-{close}-{number}", time_ns=clock.SEEDED_START_NS + close * 300 * clock.SECOND,
        symbol=f"C{number}/USD", owner="autopilot", action="enter long", strategy="trend following", verdict="block",
        reason=checks[3].text, price=f"{chance.uniform(0, 99):.5f}", checks=checks, votes=votes,
    )  # fmt: skip


def tell(text: str) -> None:
    """What a log has to say here is no figure."""
    if text:
        raise SystemExit(text)


async def written(log: EvaluationLog, batch: list[Evaluation]) -> tuple[float, float, float]:
    """Milliseconds: until `record` returned, until its rows were on the disk, and a loop's longest wait meanwhile."""
    began = last = stopwatch_ns()
    log.record(batch)
    recorded, longest = stopwatch_ns() - began, 0
    while log.waiting:
        await asyncio.sleep(0.001)
        now = stopwatch_ns()
        longest, last = max(longest, now - last), now
    return recorded / 1e6, (last - began) / 1e6, longest / 1e6


def main() -> None:
    """Print every figure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--closes", type=int, default=20)
    closes = arguments.parse_args().closes
    chance = clock.generator(1)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evaluation_log.db"
        log = EvaluationLog.open(path, "paper", tell)
        taken = []
        for close in range(closes):
            batch = [decision(close, number, chance) for number in range(SYMBOLS)]
            taken.append(asyncio.run(written(log, batch)))
        recorded, durable, longest = (sorted(column)[closes // 2] for column in zip(*taken, strict=True))
        print(f"record {SYMBOLS} decisions          {recorded:9.3f} ms (median of {closes})")
        print(f"until they are on the disk     {durable:9.1f} ms, {SYMBOLS / durable * 1000:,.0f} rows/s")
        print(f"longest wait of a loop beside  {longest:9.1f} ms")
        print(f"a row on the disk              {path.stat().st_size / closes / SYMBOLS:9.0f} bytes")
        began, reads = stopwatch_ns(), 200
        for number in range(reads):
            assert len(log.last(f"C{number}/USD", 3)) == min(3, closes)
        print(f"last 3 of a symbol             {(stopwatch_ns() - began) / 1e6 / reads:9.2f} ms")
        log.close()
        began = stopwatch_ns()
        found = verify(path, "paper")
        spent = (stopwatch_ns() - began) / 1e9
        assert found.is_whole and found.rows == closes * SYMBOLS
        print(f"verify                         {found.rows / spent:9,.0f} rows/s")


if __name__ == "__main__":
    main()
