"""No sequence of signals and prices takes risk, exposure, counts or the day's loss beyond a limit by more than a fill.

A small account is traded through the whole of risk: sizing, the gate and the kill switch. Prices jump, entries fill
worse than they were sized at, stops fill where the price is by then.
"""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest, Side, Trade
from kraken_tui.risk import kill_switch, trading_limits
from kraken_tui.risk.active_risk import ActiveRisk, AtRisk, active_risk
from kraken_tui.risk.drawdown import share_of_size
from kraken_tui.risk.filters import Ticker
from kraken_tui.risk.gatekeeper import judge, reason
from kraken_tui.risk.heat import Exposure, Heat, measure
from kraken_tui.risk.kill_switch import Inputs, KillState, Verdict
from kraken_tui.risk.risk_manager import Bounds, Means, size_entry
from kraken_tui.risk.slippage import Book, most_amount
from kraken_tui.risk.trading_limits import Limits, Tally
from tests.risk.house import NOW_NS, TIERS, question
from tests.samples import BTC, DOGE, HBAR, D

SETTINGS = Settings(BASE_LEVERAGE=5)
LIMITS = Limits(trades=8, symbol_trades=1, losses=4)
MOST_RISK, MOST_LOSS = 2, 3
SLIP = D("0.002")
"""By how much worse than sized an entry fills."""
FEE = D("0.004")
START = D(10_000)
PAIRS: tuple[tuple[Instrument, str], ...] = tuple(
    (replace(rules, symbol=f"{rules.base}{number}/USD"), group)
    for number, group in enumerate(("Majors", "Memes", "Alts"))
    for rules in (BTC, DOGE, HBAR)
)
FIRST_PRICES = {"BTC": D(100_000), "DOGE": D("0.2"), "HBAR": D("0.1")}


class Account:
    """What the property follows: positions by symbol, prices, and the sums that the kill switch is shown."""

    def __init__(self) -> None:
        self.prices = {rules.symbol: FIRST_PRICES[rules.base] for rules, _ in PAIRS}
        self.held: dict[str, AtRisk] = {}
        self.realised = self.fees = D(0)
        self.now_ns = NOW_NS
        self.state, self.tally = KillState(), Tally()
        self.look()

    @property
    def unrealised(self) -> Decimal:
        rows = self.held.values()
        return sum(((self.prices[row.symbol] - row.entry) * row.amount * row.side.sign for row in rows), D(0))

    @property
    def profit(self) -> Decimal:
        return self.realised + self.unrealised - self.fees

    @property
    def equity(self) -> Decimal:
        equity = self.state.equity(self.profit)
        assert equity is not None
        return equity

    def heat(self) -> Heat:
        groups = {rules.symbol: group for rules, group in PAIRS}
        rows = [
            Exposure(row.symbol, groups[row.symbol], row.amount * self.prices[row.symbol]) for row in self.held.values()
        ]
        return measure(rows, self.equity, SETTINGS.HEAT, SETTINGS.HEAT_GROUPS)

    def risk(self) -> ActiveRisk:
        return active_risk(self.held.values(), self.equity, MOST_RISK)

    def look(self) -> Verdict:
        inputs = Inputs(
            now_ns=self.now_ns, equity=START + self.profit, realised=self.realised, unrealised=self.unrealised,
            fees=self.fees,
        )  # fmt: skip
        self.state, self.found = kill_switch.look(self.state, inputs, MOST_LOSS, LIMITS.zone)
        return self.found.verdict

    def close(self, symbol: str) -> None:
        row, price = self.held.pop(symbol), self.prices[symbol]
        gross, fee = (price - row.entry) * row.amount * row.side.sign, price * row.amount * FEE
        self.realised += gross
        self.fees += fee
        made = Trade(
            symbol=symbol, side=row.side, amount=row.amount, entry_price=row.entry, exit_price=price, gross=gross,
            fees=2 * fee, opened_ns=self.now_ns - 1, closed_ns=self.now_ns, reason="test",
        )  # fmt: skip
        self.tally = trading_limits.after_trade(self.tally, made, self.now_ns, LIMITS.zone)

    def move(self, symbol: str, percent: Decimal) -> None:
        self.prices[symbol] *= 1 + percent / 100
        row, price = self.held.get(symbol), self.prices[symbol]
        if row is not None and row.stop is not None and (price - row.stop) * row.side.sign <= 0:
            self.close(symbol)


def asked(account: Account, place: int, side: Side, distance: Decimal) -> OrderRequest | Declined:
    """What sizing and the gate make of a signal."""
    rules, group = PAIRS[place]
    price = account.prices[rules.symbol]
    now = Quote(rules.symbol, price, price, D(0), D(0), price, account.now_ns)
    intent = Enter(
        symbol=rules.symbol, side=side, price=price, stop_price=price * (1 - side.sign * distance), reason="test"
    )
    heat, risk = account.heat(), account.risk()
    bounds = Bounds(
        share=share_of_size(account.equity, account.state.high, TIERS), active_risk=risk.room,
        amount=most_amount(D("0.1"), now, side, Book()),
    )  # fmt: skip
    means = Means(equity=account.equity, free=account.equity, margin=True, taker_fee=D("0.4"))
    size = size_entry(intent, rules, group, means, heat, SETTINGS, bounds)
    base = question()
    conditions = replace(base.conditions, now_ns=account.now_ns, kill=account.found, heat=heat, active_risk=risk)
    checks = judge(
        replace(
            base, conditions=conditions, instrument=rules, group=group, side=side, size=size,
            limits=trading_limits.check(account.tally, LIMITS, rules.symbol, account.now_ns),
            holder="autopilot" if rules.symbol in account.held else "", ticker=Ticker(quote=now),
        )
    )  # fmt: skip
    if why := reason(checks):
        return Declined(why)
    assert isinstance(size, OrderRequest)
    return size


def fill(account: Account, request: OrderRequest) -> None:
    """Fill an order a little worse than it was sized at, and look at every limit."""
    symbol, side = request.symbol, request.side
    sized_at, before = account.prices[symbol], account.equity
    rules, group = next(pair for pair in PAIRS if pair[0].symbol == symbol)
    assert request.amount % rules.lot == 0
    assert request.amount >= rules.order_min
    assert request.amount * sized_at >= rules.cost_min
    paid = sized_at * (1 + side.sign * SLIP)
    account.fees += paid * request.amount * FEE
    account.held[symbol] = AtRisk(symbol=symbol, side=side, amount=request.amount, entry=paid, stop=request.stop_price)
    account.tally = trading_limits.after_entry(
        account.tally, symbol, f"kt{account.now_ns}", account.now_ns, LIMITS.zone
    )
    slack = sized_at * request.amount * SLIP
    assert account.risk().total <= before * D(MOST_RISK) / 100 + slack + D("1e-9")
    notional = measure([], before, SETTINGS.HEAT, SETTINGS.HEAT_GROUPS)
    for usage, empty in zip(account.heat().usages, notional.usages, strict=True):
        assert usage.trades <= usage.most_trades
        if usage.name in ("all", group):
            used = usage.exposure * account.equity / 100
            assert used <= empty.most_exposure * before / 100 + slack + D("1e-9")
    day = account.tally.day(account.now_ns, LIMITS.zone)
    assert len(day.entries) <= 8
    assert sum(entry.symbol == symbol for entry in day.entries) <= 1


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("signal"), st.integers(0, len(PAIRS) - 1), st.booleans(),
            st.decimals("0.001", "0.3", places=3),
        ),
        st.tuples(
            st.just("price"), st.integers(0, len(PAIRS) - 1), st.booleans(),
            st.one_of(st.decimals("0.1", "3", places=1), st.sampled_from([D(20), D(90)])),
        ),
    ),
    min_size=5, max_size=60,
)  # fmt: skip


BEGINNING = [("signal", place, True, D("0.02")) for place in (0, 4, 8)]
"""So that prices find something held."""


@settings(max_examples=200, deadline=None)
@given(steps)
def test_no_sequence_goes_past_a_limit_by_more_than_one_fill(rows: list[tuple[str, int, bool, Decimal]]) -> None:
    account = Account()
    for kind, place, up, number in (*BEGINNING, *rows):
        account.now_ns += SECOND
        lost_before = -account.profit
        if kind == "price":
            account.move(PAIRS[place][0].symbol, number if up else -number)
        else:
            answer = asked(account, place, Side.BUY if up else Side.SELL, number)
            if isinstance(answer, Declined):
                assert answer.reason
            else:
                assert account.found.verdict is Verdict.OK
                fill(account, answer)
        step = -account.profit - lost_before
        if account.look() is Verdict.TRIPPED_NOW:
            most = START * D(MOST_LOSS) / 100
            assert lost_before < most <= -account.profit <= most + step
            for symbol in list(account.held):
                account.close(symbol)
        if account.state.tripped:
            assert not account.held  # and nothing is entered any more: whatever is lost is lost


def test_the_property_is_about_something() -> None:
    """Entries are made, and each of the limits is what stops one."""
    account, stopped = Account(), set()
    for number in range(40):
        account.now_ns += SECOND
        answer = asked(account, number * 4 % len(PAIRS), Side.BUY, D("0.02"))
        if isinstance(answer, Declined):
            stopped.add(answer.reason.partition(":")[0])
        else:
            fill(account, answer)
    assert len(account.held) >= 3
    assert stopped & {"heat", "active risk"}
    for symbol in list(account.held):
        account.move(symbol, D(-60))
    assert account.look() is Verdict.TRIPPED_NOW
    answer = asked(account, 0, Side.BUY, D("0.02"))
    assert isinstance(answer, Declined) and answer.reason.startswith("kill switch")
