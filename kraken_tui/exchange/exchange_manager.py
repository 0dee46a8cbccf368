"""Builds the one exchange of a mode. PAPER gets the paper exchange: no private client, no secret is read."""

from collections.abc import Callable, Sequence

from kraken_tui.clock import Clock
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.exchange.paper.paper_exchange_wrapper import PaperExchangeWrapper, QuoteOf
from kraken_tui.exchange.paper.paper_trading import PaperTrading, quote_of_all
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.instrument import Instrument


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
