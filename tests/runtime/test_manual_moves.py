"""Cancels, stops and targets through the door: said to be done only where the account shows it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.command import Buy, CancelOrders, Close, Command, Sell, SetStop, SetTarget
from kraken_tui.model.intent import CancelEntry, Intent, MoveStop, MoveTarget
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderType
from kraken_tui.store.journal import Journal
from tests.runtime.manual_doubles import Engine, S, accepted, order, position, wanted
from tests.samples import D


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    journal = await Journal.open(tmp_path / "journal.db", "paper")
    yield Engine(journal, tmp_path)
    await journal.close()


async def test_cancel_takes_back_an_entry_and_only_an_entry(engine: Engine) -> None:
    nothing = await engine.ask(CancelOrders(symbol=S))
    assert (nothing.ok, engine.desk.asked) == (False, [])
    assert "no entry of ours rests" in nothing.lines[0]
    engine.books.resting = [order(OrderType.LIMIT, "58000.0")]
    stuck = await engine.ask(CancelOrders(symbol=S))
    assert not stuck.ok
    engine.desk.then = lambda intent: engine.books.resting.clear()
    assert (await engine.ask(CancelOrders(symbol=S))).ok
    assert engine.desk.asked[-1] == CancelEntry(symbol=S, reason="cancelled by jim", owner="operator")


async def test_a_stop_is_moved_only_when_it_rests_there(engine: Engine) -> None:
    engine.books.held = position(stop="57000.0")
    engine.desk.outcome = accepted("")
    unmoved = await engine.ask(SetStop(symbol=S, price="58000"))
    assert not unmoved.ok
    assert "stop 57000.0" in unmoved.lines[-1]

    def move(intent: Intent) -> None:
        engine.books.held = position(stop="58000.0")

    engine.desk.then = move
    moved = await engine.ask(SetStop(symbol=S, price="58000"))
    assert moved.ok
    assert "stop 58000.0" in moved.lines[-1]
    assert engine.desk.asked[-1] == MoveStop(
        symbol=S, stop_price=D("58000"), reason="stop by jim", owner="operator"
    )  # fmt: skip
    engine.desk.outcome = None
    assert (await engine.ask(SetStop(symbol=S, price="58000"))).ok


CLOSING = Bracket(symbol=S, stop_price=D("59000.0"), keep=D(0), reason="closed by jim")
KEPT = [
    (SetStop(symbol=S, price="59000"), wanted(None), True),
    (SetStop(symbol=S, price="58000"), wanted(None), False),
    (SetTarget(symbol=S, price="66000"), wanted("66000"), True),
    (SetTarget(symbol=S, price="66000"), wanted("67000"), False),
    (Close(S), CLOSING, True),
    (Close(S), wanted(None), False),
    (Sell(symbol=S, amount="0.005"), CLOSING, True),
    (CancelOrders(symbol=S), None, True),
]


@pytest.mark.parametrize(("command", "wish", "is_kept"), KEPT)
async def test_what_the_engine_still_wants_is_not_done_yet(
    engine: Engine, command: Command, wish: Bracket | None, is_kept: bool
) -> None:
    """A full disk, say, holds it back: it is done as soon as there is space, and nobody is told otherwise."""
    engine.books.held, engine.desk.wanted = position(), wish
    engine.books.resting = [order(OrderType.LIMIT, "58000.0")] if isinstance(command, CancelOrders) else []
    engine.desk.outcome = Declined("not sent: no space left")
    told = await engine.ask(command)
    assert not told.ok
    assert ("not done yet: not sent: no space left; the engine goes on trying" in told.lines[0]) == is_kept
    assert (told.lines[0].endswith(" not done: not sent: no space left")) != is_kept
    assert engine.told[-1][1] == f"{told.lines[0]}; by jim"


async def test_an_entry_is_never_kept(engine: Engine) -> None:
    engine.desk.wanted = wanted(None)  # as any entry leaves it behind
    engine.desk.outcome = Declined("not sent: no space left")
    assert (await engine.ask(Buy(symbol=S))).lines[0].endswith("buy not done: not sent: no space left")


async def test_a_target_is_said_to_rest_only_where_it_does(engine: Engine) -> None:
    engine.books.held = position()
    engine.desk.outcome = None
    lost = await engine.ask(SetTarget(symbol=S, price="66000"))
    assert not lost.ok
    assert lost.lines[0] == "BTC/USD: the target is not 66000.0"
    engine.desk.wanted = wanted("66000.0")
    watched = await engine.ask(SetTarget(symbol=S, price="66000"))
    assert watched.ok
    assert watched.lines[0] == (
        "BTC/USD: the target 66000.0 does not rest; the engine watches the price, and sells there"
    )
    engine.books.aims = [order(OrderType.TAKE_PROFIT, "66000.0")]
    rests = await engine.ask(SetTarget(symbol=S, price="66000"))
    assert rests.lines[0] == "BTC/USD: the target rests at 66000.0 (OREST)"
    assert engine.told[-1] == ("command", f"{rests.lines[0]}; by jim")
    engine.desk.wanted = wanted(None)
    stuck = await engine.ask(SetTarget(symbol=S))
    assert (stuck.ok, stuck.lines[0]) == (False, "BTC/USD: a target still rests (OREST)")

    def cancel(intent: Intent) -> None:
        engine.books.aims = []

    engine.desk.then = cancel
    off = await engine.ask(SetTarget(symbol=S))
    assert (off.ok, off.lines[0]) == (True, "BTC/USD: the target is taken away, its order rests no more (OREST)")
    again = await engine.ask(SetTarget(symbol=S))
    assert (again.ok, again.lines[0]) == (True, "BTC/USD: no target any more")
    assert engine.desk.asked[-1] == MoveTarget(symbol=S, target_price=None, reason="target by jim", owner="operator")


async def test_a_target_that_was_placed_is_told_once_by_its_receipt(engine: Engine) -> None:
    engine.books.held, engine.desk.wanted = position(), wanted("66000.0")
    engine.desk.outcome = accepted("sell 0.01000000 XBTUSD @ take profit 66000.0")
    engine.books.aims = [order(OrderType.TAKE_PROFIT, "66000.0")]
    placed = await engine.ask(SetTarget(symbol=S, price="66000"))
    assert placed.lines[0] == (
        "BTC/USD: target to 66000.0 accepted: sell 0.01000000 XBTUSD @ take profit 66000.0 (OABC)"
    )
    assert len(placed.lines) == 2
    engine.desk.outcome, engine.books.aims = Declined("Insufficient funds"), []
    refused = await engine.ask(SetTarget(symbol=S, price="66000"))
    assert not refused.ok
    assert refused.lines[0] == "BTC/USD: target to 66000.0 not done yet: Insufficient funds; the engine goes on trying"
    assert "the engine watches the price" in refused.lines[1]


async def test_a_close_where_only_an_entry_rests_names_the_cancel(engine: Engine) -> None:
    engine.books.resting = [order(OrderType.LIMIT, "58000.0")]
    result = await engine.ask(Close(S))
    assert (result.ok, engine.desk.asked) == (False, [])
    assert "cancel BTC/USD takes it back" in result.lines[0]
