"""The short form of `make chaos`: five kills of the real engine, judged as the hundred are."""

from pathlib import Path

import pytest

from chaos.campaign import Campaign, Plan
from kraken_tui.clock import SECOND, generator, stopwatch_ns


@pytest.mark.serial
async def test_five_kills_leave_nothing_naked_nothing_doubled_and_books_that_balance(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(kills=5, hold="none", seed=4, until_ns=stopwatch_ns() + 600 * SECOND)
    report = await Campaign(plan, tmp_path, generator(plan.seed), said.append).run()
    assert report.violations == [], "\n".join([*report.lines(), *said])
    assert report.kills.total() == 5
    assert report.looks > 5
    assert report.longest_naked_s < 10
