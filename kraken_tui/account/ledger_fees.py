"""Fees that no fill carries: what a margin position pays for each period that it stays open."""

from collections.abc import Iterable
from decimal import Decimal

from kraken_tui.account import wallet
from kraken_tui.account.account_state import AccountState
from kraken_tui.exchange.live.private_messages import LedgerRow

ZERO = Decimal(0)
ROLLOVER = "rollover"


class LedgerFees:
    """Counts rollovers of our own positions among the account's fees, each once however often it is told.

    A rollover refers to the trade that opened the position. One of a trade that is not ours, or not known to be yet,
    is kept and looked at again. Fees in another currency than the account's are told apart: no price of theirs is
    certain.

    Args:
        account: whose `other_fees` and `fees_apart` are kept.
    """

    def __init__(self, account: AccountState) -> None:
        self._account = account
        self._rows: dict[str, LedgerRow] = {}

    def note(self, row: LedgerRow) -> None:
        """Take a ledger entry, of any type."""
        self.take((row,))

    def take(self, rows: Iterable[LedgerRow]) -> None:
        """Take ledger entries, and count anew what is ours."""
        for row in rows:
            if row.type == ROLLOVER:
                self._rows[row.id] = row
        ours = [row for row in self._rows.values() if row.ref_id in self._account.openings]
        paid: dict[str, Decimal] = {}
        for row in ours:
            asset = wallet.coin_of(row.asset) or row.asset
            paid[asset] = paid.get(asset, ZERO) + row.fee - row.amount
        self._account.other_fees = paid.pop(self._account.currency, ZERO)
        self._account.fees_apart = paid
