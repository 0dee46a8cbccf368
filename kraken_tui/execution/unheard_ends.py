"""Orders that ended and of which nobody told: what the exchange lists is held against what counts as resting."""

from loguru import logger

from kraken_tui.account.account_state import AccountState
from kraken_tui.exchange.port import Exchange
from kraken_tui.execution.brackets import Brackets


class UnheardEnds:
    """Has everything told anew where an order of ours is no more among those that rest.

    Args:
        exchange: lists what rests; its list may lag.
        account: what was told.
        brackets: have it told anew.
    """

    def __init__(self, exchange: Exchange, account: AccountState, brackets: Brackets) -> None:
        self._exchange = exchange
        self._account = account
        self._brackets = brackets
        self._rested: set[str] = set()
        """At the look before: only of these REST knows for sure, as it may lag."""

    async def look(self) -> None:
        """Look once.

        Raises:
            ExchangeError: the exchange does not answer.
        """
        resting = self._account.resting
        if self._rested & resting.ours():
            listed = {str(row["id"]) for row in await self._exchange.fetch_open_orders()}
            await self._miss(self._rested & resting.ours() - listed)
        self._rested = resting.ours()

    async def _miss(self, gone: set[str]) -> None:
        if gone:
            logger.warning("no more listed: {}; everything is told anew", ", ".join(sorted(gone)))
            await self._brackets.read_anew()
