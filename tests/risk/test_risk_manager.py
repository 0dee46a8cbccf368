"""Sizes always obey the instrument's rules and every limit, or are refused with the reason."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from kraken_tui.risk.heat import Exposure, Heat, measure
from kraken_tui.risk.risk_manager import Bounds, Means, size_entry
from tests.careful import careful
from tests.samples import BTC, DOGE, HBAR, D

SETTINGS = Settings()
FEE = SETTINGS.PAPER_TAKER_FEE


def heat(equity: Decimal, *open_now: Exposure) -> Heat:
    return measure(open_now, equity, SETTINGS.HEAT, SETTINGS.HEAT_GROUPS)


def means(equity: str = "10000", *, margin: bool = True) -> Means:
    return Means(equity=D(equity), free=D(equity), margin=margin, taker_fee=FEE)


def long(price: str, stop: str, instrument: Instrument = BTC) -> Enter:
    return Enter(symbol=instrument.symbol, side=Side.BUY, price=D(price), stop_price=D(stop), reason="test")


def sized(intent: Enter, instrument: Instrument = BTC, *, given_means: Means | None = None) -> OrderRequest:
    have = given_means or means()
    request = size_entry(intent, instrument, "Majors", have, heat(have.equity), SETTINGS)
    assert isinstance(request, OrderRequest), request
    return request


def test_the_amount_loses_the_risked_share_of_equity_at_the_stop() -> None:
    request = sized(long("100000.0", "98000.0"))
    assert request.amount * D("2000") == D("50")  # 0.5 % of 10,000 over a distance of 2,000
    assert request.leverage == 5
    assert request.stop_price == D("98000.0")


def test_the_notional_is_at_most_equity_times_leverage_over_the_most_trades() -> None:
    request = sized(long("100000.0", "99999.0"))
    assert request.amount * 100_000 <= D(10_000) * 5 / 6


def test_a_cash_account_never_spends_more_than_it_has() -> None:
    request = sized(long("100000.0", "99000.0"), given_means=means("60", margin=False))
    assert request.leverage == 1
    assert request.amount * 100_000 * D("1.004") <= 60


def test_an_amount_below_the_minimum_is_refused_with_the_minimum() -> None:
    answer = size_entry(long("100000.0", "50000.0"), BTC, "Majors", means("1"), heat(D(1)), SETTINGS)
    assert isinstance(answer, Declined)
    assert "0.00005" in answer.reason


def test_a_short_needs_a_pair_that_offers_margin() -> None:
    short = Enter(symbol="HBAR/USD", side=Side.SELL, price=D("0.2"), stop_price=D("0.21"), reason="test")
    answer = size_entry(short, HBAR, "Alts", means(), heat(D(10_000)), SETTINGS)
    assert isinstance(answer, Declined)
    assert "margin" in answer.reason


def test_a_stop_on_the_wrong_side_is_refused() -> None:
    answer = size_entry(long("100", "101"), BTC, "Majors", means(), heat(D(10_000)), SETTINGS)
    assert isinstance(answer, Declined)


def test_a_full_group_blocks_with_its_count_and_another_group_does_not() -> None:
    rows = [Exposure("DOGE/USD", "Memes", D(10)), Exposure("PEPE/USD", "Memes", D(10))]
    hot = heat(D(10_000), *rows)
    assert hot.block("Memes") == "Memes 2/2"
    assert hot.block("Majors") == ""
    assert hot.ppm == 333_333


def test_notional_limits_block_by_percent_of_equity() -> None:
    hot = heat(D(100), Exposure("DOGE/USD", "Memes", D(81)))
    assert hot.block("Memes") == "Memes 81 % of 80 %"


def test_no_equity_is_full_heat() -> None:
    assert heat(D(0)).ppm == 1_000_000


prices = st.decimals(min_value="0.0001", max_value="200000", places=4, allow_nan=False)


@careful()
@given(
    price=prices,
    distance=st.decimals(min_value="0.0001", max_value="0.9", places=4),
    equity=st.decimals(min_value="0", max_value="1000000", places=2),
    instrument=st.sampled_from([BTC, DOGE, HBAR]),
    margin=st.booleans(),
    used=st.lists(st.decimals(min_value="0", max_value="50000", places=2), max_size=5),
    total=st.integers(0, 8),
)
def test_every_size_obeys_the_instrument_and_the_limits(
    price: Decimal, distance: Decimal, equity: Decimal, instrument: Instrument, margin: bool,
    used: list[Decimal], total: int,
) -> None:  # fmt: skip
    settings = Settings(HEAT=HeatLimit(trades=total, exposure=300))
    rows = [Exposure(f"S{number}", "Majors", notional) for number, notional in enumerate(used)]
    hot = measure(rows, equity, settings.HEAT, settings.HEAT_GROUPS)
    intent = Enter(
        symbol=instrument.symbol, side=Side.BUY, price=price, stop_price=price * (1 - distance), reason="test"
    )
    have = Means(equity=equity, free=equity, margin=margin, taker_fee=FEE)
    answer = size_entry(intent, instrument, "Majors", have, hot, settings)
    if isinstance(answer, Declined):
        assert answer.reason
        return
    notional = answer.amount * price
    assert answer.amount % instrument.lot == 0
    assert answer.amount >= instrument.order_min
    assert notional >= instrument.cost_min
    assert answer.amount * price * distance <= equity * D("0.005") * D("1.0000001")
    assert notional + sum(used) <= equity * 2 * D("1.0000001")  # the group's 200 %
    assert notional <= equity * answer.leverage / total
    assert len(rows) < total


def test_an_entry_at_a_limit_is_sized_there_and_rests_there() -> None:
    at_limit = sized(replace(long("100000.0", "88000.0"), limit_price=D("90000.0")))
    assert (at_limit.type, at_limit.price, at_limit.amount) == (OrderType.LIMIT, D("90000.0"), D("0.025"))
    at_market = sized(long("100000.0", "98000.0"))
    assert (at_market.type, at_market.price) == (OrderType.MARKET, None)


@careful()
@given(
    st.integers(1, 3_000_000),
    st.sampled_from([None, "90000.0", "99999.9"]),
    st.sampled_from(["88000.0", "89999.9"]),
)
def test_an_amount_that_was_asked_for_is_taken_exactly_and_never_exceeded(
    lots: int, limit: str | None, stop: str
) -> None:
    asked, at = lots * BTC.lot, None if limit is None else D(limit)
    free = replace(long("100000.0", stop), limit_price=at)
    most = sized(free).amount
    answer = size_entry(replace(free, amount=asked), BTC, "Majors", means(), heat(D(10_000)), SETTINGS)
    if isinstance(answer, Declined):
        assert asked < BTC.order_min
    else:
        assert answer.amount == min(asked, most)


def bounded(bounds: Bounds, amount: Decimal | None = None) -> OrderRequest | Declined:
    intent = replace(long("100000.0", "98000.0"), amount=amount)
    return size_entry(intent, BTC, "Majors", means(), heat(D(10_000)), SETTINGS, bounds)


def amount_of(answer: OrderRequest | Declined) -> Decimal:
    assert isinstance(answer, OrderRequest), answer
    return answer.amount


def test_what_else_keeps_an_entry_small() -> None:
    assert amount_of(bounded(Bounds())) == D("0.025")
    assert amount_of(bounded(Bounds(share=D("0.5")))) == D("0.0125")
    assert amount_of(bounded(Bounds(active_risk=D(20)))) == D("0.01")  # 20 over a distance of 2,000
    assert amount_of(bounded(Bounds(amount=D("0.02")))) == D("0.02")
    assert amount_of(bounded(Bounds(share=D("0.5"), active_risk=D(1000)), D(1))) == D("0.0125")


def test_what_leaves_less_than_a_quarter_or_nothing_is_refused() -> None:
    for bounds in (Bounds(active_risk=D(12)), Bounds(amount=D("0.006")), Bounds(active_risk=D(-1)), Bounds(share=D(0))):
        answer = bounded(bounds)
        assert isinstance(answer, Declined)
        assert answer.reason


def test_numbers_that_are_none_are_refused() -> None:
    for price, stop, equity in (("NaN", "98000", "1"), ("100000", "NaN", "1"), ("100000", "98000", "NaN")):
        have = Means(equity=D(equity), free=D(10), margin=True, taker_fee=FEE)
        answer = size_entry(long(price, stop), BTC, "Majors", have, heat(D(10)), SETTINGS)
        assert isinstance(answer, Declined)
        assert answer.reason
