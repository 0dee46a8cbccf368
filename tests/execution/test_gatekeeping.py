"""The gate of a running engine over the real paper exchange: what it writes down, and what it lets through."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kraken_tui.config.settings import Settings
from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.execution.book import Sent
from kraken_tui.model.evaluation import Check
from kraken_tui.model.intent import AUTOPILOT, SCANNER, CancelEntry, Enter, Exit
from kraken_tui.model.outcome import Accepted, Declined
from kraken_tui.model.trading import Fill, Side, Trade
from kraken_tui.risk.active_risk import AtRisk
from kraken_tui.risk.fees import ENOUGH_TRADES, Moves
from kraken_tui.risk.trading_limits import Limits
from kraken_tui.store.evaluation_rows import Recorded
from tests.execution.gated import Gated, gated, piloted, results
from tests.execution.stand import amounts, long
from tests.samples import D, fill

BTC, DOGE, HBAR = "BTC/USD", "DOGE/USD", "HBAR/USD"
CHECKS = [
    "mode", "kill switch", "limits", "heat", "active risk", "owner", "regime", "lists", "volume", "age", "spread",
    "staleness", "size", "slippage", "fees", "exchange", "unknown orders", "cooldown",
]  # fmt: skip
PATIENT = Settings(COOLDOWN_LOSS=0)


async def priced(at: Gated) -> None:
    """Sound prices of everything, looked at by the guard."""
    await at.it.price(BTC, "99999.0", "100000.0")
    await at.it.price(DOGE, "0.1999900", "0.2000000")
    await at.it.price(HBAR, "0.09999", "0.10000")
    await at.look()


async def enter(at: Gated, *intents: Enter) -> None:
    for intent in intents:
        at.it.desk.submit(intent)
    await at.it.work()


async def leave(at: Gated, symbol: str) -> None:
    at.it.desk.submit(Exit(symbol=symbol, reason="done"))
    await at.it.work()


def check_of(row: Recorded, name: str) -> Check:
    return next(check for check in row.evaluation.checks if check.name == name)


def brief(rows: list[Recorded]) -> list[tuple[str, str, str]]:
    return [(row.evaluation.owner, row.evaluation.symbol, row.evaluation.verdict) for row in rows]


def counted(at: Gated) -> int:
    """Entries that count for the day."""
    return len(at.gate.tally.tally.days[-1].entries)


class Refusing:
    """An exchange that refuses, or answers nothing, to what it is sent; it may have done it all the same."""

    def __init__(self, at: Gated, text: str, *, does: bool = False) -> None:
        self._create, self._text, self._does = at.it.exchange.create_order, text, does
        at.it.exchange.create_order = self  # type: ignore[assignment, method-assign]

    async def __call__(self, *args: str, **given: str) -> CcxtStruct:
        if self._does:
            await self._create(*args, **given)  # type: ignore[arg-type]
        raise error_for(self._text)


async def test_every_entry_leaves_one_decision_with_every_check_whoever_wants_it(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, long(BTC, "100000.0", "98000.0"), piloted(DOGE, "0.2", "0.19", at.it.clock.now_ns()))
        byhand = replace(long(HBAR, "0.1", "0.09"), owner="jim")
        assert isinstance(await at.it.desk.do(byhand), Accepted)
        assert set(amounts(at.it)) == {BTC, DOGE, HBAR}
        await enter(at, piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns()))
        rows = at.written()
        assert brief(rows) == [
            (SCANNER, BTC, "pass"), (AUTOPILOT, DOGE, "pass"), ("jim", HBAR, "pass"), (AUTOPILOT, BTC, "block"),
        ]  # fmt: skip
        for row in rows:
            assert [check.name for check in row.evaluation.checks] == CHECKS
            assert all(check.text for check in row.evaluation.checks) and row.evaluation.reason
            assert all(check.ok for check in row.evaluation.checks) is (row.evaluation.verdict == "pass")
        assert rows[-1].evaluation.reason == f"owner: {BTC} belongs to scanner until it is closed"
        assert [row.evaluation.strategy for row in rows] == [SCANNER, "by_hand", "jim", "by_hand"]
        assert len({row.evaluation.id for row in rows}) == 4


async def test_what_was_executed_is_written_with_the_exchanges_own_ids(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await at.it.price(BTC, "99999.0", "100000.0", amount="0.01")
        await at.look()
        await enter(at, piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns()))
        entered = list(at.it.fills)
        assert len(entered) > 1
        await leave(at, BTC)
        row, closed = at.written()
        assert closed.evaluation.action == "close"
        accepted, *filled = row.executed
        client_id = next(iter(await at.it.journal.owners()))
        assert (accepted.outcome, accepted.order_id, accepted.client_id) == (
            "accepted", entered[0].order_id, client_id,
        )  # fmt: skip
        assert accepted.text.startswith("buy 0.02500000 XBTUSD @ market")
        assert [(one.outcome, one.order_id, one.client_id) for one in filled] == [
            ("filled", fill.order_id, client_id) for fill in entered
        ]
        assert [one.text.split(":")[0] for one in filled] == [fill.id for fill in entered]


async def test_a_resting_entry_is_written_as_it_fills(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, replace(long(BTC, "99000.0", "98000.0"), limit_price=D("99000.0"), post_only=True))
        assert amounts(at.it) == {}
        await at.it.price(BTC, "98990.0", "98999.0")
        (row,) = at.written()
        assert [one.outcome for one in row.executed] == ["accepted", "filled"]
        assert row.executed[1].order_id == row.executed[0].order_id == at.it.fills[0].order_id


async def test_a_maker_entry_never_takes(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, replace(long(BTC, "100000.0", "98000.0"), limit_price=D("100000.0"), post_only=True))
        assert at.it.fills == [] and at.it.account.entries(BTC) == []


async def test_an_entry_whose_answer_was_lost_is_written_as_unknown_and_then_as_it_filled(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        Refusing(at, "EService:Timeout", does=True)
        await enter(at, long(BTC, "100000.0", "98000.0"))
        await at.it.clock.sleep(1)
        await at.it.trader.pulse()
        (row,) = at.written()
        assert [(one.outcome, one.order_id) for one in row.executed] == [
            ("unknown", ""), ("filled", at.it.fills[0].order_id),
        ]  # fmt: skip
        assert counted(at) == 1


async def test_an_entry_that_the_exchange_refuses_does_not_count(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=1)) as at:
        await priced(at)
        create = at.it.exchange.create_order
        Refusing(at, "EOrder:Insufficient funds")
        await enter(at, long(BTC, "100000.0", "98000.0"))
        at.it.exchange.create_order = create  # type: ignore[method-assign]
        await enter(at, long(DOGE, "0.2", "0.19"), long(HBAR, "0.1", "0.09"))
        assert list(amounts(at.it)) == [DOGE]
        refused, passed, blocked = at.written()
        assert [(one.outcome, one.order_id, one.text) for one in refused.executed] == [
            ("declined", "", "EOrder:Insufficient funds")
        ]
        assert passed.evaluation.verdict == "pass" and passed.executed
        assert blocked.evaluation.reason.startswith("limits: 1 of 1 trades of the day are made")


RESTING = replace(long(BTC, "99000.0", "98000.0"), limit_price=D("99000.0"), post_only=True)


async def test_an_entry_withdrawn_without_a_fill_does_not_count(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=1)) as at:
        await priced(at)
        await enter(at, RESTING)
        at.it.desk.submit(CancelEntry(symbol=BTC, reason="stale"))
        await at.it.work()
        await enter(at, long(DOGE, "0.2", "0.19"))
        assert list(amounts(at.it)) == [DOGE]
        withdrawn, cancelled, passed = at.written()
        assert cancelled.evaluation.action == "cancel entry"
        accepted, lapsed = withdrawn.executed
        assert (accepted.outcome, lapsed.outcome) == ("accepted", "lapsed")
        assert lapsed.order_id == accepted.order_id and lapsed.text
        assert passed.evaluation.verdict == "pass"


async def test_a_maker_entry_that_would_take_does_not_count(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=1)) as at:
        await priced(at)
        await enter(at, replace(RESTING, price=D("100000.0"), limit_price=D("100000.0")))
        assert at.it.fills == [] and counted(at) == 0
        await enter(at, long(DOGE, "0.2", "0.19"))
        assert list(amounts(at.it)) == [DOGE]


async def test_an_entry_that_is_found_not_done_does_not_count(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=1)) as at:
        await priced(at)
        create = at.it.exchange.create_order
        Refusing(at, "EService:Timeout")
        await enter(at, long(BTC, "100000.0", "98000.0"))
        at.it.exchange.create_order = create  # type: ignore[method-assign]
        assert counted(at) == 1
        for _ in range(3):
            await at.it.clock.sleep(2)
            await at.it.trader.pulse()
        assert counted(at) == 0
        await enter(at, long(DOGE, "0.2", "0.19"))
        assert list(amounts(at.it)) == [DOGE]
        unknown = at.written()[0].executed
        assert [one.outcome for one in unknown] == ["unknown", "lapsed"]
        assert unknown[0].client_id == unknown[1].client_id


async def test_a_fill_after_a_restart_stands_beside_its_decision(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, RESTING)
        (row,) = at.written()
    async with gated(tmp_path) as again:
        resting = row.executed[0]
        late = replace(fill(77, Side.BUY, "0.01", "99000.0"), order_id=resting.order_id, client_id=resting.client_id)
        again.gate.on_fill(late, None)
        (row,) = again.written()
        assert [(one.outcome, one.order_id) for one in row.executed] == [
            ("accepted", resting.order_id), ("filled", resting.order_id),
        ]  # fmt: skip


async def test_what_is_only_said_or_asked_is_written_and_does_not_count(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=1)) as at:
        await priced(at)
        for noted in ("observed", "asked", "observed"):
            intent = piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns())
            assert not isinstance(at.it.desk.judge(intent, noted), Declined)
        await enter(at, long(DOGE, "0.2", "0.19"))
        assert list(amounts(at.it)) == [DOGE]
        rows = at.written()
        assert [row.evaluation.verdict for row in rows] == ["observed", "asked", "observed", "pass"]
        assert [one.evaluation_id for one in results(rows)] == [rows[-1].evaluation.id] * 2


async def test_fees_decide(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns(), move=0.75))
        assert amounts(at.it) == {}
        await enter(at, piloted(DOGE, "0.2", "0.19", at.it.clock.now_ns(), move=1.5))
        assert list(amounts(at.it)) == [DOGE]
        poor, rich = at.written()
        assert poor.evaluation.reason == f"fees: {check_of(poor, 'fees').text}"
        assert (
            "the expected move of 0.75 % (declared by by_hand; 0 of 100 trades are measured) does not pay"
            in poor.evaluation.reason
        )
        assert "% to break even" in check_of(rich, "fees").text


async def test_the_switch_that_lets_fees_only_speak(tmp_path: Path) -> None:
    async with gated(tmp_path, Settings(FEES_DECIDE=False)) as at:
        await priced(at)
        await enter(at, piloted(BTC, "100000.0", "98000.0", at.it.clock.now_ns(), move=0.75))
        assert list(amounts(at.it)) == [BTC]
        assert check_of(at.written()[0], "fees").text.endswith("and FEES_DECIDE is off")


def trade(number: int, percent: str, owner: str = SCANNER) -> Trade:
    """One that moved so far before fees."""
    price = D(100) + D(percent)
    return Trade(
        symbol=HBAR, side=Side.BUY, amount=D(1), entry_price=D(100), exit_price=price, gross=D(percent), fees=D(0),
        opened_ns=number, closed_ns=number, reason="test", owner=owner,
    )  # fmt: skip


@pytest.mark.parametrize(("percent", "enters"), [("0.5", False), ("2.0", True)])
async def test_once_a_hundred_trades_exist_their_mean_counts(tmp_path: Path, percent: str, enters: bool) -> None:
    async with gated(tmp_path, PATIENT) as at:
        await priced(at)
        for number in range(ENOUGH_TRADES - 1):
            at.gate.learn(trade(number, percent))
            at.gate.learn(trade(number, "-9", AUTOPILOT))
        await enter(at, long(BTC, "100000.0", "98000.0"))
        assert list(amounts(at.it)) == [BTC]
        at.gate.learn(trade(99, percent))
        await enter(at, long(DOGE, "0.2", "0.19"))
        assert (DOGE in amounts(at.it)) is enters
        first, second = at.written()
        assert "of 3.00 % (the lock step; 99 of 100 trades are measured)" in check_of(first, "fees").text
        assert f"of {D(percent):.2f} % (the mean of 100 trades)" in check_of(second, "fees").text


async def test_trades_are_measured_by_what_entered_them(tmp_path: Path) -> None:
    async with gated(tmp_path, PATIENT) as at:
        await priced(at)
        await enter(at, long(BTC, "100000.0", "98000.0"), piloted(DOGE, "0.2", "0.19", at.it.clock.now_ns()))
        await leave(at, BTC)
        await leave(at, DOGE)
        assert len(at.it.trades) == 2
        assert at.gate.moves["scanner"] == Moves(1, Decimal("-0.001"))
        assert at.gate.moves.keys() == {"scanner", at.it.trades[1].entered_for.partition(":")[0]}


async def test_a_trade_that_ends_while_the_trader_starts_is_measured_once(tmp_path: Path) -> None:
    async with gated(tmp_path, PATIENT) as at:
        earlier, meanwhile = trade(1, "2"), trade(2, "4")
        at.gate.on_fill(fill(1, Side.SELL, "1", "104"), meanwhile)
        at.gate.recall([earlier, meanwhile])
        assert at.gate.moves == {SCANNER: Moves(2, D(6))}
    async with gated(tmp_path / "none ended", PATIENT) as at:
        at.gate.recall([earlier, meanwhile])
        assert at.gate.moves == {SCANNER: Moves(2, D(6))}


async def test_a_generated_market_teaches_nothing(tmp_path: Path) -> None:
    async with gated(tmp_path, PATIENT, measures=False) as at:
        await priced(at)
        for number in range(2 * ENOUGH_TRADES):
            at.gate.learn(trade(number, "0"))
        await enter(at, long(BTC, "100000.0", "98000.0"))
        assert list(amounts(at.it)) == [BTC] and not at.gate.moves


async def test_a_loss_cools_its_symbol_down_but_not_for_the_operator(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        entry = long(BTC, "100000.0", "98000.0")
        await enter(at, entry)
        await leave(at, BTC)
        await enter(at, entry, piloted(DOGE, "0.2", "0.19", at.it.clock.now_ns()))
        assert list(amounts(at.it)) == [DOGE]
        assert isinstance(await at.it.desk.do(replace(entry, owner="jim")), Accepted)
        blocked = at.written()[2]
        assert blocked.evaluation.reason == "cooldown: BTC/USD cools down for another 120 s"


class Slow:
    """An exchange whose answers to entries come all at once, when it is let go."""

    def __init__(self, at: Gated) -> None:
        self._create, self.asked, self.may_go = at.it.exchange.create_order, 0, asyncio.Event()
        at.it.exchange.create_order = self  # type: ignore[assignment, method-assign]

    async def __call__(self, *args: str, **given: str) -> CcxtStruct:
        self.asked += 1
        await self.may_go.wait()
        return await self._create(*args, **given)  # type: ignore[arg-type]


async def at_once(at: Gated, *intents: Enter) -> int:
    """Enter all of them while none of them is answered; how many were sent."""
    at.it.desk._workers._at_once = 16
    slow = Slow(at)
    for intent in intents:
        at.it.desk.submit(intent)
    for _ in range(5_000):
        if len(at.it.told) + slow.asked == len(intents):
            break
        await asyncio.sleep(0.001)
    slow.may_go.set()
    await at.it.work()
    return slow.asked


ALL = (long(BTC, "100000.0", "98000.0"), long(DOGE, "0.2", "0.19"), long(HBAR, "0.1", "0.09"))


async def test_a_days_trades_are_counted_before_they_are_sent(tmp_path: Path) -> None:
    async with gated(tmp_path, limits=Limits(trades=2)) as at:
        await priced(at)
        assert await at_once(at, *ALL) == 2
        assert len(amounts(at.it)) == 2
        rows = at.written()
        assert [row.evaluation.verdict for row in rows] == ["pass", "pass", "block"]
        assert rows[2].evaluation.reason.startswith("limits: 2 of 2 trades of the day are made")


async def test_active_risk_holds_while_entries_are_under_way(tmp_path: Path) -> None:
    async with gated(tmp_path, Settings(MAX_ACTIVE_RISK=0.7, RISK_PER_TRADE=0.5)) as at:
        await priced(at)
        assert await at_once(at, *ALL) == 2
        at_risk = [(row.entry_price - (row.stop_price or 0)) * row.amount for row in at.it.account.positions()]
        assert 65 < sum(at_risk) <= 70
        assert at.written()[2].evaluation.reason.startswith("active risk: ")


async def test_an_entry_that_was_taken_and_not_told_yet_is_at_stake(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        stake, book = at.it.desk.stake, at.it.trader.brackets.book(BTC)
        stake.send(AtRisk(symbol=BTC, side=Side.BUY, amount=D("0.02"), entry=D("100000"), stop=D("98000")))
        book.sent["c1"] = Sent(closes=False, amount=D("0.02"), order_id="O7", taken_ns=1)
        assert [row.amount for row in stake.open()] == [D("0.02")] and stake.heat().ppm > 0
        at.it.account.filled["O7"] = D("0.015")
        assert [row.amount for row in stake.open()] == [D("0.005")]
        book.sent.clear()
        assert list(stake.open()) == [] and stake.heat().ppm == 0


async def test_an_early_fill_of_another_order_is_no_fill_of_the_entry(tmp_path: Path) -> None:
    async with gated(tmp_path) as at:
        await priced(at)
        await enter(at, long(BTC, "100000.0", "98000.0"))
        stranger = replace(at.it.fills[0], id="T9", order_id="O9", client_id=None)
        late: list[Fill] = []
        create = at.it.exchange.create_order

        async def meanwhile(*args: str, **given: str) -> CcxtStruct:
            late.append(replace(stranger, symbol=DOGE))
            at.gate.on_fill(late[0], None)
            return await create(*args, **given)  # type: ignore[arg-type]

        at.it.exchange.create_order = meanwhile  # type: ignore[assignment, method-assign]
        await enter(at, long(DOGE, "0.2", "0.19"))
        rows = at.written()
        assert late and "O9" not in {one.order_id for one in results(rows)}
        assert [one.outcome for one in rows[1].executed] == ["accepted", "filled"]
