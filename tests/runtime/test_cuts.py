"""An entry that got less than it named is told by which limit."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.execution.ruling import Question
from kraken_tui.model.intent import Enter
from kraken_tui.model.trading import Side
from kraken_tui.risk.active_risk import AtRisk
from kraken_tui.risk.drawdown import Tier
from kraken_tui.risk.slippage import Book
from kraken_tui.runtime.cuts import Cuts, why_less
from tests.execution.gated import gated
from tests.execution.stand import long
from tests.samples import D

BTC = "BTC/USD"
LOOSE = Settings(
    RISK_PER_TRADE=50, MAX_ACTIVE_RISK=None, MAX_SLIPPAGE=None, BASE_LEVERAGE=1, FEES_DECIDE=False,
    HEAT=HeatLimit(trades=1, exposure=500), HEAT_GROUPS={}, DRAWDOWN_TIERS=[],
)  # fmt: skip
LIMITS: dict[str, dict[str, Any]] = {
    "the risk limit, RISK_PER_TRADE 0.5 % of 10000.00 USD, leaves no more behind a stop at 99000.0": {
        "RISK_PER_TRADE": 0.5
    },
    "the exposure of HEAT or HEAT_GROUPS leaves no more": {"HEAT": HeatLimit(trades=1, exposure=60)},
    "each of HEAT's 3 places gets its share of the capital": {"HEAT": HeatLimit(trades=3, exposure=500)},
    "the free funds pay for no more": {},
}


async def ruled(folder: Path, settings: Settings, intent: Enter) -> tuple[Cuts, Question]:
    """The cuts of a gate that has ruled on an entry, and what it ruled on."""
    heard: list[Question] = []
    async with gated(folder, settings) as at:
        at.gate.keep = lambda time_ns, id, question, answer: heard.append(question)
        cuts = Cuts(at.gate, settings)
        await at.it.price(BTC, "99999.0", "100000.0")
        await at.look()
        at.it.desk.submit(intent)
        await at.it.work()
    return cuts, heard[-1]


@pytest.mark.parametrize("words", LIMITS)
async def test_the_limit_without_which_it_would_have_got_more_is_named(tmp_path: Path, words: str) -> None:
    intent = replace(long(BTC, "100000.0", "99000.0"), amount=D(1))
    cuts, _ = await ruled(tmp_path, LOOSE.model_copy(update=LIMITS[words]), intent)
    assert cuts.why(intent) == words
    assert cuts.why(replace(intent, reason="another's")) == ""
    assert cuts.why(replace(intent, amount=None)) == ""


async def test_an_entry_that_got_what_it_named_was_cut_by_nothing(tmp_path: Path) -> None:
    intent = replace(long(BTC, "100000.0", "99000.0"), amount=D("0.001"))
    cuts, _ = await ruled(tmp_path, LOOSE, intent)
    assert cuts.why(intent) == ""


async def test_the_drawdown_and_the_active_risk_are_named_before_the_risk_of_one_trade(tmp_path: Path) -> None:
    settings = LOOSE.model_copy(update={"RISK_PER_TRADE": 0.5, "MAX_ACTIVE_RISK": 0.6})
    _, question = await ruled(tmp_path, settings, replace(long(BTC, "100000.0", "99000.0"), amount=D(1)))
    assert "RISK_PER_TRADE" in why_less(question, settings)
    fallen = replace(question.around, high=D(20_000), tiers=(Tier(D(5), D("0.5")),))
    assert "DRAWDOWN_TIERS" in why_less(replace(question, around=fallen), settings)
    held = AtRisk(symbol="DOGE/USD", side=Side.BUY, amount=D(1000), entry=D("0.2"), stop=D("0.16"))
    risky = replace(question, standing=replace(question.standing, open=(held,)))
    assert why_less(risky, settings) == "MAX_ACTIVE_RISK 0.6 % over all positions leaves no more"
    assert question.around.quote is not None
    thin = replace(question.around, quote=replace(question.around.quote, ask_amount=D("0.001")))
    thin = replace(thin, conditions=replace(thin.conditions, book=Book(depth=D(100)), most_slippage=D("0.05")))
    assert "the book takes no more at MAX_SLIPPAGE" in why_less(
        replace(question, around=thin), settings.model_copy(update={"MAX_SLIPPAGE": 0.05})
    )
