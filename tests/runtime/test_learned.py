"""The operator's words to learning: what each becomes, and what is said of it."""

import pytest

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.campaign import Stage
from kraken_tui.learning.status import learning_lines
from kraken_tui.model.errors import UsageError
from kraken_tui.runtime.learned import PINNED, event_of, lines_of
from tests.learning.test_learner import Book, considered, enrol


def say(book: Book, verb: str, argument: str = "") -> tuple[bool, tuple[str, ...]]:
    event, _ = event_of(verb, argument, book.state, TradingConfig(), book.end_ns)
    count = len(book.notes)
    book.take(event)
    return lines_of(verb, book.notes[count:])


def book_of() -> Book:
    book = Book()
    book.take(enrol())
    return book


def test_a_pinned_strategy_is_kept_until_it_is_unpinned() -> None:
    book = book_of()
    book.take(considered(book.end_ns))
    while book.state.adoption.campaign is not None and book.state.adoption.campaign.stage is Stage.TESTING:
        best = book.state.adoption.campaign.contenders[0].candidate.id
        book.block({row.id: 0.02 * (row.id == best) for row in book.state.own.values()} | {best: 0.02})
    assert say(book, "pin", "breakout") == (True, (PINNED,))
    assert "Pinned, nothing is let in for it: breakout." in learning_lines(book.state)
    assert say(book, "adopt") == (False, ("Refused: breakout is pinned",))
    with pytest.raises(UsageError, match="is no strategy for it: breakout, trend_following"):
        say(book, "pin", "scanner")
    with pytest.raises(UsageError, match="'trend_following' is no strategy for it: breakout"):
        say(book, "unpin", "trend_following")
    assert say(book, "unpin", "breakout")[0] and say(book, "adopt")[0]
    assert book.replayed() == book.state


def test_a_campaign_that_leads_nowhere_is_given_up_and_another_may_begin() -> None:
    book = book_of()
    book.take(considered(book.end_ns))
    assert say(book, "give-up") == (True, ("Void: given up by the operator",))
    assert say(book, "give-up") == (False, ("Refused: no campaign is running",))
    book.take(considered(book.end_ns))
    assert book.state.adoption.campaigns == 2 and book.state.adoption.campaign is not None
    assert book.state.adoption.campaign.stage is Stage.TESTING
    assert book.replayed() == book.state
