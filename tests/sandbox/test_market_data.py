"""Tape, candles and tickers against references that are made anew from all trades."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.config.instruments import load_instruments
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.market import Bar
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.market.candles import INTERVALS, KEPT, Candles
from kraken_tui.sandbox.market.sums import span
from kraken_tui.sandbox.market.tape import SPREADS_KEPT
from kraken_tui.sandbox.market.values import Candle
from tests.sandbox.market_stand import INSTRUMENTS, NOON_NS, MarketStand
from tests.sandbox.stand import HandClock

D = Decimal
BTC = load_instruments()["BTC/USD"]
DAY_NS = 1440 * MINUTE
Trade = tuple[int, int, int]
"""Ticks, lots, time."""

trades_strategy = st.lists(
    st.tuples(
        st.integers(1, 2_000_000),
        st.integers(1, 10**12),
        st.one_of(st.integers(0, 90 * SECOND), st.integers(0, 40 * MINUTE), st.integers(0, 3 * DAY_NS)),
    ),
    min_size=1,
    max_size=60,
)
"""Ticks, lots, and the time since the trade before."""


def laid_out(steps: list[Trade]) -> list[Trade]:
    time_ns, made = 1_767_225_600 * SECOND + 37 * SECOND, []
    for ticks, lots, gap_ns in steps:
        time_ns += gap_ns
        made.append((ticks, lots, time_ns))
    return made


def average(trades: list[Trade], otherwise: Decimal) -> Decimal:
    lots = sum(lots for _, lots, _ in trades)
    if not lots:
        return otherwise
    exact = sum(ticks * lots for ticks, lots, _ in trades) * BTC.tick / lots
    return exact.quantize(D("0.00001"), ROUND_HALF_EVEN)


def reference(trades: list[Trade], interval: int, now_ns: int) -> list[Candle]:
    """Every interval from the first trade to now, from all trades in it."""
    length_ns, made, close = interval * MINUTE, [], BTC.price_of(trades[0][0])
    first, last = trades[0][2] // length_ns, now_ns // length_ns
    by_candle: dict[int, list[Trade]] = {}
    for trade in trades:
        by_candle.setdefault(trade[2] // length_ns, []).append(trade)
    for number in sorted({*range(max(first, last - KEPT + 1), last + 1), *by_candle}):
        inside = by_candle.get(number, [])
        prices = [BTC.price_of(ticks) for ticks, _, _ in inside] or [close]
        close = prices[-1]
        made.append(
            Candle(
                begin_ns=number * length_ns, open=prices[0], high=max(prices), low=min(prices), close=close,
                vwap=average(inside, close), volume=BTC.lot * sum(lots for _, lots, _ in inside), trades=len(inside),
            )
        )  # fmt: skip
    return [candle for candle in made if candle.begin_ns > (last - KEPT) * length_ns]


@settings(max_examples=60, deadline=None)
@given(steps=trades_strategy, wait_ns=st.integers(0, 2 * DAY_NS))
def test_candles_of_every_interval_are_what_all_trades_make(steps: list[Trade], wait_ns: int) -> None:
    trades, candles = laid_out(steps), Candles(BTC)
    for trade in trades:
        candles.add(*trade)
    now_ns = trades[-1][2] + wait_ns
    for interval in INTERVALS:
        wanted = reference(trades, interval, now_ns)
        assert candles.told(interval, now_ns) == wanted, interval
        assert candles.current(interval, now_ns) == wanted[-1]


@settings(max_examples=100, deadline=None)
@given(steps=trades_strategy, wait_ns=st.integers(0, 2 * DAY_NS), looks=st.booleans())
def test_the_last_24_hours_and_today_are_what_their_trades_make(steps: list[Trade], wait_ns: int, looks: bool) -> None:
    trades, candles = laid_out(steps), Candles(BTC)
    for trade in trades:
        candles.add(*trade)
        if looks:
            candles.day.advance(trade[2])
    now_ns, day = trades[-1][2] + wait_ns, candles.day
    day.advance(now_ns)
    since = (now_ns // MINUTE - 1439) * MINUTE
    inside = [trade for trade in trades if trade[2] >= since]
    before = [trade for trade in trades if trade[2] < since]
    ticks = [each for each, _, _ in inside]
    assert (day.lots, day.count) == (sum(lots for _, lots, _ in inside), len(inside))
    assert (day.low, day.high) == ((min(ticks), max(ticks)) if ticks else (None, None))
    assert day.open == (before[-1][0] if before else inside[0][0])
    if day.low is not None and day.high is not None:
        told = span(day.lots, day.cost, day.count, day.low, day.high, BTC)
        assert told.vwap == average(inside, told.low)
    today = [trade for trade in trades if trade[2] // DAY_NS == now_ns // DAY_NS]
    row = candles.today(now_ns)
    assert (row is None) == (not today)
    if row is not None:
        assert (row.lots, row.count, row.open) == (sum(lots for _, lots, _ in today), len(today), today[0][0])


def test_only_the_last_720_candles_are_told() -> None:
    candles = Candles(BTC)
    for minute in range(2000):
        candles.add(1000 + minute, 1, minute * MINUTE)
    told = candles.told(1, 1999 * MINUTE)
    assert len(told) == KEPT
    assert told[-1].close == BTC.price_of(2999)
    assert len(candles.told(5, 1999 * MINUTE)) == 400


prices = st.integers(999_000, 1_001_000)
moves = st.one_of(
    st.tuples(st.just("quote"), prices, st.integers(0, 30), st.integers(0, 1)),
    st.tuples(st.just("market"), st.sampled_from(Side), st.integers(1, 50), st.just(0)),
    st.tuples(st.just("limit"), st.sampled_from(Side), prices, st.integers(1, 50)),
    st.tuples(st.just("stop"), st.sampled_from(Side), prices, st.integers(1, 50)),
    st.tuples(st.just("wait"), st.integers(1, 7200), st.just(0), st.just(0)),
)


def make(stand: MarketStand, move: tuple[object, ...]) -> None:
    match move:
        case ("quote", int(bid), int(spread), int(at)):
            price = BTC.price_of
            stand.quote(str(price(bid)), str(price(bid + spread)), str(price(bid + at * spread)))
        case ("market", Side() as side, int(lots), _):
            stand.order(side, OrderType.MARKET, f"0.{lots:02d}")
        case ("limit", Side() as side, int(ticks), int(lots)):
            stand.order(side, OrderType.LIMIT, f"0.{lots:02d}", str(BTC.price_of(ticks)))
        case ("stop", Side() as side, int(ticks), int(lots)):
            stand.order(side, OrderType.STOP_LOSS, f"0.{lots:02d}", str(BTC.price_of(ticks)))
        case ("wait", int(seconds), _, _):
            stand.clock.time_ns += seconds * SECOND


@settings(max_examples=60, deadline=None)
@given(history=st.lists(moves, max_size=40))
def test_the_last_trade_is_always_the_price_that_triggers_look_at(history: list[tuple[object, ...]]) -> None:
    stand = MarketStand()
    stand.quote("100000.0", "100001.0", "100000.0")
    for move in history:
        try:
            make(stand, move)
        except ExchangeError:  # refused: too many orders, or no funds left
            continue
        ticker, last = stand.market.ticker("BTC/USD"), stand.venue.state.markets["BTC/USD"].last
        assert ticker is not None
        assert ticker.last == last == stand.market.last("BTC/USD") == stand.market.trades("BTC/USD", 1)[0].price
        assert ticker.day.low <= ticker.last <= ticker.day.high
        assert ticker.today.low <= ticker.last <= ticker.today.high
    told = stand.market.trades("BTC/USD")
    assert list(told) == stand.printed
    assert [trade.id for trade in told] == list(range(told[0].id, told[0].id + len(told)))
    times = [trade.time_ns for trade in told]
    assert times == sorted(set(times))
    fills = [each.fill for each in stand.venue.history.trades.values()]
    ours = [trade for fill in fills for trade in told if trade.id == stand.market.trade_id(fill.id)]
    assert [(trade.price, trade.amount) for trade in ours] == [(fill.price, fill.amount) for fill in fills]
    assert [trade.side for trade in ours] == [fill.side.opposite if fill.maker else fill.side for fill in fills]


def test_the_market_trades_before_the_stop_that_it_wakes() -> None:
    stand = MarketStand()
    stand.quote("100000.0", "100001.0", "100000.0")
    stand.order(Side.SELL, OrderType.STOP_LOSS, "0.5", "99500.0")
    stand.printed.clear()
    stand.quote("99400.0", "99401.0", "99400.5")
    market, ours = stand.printed
    assert (market.price, ours.price) == (D("99400.5"), D("99400.0"))
    assert (ours.side, ours.type, ours.amount) == (Side.SELL, "market", D("0.5"))
    assert stand.market.last("BTC/USD") == D("99400.0")


def test_a_limit_that_rests_is_the_makers_side() -> None:
    stand = MarketStand()
    stand.quote("100000.0", "100001.0", "100000.0")
    stand.order(Side.BUY, OrderType.LIMIT, "0.5", "99990.0")
    stand.quote("99980.0", "99981.0", "99981.0")
    assert (stand.printed[-1].side, stand.printed[-1].price) == (Side.SELL, D("99990.0"))


def test_ticker_tells_the_best_prices_as_one_sees_them() -> None:
    stand = MarketStand()
    assert stand.market.ticker("BTC/USD") is None
    stand.quote("100000.0", "100010.0", "100000.0")
    id = stand.order(Side.BUY, OrderType.LIMIT, "0.5", "100005.0")
    ticker = stand.market.ticker("BTC/USD")
    assert ticker is not None and (ticker.bid, ticker.bid_amount) == (D("100005.0"), D("0.5"))
    stand.order(Side.BUY, OrderType.MARKET, "1.5")
    ticker = stand.market.ticker("BTC/USD")
    assert ticker is not None and (ticker.ask, ticker.ask_amount) == (D("100010.0"), D("0.5"))
    assert id in stand.venue.state.orders
    stand.quote("100006.0", "100010.0", "100006.0")
    ticker = stand.market.ticker("BTC/USD")
    assert ticker is not None and (ticker.bid, ticker.ask_amount) == (D("100006.0"), D(2))


def test_what_changes_the_book_is_told_and_what_waits_outside_is_not() -> None:
    stand = MarketStand()
    stand.quote("100000.0", "100010.0", "100000.0")
    stand.changed.clear()
    stand.order(Side.SELL, OrderType.STOP_LOSS, "0.1", "90000.0")
    assert stand.changed == []
    stand.order(Side.BUY, OrderType.LIMIT, "0.1", "99000.0")
    assert stand.changed == ["BTC/USD"]
    stand.quote("100000.0", "100011.0", "100000.0")
    assert stand.changed == ["BTC/USD", "BTC/USD"]
    stand.market.on_halted(["ETH/USD"])
    assert stand.changed[-1] == "ETH/USD"


def test_a_trade_is_printed_whenever_the_last_price_changes() -> None:
    stand = MarketStand()
    for number, last in enumerate(("100000.0", "100000.0", "100010.0", "100000.0"), 1):
        stand.clock.time_ns += SECOND
        stand.quote("100000.0", f"10001{number}.0", last)
    assert [trade.price for trade in stand.printed] == [D("100000.0"), D("100010.0"), D("100000.0")]
    assert [trade.side for trade in stand.printed] == [Side.SELL, Side.BUY, Side.SELL]
    assert all(trade.amount >= stand.instrument().order_min for trade in stand.printed)
    assert len(stand.market.spreads("BTC/USD")) == 4


def test_spreads_are_kept_to_the_last_ones() -> None:
    stand = MarketStand()
    for number in range(3 * SPREADS_KEPT):
        stand.quote("100000.0", str(D("100001.0") + number), "100000.0")
    told = stand.market.spreads("BTC/USD")
    assert len(told) == SPREADS_KEPT
    assert told[-1].ask == D("100001.0") + 3 * SPREADS_KEPT - 1


def bars(count: int, until_ns: int) -> list[Bar]:
    begin_ns = until_ns // MINUTE * MINUTE - count * MINUTE
    walk = [1_000_000 + 7 * (number % 13) - 5 * (number % 7) for number in range(count)]
    return [Bar(begin_ns + n * MINUTE, close + 9, close - 4, close + n % 3) for n, close in enumerate(walk)]


@pytest.mark.parametrize("late", [False, True])
def test_the_past_is_told_in_candles_and_joins_the_first_trades(late: bool) -> None:
    """A past may come after the first trades; what was printed keeps its ids, and the tape stays in order."""
    stand = MarketStand()
    past = bars(240, stand.clock.now_ns())
    if not late:
        stand.market.seed("BTC/USD", past)
    for number in range(5):
        stand.quote("100000.0", "100010.0", f"10000{number}.0")
        stand.clock.time_ns += 40 * SECOND
    printed = list(stand.printed)
    if late:
        stand.market.seed("BTC/USD", past)
    candles, tape = stand.market.candles("BTC/USD", 1), stand.market.trades("BTC/USD")
    assert len(candles) == 240 + 4
    for bar, candle in zip(past, candles, strict=False):
        assert (candle.begin_ns, candle.high, candle.low, candle.close) == (
            bar.open_ns, BTC.price_of(bar.high), BTC.price_of(bar.low), BTC.price_of(bar.close),
        )  # fmt: skip
        assert candle.low <= candle.vwap <= candle.high and candle.low <= candle.open <= candle.high
        assert candle.volume > 0 and candle.trades >= 2
    assert list(tape[-5:]) == printed
    assert [trade.id for trade in tape] == list(range(tape[0].id, tape[0].id + len(tape)))
    assert [trade.time_ns for trade in tape] == sorted({trade.time_ns for trade in tape})
    for candle in candles[-30:]:
        inside = [trade for trade in tape if trade.time_ns // MINUTE == candle.begin_ns // MINUTE]
        assert (candle.trades, candle.volume) == (len(inside), sum((each.amount for each in inside), D(0)))


def test_equal_seeds_make_up_equal_trades() -> None:
    told = []
    for _ in range(2):
        stand = MarketStand(INSTRUMENTS, HandClock(NOON_NS))
        stand.market.seed("BTC/USD", bars(100, stand.clock.now_ns()))
        stand.quote("100000.0", "100010.0", "100005.0")
        told.append(stand.market.trades("BTC/USD"))
    assert told[0] == told[1]


@pytest.mark.parametrize("trades", [0, 1, 40, 1500])
def test_a_past_is_the_same_whether_it_is_looked_at_early_or_late(trades: int) -> None:
    """Also where so much was traded before anybody looked that the tape has let its first trades go."""
    told = []
    for early in (True, False):
        stand = MarketStand(INSTRUMENTS, HandClock(NOON_NS))
        for symbol in ("ETH/USD", "BTC/USD"):
            stand.market.seed(symbol, bars(100, stand.clock.now_ns()))
            if early:
                assert len(stand.market.trades(symbol)) > 60
        for number in range(trades):
            stand.quote("100000.0", "100010.0", f"10000{number % 7}.0")
            stand.clock.time_ns += SECOND
        pasts = [(stand.market.trades(symbol), stand.market.candles(symbol, 1)) for symbol in ("BTC/USD", "ETH/USD")]
        told.append((pasts, stand.market.ticker("BTC/USD"), stand.printed))
    assert told[0] == told[1]


def test_a_day_without_trades_tells_the_last_price() -> None:
    stand = MarketStand()
    stand.quote("100000.0", "100010.0", "100005.0")
    stand.clock.time_ns += 3 * DAY_NS
    ticker = stand.market.ticker("BTC/USD")
    assert ticker is not None
    assert (ticker.today.trades, ticker.day.trades, ticker.day.volume) == (0, 0, D(0))
    assert ticker.last == ticker.today.low == ticker.today.vwap == ticker.open == ticker.open_24h == D("100005.0")


def test_the_last_24_hours_are_the_current_minute_and_the_1439_before() -> None:
    candles = Candles(BTC)
    for minute in range(3000):
        candles.add(5000 - minute, 1, minute * MINUTE)
        candles.day.advance(minute * MINUTE)
        assert candles.day.lots == min(minute + 1, 1440)
    assert (candles.day.low, candles.day.high, candles.day.open) == (2001, 5000 - 1560, 5000 - 1559)
