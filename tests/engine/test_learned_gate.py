"""What learning takes from an entry at the gate: it goes in before the weighing, and a replay makes it again."""

from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.engine.learned_gate import LearnedGate
from kraken_tui.execution.ruling import Answer, Question, pack
from kraken_tui.learning.sleeve import Leave
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest
from kraken_tui.replay.walk.rulings import rule_again
from kraken_tui.risk.pauses import PartPause, Pauses
from kraken_tui.store.inputs import Ruled, Tightened
from tests.execution.gated import gated, piloted
from tests.samples import D

BTC = "BTC/USD"
LEAVES = {
    "half": Leave(factor=D("0.5"), text="learning leaves by_hand 50% of its size"),
    "a sliver": Leave(factor=D("0.0001"), text="learning leaves by_hand 0% of its size"),
    "nothing": Leave(factor=D(0), text="learning leaves by_hand 0% of its size"),
    "ten dollars": Leave(room=D(10), text="its sleeve may lose 10.00 more in this block"),
    "too much": Leave(factor=D("7.5"), room=D(10**9)),
}  # fmt: skip


async def judged(folder: Path, leave: Leave) -> tuple[OrderRequest | Declined, list[Tightened], list[Ruled], list[str]]:
    async with gated(folder, kind=LearnedGate) as at:
        assert isinstance(at.gate, LearnedGate)
        cuts, rulings = list[Tightened](), list[Ruled]()

        def keep(time_ns: int, id: str, question: Question, answer: Answer) -> None:
            symbol = question.intent.symbol
            rulings.append(Ruled(time_ns=time_ns, symbol=symbol, id=id, given=pack(question), made=pack(answer)))

        at.gate.keep, at.gate.keep_tightened, at.gate.leave = keep, cuts.append, lambda intent: leave
        await at.it.price(BTC, "99999.0", "100000.0")
        await at.look()
        size = at.it.desk.judge(piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns()), "observed")
        reasons = [row.evaluation.reason for row in at.written()]
    return size, cuts, rulings, reasons


@pytest.mark.parametrize("name", LEAVES)
async def test_an_entry_gets_what_learning_leaves_and_never_more(tmp_path: Path, name: str) -> None:
    whole, none, _, _ = await judged(tmp_path / "whole", Leave())
    assert isinstance(whole, OrderRequest) and not none
    size, cuts, rulings, reasons = await judged(tmp_path / "cut", LEAVES[name])
    if name == "too much":
        assert size == whole and not cuts
        return
    assert len(cuts) == len(rulings) == 1 and LEAVES[name].text in reasons[0]
    if isinstance(size, Declined):
        assert "is below the smallest order" in size.reason and LEAVES[name].text in size.reason
        assert name in ("a sliver", "nothing")
    elif name == "half":
        assert whole.amount * D("0.4999") < size.amount <= whole.amount / 2
    else:
        assert D("9.9") < size.amount * (2_000 + 2 * 100_000 * D("0.004")) <= 10, "down to the stop, with both fees"
        assert size.amount < whole.amount


@pytest.mark.parametrize("name", [name for name in LEAVES if name != "too much"])
async def test_a_replay_makes_the_cut_again(tmp_path: Path, name: str) -> None:
    _, (cut,), (ruled,), _ = await judged(tmp_path, LEAVES[name])
    assert rule_again(ruled, Settings(), cut) is None
    told = Tightened(
        time_ns=cut.time_ns, symbol=cut.symbol, factor="0.77", room=cut.room, fee=cut.fee, asked=cut.asked, text=""
    )
    found = rule_again(ruled, Settings(), told)
    if name == "ten dollars":
        assert found is None or found.what == "what learning left"
    else:
        assert found is not None and Decimal(found.replayed) > Decimal(found.recorded)


async def test_a_pause_of_a_group_lets_nothing_of_it_in_and_says_so_in_the_log(tmp_path: Path) -> None:
    async with gated(tmp_path, kind=LearnedGate) as at:
        assert isinstance(at.gate, LearnedGate)
        rulings = list[Ruled]()

        def keep(time_ns: int, id: str, question: Question, answer: Answer) -> None:
            symbol = question.intent.symbol
            rulings.append(Ruled(time_ns=time_ns, symbol=symbol, id=id, given=pack(question), made=pack(answer)))

        at.gate.keep, at.gate.pauses = keep, Pauses(UTC)
        await at.it.price(BTC, "99999.0", "100000.0")
        await at.look()
        now_ns = at.it.clock.now_ns()
        at.gate.pauses.pause(PartPause("Majors", now_ns + SECOND))
        size = at.it.desk.judge(piloted(BTC, "100000.0", "98000.0", now_ns), "observed")
        assert isinstance(size, Declined) and "entries into Majors are paused until" in size.reason
        checks = {check.name: check.ok for check in at.written()[0].evaluation.checks}
        assert checks["limits"] is False
        assert rule_again(rulings[0], Settings(), None) is None, "a replay makes the same ruling"
        at.gate.pauses.resume()
        assert isinstance(at.it.desk.judge(piloted(BTC, "100000.0", "98000.0", now_ns), "observed"), OrderRequest)
