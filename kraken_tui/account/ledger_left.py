"""What each trade left of its coin in the wallet, by the exchange's ledger.

An entry tells the balance of one name only. A coin that earns by itself is counted under another name (`.F`) and can be
sold as well, and it may have come there before a trade or after it: so the balances run along with the entries.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from kraken_tui.account.wallet import EARNS, coin_of, tradable
from kraken_tui.exchange.port import LedgerEntry

ZERO = Decimal(0)
TRADE = "trade"


def left_by_trade(
    entries: Iterable[LedgerEntry],
    wallet: Mapping[str, Decimal],
    *,
    lately_moved: Collection[str] = (),
    kept: Collection[str] = (),
) -> dict[tuple[str, str], Decimal]:
    """By coin and trade, all of the coin that could be sold right after that trade, in the order of the ledger.

    Args:
        entries: of every type since some moment, oldest first.
        wallet: what there is now, by Kraken's name for it.
        lately_moved: names whose last entries the exchange may not list yet.
        kept: coins of which what earns can't be sold.

    Returns:
        What is certain: nothing of a coin where entries may be missing. A trade that took from both names has an entry
        for each; the last one counts.
    """
    rows = list(entries)
    last = {row.asset: row.balance for row in rows}
    running = dict(wallet) | {row.asset: row.balance - row.amount + row.fee for row in reversed(rows)}

    def is_whole(name: str) -> bool:
        there = wallet.get(name, ZERO)
        return there == last[name] if name in last else there == ZERO or name not in lately_moved

    left: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        running[row.asset] = row.balance
        coin = coin_of(row.asset)
        if row.type != TRADE or not coin or not is_whole(coin) or not (coin in kept or is_whole(coin + EARNS)):
            continue
        left.pop((coin, row.ref_id), None)
        left[coin, row.ref_id] = running.get(coin, ZERO) if coin in kept else tradable(running, coin)
    return left
