"""From commands to intents: what is right passes exactly, what is wrong is refused with what would be right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.command import Buy, Sell, SetStop, SetTarget
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter, Exit, MoveStop, MoveTarget
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Position, Side
from kraken_tui.runtime.manual_orders import Standing, entry_of, exit_of, smallest, stop_move_of, target_move_of
from tests.samples import BTC, DOGE, HBAR, D

S = BTC.symbol


def quote(bid: str = "59999.9", ask: str = "60000.0", symbol: str = S) -> Quote:
    return Quote(
        symbol=symbol, bid=D(bid), ask=D(ask), bid_amount=D(1), ask_amount=D(1), last=D(bid), time_ns=0
    )  # fmt: skip


QUOTE = quote()


def held(side: Side, amount: str) -> Position:
    return Position(
        symbol=S, side=side, amount=D(amount), cost=D(amount) * 60000, fees=D(0), opened_ns=0, leverage=1,
        stop_price=None, stop_amount=D(0),
    )  # fmt: skip


def standing(
    position: Position | None = None, now: Quote | None = QUOTE, margin: bool = True, instrument: Instrument = BTC
) -> Standing:
    return Standing(instrument=instrument, quote=now, position=position, margin=margin)


def by_atr(limit: Decimal | None) -> Decimal | None:
    stop = (limit or D("60000.0")) - 1000
    return stop if stop > 0 else None


def unknown(limit: Decimal | None) -> Decimal | None:
    return None


def test_a_plain_buy_takes_the_ask_the_natural_stop_and_what_risk_allows() -> None:
    wanted = Enter(
        symbol=S, side=Side.BUY, price=D("60000.0"), stop_price=D("59000.0"), reason="buy by chat", owner="operator"
    )
    assert entry_of(Buy(symbol=S), standing(), by_atr, "chat") == wanted


def test_everything_that_was_said_is_in_the_intent() -> None:
    said = Buy(symbol=S, amount="0.01", limit="58000", stop="57000.5", target="66000")
    intent = entry_of(said, standing(), unknown, "cli buy")
    assert (intent.amount, intent.limit_price) == (D("0.01"), D("58000"))
    assert (intent.stop_price, intent.target_price) == (D("57000.5"), D("66000"))
    assert (str(intent.limit_price), intent.price) == ("58000.0", D("60000.0"))


def test_the_natural_stop_of_a_limit_entry_lies_below_the_limit() -> None:
    assert entry_of(Buy(symbol=S, limit="58000"), standing(), by_atr, "x").stop_price == D("57000.0")


def test_a_short_is_the_mirror_and_needs_margin() -> None:
    intent = entry_of(Sell(symbol=S, limit="61000", stop="62000", target="50000"), standing(), by_atr, "x")
    assert (intent.side, intent.price, intent.limit_price) == (Side.SELL, D("59999.9"), D("61000"))
    assert (intent.stop_price, intent.target_price) == (D("62000"), D("50000"))


WRONG_ENTRIES = [
    (Buy(symbol=S, amount="0.000000001"), "0.000000001 BTC is too small: at least 0.00005"),
    (Buy(symbol=S, amount="0.012345678912"), "finer than the lot 0.00000001: 0.01234567"),
    (Buy(symbol=S, amount="0.00004"), "at least 0.00005"),
    (Buy(symbol=S, amount="0,5"), "plain number"),
    (Buy(symbol=S, amount="0"), "plain number"),
    (Buy(symbol=S, limit="58000.05"), "at 58000.05 is not a multiple of the tick 0.1: 58000.0 or 58000.1"),
    (Buy(symbol=S, limit="0.01"), "multiple of the tick 0.1: 0.1"),
    (Buy(symbol=S, limit="60000"), "only below the ask 60000.0"),
    (Buy(symbol=S, limit="70000"), "only below the ask 60000.0"),
    (Buy(symbol=S, stop="59999.9"), "must be below 59999.9"),
    (Buy(symbol=S, stop="61000"), "must be below 59999.9"),
    (Buy(symbol=S, stop="59000.01"), "multiple of the tick"),
    (Buy(symbol=S, limit="58000", stop="58000"), "must be below 58000.0"),
    (Buy(symbol=S, target="60000"), "must be above 60000.0"),
    (Buy(symbol=S, limit="58000", target="57000"), "must be above 58000.0"),
    (Sell(symbol=S, limit="59999.9", stop="62000"), "only above the bid 59999.9"),
    (Sell(symbol=S, amount="0.01"), "a short names its stop: sell SYMBOL AMOUNT stop PRICE"),
    (Sell(symbol=S, limit="61000", target="50000"), "a short names its stop"),
    (Sell(symbol=S, stop="60000"), "must be above 60000.0"),
    (Sell(symbol=S, stop="62000", target="59999.9"), "must be below 59999.9"),
]


@pytest.mark.parametrize(("command", "told"), WRONG_ENTRIES)
def test_a_wrong_entry_is_refused_with_what_would_be_right(command: Buy | Sell, told: str) -> None:
    with pytest.raises(UsageError, match=r"BTC/USD: ") as refusal:
        entry_of(command, standing(), by_atr, "x")
    assert told in str(refusal.value)


def test_without_price_atr_or_margin_there_is_no_entry() -> None:
    with pytest.raises(UsageError, match="no sound price"):
        entry_of(Buy(symbol=S), standing(now=None), by_atr, "x")
    with pytest.raises(UsageError, match="needs one of yours: stop PRICE"):
        entry_of(Buy(symbol=S), standing(), unknown, "x")
    with pytest.raises(UsageError, match="never sold from here"):
        entry_of(Sell(symbol=S, stop="62000"), standing(margin=False), by_atr, "x")
    with pytest.raises(UsageError, match="no short of this pair"):
        entry_of(Sell(symbol=HBAR.symbol), standing(now=quote("0.1", "0.2"), instrument=HBAR), by_atr, "x")


def test_the_smallest_order_follows_cost_too() -> None:
    assert smallest(BTC, D(60000)) == D("0.00005")
    assert smallest(BTC, D(5000)) == D("0.0001")
    assert smallest(DOGE, D("0.0333333")) == D("15.00001501")


@pytest.mark.parametrize(
    ("command", "position", "keep"),
    [
        (Sell(symbol=S), held(Side.BUY, "0.01"), "0"),
        (Sell(symbol=S, amount="0.01"), held(Side.BUY, "0.01"), "0"),
        (Sell(symbol=S, amount="0.004"), held(Side.BUY, "0.01"), "0.006"),
    ],
)
def test_a_sell_closes_of_a_long(command: Sell, position: Position, keep: str) -> None:
    wanted = Exit(symbol=S, keep=D(keep), reason="sell by jim", owner="operator")
    assert exit_of(command, standing(position), "jim") == wanted


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (Sell(symbol=S, amount="0.02"), "0.02 is more than what is open: a long of 0.01 is held"),
        (Sell(symbol=S, amount="0.00999"), "0.00001 would stay, too little for a stop (at least 0.00005): "
         "sell at most 0.00995000, or all"),
        (Sell(symbol=S, amount="0.00001"), "at least 0.00005 BTC"),
        (Sell(symbol=S, limit="70000"), "takes no at, stop or target"),
        (Sell(symbol=S, amount="0.01", stop="50000"), "takes no at, stop or target"),
        (Sell(symbol=S, target="70000"), "takes no at, stop or target"),
    ],
)  # fmt: skip
def test_a_wrong_exit_is_refused_with_what_would_be_right(command: Sell, told: str) -> None:
    with pytest.raises(UsageError) as refusal:
        exit_of(command, standing(held(Side.BUY, "0.01")), "x")
    assert told in str(refusal.value)


@given(st.integers(1, 200_000), st.integers(1, 200_000))
def test_no_exit_sells_more_than_is_held_nor_leaves_what_no_stop_can_cover(lots: int, asked: int) -> None:
    amount, least = asked * BTC.lot, smallest(BTC, D("59999.9"))
    position = held(Side.BUY, f"{lots * BTC.lot:f}")
    try:
        keep = exit_of(Sell(symbol=S, amount=f"{amount:f}"), standing(position), "x").keep
    except UsageError:
        rest = position.amount - amount
        assert amount < least or rest < 0 or 0 < rest < least
    else:
        assert keep == position.amount - amount
        assert keep == 0 or keep >= least


@pytest.mark.parametrize(("side", "stop", "target"), [(Side.BUY, "59000", "66000"), (Side.SELL, "62000", "50000")])
def test_stop_and_target_move_on_their_own_side_of_the_market(side: Side, stop: str, target: str) -> None:
    at = standing(held(side, "0.01"))
    move = MoveStop(symbol=S, stop_price=D(stop), reason="stop by jim", owner="operator")
    assert stop_move_of(SetStop(symbol=S, price=stop), at, "jim") == move
    aim = MoveTarget(symbol=S, target_price=D(target), reason="target by jim", owner="operator")
    assert target_move_of(SetTarget(symbol=S, price=target), at, "jim") == aim
    with pytest.raises(UsageError, match="would fire at once"):
        stop_move_of(SetStop(symbol=S, price=target), at, "jim")
    with pytest.raises(UsageError, match="would be taken at once"):
        target_move_of(SetTarget(symbol=S, price=stop), at, "jim")


def test_a_target_goes_without_a_price_and_nothing_moves_without_a_position() -> None:
    off = target_move_of(SetTarget(symbol=S), standing(held(Side.BUY, "0.01"), now=None), "jim")
    assert off.target_price is None
    for wrong in (lambda: stop_move_of(SetStop(symbol=S, price="1"), standing(), "x"),
                  lambda: target_move_of(SetTarget(symbol=S), standing(), "x")):  # fmt: skip
        with pytest.raises(UsageError, match="no open position"):
            wrong()
    with pytest.raises(UsageError, match="no sound price"):
        stop_move_of(SetStop(symbol=S, price="1"), standing(held(Side.BUY, "0.01"), now=None), "x")


@given(
    st.sampled_from([Buy, Sell]),
    st.none() | st.text(max_size=30) | st.decimals("0.1", "120000", places=1).map(str),
    st.none() | st.text(max_size=30) | st.decimals("0.1", "120000", places=1).map(str),
    st.none() | st.text(max_size=30) | st.decimals("0.1", "120000", places=1).map(str),
    st.none() | st.text(max_size=30) | st.decimals("0.00000001", "10", places=8).map(lambda row: f"{row:f}"),
)
def test_what_becomes_an_entry_could_be_an_order(
    kind: type[Buy] | type[Sell], limit: str | None, stop: str | None, target: str | None, amount: str | None
) -> None:
    command = kind(symbol=S, amount=amount, limit=limit, stop=stop, target=target)
    try:
        intent = entry_of(command, standing(), by_atr, "x")
    except UsageError:
        return
    sign, paid = intent.side.sign, intent.limit_price or intent.price
    prices = [row for row in (intent.limit_price, intent.stop_price, intent.target_price) if row is not None]
    assert all(BTC.is_on_tick(row) and row > 0 for row in prices)
    assert (paid - intent.stop_price) * sign > 0
    assert intent.target_price is None or (intent.target_price - paid) * sign > 0
    assert intent.limit_price is None or (intent.price - intent.limit_price) * sign > 0
    assert intent.amount is None or (intent.amount % BTC.lot == 0 and intent.amount >= smallest(BTC, paid))
