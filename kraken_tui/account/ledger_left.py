"""What each trade left of its coin in the wallet, by the exchange's ledger.

An entry tells the balance of one name only. A coin that earns by itself is counted under another name (`.F`) and can be
sold as well, and it may have come there before a trade or after it: so the balances run along with the entries.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from kraken_tui.account.wallet import tradable
from kraken_tui.exchange.port import LedgerEntry

TRADE = "trade"


def left_by_trade(
    entries: Iterable[LedgerEntry], wallet: Mapping[str, Decimal], kept: Collection[str] = ()
) -> dict[tuple[str, str], Decimal]:
    """By coin and trade, all of the coin that could be sold right after that trade.

    Args:
        entries: of every type since some moment, oldest first.
        wallet: what there is now, by Kraken's name for it; of what has no entry it is what there was all along.
        kept: coins of which what earns can't be sold.

    Returns:
        What is certain: nothing of a name whose last entry is not what there is now, as entries are missing then.
    """
    rows = list(entries)
    last = {row.asset: row.balance for row in rows}
    running = dict(wallet) | {row.asset: row.balance - row.amount + row.fee for row in reversed(rows)}
    left: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        running[row.asset] = row.balance
        if row.type == TRADE and wallet.get(row.asset) == last[row.asset]:
            there = row.balance if row.asset in kept else tradable(running, row.asset)
            left[row.asset, row.ref_id] = there
    return left
