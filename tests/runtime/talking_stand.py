"""A conversation over a real door, journal and book of proposals; the desk journals what it is asked first."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from kraken_tui.account.owners import Owners
from kraken_tui.account.resting import Resting
from kraken_tui.agent.policy import Limits
from kraken_tui.clock import SECOND, PacedClock
from kraken_tui.config.settings import Settings
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.command import Command, CommandResult, Flatten, Pause, Resume
from kraken_tui.model.errors import UsageError
from kraken_tui.model.intent import OPERATOR, CancelEntry, Enter, Exit, Intent, MoveStop, MoveTarget
from kraken_tui.model.market import Quote
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import OrderRequest, OrderType, Position
from kraken_tui.risk.fees import Fees
from kraken_tui.runtime.conversation import Conversation
from kraken_tui.runtime.manual_orders import NaturalStop, Standing
from kraken_tui.runtime.manual_trading import ManualTrading
from kraken_tui.runtime.previews import Previews
from kraken_tui.runtime.talking import Guests, Names, Talking
from kraken_tui.store.journal import IntentKind, Journal
from tests.control import samples
from tests.runtime.manual_doubles import QUOTE, Books, Desk, S, accepted, position
from tests.samples import BTC, D

BEGAN_NS = 1_767_225_600 * SECOND
KINDS: dict[type, IntentKind] = {
    Enter: "enter", Exit: "exit", MoveStop: "amend", MoveTarget: "target", CancelEntry: "cancel",
}  # fmt: skip


NO_LIMITS = Limits()


class Looked:
    """The account as the conversation reads it."""

    def __init__(self, books: "Account") -> None:
        self.positions = books.positions
        self.resting = Resting(Owners())


class Account(Books):
    """As previews read it, too."""

    def positions(self) -> list[Position]:
        return [] if self.held is None else [self.held]


class JournalDesk(Desk):
    """Journals each intent before it is done, and its outcome after."""

    def __init__(self, journal: Journal, books: Books) -> None:
        super().__init__()
        self._journal = journal
        self._books = books
        self.others = 0
        """Intents that somebody else journals meanwhile."""

    async def do(self, intent: Intent) -> Outcome | None:
        id, client = await self._record(KINDS[type(intent)], intent.symbol, intent.reason, intent.owner)
        for _ in range(self.others):
            await self._record("amend", intent.symbol, "trail", "scanner")
            await self._record("enter", "ETH/USD", "buy by somebody else", OPERATOR)
        outcome = await super().do(intent)
        if isinstance(outcome, Unknown):
            outcome = replace(outcome, client_id=client)
        if outcome is not None:
            await self._journal.record_outcome(id, outcome, BEGAN_NS)
        if isinstance(outcome, Accepted) and isinstance(intent, Enter):
            amount = D("0.02") if intent.amount is None else intent.amount
            self._books.held = position(f"{amount}", intent.side, f"{intent.stop_price}")
        if isinstance(outcome, Accepted) and isinstance(intent, Exit):
            self._books.held = None
        return outcome

    async def _record(self, kind: IntentKind, symbol: str, reason: str, owner: str) -> tuple[int, str]:
        return await self._journal.record_intent(kind, symbol, {"reason": reason}, owner, BEGAN_NS)


class Stand:
    """An engine's conversation in a folder."""

    def __init__(
        self, journal: Journal, folder: Path, *, mode: str = "PAPER", level: str = "confirm", limits: Limits = NO_LIMITS
    ) -> None:  # fmt: skip
        self.folder, self.journal = folder, journal
        self.clock = PacedClock(BEGAN_NS, float("inf"))
        self.books = Account()
        self.desk = JournalDesk(journal, self.books)
        self.quote: Quote | None = QUOTE
        self.paused = False
        self.judged: OrderRequest | Declined | None = None
        self.noted: list[Enter] = []
        """Entries that the gate was asked about: each is a row of the evaluation log."""
        self.door = CommandDoor(journal, self.clock)
        self.door.register(Pause, self._pause)
        self.door.register(Resume, self._pause)
        self.door.register(Flatten, self._flatten)
        manual = ManualTrading(
            self.door, desk=self.desk, account=self.books, rows=self.books, standing=self._standing,
            natural_stop=self._natural_stop, no_entries=lambda: "", why_less=lambda intent: "",
            tell=lambda kind, text: None,
        )  # fmt: skip
        previews = Previews(
            mode=mode, intent_of=manual.intent_of, judge=self._judge, standing=self._standing, account=self.books,
            fees=lambda: Fees(maker=D("0.25"), taker=D("0.40")), asked=lambda symbol: "", autopilot=lambda: "observe",
            settings=Settings(), equity=lambda: D(10000),
        )  # fmt: skip
        self.talking = Talking(
            books=folder, mode=mode, clock=self.clock, execute=self.door.execute, previews=previews, limits=limits,
            level=level, names=Names(), masked=lambda text: text.replace("hunter2", "***"), symbols=(S,),
        )  # fmt: skip
        self.talk = self.talking.transcript
        self.conversation = Conversation(
            self.talking.turns, self.talk, self.talking.proposing,
            account=Looked(self.books),  # type: ignore[arg-type]
            roster=samples.roster(), snapshot=lambda: samples.snapshot(1), why=lambda symbol: (f"{symbol}: WAIT",),
            decided=lambda symbol: [],
        )  # fmt: skip
        self.talking.register(self.door, self.conversation)
        self.guests = Guests(journal, self.clock, self.talking, self.conversation)

    async def ask(self, command: Command, author: str = "screen") -> CommandResult:
        return await self.door.execute(author, command)

    async def guest(self, command: Command, role: str = "propose") -> CommandResult:
        return await self.guests.execute(role, f"mcp ({role})", command)

    def footers(self) -> list[str]:
        return [block.lines[0] for block in self.talk.blocks() if block.kind == "footer"]

    def kinds(self, turn: int) -> list[str]:
        return [str(block.kind) for block in self.talk.blocks(turn)]

    def lines(self, kind: str) -> list[tuple[str, ...]]:
        return [block.lines for block in self.talk.blocks() if block.kind == kind]

    def state(self, id: str) -> str:
        state = self.talking.book.get(id)
        assert state is not None
        return state.state

    def fail(self, outcome: Outcome | None) -> None:
        self.desk.outcome = outcome

    async def _pause(self, command: Command, author: str) -> CommandResult:
        self.paused = isinstance(command, Pause)
        return CommandResult(ok=True, lines=("Entries are paused." if self.paused else "Entries are possible again.",))

    async def _flatten(self, command: Command, author: str) -> CommandResult:
        if self.books.held is not None:
            await self.desk.do(Exit(symbol=S, reason=f"flatten by {author}", owner=author))
        return CommandResult(ok=True, lines=("Flat: 1 closed, net 4.00 USD",))

    def _standing(self, symbol: str) -> Standing:
        if symbol != S:
            raise UsageError(f"{symbol} is not among the tickers")
        return Standing(instrument=BTC, quote=self.quote, position=self.books.held, margin=True)

    def _natural_stop(self, symbol: str) -> NaturalStop:
        def stop(limit: Decimal | None) -> Decimal | None:
            return (limit or D("60000.0")) - 1000

        return stop

    def _judge(self, intent: Enter, noted: str) -> OrderRequest | Declined:
        assert noted == "asked"
        self.noted.append(intent)
        if self.judged is not None:
            return self.judged
        limit = intent.limit_price
        return OrderRequest(
            symbol=intent.symbol, side=intent.side, type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            amount=intent.amount or D("0.02"), price=limit, stop_price=intent.stop_price,
        )  # fmt: skip


Make = Callable[..., Stand]
__all__ = ["BEGAN_NS", "QUOTE", "Make", "S", "Stand", "accepted"]
