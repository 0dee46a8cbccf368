"""The book gives what it was given, in order and without a hole, or nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.market.candle_book import ROOM, CandleBook
from kraken_tui.market.candles import SPAN_NS, closing
from kraken_tui.model.candle import Candle
from kraken_tui.model.errors import UsageError
from tests.market.candle_reference import T0

COUNT = 3


def candle(ticker: int, span: int) -> Candle:
    base = 100.0 * (ticker + 1) + span
    return Candle(T0 + span * SPAN_NS, base, base + 2, base - 2, base + 1, float(span % 7))


def past(ticker: int, begin: int, end: int) -> list[Candle]:
    return [candle(ticker, span) for span in range(begin, end)]


def take(book: CandleBook, span: int, known: list[bool]) -> None:
    candles = [candle(ticker, span) for ticker in range(COUNT)]
    rows = np.array([(each.open, each.high, each.low, each.close, each.volume) for each in candles]).T
    book.take(closing(T0 + span * SPAN_NS, rows, np.array(known)))


def held(book: CandleBook, ticker: int) -> list[Candle]:
    window = book.window(ticker)
    assert window is not None
    columns = (window.open_ns, window.open, window.high, window.low, window.close, window.volume)
    return [Candle(int(open_ns), *map(float, row)) for open_ns, *row in zip(*columns, strict=True)]


steps = st.one_of(
    st.tuples(st.just("take"), st.lists(st.booleans(), min_size=COUNT, max_size=COUNT)),
    st.tuples(st.just("skip"), st.just(None)),
    st.tuples(st.just("start"), st.tuples(st.integers(0, COUNT - 1), st.integers(0, 3), st.integers(0, 9))),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_ready_means_without_a_hole_up_to_the_newest_span(drawn: list[tuple[str, object]]) -> None:
    book, capacity, span, newest_ns = CandleBook(COUNT, capacity=6), 6, 20, 0
    for what, detail in drawn:
        if what == "take" and isinstance(detail, list):
            take(book, span, detail)
            newest_ns = T0 + span * SPAN_NS
            span += 1
        elif what == "skip":
            span += 1
        elif isinstance(detail, tuple):  # a past that was read up to three spans ago
            ticker, ago, length = detail
            book.start(ticker, past(ticker, span - ago - length, span - ago))
        assert book.wanting() == [ticker for ticker in range(COUNT) if not book.is_ready(ticker)]
        for ticker in range(COUNT):
            assert (book.window(ticker) is not None) == book.is_ready(ticker)
            if book.is_ready(ticker):
                spans = [(each.open_ns - T0) // SPAN_NS for each in held(book, ticker)]
                assert 1 <= len(spans) <= capacity
                assert spans == list(range(spans[0], spans[-1] + 1))
                assert T0 + spans[-1] * SPAN_NS >= newest_ns
                assert held(book, ticker) == past(ticker, spans[0], spans[-1] + 1)


def test_the_past_and_what_was_closed_meanwhile_become_one_run() -> None:
    book = CandleBook(COUNT)
    assert book.wanting() == [0, 1, 2]
    take(book, 10, [True] * 3)
    take(book, 11, [True] * 3)
    book.start(0, past(0, 0, 10))
    book.start(1, past(1, 0, 11))
    book.start(2, past(2, 0, 9))
    assert book.wanting() == [2], "between the past and the first closing lies a hole"
    assert held(book, 0) == past(0, 0, 12)
    assert held(book, 1) == past(1, 0, 12)
    book.start(2, past(2, 0, 12))
    assert held(book, 2) == past(2, 0, 12)


def test_a_hole_makes_wanting_until_the_past_is_read_again() -> None:
    book = CandleBook(COUNT)
    for ticker in range(COUNT):
        book.start(ticker, past(ticker, 0, 10))
    take(book, 10, [True, False, True])
    assert book.wanting() == [1]
    take(book, 11, [True, True, True])
    assert book.wanting() == [1], "what is known later does not close the hole"
    book.start(1, [])
    assert book.wanting() == [1], "no answer is no past"
    book.start(1, past(1, 0, 11))
    assert book.wanting() == []
    assert held(book, 1) == past(1, 0, 12)


def test_the_same_closing_twice_and_an_old_one_change_nothing() -> None:
    book = CandleBook(COUNT)
    book.start(0, past(0, 0, 10))
    for span in (10, 10, 9, 3):
        take(book, span, [True] * 3)
    assert held(book, 0) == past(0, 0, 11)


def test_a_window_can_not_be_written_and_never_changes_under_its_reader() -> None:
    book = CandleBook(COUNT, capacity=5)
    book.start(0, past(0, 0, 5))
    window = book.window(0)
    assert window is not None
    with pytest.raises(ValueError, match="read-only"):
        window.close[0] = 1.0
    before = window.close.tolist()
    for span in range(5, 5 + 3 * ROOM):
        take(book, span, [True] * 3)
        assert held(book, 0) == past(0, span - 4, span + 1)
    assert window.close.tolist() == before


def test_what_is_saved_goes_on_as_if_it_had_never_stopped() -> None:
    chance = np.random.default_rng(5)
    book = CandleBook(COUNT, 20)
    book.start(0, past(0, 0, 10))
    book.start(1, past(1, 7, 10))
    for span in range(10, 60):
        take(book, span, (chance.random(COUNT) < 0.9).tolist())
    again = CandleBook(COUNT, 20)
    again.restore(*book.save())
    for span in range(60, 170):
        known = (chance.random(COUNT) < 0.9).tolist()
        for each in (book, again):
            take(each, span, known)
            if span % 40 == 0:
                each.start(span % COUNT, past(span % COUNT, span - 30, span + 1))
        assert again.wanting() == book.wanting() and again.save() == book.save()
    about, candles = book.save()
    for damaged in ((b"nothing of the kind", candles), (about, candles[:-8])):
        with pytest.raises(UsageError, match="do not fit"):
            again.restore(*damaged)
    with pytest.raises(UsageError, match="do not fit"):
        CandleBook(2, 20).restore(about, candles)
