"""What the balances channel tells of an asset's wallets, under the names that REST gives them.

The channel tells all of an asset in one figure, with the wallets in it. Only what lies in the spot wallet, and what
earns by itself (`flex`, REST's `.F`), can be traded; anything else that earns is told under a name of its own, so that
nobody takes it for coins that can be sold. Source: Kraken's WebSocket v2 balances channel, `wallets`.
"""

from decimal import Decimal

from kraken_tui.exchange.live.private_messages import BalanceRow, LedgerRow, checked

ZERO = Decimal(0)
_ENDINGS = {"flex": ".F", "flexible": ".M", "bonded": ".B"}
"""By Kraken's id of an earn wallet."""
_OTHER = ".S"
"""Of locked, liquid, closed, and what nobody here knows."""

Balances = dict[str, Decimal]
"""By name, all that is there now."""


class EarnWallets:
    """The wallets of every asset, as one connection has told them."""

    def __init__(self) -> None:
        self._spot: Balances = {}
        self._earn: dict[str, Balances] = {}

    def begin(self, row: BalanceRow) -> Balances:
        """Take a row of the snapshot.

        Raises:
            InDoubt: a number that nobody could mean.
        """
        earn: Balances = {}
        for each in row.wallets:
            if each.type == "earn":
                name = _name(row.asset, each.id)
                earn[name] = earn.get(name, ZERO) + checked(each.balance)
        self._earn[row.asset] = earn
        self._spot[row.asset] = checked(row.balance or ZERO) - sum(earn.values(), ZERO)
        return {row.asset: self._spot[row.asset], **earn}

    def change(self, entry: LedgerRow, wallet_type: str, wallet_id: str) -> Balances:
        """Take a ledger entry; only what it changed.

        Kraken says of an entry's balance only that it is the asset's total. Where the asset has other wallets it may
        be all of it, or this wallet's own: what fits better to what was there before counts.
        """
        earn, moved = self._earn.setdefault(entry.asset, {}), entry.amount - entry.fee
        if wallet_type == "earn":
            name = _name(entry.asset, wallet_id)
            earn[name] = max(ZERO, earn.get(name, ZERO) + moved)
            return {name: earn[name]}
        expected = self._spot.get(entry.asset, ZERO) + moved
        readings = {entry.balance, entry.balance - sum(earn.values(), ZERO)}
        self._spot[entry.asset] = min(readings, key=lambda reading: abs(reading - expected))
        return {entry.asset: self._spot[entry.asset]}


def _name(asset: str, wallet_id: str) -> str:
    return asset + _ENDINGS.get(wallet_id, _OTHER)
