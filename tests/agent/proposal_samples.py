"""A book of proposals over doubles: a door that counts what is sent, a price and a time that a test sets."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from kraken_tui.agent.proposals import Done, ProposalBook
from kraken_tui.agent.tokens import TokenMint
from kraken_tui.clock import SECOND
from kraken_tui.model.command import Buy, Command, CommandResult
from kraken_tui.model.proposal import Proposal, ProposalState
from tests.samples import D

S = "BTC/USD"
BUY = Buy(symbol=S, amount="0.01", stop="59000.0")
CARD = ("PAPER: buy 0.01 BTC (BTC/USD), at market", "stop 59000.0, no target")
BEGAN_NS = 1_767_225_600 * SECOND


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.ns = BEGAN_NS

    def now_ns(self) -> int:
        return self.ns

    async def sleep_until(self, time_ns: int) -> None:
        self.ns = max(self.ns, time_ns)

    async def sleep(self, seconds: float) -> None:
        self.ns += int(seconds * SECOND)


class Door:
    """Does what `then` says, and remembers each command."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Command]] = []
        self.done = Done(result=CommandResult(ok=True, lines=("BTC/USD: buy accepted (OABC)",)), unknown=False)

    async def execute(self, author: str, command: Command) -> Done:
        self.sent.append((author, command))
        return self.done


class Stand:
    """A book in a folder; `again` opens it as a new process would."""

    def __init__(self, folder: Path, mode: str = "PAPER") -> None:
        self.folder, self.mode = folder, mode
        self.time, self.door = Time(), Door()
        self.price: Decimal | None = D(60000)
        self.told: list[ProposalState] = []
        self.mint = TokenMint()
        self.book = self.again()

    def again(self, mode: str | None = None) -> ProposalBook:
        self.mint = TokenMint()
        self.book = ProposalBook(
            self.folder / "proposals.json", mode or self.mode, self.time, self.mint, execute=self.door.execute,
            price=lambda symbol: self.price, changed=self.told.append,
        )  # fmt: skip
        return self.book

    def propose(self, command: Command = BUY, unsaid: Sequence[str] = ()) -> Proposal:
        reference = "60000" if getattr(command, "symbol", "") else ""
        return self.book.propose(command, author="Zyn", lines=CARD, unsaid=unsaid, reference=reference).proposal

    async def confirm(self, id: str) -> CommandResult:
        state = self.book.get(id)
        assert state is not None
        return await self.book.submit(state.proposal, self.book.mint(id, "control"), "screen")

    def state(self, id: str) -> str:
        state = self.book.get(id)
        assert state is not None
        return state.state
