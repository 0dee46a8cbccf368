"""The book as the public sees it, and the grid that its depth comes from."""

from msgspec.structs import replace

from kraken_tui.exchange.matching.market.book import Book, visible_book
from kraken_tui.exchange.matching.market.grid import round_step
from kraken_tui.exchange.matching.market.liquidity import Level
from kraken_tui.exchange.matching.rules import Impact
from tests.exchange.cases import BUY, LIMIT, MARKET, SELL, STOP, D
from tests.exchange.desk import ICEBERG, Desk


def seen(desk: Desk, depth: int = 5) -> Book:
    return visible_book(desk.state, desk.rules, "BTC/USD", depth)


def plain(levels: tuple[Level, ...]) -> list[tuple[str, str]]:
    return [(f"{price:f}", f"{amount.normalize():f}") for price, amount in levels]


def grid_desk(slices: int = 100) -> Desk:
    desk = Desk()
    desk.rules = replace(desk.rules, impact=Impact(depth=D(5000), worse=D("0.02"), slices=slices, on_grid=True))
    return desk


def test_market_and_own_orders_make_one_book() -> None:
    desk = Desk()
    desk.book([("99.0", "2"), ("98.0", "1")], [("100.0", "1"), ("101.0", "2")])
    desk.put(BUY, LIMIT, "3", limit_price="99.0")
    desk.put(BUY, LIMIT, "1", limit_price="99.5")
    desk.put(SELL, ICEBERG, "5", limit_price="100.5", display_amount="1")
    desk.put(SELL, STOP, "5", trigger_price="90.0")
    desk.put(SELL, LIMIT, "4", limit_price="150")
    assert plain(seen(desk).bids) == [("99.5", "1"), ("99.0", "5"), ("98.0", "1")]
    assert plain(seen(desk).asks) == [("100.0", "1"), ("100.5", "1"), ("101.0", "2"), ("150", "4")]
    assert plain(seen(desk, 2).asks) == [("100.0", "1"), ("100.5", "1")]


def test_what_we_took_is_gone_until_the_next_update() -> None:
    desk = Desk()
    desk.book([("99.0", "2")], [("100.0", "1"), ("101.0", "2")])
    desk.put(BUY, MARKET, "1.5")
    assert plain(seen(desk).asks) == [("101.0", "1.5")]
    desk.book([("99.0", "2")], [("100.0", "1"), ("101.0", "2")])
    assert plain(seen(desk).asks) == [("100.0", "1"), ("101.0", "2")]


def test_empty_where_nothing_trades() -> None:
    desk = Desk()
    assert seen(desk) == Book()
    desk.tell("100.0")
    desk.put(BUY, LIMIT, "1", limit_price="99.0")
    desk.tell("100.0", ask="99.0")
    assert seen(desk) == Book()


def test_the_step_is_a_round_number_of_ticks() -> None:
    assert [round_step(ticks) for ticks in (0, 1, 2, 3, 4, 7, 8, 14, 15, 120, 400, 7072)] == [
        1, 1, 2, 2, 5, 5, 10, 10, 20, 100, 500, 10000,
    ]  # fmt: skip


def test_grid_keeps_the_quote_and_stands_at_round_prices_behind_it() -> None:
    desk = grid_desk()
    desk.tell("60003.4", ask="60003.5", amount="0.7")
    book = seen(desk, 4)
    assert [price for price, _ in plain(book.bids)] == ["60003.4", "60000.0", "59990.0", "59980.0"]
    assert [price for price, _ in plain(book.asks)] == ["60003.5", "60010.0", "60020.0", "60030.0"]
    assert (book.bids[0][1], book.asks[0][1]) == (D("0.7"), D("0.7"))
    for price, amount in (*book.bids[1:], *book.asks[1:]):
        assert D("0.39") <= amount * price / 5000 <= D("1.61")
        assert amount == amount.quantize(D("0.00000001"))


def test_a_moving_price_changes_only_the_nearest_levels() -> None:
    desk = grid_desk()
    desk.tell("60003.4", amount="0.7")
    before = seen(desk, 50)
    desk.tell("60017.0", amount="0.7")
    after = seen(desk, 50)
    assert len(set(before.asks) & set(after.asks)) >= 47
    assert len(set(before.bids) & set(after.bids)) >= 47
    assert len({amount for _, amount in after.bids}) > 45


def test_grid_is_as_deep_as_it_says_and_never_below_a_tick() -> None:
    desk = grid_desk(37)
    desk.tell("60003.4")
    book = seen(desk, 500)
    assert (len(book.bids), len(book.asks)) == (38, 38)
    desk.tell("0.7")
    assert [price for price, _ in plain(seen(desk, 500).bids)] == ["0.7", "0.6", "0.5", "0.4", "0.3", "0.2", "0.1"]


def test_orders_trade_what_the_grid_shows() -> None:
    desk = grid_desk()
    desk.tell("60003.4", amount="0.01")
    shown = seen(desk, 4).asks
    desk.put(BUY, MARKET, f"{sum(amount for _, amount in shown)}")
    assert [(f"{price:f}", f"{amount.normalize():f}") for price, amount in shown] == [
        (price, amount) for _, price, amount in desk.traded()
    ]
