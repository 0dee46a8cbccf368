"""A conversation of 200 turns with a model that answers each at length: what is kept of it stays bounded."""

import json
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.agent.transcript import MOST_BLOCKS, MOST_UNFOLDED
from kraken_tui.model.command import Say
from kraken_tui.ui.conversation import KEPT_BLOCKS, SHOWN_BLOCKS
from kraken_tui.ui.panels.blocks import BlockView
from tests.agent.liar import Call, End, Part, Text
from tests.lies.cross import INFORMATION, faults_of
from tests.lies.stand import TURN_WITHIN_S, Stand, stand

TURNS = 200
LIE = "I have bought 0.01 BTC for you at 64000."
LONG = "A limit order waits in the book until someone trades against it. " * 12
ANSWERS: list[list[Part]] = [
    [Text(LONG), Call("price", '{"symbol": "BTC/USD"}'), Call("status"), End("tool_calls")],
    [Text(LONG + LIE), End()],
    [Text(LIE), End()],
]


@pytest.mark.thorough
async def test_two_hundred_turns_keep_to_their_bounds(tmp_path: Path) -> None:
    async with stand(tmp_path) as desk:
        heard, sizes = -1, list[int]()
        for number in range(1, TURNS + 1):
            desk.server.requests.clear()
            desk.server.script = [*ANSWERS]
            assert (await desk.client.send(Say(INFORMATION))).turn == number
            heard = await footed(desk, number, heard)
            sizes += [len(json.dumps(request)) for request in desk.server.requests]
        await desk.settled()
        await desk.ended(TURNS)
        blocks = (await desk.client.hear(-1, -1, -1)).blocks
        assert len(blocks) <= MOST_BLOCKS and len(desk.app.desk.query(BlockView)) <= SHOWN_BLOCKS
        assert len(desk._conversation._blocks) <= KEPT_BLOCKS
        whole = {block.turn for block in blocks if block.kind == "prose"}
        assert len(whole) <= MOST_UNFOLDED, "of older turns what was said and counted"
        assert max(sizes[-60:]) <= 1.1 * max(sizes[90:150]), "what the model is sent grows no more"
        before = desk.orders()
        assert before == (0, 0)
        shown = await desk.turn(INFORMATION, [Text(LIE), End()])
        assert faults_of(shown, LIE) == [] and shown.number == TURNS + 1


async def footed(desk: Stand, number: int, heard: int) -> int:
    """Wait for the footer of a turn; returns what was heard until then."""
    began = clock.stopwatch_ns()
    while clock.stopwatch_ns() - began < TURN_WITHIN_S * clock.SECOND:
        news = await desk.client.hear(-1, -1, heard)
        heard = news.talk.seq if news.talk is not None else heard
        assert not any("bought" in line for block in news.blocks for line in block.lines)
        if any(block.turn == number and block.kind == "footer" for block in news.blocks):
            return heard
        await clock.real_sleep(0.01)
    raise AssertionError(f"turn {number} did not end")
