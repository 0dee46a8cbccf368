"""What the account says it made is what the exchange's ledger says, to the last digit, whatever was traded."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side
from tests.account.books import PAIRS, Books
from tests.careful import careful
from tests.exchange.cases import D

PART = st.integers(1, 100).map(lambda percent: D(percent) / 100)
PAIR = st.sampled_from(PAIRS)
ACTS = st.one_of(
    st.tuples(st.just("trade"), PAIR, st.sampled_from(Side), PART),
    st.tuples(st.just("limit"), PAIR, st.sampled_from(Side), PART),
    st.tuples(st.just("operator"), PAIR, st.sampled_from(Side), PART),
    st.tuples(st.just("price"), PAIR, st.integers(-900, 900), PART),
    st.tuples(st.just("hours"), PAIR, st.integers(1, 30), PART),
)
MOST = {"BTC": D("0.7"), "DOGE": D(30000)}


def act_on(books: Books, what: str, pair: Instrument, how: Any, part: Decimal, **more: Any) -> None:
    match what:
        case "price":
            bid = pair.price_of(pair.ticks_of(books.quotes[pair.symbol].bid * (1 + D(how) / 10000)))
            books.price(pair.symbol, bid)
        case "hours":
            books.pass_hours(how)
        case "operator":
            books.trade(pair.symbol, how, pair.amount_down(MOST[pair.base] * part / 100), ours=False)
        case _:
            amount = amount_of(books, pair, how, part)
            if amount >= pair.order_min and what == "limit":
                books.through(pair.symbol, how, amount, **more)
            elif amount >= pair.order_min:
                books.trade(pair.symbol, how, amount, ours=True, **more)


def amount_of(books: Books, pair: Instrument, side: Side, part: Decimal) -> Decimal:
    """On a cash account we sell of ours only; on margin a trade may close, reduce, or turn a position over."""
    wanted = MOST[pair.base] * part
    if books.rules.account == "cash" and side is Side.SELL:
        held = books.account.ours(pair.base)
        # A fee in coins comes on top of what is sold.
        whole = books.rules.policies.fee_currency != "preference"
        wanted = held if part > D("0.9") and whole else held * part * D("0.9")
    return pair.amount_down(wanted)


def agrees(books: Books) -> None:
    totals = books.account.totals(books.quotes.get, margin=books.rules.account == "margin")
    assert totals.profit == books.by_the_ledger()


@careful()
@given(st.lists(ACTS, max_size=25))
def test_cash(acts: list[Any]) -> None:
    books = Books("cash")
    for act in acts:
        act_on(books, *act)
        agrees(books)
    ours = {coin: books.account.ours(coin) for coin in ("BTC", "DOGE")}
    assert all(books.state.balances[coin] >= amount for coin, amount in ours.items())


@careful()
@given(st.lists(st.tuples(ACTS, st.sampled_from(("base", "quote"))), max_size=25))
def test_cash_with_fees_in_coins(acts: list[Any]) -> None:
    books = Books("cash", fee_currency="preference")
    for act, fee_in in acts:
        act_on(books, *act, **({"fee_in": fee_in} if act[0] in ("trade", "limit") else {}))
        agrees(books)


@careful()
@given(st.lists(st.tuples(ACTS, st.sampled_from((2, 3, 5))), max_size=25))
def test_margin_with_rollovers(acts: list[Any]) -> None:
    books = Books("margin")
    for act, leverage in acts:
        if act[0] == "operator":
            continue
        act_on(books, *act, **({"leverage": leverage} if act[0] in ("trade", "limit") else {}))
        agrees(books)
    totals = books.account.totals(books.quotes.get, margin=True)
    assert books.state.balances["USD"] == 1_000_000 + totals.profit - totals.unrealised


def test_a_rollover_is_counted_and_the_operators_is_not() -> None:
    books = Books("margin")
    books.trade("BTC/USD", Side.BUY, D("0.1"), ours=True, leverage=5)
    books.trade("DOGE/USD", Side.SELL, D(20000), ours=False, leverage=2)
    books.pass_hours(9)
    paid = {entry.ref_id: entry.fee for entry in books.ledger if entry.type == "rollover"}
    assert len(paid) == 2
    (opening,) = books.account.openings
    assert books.account.other_fees == paid[opening] > 0
    agrees(books)


def test_a_fee_in_coins_is_a_fee() -> None:
    books = Books("cash", fee_currency="preference")
    books.trade("BTC/USD", Side.BUY, D("0.1"), ours=True, fee_in="base")
    position = books.account.position("BTC/USD")
    assert position is not None
    assert position.amount == D("0.0996")
    assert (books.account.fill_fees, position.fees) == (D("24.00004"), D("24.00004"))
    agrees(books)
