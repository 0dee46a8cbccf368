"""Commands through the door: what reaches the desk, and what is answered, which is what came of it and no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kraken_tui.model.command import Buy, CancelOrders, Close, Command, CommandResult, Sell, SetStop, SetTarget
from kraken_tui.model.intent import Enter, Exit, Intent
from kraken_tui.model.outcome import Declined, Unknown
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.store.journal import Journal
from tests.runtime.manual_doubles import Engine, S, audit, bigger, order, position, trade
from tests.samples import D


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    journal = await Journal.open(tmp_path / "journal.db", "paper")
    yield Engine(journal, tmp_path)
    await journal.close()


async def test_a_buy_tells_what_was_accepted_what_is_held_and_behind_which_stop(engine: Engine) -> None:
    def fill(intent: Intent) -> None:
        engine.books.held = position()

    engine.desk.then = fill
    result = await engine.ask(Buy(symbol=S, amount="0.01"))
    assert result.ok
    assert result.lines == (
        "BTC/USD: buy accepted: buy 0.01000000 XBTUSD @ market (OABC)",
        "BTC/USD LONG 0.01 at 60000.0, now 60000.0, stop 59000.0, gross 0.00 - fees 4.80 = net -4.80 USD (-0.80 %)",
    )
    (intent,) = engine.desk.asked
    assert isinstance(intent, Enter)
    assert (intent.amount, intent.stop_price, intent.owner) == (D("0.01"), D("59000.0"), "operator")
    assert engine.told == [("command", f"{result.lines[0]}; by jim")]


async def test_a_buy_that_got_less_says_so(engine: Engine) -> None:
    def fill(intent: Intent) -> None:
        engine.books.held = position("0.004")

    engine.desk.then, engine.why_less = fill, "the risk limit leaves no more"
    cut = await engine.ask(Buy(symbol=S, amount="0.01"))
    assert cut.ok and not cut.whole
    assert cut.lines[1] == "BTC/USD: 0.004 of the 0.01 asked for: the risk limit leaves no more"
    engine.books.held, engine.why_less = None, ""
    slow = await engine.ask(Buy(symbol=S, amount="0.01"))
    assert slow.ok and not slow.whole
    assert slow.lines[1] == "BTC/USD: 0.004 of the 0.01 asked for: no more is filled so far, and nothing of it rests"


async def test_a_filled_buy_without_its_stop_is_no_success(engine: Engine) -> None:
    def fill(intent: Intent) -> None:
        engine.books.held = position(stop=None)

    engine.desk.then = fill
    result = await engine.ask(Buy(symbol=S))
    assert not result.ok
    assert "NO STOP" in result.lines[-1]


async def test_an_accepted_buy_without_a_fill_claims_none(engine: Engine) -> None:
    result = await engine.ask(Buy(symbol=S))
    assert not result.ok
    assert result.lines[1:] == ("BTC/USD: no fill is known yet, and no entry rests",)


async def test_a_limit_buy_tells_what_rests_and_a_second_is_refused(engine: Engine) -> None:
    def rest(intent: Intent) -> None:
        engine.books.resting = [order(OrderType.LIMIT, "58000.0")]

    engine.desk.then = rest
    result = await engine.ask(Buy(symbol=S, amount="0.01", limit="58000"))
    assert result.ok
    assert result.lines[-1] == "BTC/USD entry rests: buy 0.01 limit at 58000.0 (OREST)"
    again = await engine.ask(Buy(symbol=S, amount="0.01", limit="57000"))
    assert not again.ok
    assert "cancel BTC/USD takes it back" in again.lines[0]
    assert len(engine.desk.asked) == 1


async def test_an_entry_that_was_stopped_out_at_once_shows_its_trade(engine: Engine) -> None:
    engine.desk.then = lambda intent: engine.books.trades.append(trade())
    result = await engine.ask(Buy(symbol=S))
    assert result.lines[1] == "BTC/USD 0.01 closed at 61000.0, gross 10.00 - fees 4.84 = net 5.16 USD (sell by jim)"


@pytest.mark.parametrize(
    "command",
    [Buy(symbol=S), Sell(symbol=S), Close(S), SetStop(symbol=S, price="58000"), SetTarget(symbol=S, price="66000"),
     CancelOrders(symbol=S)],
)  # fmt: skip
async def test_refused_and_unknown_are_said_as_they_are(engine: Engine, command: Command) -> None:
    needs_none = isinstance(command, Buy | CancelOrders)
    engine.books.held = None if needs_none else position()
    engine.books.resting = [order(OrderType.LIMIT, "58000.0")] if isinstance(command, CancelOrders) else []
    engine.desk.outcome = Declined("EOrder:Insufficient funds")
    declined = await engine.ask(command)
    engine.desk.outcome = Unknown("kt1", "time-out; open orders would tell")
    unknown = await engine.ask(command)
    assert not declined.ok and not unknown.ok
    yet = " yet" if isinstance(command, CancelOrders) else ""  # nobody wants the others any more: no bracket says so
    assert f"not done{yet}: EOrder:Insufficient funds" in declined.lines[0]
    assert "outcome unknown (kt1): time-out; open orders would tell. Do not repeat it" in unknown.lines[0]


@pytest.mark.parametrize(
    "why", ["entries are paused: resume allows them", "the feed is STALE: entries need live prices"]
)
async def test_where_nobody_may_enter_by_hand_neither_but_exits_go_on(engine: Engine, why: str) -> None:
    engine.no_entries = why
    for command in (Buy(symbol=S), Sell(symbol=S, stop="62000")):
        result = await engine.ask(command)
        assert (result.ok, result.lines) == (False, (f"BTC/USD: {why}",))
    engine.books.held = position()
    await engine.ask(Sell(symbol=S))
    await engine.ask(Close(S))
    assert [type(intent) for intent in engine.desk.asked] == [Exit, Exit]


async def test_one_position_a_ticker(engine: Engine) -> None:
    short = Sell(symbol=S, stop="62000")
    for side, command in ((Side.BUY, Buy(symbol=S)), (Side.SELL, Buy(symbol=S)), (Side.SELL, Sell(symbol=S)),
                          (Side.SELL, short), (Side.BUY, short)):  # fmt: skip
        engine.books.held = position(side=side, stop="59000.0")
        result = await engine.ask(command)
        assert not result.ok
        assert "0.01 is held" in result.lines[0]
    assert engine.desk.asked == []


async def test_a_sell_of_a_long_that_has_just_been_closed_opens_no_short(engine: Engine) -> None:
    for command in (Sell(symbol=S), Sell(symbol=S, amount="0.01")):
        result = await engine.ask(command)
        assert not result.ok
        assert "nothing that was bought here is held, and a short names its stop" in result.lines[0]
    assert engine.desk.asked == []
    assert (await engine.ask(Sell(symbol=S, stop="62000"))).lines[0].startswith("BTC/USD: sell accepted")


async def test_a_sell_closes_of_a_long_and_tells_from_its_fills(engine: Engine) -> None:
    engine.books.held = position("0.01")

    def sell(intent: Intent) -> None:
        engine.books.held = position("0.006")

    engine.desk.then = sell
    result = await engine.ask(Sell(symbol=S, amount="0.004"))
    assert result.ok
    assert "BTC/USD: 0.004 closed, 0.006 still open" in result.lines
    assert engine.desk.asked == [Exit(symbol=S, keep=D("0.006"), reason="sell by jim", owner="operator")]


async def test_a_close_tells_the_trade_and_one_that_left_something_is_no_success(engine: Engine) -> None:
    engine.books.held = position()

    def part(intent: Intent) -> None:
        engine.books.held = bigger(position(), "0.003")

    def all_of_it(intent: Intent) -> None:
        engine.books.held = None
        engine.books.trades.append(trade())

    engine.desk.then = part
    partly = await engine.ask(Close(S))
    assert not partly.ok
    assert "BTC/USD: 0.007 closed, 0.003 still open" in partly.lines
    engine.desk.then = all_of_it
    whole = await engine.ask(Close(S))
    assert whole.ok
    assert whole.lines[-1] == "BTC/USD 0.01 closed at 61000.0, gross 10.00 - fees 4.84 = net 5.16 USD (sell by jim)"
    nothing = await engine.ask(Close(S))
    assert (nothing.ok, nothing.lines) == (False, ("BTC/USD: no open position",))


async def test_dust_that_a_close_leaves_is_named_and_no_failure(engine: Engine) -> None:
    engine.books.held = position()

    def sell(intent: Intent) -> None:
        engine.books.held = bigger(position(), "0.00001")

    engine.desk.then = sell
    result = await engine.ask(Close(S))
    assert result.ok
    assert "BTC/USD: 0.00001 is dust: below the smallest order, 0.00005, which no order can take" in result.lines


async def test_a_close_that_changed_nothing_does_not_say_closed(engine: Engine) -> None:
    engine.books.held = position()
    result = await engine.ask(Close(S))
    assert not result.ok
    assert "BTC/USD: 0.01 still open" in result.lines


async def test_every_command_has_its_audit_row_with_the_decimals_as_typed(engine: Engine) -> None:
    engine.books.held = None
    commands: list[Command] = [
        Buy(symbol=S, amount="0.010", limit="58000.0", stop="57000"), Sell(symbol="NO/SUCH"), Close(S),
        CancelOrders(symbol=S), SetStop(symbol=S, price="1"), SetTarget(symbol=S),
    ]  # fmt: skip
    for command in commands:
        await engine.ask(command)
    with audit(engine.folder) as rows:
        written = rows()
    assert [row[0] for row in written] == ["jim"] * len(commands)
    assert [msgspec.json.decode(row[1], type=Command) for row in written] == commands
    assert [msgspec.json.decode(row[2], type=CommandResult).ok for row in written] == [False] * len(commands)
    assert len(engine.desk.asked) == 1
