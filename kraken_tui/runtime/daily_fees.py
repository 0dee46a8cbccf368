"""What an account pays follows what it traded in 30 days: Kraken is asked again each day."""

from collections.abc import Awaitable, Callable

from loguru import logger

from kraken_tui.clock import MINUTE, SECOND, Clock
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable
from kraken_tui.risk.fees import Fees

DAY_NS = 86_400 * SECOND
AFTER_NS = 5 * MINUTE
"""How long after midnight UTC it is asked."""
AGAIN_S = 600.0
"""After this what could not be read is asked for again."""


class DailyFees:
    """Asks once a day.

    Args:
        ask: what the account pays now; None where Kraken does not tell.
        take: told each answer.
        clock: the engine's.
    """

    def __init__(self, ask: Callable[[], Awaitable[Fees | None]], take: Callable[[Fees], None], clock: Clock) -> None:
        self._ask = ask
        self._take = take
        self._clock = clock

    async def run(self) -> None:
        """Ask after each midnight, until cancelled; until it is answered what was told before holds."""
        while True:
            await self._clock.sleep_until((self._clock.now_ns() // DAY_NS + 1) * DAY_NS + AFTER_NS)
            while not await self._read():
                await self._clock.sleep(AGAIN_S)

    async def _read(self) -> bool:
        try:
            told = await self._ask()
        except (ExchangeError, ExchangeUnreachable) as error:
            logger.warning("fees not read: {}", error)
            return False
        if told is not None:
            self._take(told)
        return told is not None
