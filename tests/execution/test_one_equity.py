"""One equity for sizes, heat and drawdown: what closing everything would leave, without any deposit of today."""

from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.config.settings import DrawdownTier, HeatLimit, Settings
from kraken_tui.execution.ruling import Answer, Question
from kraken_tui.model.evaluation import Check
from kraken_tui.risk.fees import Fees
from kraken_tui.risk.kill_switch import Inputs
from tests.execution.gated import Gated, gated
from tests.execution.stand import amounts, long
from tests.execution.test_gatekeeping import BTC, DOGE, HBAR, enter, priced
from tests.samples import D

FULL = Settings(RISK_PER_TRADE=5.0, BASE_LEVERAGE=5, HEAT=HeatLimit(trades=3, exposure=150), MAX_SLIPPAGE=None)


def asked(at: Gated) -> list[Question]:
    """All that the gate is asked from now on."""
    questions: list[Question] = []

    def keep(time_ns: int, id: str, question: Question, answer: Answer) -> None:
        questions.append(question)

    at.gate.keep = keep
    return questions


def inputs(at: Gated) -> Inputs:
    """The account as the guard shows it to the kill switch."""
    now = at.it.status.totals()
    return Inputs(
        now_ns=0, equity=now.equity, realised=now.realised, unrealised=now.unrealised, fees=now.fees,
        closing_fees=now.exposure * D("0.004"),
    )  # fmt: skip


async def test_sizes_rest_on_the_profit_that_the_kill_switch_judges_by(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        questions = asked(at)
        await enter(at, long(BTC, "100000.0", "98000.0"))
        await at.it.price(BTC, "109999.0", "110000.0")
        await at.look()
        judged = at.gate.kill.state.equity(inputs(at).profit)
        await enter(at, long(DOGE, "0.2", "0.19"))
        first, second = questions
        assert first.around.equity == 10_000 and second.around.equity == judged
        exposure = D("109999.0") * amounts(at.it)[BTC]
        assert second.around.equity == second.standing.totals.equity - exposure * D("0.004")
        # At its own high-water mark nothing is drawn down.
        assert second.around.high == second.around.equity


async def test_a_new_high_is_no_drawdown_and_a_taker_fee_below_it_is_one(tmp_path: Path) -> None:
    tiers = [DrawdownTier(drawdown=0.05, share=0.5)]
    async with gated(tmp_path, Settings(DRAWDOWN_TIERS=tiers)) as at:
        await priced(at)
        questions = asked(at)
        await enter(at, long(BTC, "100000.0", "98000.0"))
        await at.look()
        await enter(at, long(DOGE, "0.2", "0.19"))
        # The round trip's fees of 20 and the spread are 0.2 % of 10,000.
        assert questions[1].around.high == 10_000
        assert D("9979") < questions[1].around.equity < D("9981")
        assert amounts(at.it)[DOGE] * D("0.2") < 1_300


async def heat_after(at: Gated, moved: str) -> tuple[list[Check], Decimal]:
    """What heat and size say of an entry beside a long, after a deposit or withdrawal of today."""
    await priced(at)
    await enter(at, long(BTC, "100000.0", "98000.0"))
    await at.it.exchange.deposit("USD", moved)
    at.it.follower.distrust_balance()
    await at.look()
    await enter(at, long(DOGE, "0.2", "0.19"), long(HBAR, "0.1", "0.09"))
    held = amounts(at.it)
    exposure = sum((held[symbol] * price for symbol, price in PRICES.items() if symbol in held), Decimal(0))
    return [check for row in at.written() for check in row.evaluation.checks if check.name == "heat"], exposure


PRICES = {BTC: D("100000.0"), DOGE: D("0.2"), HBAR: D("0.1")}


@pytest.mark.parametrize("moved", ["50000", "-5000"])
async def test_a_deposit_of_today_opens_no_room(tmp_path: Path, moved: str) -> None:
    async with gated(tmp_path / "as it was", FULL) as at:
        before, exposure = await heat_after(at, "0.0000000001")
    assert exposure > 14_500
    async with gated(tmp_path / "moved", FULL) as at:
        after, same = await heat_after(at, moved)
    assert exposure <= 15_000
    if moved.startswith("-"):
        assert same <= exposure  # the cash is gone, so that less can be carried
    else:
        assert (after, same) == (before, exposure)


async def test_an_accounts_own_fee_counts_from_the_moment_it_is_told(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, long(BTC, "100000.0", "98000.0"))
        totals, dear = at.it.status.totals(), at.gate.equity(at.it.status.totals())
        at.gate.fees = Fees(maker=D("0.1"), taker=D("0.2"), opening=D("0.02"))
        assert at.gate.equity(totals) - dear == totals.exposure * D("0.002")
        assert at.gate.breakeven < D("0.45")
