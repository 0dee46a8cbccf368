"""Sales by hand that nobody heard of in time: the exchange's ledger tells what each left of its coin.

What a sale took of ours can't be told by what there is now, as coins come and go; the ledger knows what there was
right after it. REST may lag by a minute: until the ledger is whole, or ought to be, nothing is decided, and as long as
something waits no sale of ours goes out.
"""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from loguru import logger
from msgspec import Struct

from kraken_tui.account.account_state import CLOCK_STEP_NS, AccountState
from kraken_tui.account.ledger_left import left_by_trade
from kraken_tui.account.wallet import EARNS
from kraken_tui.clock import SECOND, Clock
from kraken_tui.exchange.port import REST_LAG_NS, LedgerEntry
from kraken_tui.execution.book import QUIET_NS
from kraken_tui.model.errors import ExchangeError
from kraken_tui.model.trading import Fill, Position

ZERO = Decimal(0)
AGAIN_NS, AFTER_FAILURE_NS = 10 * SECOND, 2 * SECOND
"""How soon the ledger is read again, as each page costs as much as four requests; and after it could not be read."""
GIVEN_UP_NS = REST_LAG_NS + 30 * SECOND
"""How long a sale waits for its entry; then what is missing now decides."""
READING_NS = 60 * SECOND
"""How much longer while the ledger is being read: its pages wait for room in the rate counter."""

MOST_JUDGED = 1000
"""How many trades are kept in mind that need no judging."""

ReadLedger = Callable[[int], Awaitable[Sequence[LedgerEntry]]]
"""Every entry since a moment, oldest first."""


class Waiting(Struct):
    """A sale that waits."""

    fill: Fill
    since_ns: int


class UntoldSales:
    """Keeps them until they can be judged.

    Args:
        in_sync: whether the exchange tells everything as it happens.
        read_ledger: asks it.
        close: books so much of a trade as closed ours, as far as it can have been; returns how much.
        sold: how much of a position must have been sold, by what there is now.
    """

    def __init__(
        self,
        account: AccountState,
        clock: Clock,
        in_sync: Callable[[], bool],
        read_ledger: ReadLedger,
        close: Callable[[Position, Fill, Decimal], Decimal],
        sold: Callable[[Position], Decimal],
    ) -> None:
        self._account = account
        self._clock = clock
        self._in_sync = in_sync
        self._read_ledger = read_ledger
        self._close = close
        self._sold = sold
        self._waiting: dict[str, Waiting] = {}
        self._judged: dict[str, None] = {}
        self._due_ns = 0
        self._is_reading = False

    def is_judged(self, fill_id: str) -> bool:
        """Whether a trade needs no judging any more: it may be told again, when other things are ours."""
        return fill_id in self._judged

    def note_judged(self, fill_id: str) -> None:
        """A trade needs no judging any more."""
        self._waiting.pop(fill_id, None)
        self._judged[fill_id] = None
        if len(self._judged) > MOST_JUDGED:
            del self._judged[next(iter(self._judged))]

    def add(self, fill: Fill) -> None:
        """Let a sale wait; it is judged as soon as it can be."""
        if self.is_judged(fill.id):
            return
        self._waiting.setdefault(fill.id, Waiting(fill, self._clock.now_ns()))
        self._due_ns = 0

    def coins(self) -> set[str]:
        """Those of which something waits."""
        return {self._account.base_of(row.fill.symbol) for row in self._waiting.values()}

    async def decide(self, *, told_anew: bool = False) -> None:
        """Judge what can be judged now; with `told_anew` the exchange has told everything just now."""
        for row in [row for row in self._waiting.values() if self._account.position(row.fill.symbol) is None]:
            self.note_judged(row.fill.id)
        still = {coin for coin in self.coins() if self._is_told(coin) and (told_anew or self._is_quiet(coin))}
        rows = self._of(still)
        if not rows or self._clock.now_ns() < self._due_ns:
            return
        began_ns = self._clock.now_ns()
        entries = await self._entries(min(row.fill.time_ns for row in rows) - CLOCK_STEP_NS)
        still = {coin for coin in self.coins() if self._is_told(coin) and self._moved_ns(coin) < began_ns}
        self._judge(self._of(still), entries)
        self._judge_by_what_is_gone(still)

    def _of(self, coins: set[str]) -> list[Waiting]:
        return [row for row in self._waiting.values() if self._account.base_of(row.fill.symbol) in coins]

    def give_up(self) -> None:
        """Judge by what is missing now what has waited for too long; coins that came in since would hide it."""
        most_ns = GIVEN_UP_NS + (READING_NS if self._is_reading else 0)
        for coin in self.coins():
            if self._is_told(coin) and self._is_quiet(coin):
                for row in self._of({coin}):
                    if self._clock.now_ns() - row.since_ns > most_ns:
                        self._settle(row.fill, None)

    async def _entries(self, since_ns: int) -> Sequence[LedgerEntry]:
        self._due_ns = self._clock.now_ns() + AFTER_FAILURE_NS
        self._is_reading = True
        try:
            entries = await self._read_ledger(since_ns)
        except ExchangeError as error:
            logger.warning("the ledger was not read: {}", error)
            return ()
        finally:
            self._is_reading = False
        self._due_ns = self._clock.now_ns() + AGAIN_NS
        return entries

    def _judge_by_what_is_gone(self, coins: set[str]) -> None:
        """Where as much of a position is gone as was sold in all, nothing that came in since makes up for any of it."""
        for position in self._account.positions():
            symbol = position.symbol
            fills = sorted(
                (row.fill for row in self._of(coins) if row.fill.symbol == symbol), key=lambda fill: fill.time_ns
            )
            gone = self._sold(position)
            if gone >= min(position.amount, sum((fill.amount for fill in fills), ZERO)):
                for fill in fills:
                    gone -= self._settle(fill, gone)

    def _judge(self, rows: list[Waiting], entries: Sequence[LedgerEntry]) -> None:
        account, now_ns = self._account, self._clock.now_ns()
        lately = {name for name, moved_ns in account.moved_ns.items() if now_ns - moved_ns < REST_LAG_NS}
        left = left_by_trade(entries, account.wallet, lately_moved=lately, kept=account.kept_by_earn)
        places = {key: place for place, key in enumerate(left)}  # by times it can't be told: clocks step

        def place(row: Waiting) -> tuple[int, int]:
            return places.get((account.base_of(row.fill.symbol), row.fill.id), len(left)), row.fill.time_ns

        for row in sorted(rows, key=place):
            coin, (at, _) = account.base_of(row.fill.symbol), place(row)
            there = left.get((coin, row.fill.id))
            # Where something of ours is listed after it, what is ours now is not what was ours then.
            is_overtaken = any(
                account.has_booked(id) for (name, id), later in places.items() if name == coin and later > at
            )
            if there is not None and not is_overtaken:
                self._settle(row.fill, account.ours(coin) - there)
            elif there is not None:
                self._settle(row.fill, None)

    def _settle(self, fill: Fill, gone: Decimal | None) -> Decimal:
        """Book what a sale took of ours, and return that; with None, by what is missing now."""
        self.note_judged(fill.id)
        if (position := self._account.position(fill.symbol)) is None:
            return ZERO
        return self._close(position, fill, self._sold(position) if gone is None else gone)

    def _is_told(self, coin: str) -> bool:
        """Whether what moved while nobody listened was told."""
        return self._in_sync() and coin not in self._account.untold_coins()

    def _is_quiet(self, coin: str) -> bool:
        return self._clock.now_ns() - self._moved_ns(coin) >= QUIET_NS

    def _moved_ns(self, coin: str) -> int:
        """When it was last traded by us, or moved under either name."""
        moved_ns = self._account.moved_ns
        return max(moved_ns.get(coin, 0), moved_ns.get(coin + EARNS, 0))
