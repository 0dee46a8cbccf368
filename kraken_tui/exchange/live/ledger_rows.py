"""Rows of Kraken's Ledgers as values, the same as the balances channel tells them."""

from collections.abc import Mapping
from typing import Any

from kraken_tui.clock import SECOND
from kraken_tui.exchange.live.answers import number
from kraken_tui.exchange.live.private_messages import LedgerRow


def ledger_row(row: Mapping[str, Any], asset: str) -> LedgerRow:
    """From a row of Ledgers; `asset` is its unified name.

    Raises:
        RetryLater: a number is missing.
    """
    return LedgerRow(
        id=str(row["id"]),
        ref_id=str(row.get("refid") or ""),
        type=str(row.get("type") or ""),
        subtype=str(row.get("subtype") or ""),
        asset=asset,
        amount=number(row, "amount"),
        fee=number(row, "fee"),
        balance=number(row, "balance"),
        time_ns=int(number(row, "time") * SECOND),
    )
