"""One ticker as the state machine sees it: its words where they lie, so that a rule touches only what it needs."""

from typing import NamedTuple

from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Matrix, Vector


class Ticker(NamedTuple):
    """A column of each matrix."""

    own: Vector
    """By `Row`: of the state."""
    quote: Vector
    """By `Quote`."""
    account: Vector
    """By `Account`."""


@part
def ticker_at(i: int, quotes: Matrix, account: Matrix, columns: Matrix) -> Ticker:
    """Ticker `i`."""
    return Ticker(columns.T[i], quotes.T[i], account.T[i])
