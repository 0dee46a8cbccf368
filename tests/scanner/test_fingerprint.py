"""A fixed market gives the same decisions, bit for bit, on every machine and after every change that is for speed only.

A change of the rules changes the fingerprint; then the reference and docs/engine.md change with it.
"""

import hashlib
import random

from kraken_tui.scanner.state import Market, Row
from tests.scanner.harness import QUICK, SECOND, START, Kernel, Told

FINGERPRINT = "06fafda5bc9373b3ad323dda520979ad4fbfc1292a9fe0f3a52605373055b6b4"


def test_fingerprint() -> None:
    chance = random.Random(20260101)
    prices = [100_000 + 7_919 * k for k in range(40)]
    kernel = Kernel(QUICK._replace(interval_ns=2 * SECOND), [100_000] * 40, [k % 3 > 0 for k in range(40)])
    digest = hashlib.sha256()
    trends = [0] * 40
    for scan in range(900):
        told = []
        for k in range(40):
            if chance.randrange(25) == 0:
                trends[k] = chance.choice([0, 0, 0, 90, -90, 200, -200])
            prices[k] = max(1_000, prices[k] + prices[k] * (trends[k] + chance.randrange(-30, 31)) // 100_000)
            bid = 0 if chance.randrange(300) == 0 else prices[k]
            held = k % 4 == 0 and scan % 200 > 150
            told.append(
                Told(
                    bid=bid, ask=bid + 12, side=1, entry=prices[k] - 600, breakeven=prices[k] - 200, stop=prices[k] // 2
                )
                if held
                else Told(bid=bid, ask=bid + 12)
            )
        kernel.scan(told, START + scan * 2 * SECOND, heat=chance.randrange(1_000_000))
        kept = kernel.state.columns[: Row.BEFORE]
        digest.update(kept.astype("<i8").tobytes() + kernel.state.market[: Market.WINDOW].astype("<i8").tobytes())
    assert digest.hexdigest() == FINGERPRINT
