"""Builds the one exchange of a mode. PAPER gets the paper exchange: no private client, no secret is read.

What talks to Kraken's private side is imported only where LIVE asks for it: ccxt alone takes a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kraken_tui.clock import Clock, generator
from kraken_tui.config.home import Home
from kraken_tui.config.modes import mode_of, private_ws_url
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper, QuoteOf
from kraken_tui.exchange.paper.paper_trading import PaperTrading, quote_of_all
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.instrument import Instrument

if TYPE_CHECKING:
    from kraken_tui.config.keys import Keys
    from kraken_tui.exchange.live.kraken_client import KrakenClient
    from kraken_tui.exchange.live.private_stream import PrivateStream


class ExchangeManager:
    """One exchange per mode.

    Args:
        settings: the mode, and the paper account's terms.
        home: where the paper ledger lies.
        clock: the engine's.
    """

    def __init__(self, settings: Settings, home: Home, clock: Clock) -> None:
        self._settings = settings
        self._home = home
        self._clock = clock

    def paper(
        self,
        instruments: Sequence[Instrument],
        quote_of: QuoteOf,
        on_problem: Callable[[str], None] = lambda text: None,
    ) -> PaperExchangeWrapper:
        """The paper exchange, continuing from this home's ledger where there is one.

        Args:
            instruments: the pairs of the market that prices come from.
            quote_of: the quote of a symbol at this moment.
            on_problem: told when the ledger can't be written, and when it can again.

        Raises:
            SafetyRefusal: the mode is not PAPER, or the ledger is damaged or belongs to something else.
        """
        if self._settings.MODE != "PAPER" or self._home.mode != "paper":
            raise SafetyRefusal(f"MODE is {self._settings.MODE}: only PAPER can trade here; set MODE to PAPER")
        ledger = Ledger(self._home.ledger, self._settings.PAPER_ACCOUNT, quote_of_all(instruments))
        paper = PaperTrading(instruments, self._settings, ledger.load())
        return PaperExchangeWrapper(paper, self._clock, quote_of, ledger, on_problem)

    def live(self, keys: Keys) -> tuple[KrakenClient, PrivateStream]:
        """Kraken, or a sandbox on loopback: one client with one key, and the stream that tells what happens.

        The client's `load` comes first; the stream's `run` goes on beside everything else.

        Raises:
            SafetyRefusal: the mode is not LIVE, the folders are another mode's, or an address may not be talked to.
            Misconfigured: key or secret can't be one.
        """
        if self._settings.MODE != "LIVE" or self._home.mode != mode_of(self._settings):
            raise SafetyRefusal(
                f"MODE is {self._settings.MODE} and the folders are those of {self._home.mode}: no real order from here"
            )
        from kraken_tui.exchange.live.budgets import TIERS, Budgets
        from kraken_tui.exchange.live.kraken_client import KrakenClient
        from kraken_tui.exchange.live.private_stream import PrivateStream

        settings, clock = self._settings, self._clock
        counters = Budgets(TIERS[settings.EXCHANGE_TIER])
        client = KrakenClient(
            keys,
            settings.EXCHANGE_REST_URL,
            clock,
            validate=settings.VALIDATE,
            counters=counters,
        )
        chance = generator(None).random
        stream = PrivateStream(
            private_ws_url(settings), client.token, clock, chance, read_trades=client.fills_since
        )  # fmt: skip
        stream.on_rate_limit = counters.learn_limit
        return client, stream
