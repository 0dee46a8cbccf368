"""No sequence of signals, prices, deposits and answers takes the real gate and desk past a limit by more than one fill.

The desk of a running engine over the real paper exchange: its own stake, kill switch, day and log. Requests are in
flight while others are asked for, entries rest and are filled in parts, money comes and goes in mid-day. After every
step everything that is held, sent or rests is measured here, by its own sums, against each limit. The slack: prices
move after an entry was sized, so heat may grow by what prices did, and an entry that takes fills beside the price that
it was sized at.
"""

import asyncio
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.intent import CancelEntry, Exit
from kraken_tui.model.market import Quote
from kraken_tui.risk.kill_switch import Verdict
from kraken_tui.risk.trading_limits import Limits
from tests.execution.gated import Gated, gated, piloted
from tests.execution.stand import GROUPS, amounts, long
from tests.samples import D

SYMBOLS = ("BTC/USD", "DOGE/USD", "HBAR/USD")
FIRST = {"BTC/USD": D("100000.0"), "DOGE/USD": D("0.2000000"), "HBAR/USD": D("0.10000")}
STEP = {"BTC/USD": D("0.1"), "DOGE/USD": D("0.0000001"), "HBAR/USD": D("0.00001")}
MOST_RISK, MOST_LOSS = D("1.5"), D("3")
LIMITS = Limits(trades=6, symbol_trades=3)
RULES = Settings(
    RISK_PER_TRADE=1.0, MAX_ACTIVE_RISK=float(MOST_RISK), DAILY_LOSS_LIMIT=float(MOST_LOSS), BASE_LEVERAGE=5,
    HEAT=HeatLimit(trades=2, exposure=90), HEAT_GROUPS={"Memes": HeatLimit(trades=1, exposure=30)},
    COOLDOWN_LOSS=0, FEES_DECIDE=False, MAX_SLIPPAGE=None, DRAWDOWN_TIERS=[],
)  # fmt: skip
START = D(10_000)


class InFlight:
    """An exchange that may keep its answers to itself for a while."""

    def __init__(self, at: Gated) -> None:
        self._create, self.may_go = at.it.exchange.create_order, asyncio.Event()
        self.may_go.set()
        at.it.exchange.create_order = self  # type: ignore[assignment, method-assign]

    async def __call__(self, *args: str, **given: str) -> CcxtStruct:
        await self.may_go.wait()
        return await self._create(*args, **given)  # type: ignore[arg-type]


class Market:
    """Steps, and what must hold after each of them."""

    def __init__(self, at: Gated) -> None:
        self.at, self.exchange = at, InFlight(at)
        self.prices = dict(FIRST)
        self.shown = dict.fromkeys(SYMBOLS, "1000000000")
        self.deposited = D(0)
        self.seen: set[str] = set()
        self.lost = D(0)

    async def price(self, symbol: str, percent: Decimal, shown: str = "1000000000") -> None:
        """A price moves; the exchange is told of it, and the guard looks."""
        price = max(STEP[symbol] * 10, (self.prices[symbol] * (1 + percent / 100)).quantize(STEP[symbol]))
        self.prices[symbol] = price
        self.shown[symbol] = str((D(500) / price).quantize(D("0.0001"))) if shown == "a little" else shown
        await self.tick()

    async def tick(self) -> None:
        """Two seconds: quotes, fills, the kill switch, and whatever can be worked off."""
        it = self.at.it
        await it.clock.sleep(2)
        now_ns = it.clock.now_ns()
        for symbol in SYMBOLS:
            price, shown = self.prices[symbol], D(self.shown[symbol])
            it.prices[symbol] = Quote(symbol, price - STEP[symbol], price, shown, shown, price, now_ns)
        it.board.update(it.frame())
        await it.exchange.on_quotes([it.prices[symbol] for symbol in SYMBOLS], now_ns)
        await it.follower.settle(it.exchange)
        before = self.lost
        self.at.guard.look(it.frame())
        it.desk.look()
        await self.work()
        if self.at.gate.kill.last.verdict is Verdict.TRIPPED_NOW:
            assert before < START * MOST_LOSS / 100

    async def work(self) -> None:
        """Work off what can be: all, or, while the exchange keeps its answer, until it is waited for."""
        if self.exchange.may_go.is_set():
            await self.at.it.work()
            return
        for _ in range(20):
            await asyncio.sleep(0)

    async def enter(self, symbol: str, kind: str, distance: Decimal) -> None:
        """Somebody wants in: at market or waiting below it."""
        it, price = self.at.it, self.prices[symbol]
        at_price = price - STEP[symbol] if kind == "rests" else price
        stop = (at_price * (1 - distance)).quantize(STEP[symbol])
        if kind == "piloted":
            it.desk.submit(piloted(symbol, str(price), str(stop), it.clock.now_ns()))
        elif kind == "rests":
            it.desk.submit(replace(long(symbol, str(price), str(stop)), owner="jim", limit_price=at_price,
                                   post_only=True))  # fmt: skip
        else:
            it.desk.submit(long(symbol, str(price), str(stop)))
        await self.work()

    async def deposit(self, amount: Decimal) -> None:
        """Money of the operator's comes or goes; his own account never goes below zero by it."""
        if self.deposited + amount >= 0:
            self.deposited += amount
            await self.at.it.exchange.deposit("USD", str(amount))
            self.at.it.follower.distrust_balance()

    def check(self, moved: Decimal) -> None:
        """Every limit, after a step in which prices moved by `moved` of what they were."""
        it = self.at.it
        rows = list(it.desk.stake.open())
        capital = self.at.gate.kill.state.days[-1].equity + self._profit() if self.at.gate.kill.state.days else START
        best = max(capital, START)
        entered = {row.symbol for row in rows}
        assert len(entered) <= 2 and len({row for row in entered if GROUPS[row] == "Memes"}) <= 1
        day = self.at.gate.tally.tally.days[-1:]
        if day:
            assert len(day[0].entries) <= 6
            assert all(sum(one.symbol == symbol for one in day[0].entries) <= 3 for symbol in SYMBOLS)
        if entered <= self.seen:
            self.seen = entered
            return  # nothing new: what was sized within the limits is only worth more or less by now
        self.seen = entered
        slack = 1 + moved + D("0.003")
        assert sum((row.risk for row in rows), D(0)) <= best * MOST_RISK / 100 * slack + D(1)
        for group, most in (("", D(90)), ("Memes", D(30))):
            worth = sum((row.amount * self.prices[row.symbol] for row in rows
                         if not group or GROUPS[row.symbol] == group), D(0))  # fmt: skip
            assert worth <= best * most / 100 * slack + D(1), (group, worth, best)

    def _profit(self) -> Decimal:
        totals = self.at.it.status.totals()
        return totals.profit - self.at.gate.kill.state.days[-1].profit

    def note_loss(self) -> None:
        """What is lost by now, with what closing would cost, as nobody asked for entries since."""
        totals = self.at.it.status.totals()
        self.lost = -(totals.profit - totals.exposure * D("0.004"))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from(SYMBOLS), st.sampled_from(["market", "rests", "piloted"]),
                  st.decimals("0.01", "0.3", places=2)),
        st.tuples(st.just("price"), st.sampled_from(SYMBOLS), st.sampled_from(["1000000000", "a little"]),
                  st.one_of(st.decimals("-2", "2", places=1), st.sampled_from([D(-20), D(25)]))),
        st.tuples(st.just("deposit"), st.just(""), st.just(""), st.sampled_from([D(50_000), D(-50_000), D(700)])),
        st.tuples(st.sampled_from(["hold", "let go", "exit", "cancel"]), st.sampled_from(SYMBOLS), st.just(""),
                  st.just(D(0))),
    ),
    min_size=4, max_size=14,
)  # fmt: skip


async def walk(rows: list[tuple[str, str, str, Decimal]], folder: Path) -> set[str]:
    """Take the steps; returns what kept entries out, and `entered` where any was let in."""
    async with gated(folder, RULES, limits=LIMITS) as at:
        at.it.desk._workers._at_once = 16
        market = Market(at)
        await market.tick()
        for what, symbol, kind, number in rows:
            moved = D(0)
            match what:
                case "enter":
                    await market.enter(symbol, kind, number)
                case "price":
                    market.note_loss()
                    moved = abs(number) / 100
                    await market.price(symbol, number, kind)
                case "deposit":
                    await market.deposit(number)
                case "hold":
                    market.exchange.may_go.clear()
                case "let go":
                    market.exchange.may_go.set()
                    await market.tick()
                case "exit":
                    at.it.desk.submit(Exit(symbol=symbol, reason="done"))
                case _:
                    at.it.desk.submit(CancelEntry(symbol=symbol, reason="done"))
            await market.work()
            market.check(moved)
            if at.gate.kill.state.tripped and market.exchange.may_go.is_set():
                await market.tick()
                assert amounts(at.it) == {}  # and nothing is entered any more
        market.exchange.may_go.set()
        await market.tick()
        market.check(D(0))
        if at.gate.kill.state.tripped:
            await market.tick()
            assert amounts(at.it) == {} and not any(map(at.it.account.entries, SYMBOLS))
        found = [row.evaluation for row in at.written()]
        blocks = {row.reason.partition(":")[0] for row in found if row.verdict == "block"}
        blocks |= {"tripped"} if at.gate.kill.state.tripped else set()
        return blocks | {"entered" for row in found if row.verdict == "pass" and row.action.startswith("enter")}


BEGINNING = [("enter", "BTC/USD", "market", D("0.02")), ("deposit", "", "", D(50_000))]
"""So that something is held beside what came in."""


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_no_sequence_takes_the_real_gate_past_a_limit(rows: list[tuple[str, str, str, Decimal]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(walk([*BEGINNING, *rows], Path(folder)))


def test_the_property_is_about_something() -> None:
    """Each of the limits keeps something out, while requests are in flight and money came in."""
    rows = [
        *BEGINNING,
        ("hold", "BTC/USD", "", D(0)),
        ("enter", "DOGE/USD", "market", D("0.05")),
        ("enter", "HBAR/USD", "market", D("0.05")),
        ("enter", "DOGE/USD", "piloted", D("0.05")),
        ("let go", "BTC/USD", "", D(0)),
        ("enter", "HBAR/USD", "rests", D("0.05")),
        ("exit", "DOGE/USD", "", D(0)),
        ("enter", "HBAR/USD", "rests", D("0.01")),
        ("price", "HBAR/USD", "a little", D("-0.5")),
        ("price", "BTC/USD", "1000000000", D(-20)),
        ("enter", "DOGE/USD", "market", D("0.05")),
    ]
    with TemporaryDirectory() as folder:
        found = asyncio.run(walk(rows, Path(folder)))
    assert {"entered", "heat", "tripped"} <= found
