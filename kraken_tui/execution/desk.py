"""The desk: takes intents, asks risk, and has each symbol worked off, protection before entries."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from decimal import Decimal

from loguru import logger
from msgspec.structs import replace

from kraken_tui.account.account_state import AccountState, Busy, Totals
from kraken_tui.config.settings import Settings
from kraken_tui.execution.actions import Kind
from kraken_tui.execution.at_stake import AtStake
from kraken_tui.execution.audit import Audit
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.flatten import Flattening
from kraken_tui.execution.gate import Gate, Standing
from kraken_tui.execution.steps import Tell
from kraken_tui.execution.workers import Workers
from kraken_tui.model.bracket import Bracket
from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import CancelEntry, Enter, Exit, Intent, MoveStop, MoveTarget, Other
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Declined, FlattenReport, Outcome, Unknown
from kraken_tui.model.trading import OrderRequest
from kraken_tui.risk.active_risk import AtRisk

PROTECT, EXIT, ENTER = 0, 1, 2
PATIENCE_S = 5.0
"""How long somebody who asked for something waits to hear what became of it."""
UNDER_WAY = {
    Busy.ENTRY: "another entry is under way, and its end is not known yet",
    Busy.EXIT: "an exit is under way, and its end is not known yet",
    Busy.FROZEN: "the outcome of an order is not known",
}
"""Why nothing is entered where something is on its way."""


class Desk:
    """Owns what is wanted: intents become wishes for brackets, and entries once risk has spoken.

    Args:
        groups: the group of each symbol.
        totals: the account in money, now.
        quotes: the quote of a symbol, now.
        tell: hears what happened.
        gate: rules on every entry.
        holder: who owns a symbol; empty while nothing is held, sent or resting.
        unknown: what is not known of an order in a symbol.
        at_once: how many symbols are worked on at the same time.
    """

    def __init__(
        self,
        *,
        account: AccountState,
        brackets: Brackets,
        instruments: Mapping[str, Instrument],
        groups: Mapping[str, str],
        settings: Settings,
        totals: Callable[[], Totals],
        quotes: Callable[[str], Quote | None],
        tell: Tell,
        gate: Gate,
        holder: Callable[[str], str],
        unknown: Callable[[str], str],
        at_once: int = 1,
    ) -> None:
        self._account = account
        self._brackets = brackets
        self._instruments = instruments
        self._totals = totals
        self._tell = tell
        self._gate = gate
        self._holder = holder
        self._unknown = unknown
        self._workers = Workers(self._work, at_once, self._tell_fault)
        self._at_once = at_once
        self._entries: dict[str, Enter | None] = {}
        """By symbol, what waits for its turn; None once it was ruled on, until its answer is there."""
        self._audit = Audit(gate)
        brackets.steps.on_outcome = self._audit.stepped
        self.stake = AtStake(account, brackets, groups, settings, totals, quotes, gate.equity)
        self._worked = asyncio.Event()
        self.stops_at_faults = False
        """Whether a fault of the program ends the work on all symbols: to find it, instead of to go on."""
        self.paused = False
        """While paused no entry is sent; everything else goes on."""

    def submit(self, intent: Intent) -> None:
        """Take an intent.

        An entry is refused, by the gate and with all its checks, where something is on its way already, or where an
        outcome is unknown. An exit that is asked for again changes nothing.
        """
        if isinstance(intent, Enter) and self._account.busy(intent.symbol) is not Busy.NONE:
            self._tell("refused", f"{intent.symbol} {intent.side}: {self._refuse(intent).reason}")
            return
        self._take(intent, by_hand=False)

    def _take(self, intent: Intent, *, by_hand: bool) -> None:
        symbol = intent.symbol
        book = self._brackets.book(symbol)
        self._audit.asked(intent, book, by_hand=by_hand)
        match intent:
            case Enter():
                self._account.set_busy(symbol, Busy.ENTRY)
                self._entries[symbol] = intent
                self.wake(symbol, ENTER)
                return
            case Exit(keep=keep, reason=reason, owner=owner):
                self._brackets.close(symbol, keep=keep, reason=reason, owner=owner)
                if self._account.busy(symbol) is Busy.NONE:
                    self._account.set_busy(symbol, Busy.EXIT)
                self.wake(symbol, EXIT)
                return
            case MoveStop(stop_price=price, reason=reason, owner=owner):
                book.move_reason = reason
                if book.bracket is not None:
                    book.want(replace(book.bracket, stop_price=price, owner=owner))
                elif self._account.position(symbol) is not None:
                    book.want(Bracket(symbol=symbol, stop_price=price, owner=owner))
            case MoveTarget(target_price=target, owner=owner):
                if book.bracket is not None:
                    book.want(replace(book.bracket, target_price=target, owner=owner))
            case CancelEntry():
                book.drops_entries = True
        self.wake(symbol, PROTECT)

    async def do(self, intent: Intent) -> Outcome | None:
        """Take an operator's intent, and say what became of it.

        Returns:
            What the exchange made of it; of a close, of its sale. Unknown where that was not told in time: it is
            under way, and goes on. None where there was nothing to be done.
        """
        symbol, book = intent.symbol, self._brackets.book(intent.symbol)
        if isinstance(intent, Enter) and self._account.busy(symbol) is not Busy.NONE:
            return self._refuse(intent)
        outcomes = book.outcomes = {}
        self._take(intent, by_hand=True)
        is_told = await self._until(lambda: symbol not in self._entries and not book.sent)
        wanted = {Enter: Kind.ENTER, Exit: Kind.SELL, MoveStop: Kind.MOVE, MoveTarget: Kind.TARGET}
        kind = wanted.get(type(intent), Kind.REMOVE)
        if kind in outcomes:
            return outcomes[kind]
        if book.outcomes is not outcomes:
            return Unknown("", "another command came in between; what became of this one, orders and positions tell")
        if not is_told:
            return Unknown("", f"no answer within {PATIENCE_S:g} s; it is still under way")
        return next((row for row in outcomes.values() if isinstance(row, Declined | Unknown)), None)

    def has_written_wishes(self) -> bool:
        """Whether what is wanted of every symbol is on the disk: then it outlives a crash."""
        return all(self._brackets.book(symbol).is_journalled for symbol in self._brackets.symbols())

    def bracket(self, symbol: str) -> Bracket | None:
        """What is wanted of a symbol; None where nothing was ever entered."""
        return self._brackets.book(symbol).bracket

    def wake(self, symbol: str, urgency: int = PROTECT) -> None:
        """Have a symbol looked at."""
        self._workers.wake(symbol, urgency)

    def look(self) -> None:
        """Have every symbol looked at that holds, rests or waits for something: prices and time have moved on."""
        for symbol in self._brackets.symbols():
            self.wake(symbol)

    async def idle(self) -> None:
        """Return once everything submitted has been worked off."""
        await self._workers.idle()

    async def run(self) -> None:
        """Work off intents until cancelled."""
        await self._workers.run()

    async def close(self, symbol: str, *, reason: str, owner: str) -> Outcome | None:
        """Close one position now. None where there is nothing to close."""
        if self._account.position(symbol) is None and not self._brackets.rests(symbol):
            return None
        return await self.do(Exit(symbol=symbol, reason=reason, owner=owner))

    async def flatten(self, *, reason: str, owner: str) -> FlattenReport:
        """Pause entries, drop waiting ones, close every position of ours, cancel its orders, and report from fills.

        What can't be closed now is tried again until it is, after this has returned too: the wish is journalled.
        """
        self.paused = True
        for symbol, entry in list(self._entries.items()):
            if entry is not None:
                self._gate.rule(entry, self._standing(symbol))  # says that entries are paused
            del self._entries[symbol]
            self._account.set_busy(symbol, Busy.NONE)
        flattening = Flattening(self._account, self._brackets, self._instruments)
        for symbol in flattening.symbols:
            self._audit.asked(
                Exit(symbol=symbol, reason=reason, owner=owner), self._brackets.book(symbol), by_hand=True
            )
            self._brackets.close(symbol, keep=Decimal(0), reason=reason, owner=owner)
            self.wake(symbol, EXIT)
        await self._until(flattening.is_done)
        return flattening.report()

    async def _until(self, is_done: Callable[[], bool]) -> bool:
        """Wait for something that work brings about, as long as anybody would; whether it came."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self.idle()
                while self._at_once > 1 and not is_done():  # else all that could happen has happened
                    self._worked.clear()
                    await self._worked.wait()
                return True
        return False

    async def _work(self, symbol: str) -> None:
        try:
            await self._brackets.bring(symbol)
            if (entry := self._entries.get(symbol)) is not None:
                self._entries[symbol] = None
                try:
                    await self._enter(entry)
                finally:
                    self._entries.pop(symbol, None)
        except KrakenTuiError as error:
            self._tell("alert", f"{symbol}: {error!s}")
            logger.warning("{}: {!r}", symbol, error)
        finally:
            self._note_busy(symbol)
            self._worked.set()

    async def _enter(self, intent: Enter) -> None:
        symbol = intent.symbol
        ruling = self._gate.rule(intent, self._standing(symbol))
        request = ruling.size
        if isinstance(request, Declined):
            self._brackets.book(symbol).outcomes[Kind.ENTER] = request
            self._tell("refused", f"{symbol} {intent.side}: {request.reason}")
            return
        assert request.stop_price is not None
        self.stake.send(
            AtRisk(
                symbol=symbol, side=intent.side, amount=request.amount, entry=request.price or intent.price,
                stop=request.stop_price,
            )
        )  # fmt: skip
        bracket = Bracket(
            symbol=symbol, stop_price=request.stop_price, target_price=intent.target_price, owner=intent.owner
        )
        outcome = await self._brackets.enter(request, bracket, reason=intent.reason)
        self._gate.note(ruling, outcome)
        if isinstance(outcome, Unknown):
            self._tell("alert", f"{symbol} {intent.side}: outcome unknown ({outcome.client_id}): {outcome.proof}")
        elif isinstance(outcome, Declined):
            self._tell("refused", f"{symbol} {intent.side} {request.amount:f}: {outcome.reason}")

    def judge(self, intent: Enter, noted: str) -> OrderRequest | Declined:
        """What the gate would say of an entry that is not sent; `noted` is the verdict that is written down."""
        standing = self._standing(intent.symbol, self._account.busy(intent.symbol))
        return self._gate.rule(intent, standing, noted).size

    def note(self, intent: Other, verdict: str) -> None:
        """Have what is no entry, and is not done either, written down."""
        self._gate.done(intent, verdict)

    def _refuse(self, intent: Enter) -> Declined:
        """What the gate says of an entry into a symbol in which something is on its way."""
        busy = self._account.busy(intent.symbol)
        said = self._gate.rule(intent, self._standing(intent.symbol, busy)).size
        return said if isinstance(said, Declined) else Declined(f"{intent.symbol}: {UNDER_WAY[busy]}", again=True)

    def _standing(self, symbol: str, busy: Busy = Busy.NONE) -> Standing:
        """How things stand for an entry; `busy` says what else is on its way in its symbol."""
        totals = self._totals()
        return Standing(
            paused=self.paused, holder=self._holder(symbol), unknown=self._unknown(symbol) or UNDER_WAY.get(busy, ""),
            heat=self.stake.heat(totals), open=tuple(self.stake.open()), totals=totals,
        )  # fmt: skip

    def _tell_fault(self, symbol: str, error: BaseException) -> None:
        """A fault in one symbol must not hold up the others; it is worked on again when next it is looked at."""
        if self.stops_at_faults:
            raise error
        self._tell("alert", f"{symbol}: a fault of the program, which tries again: {error!r}")
        logger.opt(exception=error).error("{}: {!r}", symbol, error)

    def _note_busy(self, symbol: str) -> None:
        self._account.set_busy(symbol, Busy.ENTRY if symbol in self._entries else self._brackets.busy(symbol))
