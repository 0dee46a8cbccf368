"""Cards: the numbers on them are those of the order that would be sent, at worst."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.agent.cards import Terms, entry_card, entry_risk, exit_card, stop_card
from kraken_tui.model.command import Buy, Close, Sell, SetStop
from kraken_tui.model.trading import OrderRequest, OrderType, Position, Side
from kraken_tui.risk.fees import Fees
from tests.samples import BTC, D

TERMS = Terms(
    mode="PAPER", instrument=BTC, fees=Fees(maker=D("0.25"), taker=D("0.40"), opening=D("0.02")), drift=D("0.005")
)
S = BTC.symbol


def request(side: Side, amount: Decimal, stop: Decimal, limit: Decimal | None = None) -> OrderRequest:
    return OrderRequest(
        symbol=S, side=side, type=OrderType.MARKET if limit is None else OrderType.LIMIT, amount=amount, price=limit,
        stop_price=stop,
    )  # fmt: skip


def held(amount: str = "0.02", stop: str | None = "59000.0") -> Position:
    return Position(
        symbol=S, side=Side.BUY, amount=D(amount), cost=D(amount) * 60000, fees=D("2.40"), opened_ns=0, leverage=1,
        stop_price=None if stop is None else D(stop), stop_amount=D(amount),
    )  # fmt: skip


def test_the_card_of_a_buy_names_worst_price_stop_cost_fee_and_risk_and_pins_the_command() -> None:
    card = entry_card(Buy(symbol=S), request(Side.BUY, D("0.01"), D("59000.0")), D("60000.0"), None, TERMS)
    assert card.lines == (
        "PAPER: buy 0.01 BTC (BTC/USD), at market, now 60000.0, at worst 60300.0",
        "stop 59000.0, no target",
        "costs 603.00 USD; risks 17.78 USD at the stop, of which fees 4.78 USD",
    )
    assert card.command == Buy(symbol=S, amount="0.01", stop="59000.0")
    assert (card.notional, card.risk) == (D("603.00"), D("17.78"))


def test_the_card_of_a_short_and_of_one_that_rests() -> None:
    short = entry_card(
        Sell(symbol=S, stop="61000"), request(Side.SELL, D("0.01"), D("61000")), D("60000"), D("50000"), TERMS
    )
    assert short.lines[0] == "PAPER: sell short 0.01 BTC (BTC/USD), at market, now 60000, at worst 59700.0"
    assert short.lines[1] == "stop 61000, target 50000"
    assert short.notional == D("600.00")
    rests = entry_card(
        Buy(symbol=S, limit="58000"), request(Side.BUY, D("0.01"), D("57000"), D("58000")), D("60000"), None, TERMS
    )
    assert "rests at 58000, now 60000" in rests.lines[0]
    assert rests.notional == D("580.00")


@given(
    st.sampled_from([Side.BUY, Side.SELL]), st.decimals("0.00005", "10", places=8), st.integers(10_000, 999_999),
    st.integers(1, 9_000), st.booleans(),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_nothing_that_may_happen_before_it_is_void_costs_or_risks_more(
    side: Side, amount: Decimal, ticks: int, distance: int, at_limit: bool
) -> None:
    price = BTC.price_of(ticks)
    stop = BTC.price_of(ticks - side.sign * min(distance, ticks - 1))
    wanted = request(side, amount, stop, price if at_limit else None)
    at = entry_risk(wanted, price, TERMS)
    for paid in (price, at.worst):
        fees = (paid + stop) * amount * TERMS.fees.taker / 100
        assert at.notional >= paid * amount
        assert at.risk >= (paid - stop) * side.sign * amount + fees
    assert abs(at.worst - price) * 200 >= (0 if at_limit else price)
    assert at.worst % BTC.tick == 0


def test_the_cards_of_a_close_a_part_and_a_moved_stop() -> None:
    whole = exit_card(Close(S), held(), D(0), D("59999.9"), TERMS)
    assert whole.lines[0].startswith(
        "PAPER: sell of the long in BTC/USD all, 0.02 BTC, at market, now 59999.9, at worst"
    )
    part = exit_card(Sell(symbol=S, amount="0.005"), held(), D("0.015"), D("59999.9"), TERMS)
    assert "0.005 of 0.02 BTC" in part.lines[0]
    moved = stop_card(SetStop(symbol=S, price="59500.0"), held(), D("60000.0"), D("59500.0"), TERMS)
    assert moved.lines[0] == "PAPER: move the stop of 0.02 BTC (BTC/USD) from 59000.0 to 59500.0"
    assert moved.risk == D("14.76")
