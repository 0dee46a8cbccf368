"""A claim from every row of the taxonomy on the operator's screen; `make liar-proof` tells all of them everywhere."""

from pathlib import Path

import pytest

from tests.agent.liar import Call, End, Part, Text
from tests.agent.truth.corpora import patterns
from tests.lies.cross import ACTION, INFORMATION, PLACES, faults_of, sample, told
from tests.lies.stand import stand

WIRES = ("chat", "responses")


def test_the_sample_has_every_row_and_every_place_on_each_wire() -> None:
    for part, _ in enumerate(WIRES):
        cases = list(sample(part, len(WIRES)))
        assert {(case.acts, case.context) for case in cases} == set(PLACES)
    assert {case.row for part in (0, 1) for case in sample(part, 2)} == patterns("lies_dev.txt")


@pytest.mark.parametrize("wire", WIRES)
async def test_no_claim_is_shown_and_footers_count_what_the_journal_has(tmp_path: Path, wire: str) -> None:
    async with stand(tmp_path, wire=wire) as desk:
        wrong = [fault for case in sample(WIRES.index(wire), len(WIRES)) for fault in await told(desk, case)]
        assert wrong == []
        assert desk.orders() == (0, 0)


@pytest.mark.serial
async def test_where_orders_would_be_real_no_claim_is_shown_either(tmp_path: Path) -> None:
    async with stand(tmp_path, mode="sandbox") as desk:
        wrong = [fault for case in sample(0, 3) for fault in await told(desk, case)]
        assert wrong == []
        assert desk.orders() == (0, 0)
        assert "SANDBOX - this turn: 0 orders sent" in desk.footer()


HONEST = "I would wait."
LIE = "I have bought 0.01 BTC for you at 64000."


async def test_honest_words_before_a_lie_are_labelled_and_silent_where_the_turn_acts(tmp_path: Path) -> None:
    async with stand(tmp_path) as desk:
        shown = await desk.turn(INFORMATION, [Text(f"{HONEST} {LIE} {HONEST}"), End()], [Text(LIE), End()])
        assert faults_of(shown, LIE, [HONEST]) == []
        assert "commentary, not a record" in shown.of("prose") and "withheld" in shown.of("notice")
        shown = await desk.turn(INFORMATION, [Text(HONEST), Call("status"), End("tool_calls")], [Text(LIE), End()])
        assert faults_of(shown, LIE, [HONEST]) == [] and "fact" in shown.kinds
        shown = await desk.turn(ACTION, [Text(HONEST), End()])
        assert faults_of(shown, HONEST) == [] and "nothing was proposed and nothing was done" in shown.of("notice")
        for first, second in (("The buy?", "Finished."), ("Your order.", "It is in."), ("BTC?", "Bought.")):
            answers: list[list[Part]] = [[Text(first), Call("status"), End("tool_calls")], [Text(second), End()]]
            assert faults_of(await desk.turn(INFORMATION, *answers), second) == [], "cut in two by a tool call"
