"""The desk: takes intents, asks risk, and works them off one by one, protection before entries."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from kraken_tui.account.account_state import AccountState, Busy, Totals, mark, money
from kraken_tui.config.settings import Settings
from kraken_tui.execution.brackets import Brackets
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import Enter, Exit, Intent, MoveStop
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Declined, FlattenReport, Outcome, Unknown
from kraken_tui.risk.heat import Exposure, Heat, measure
from kraken_tui.risk.risk_manager import Means, size_entry

Result = TypeVar("Result")
Tell = Callable[[str, str], None]
"""Told of what happened: a kind (entry, exit, stop, refused, alert) and a line of text."""

PROTECT, EXIT, ENTER = 0, 1, 2


class Desk:
    """Owns the order in which things are sent.

    Args:
        groups: the group of each symbol.
        totals: the account in money, now.
        quotes: the quote of a symbol, now.
        tell: hears what happened.
    """

    def __init__(
        self,
        *,
        account: AccountState,
        brackets: Brackets,
        instruments: Mapping[str, Instrument],
        groups: Mapping[str, str],
        settings: Settings,
        margin: bool,
        totals: Callable[[], Totals],
        quotes: Callable[[str], Quote | None],
        tell: Tell,
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._instruments = instruments
        self._groups = groups
        self._settings = settings
        self._margin = margin
        self._totals = totals
        self._quotes = quotes
        self._tell = tell
        self._queue: asyncio.PriorityQueue[tuple[int, int, Intent]] = asyncio.PriorityQueue()
        self._count = 0
        self._moves: dict[str, MoveStop] = {}
        self._sending: dict[str, Decimal] = {}
        self._at_work = asyncio.Lock()
        self.paused = False
        """While paused no entry is sent; everything else goes on."""

    def heat(self, totals: Totals | None = None) -> Heat:
        """The heat of what is open, or sent to be; an entry that still waits its turn is not heat yet."""
        rows = [
            Exposure(row.symbol, self._group(row.symbol), row.amount * mark(row, self._quotes(row.symbol)))
            for row in self._account.positions()
        ]
        rows += [Exposure(symbol, self._group(symbol), notional) for symbol, notional in self._sending.items()]
        equity = (totals or self._totals()).equity
        return measure(rows, equity, self._settings.HEAT, self._settings.HEAT_GROUPS)

    def submit(self, intent: Intent) -> None:
        """Take an intent.

        A newer stop move for a symbol replaces one that still waits. An entry or an exit is left out where one is on
        its way already, or where an outcome is unknown: the scanner asks again until the account shows it.
        """
        self._count += 1
        if not isinstance(intent, MoveStop) and self._account.busy(intent.symbol) is not Busy.NONE:
            return
        match intent:
            case MoveStop():
                waits = intent.symbol in self._moves
                self._moves[intent.symbol] = intent
                if waits:
                    return
                lane = PROTECT
            case Exit():
                self._account.set_busy(intent.symbol, Busy.EXIT)
                lane = EXIT
            case Enter():
                self._account.set_busy(intent.symbol, Busy.ENTRY)
                lane = ENTER
        self._queue.put_nowait((lane, self._count, intent))

    async def idle(self) -> None:
        """Return once everything submitted has been worked off."""
        await self._queue.join()

    async def run(self) -> None:
        """Work off intents until cancelled."""
        while True:
            _, _, intent = await self._queue.get()
            try:
                async with self._at_work:
                    await self._work(intent)
            finally:
                self._queue.task_done()

    async def at_rest(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` while nothing is being sent: what it compares can't change under its hands."""
        async with self._at_work:
            return await work()

    async def close(self, symbol: str, *, reason: str, owner: str) -> Outcome | None:
        """Close one position now, ahead of what waits."""
        async with self._at_work:
            return await self._exit(Exit(symbol=symbol, reason=reason, owner=owner))

    async def flatten(self, *, reason: str, owner: str) -> FlattenReport:
        """Pause entries, drop waiting ones, close every position of ours, cancel its stops, and report from fills."""
        self.paused = True
        self._drop_entries()
        async with self._at_work:
            before = len(self._account.trades)
            ours = sorted({row.symbol for row in self._account.positions()} | set(self._account.symbols_with_stops()))
            resting = sum(len(self._account.stops(symbol)) for symbol in ours)
            problems = {symbol: await self._flatten_one(symbol, reason, owner) for symbol in ours}
            left = tuple(line for symbol in ours if (line := self._left(symbol, problems[symbol])))
            closed = self._account.trades[before:]
            still = sum(len(self._account.stops(symbol)) for symbol in ours)
            return FlattenReport(
                closed=tuple(
                    f"{row.symbol} {row.amount:f} closed at {row.exit_price:.{self._decimals(row.symbol)}f}, "
                    f"net {money(row.net)}"
                    for row in closed
                ),
                cancelled=resting - still,
                left=left,
                net=sum((row.net for row in closed), Decimal(0)),
                flat=not left,
            )

    async def _flatten_one(self, symbol: str, reason: str, owner: str) -> str:
        outcome = await self._brackets.exit(symbol, reason=reason, owner=owner, kind="flatten")
        self._landed(symbol, outcome, "flatten")
        return _problem(outcome)

    def _left(self, symbol: str, problem: str) -> str:
        """What a flatten did not end for a symbol; empty where nothing is left."""
        if self._account.position(symbol) is not None:
            return f"{symbol}: {problem or 'still open'}"
        stops = len(self._account.stops(symbol))
        return f"{symbol}: {stops} resting stops could not be cancelled" if stops else ""

    async def _work(self, intent: Intent) -> None:
        try:
            match intent:
                case Enter():
                    await self._enter(intent)
                case Exit():
                    await self._exit(intent)
                case MoveStop():
                    await self._move(self._moves.pop(intent.symbol))
        except Exception as error:
            # Whatever failed, it may have been sent: only evidence frees the symbol again.
            self._account.set_busy(intent.symbol, Busy.FROZEN)
            self._tell("alert", f"{intent.symbol}: {error!s}")
            if not isinstance(error, KrakenTuiError):
                raise

    async def _enter(self, intent: Enter) -> None:
        symbol = intent.symbol
        self._account.set_busy(symbol, Busy.NONE)
        if self.paused or self._account.position(symbol) is not None:
            return
        totals = self._totals()
        means = Means(equity=totals.equity, free=totals.free, margin=self._margin)
        instrument, group = self._instruments[symbol], self._group(symbol)
        request = size_entry(intent, instrument, group, means, self.heat(totals), self._settings)
        if isinstance(request, Declined):
            self._tell("refused", f"{symbol} {intent.side}: {request.reason}")
            return
        self._account.set_busy(symbol, Busy.ENTRY)
        self._sending[symbol] = request.amount * intent.price
        try:
            outcome = await self._brackets.enter(request, reason=intent.reason, owner=intent.owner)
        finally:
            del self._sending[symbol]
        self._landed(symbol, outcome, f"{intent.side} {request.amount:f}")

    async def _exit(self, intent: Exit) -> Outcome | None:
        if self._account.busy(intent.symbol) is not Busy.FROZEN:
            self._account.set_busy(intent.symbol, Busy.EXIT)
        outcome = await self._brackets.exit(intent.symbol, reason=intent.reason, owner=intent.owner)
        self._landed(intent.symbol, outcome, "exit")
        return outcome

    async def _move(self, intent: MoveStop) -> None:
        if self._account.position(intent.symbol) is None:
            return
        price = intent.stop_price
        before = self._account.stop_prices(intent.symbol)
        outcome = await self._brackets.move_stop(intent.symbol, price, reason=intent.reason, owner=intent.owner)
        self._landed(intent.symbol, outcome, f"stop to {price:f}")
        if self._account.stop_prices(intent.symbol) == {price} != before:
            self._tell("stop", f"{intent.symbol} stop moved to {price:f}: {intent.reason}")

    def _landed(self, symbol: str, outcome: Outcome | None, what: str) -> None:
        """Note what became of it. What is frozen stays so: only `Reconciliation.settle_unknown` frees it."""
        if isinstance(outcome, Unknown):
            self._account.set_busy(symbol, Busy.FROZEN)
        elif self._account.busy(symbol) is not Busy.FROZEN:
            self._account.set_busy(symbol, Busy.NONE)
        if problem := _problem(outcome):
            self._tell("alert" if isinstance(outcome, Unknown) else "refused", f"{symbol} {what}: {problem}")

    def _drop_entries(self) -> None:
        waiting = []
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
            self._queue.task_done()
        for row in waiting:
            if isinstance(row[2], Enter):
                self._account.set_busy(row[2].symbol, Busy.NONE)
            else:
                self._queue.put_nowait(row)

    def _group(self, symbol: str) -> str:
        return self._groups.get(symbol, "Alts")

    def _decimals(self, symbol: str) -> int:
        return self._instruments[symbol].price_decimals


def _problem(outcome: Outcome | None) -> str:
    match outcome:
        case Declined(reason):
            return reason
        case Unknown(client_id, proof):
            return f"outcome unknown ({client_id}): {proof}"
        case _:
            return ""
