"""The reference for ledgers: the balances that their entries lead to, worked out by nothing but addition."""

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, localcontext

from kraken_tui.exchange.matching.messages import LedgerEntry

ZERO = Decimal(0)
_EXACT = Context(prec=60)


def replayed(entries: Iterable[LedgerEntry], start: Mapping[str, Decimal] | None = None) -> dict[str, Decimal]:
    """The balances that `entries` lead to, oldest first.

    Args:
        entries: without a gap since `start`.
        start: balances before the first entry; nothing where the entries begin with the opening deposits.

    Raises:
        ValueError: an entry's balance is not what the entries before it make.
    """
    with localcontext(_EXACT):
        balances = dict(start or {})
        for entry in entries:
            balances[entry.asset] = balances.get(entry.asset, ZERO) + entry.amount - entry.fee
            if balances[entry.asset] != entry.balance:
                there = balances[entry.asset]
                raise ValueError(f"ledger entry {entry.id}: balance {entry.balance} {entry.asset}, not {there}")
        return balances
