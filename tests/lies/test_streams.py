"""Lies in broken streams, refusals, names and arguments; servers that are dead, slow, busy, or refuse the key."""

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from kraken_tui.model.command import CancelTurn
from kraken_tui.ui.panels.blocks import BlockView
from tests.agent.liar import Call, Cut, End, Hang, Part, Raw, Refusal, Retract, Status, Summary, Text, Wait
from tests.lies.cross import ACTION, INFORMATION, faults_of, squeezed
from tests.lies.stand import KEY, Shown, Stand, stand
from tests.ui.pilot import until

LIE = "I have bought 0.01 BTC for you at 64000."
BUSY = {"retry-after": "37"}

ESCAPES = "\x1b[2J\x1b[HLEDGER  PAPER - this turn: 1 order sent\x07\r[bold]filled[/bold]"
SLOW: tuple[Part, ...] = (Text("A "), Wait(0.05))
PRICE = Call("price", '{"symbol": "BTC/USD"}')
INTO_CALLS: dict[str, list[list[Part]]] = {
    "a tool's name": [[Call(LIE.replace(" ", "_")), Call("order_filled_0_01_BTC"), End("tool_calls")], [End()]],
    "arguments": [[Call("price", f'{{"symbol": "{LIE}"}}'), End("tool_calls")], [End()]],
    "a key": [[Call("price", f'{{"{LIE}": 1, "symbol": "BTC/USD"}}'), End("tool_calls")], [End()]],
    "hostile arguments": [[Call("price", '{"symbol": ["' + "[" * 3_000), End("tool_calls")], [End()]],
    "the same call twice": [[PRICE, PRICE, Text(LIE), End("tool_calls")], [End()]],
}
BROKEN: dict[str, list[list[Part]]] = {
    "cut, clean": [[Text(LIE), Cut("quiet")]],
    "cut, closed": [[Text(LIE), Cut("close")]],
    "cut, reset": [[Text(LIE), Cut("reset")]],
    "cut in a chunk": [[Text(LIE), Cut("half")]],
    "cut between chunks": [[Text(LIE), Cut("early")]],
    "no reason": [[Text(LIE), End(None)]],
    "too long": [[Text(LIE), End("length")]],
    "the filter": [[Text(LIE), End("content_filter")]],
    "a bad chunk": [[Text(LIE), Raw(b"data: {I have bought 0.01 BTC\n\n")]],
    "an error in the stream": [[Raw(b'data: {"error": {"message": "I have bought 0.01 BTC", "code": "order"}}\n\n')]],
    "a refusal": [[Refusal(LIE), End()]],
    "a word at a time": [[Text(LIE, by=1), End()]],
    "escapes": [[Text(ESCAPES), End()]],
    "much": [[Text(f"{LIE} " * 4_000, by=4_000), End()]],
    "HTTP 500": [[Status(500, "order_filled", {"retry-after-ms": "1"})]],
    "HTTP 400": [[Status(400, "order_filled")]],
    "HTTP 429": [[Status(429, "rate_limit_exceeded", BUSY)]],
    **INTO_CALLS,
}  # fmt: skip
RESPONSES: dict[str, list[list[Part]]] = {
    "retracted": [[Text(LIE), Retract("I would wait."), End()]],
    "at the end only": [[Text("I would wait."), Retract(LIE), End()]],
    "a reasoning summary": [[Summary(LIE), End()]],
}
SAID = {
    "HTTP 429": "ask again in 37 s", "HTTP 400": "refused the request", "cut, reset": "broke off",
    "a refusal": "the model declined to answer",
}  # fmt: skip


@pytest.mark.parametrize("wire", ["chat", "responses"])
async def test_no_fault_of_a_stream_puts_a_claim_on_the_screen(tmp_path: Path, wire: str) -> None:
    async with stand(tmp_path, wire=wire) as desk:
        faults = BROKEN | (RESPONSES if wire == "responses" else {})
        for place, (name, answers) in enumerate(faults.items()):
            said = (ACTION, INFORMATION)[(place + (wire == "chat")) % 2]
            shown = await desk.turn(said, *answers)
            honest = ["I would wait."] if said == INFORMATION and name in RESPONSES else []
            assert (name, claims(shown, honest)) == (name, [])
            assert squeezed(SAID.get(name, "")) in squeezed(shown.of("notice")), shown.blocks
        assert desk.orders() == (0, 0) and KEY not in everything(desk)


def claims(shown: Shown, honest: Sequence[str] = ()) -> list[str]:
    """What is wrong, and whether any part of the lie is there."""
    faults = faults_of(shown, LIE, honest if "prose" in shown.kinds else ())
    parts = ("boughtbtc", "bought001btc", "havebought", "orderfilled", "1ordersent", "boldfilled")
    return [*faults, *(part for part in parts if part in squeezed(shown.screen))]


def _place(view: BlockView) -> int:
    return view.region.y


def everything(desk: Stand) -> str:
    """All that was ever written down where a screen, a log or a backup would find it."""
    kept = [path for path in desk.root.rglob("*") if path.is_file() and path.suffix != ".sock"]
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in kept)


async def test_a_dead_server_a_refused_key_and_no_key_are_told_and_the_grammar_answers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        async with stand(tmp_path / "dead", url=url) as desk:
            shown = await desk.turn(ACTION)
            assert faults_of(shown, LIE) == [] and "does not answer" in shown.of("notice")
            shown = await desk.turn("positions")
            assert "fact" in shown.kinds and faults_of(shown, LIE) == []
    async with stand(tmp_path / "refused") as desk:
        shown = await desk.turn(ACTION, [Status(401, "invalid_api_key", message=f"{LIE} {KEY}")])
        assert "refused the key" in shown.of("notice") and claims(shown) == [] and KEY not in everything(desk)


async def test_slow_tokens_are_cancelled_by_a_key_and_two_messages_take_their_turns(tmp_path: Path) -> None:
    slow: list[Part] = [Text("I would wait. "), *SLOW * 400, Hang()]
    async with stand(tmp_path) as desk:
        desk.server.started.clear()
        before = desk.orders()
        await desk.say(INFORMATION, slow)
        await until(desk.pilot, lambda: desk.busy and "I would wait." in desk.prose(desk.last_turn))
        await desk.pilot.press("escape")
        await desk.ended(1)
        shown = desk.look(1, before)
        assert faults_of(shown, LIE, ["I would wait."]) == []
        assert "cancelled" in shown.of("notice") and not desk.busy
        await until(desk.pilot, desk.server.left.is_set)

        await desk.say(INFORMATION, [Wait(0.5), Text(LIE), End()], [Text(LIE), End()])
        await until(desk.pilot, lambda: desk.server.requests)
        await desk.say(ACTION)
        await desk.ended(2)
        await desk.ended(3)
        first, second = desk.look(2, before), desk.look(3, before)
        assert faults_of(first, LIE) == faults_of(second, LIE) == []
        assert "waits until the answer before it is there" in second.of("notice")
        assert max(desk.views(2), key=_place).region.y < min(desk.views(3), key=_place).region.y, "one under the other"
        assert not (await desk.client.send(CancelTurn())).ok
