"""Everything that trades, put together: live, on paper, in replay and in simulation the same."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from loguru import logger

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.owners import Owners
from kraken_tui.account.status_service import StatusService
from kraken_tui.clock import SECOND, Clock
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.port import Exchange, Executions, LedgerEntry, TellsLedger
from kraken_tui.execution.brackets import Brackets
from kraken_tui.execution.by_hand import ByHand
from kraken_tui.execution.desk import Desk
from kraken_tui.execution.follower import FillSeen, Follower
from kraken_tui.execution.gate import Gate, SizeOnly
from kraken_tui.execution.order_gateway import OrderGateway
from kraken_tui.execution.reconciliation import Reconciliation
from kraken_tui.execution.settling import Settling
from kraken_tui.execution.steps import Tell
from kraken_tui.execution.terms import Terms
from kraken_tui.execution.trail import Lapsed
from kraken_tui.execution.unheard_ends import UnheardEnds
from kraken_tui.model.errors import ExchangeError, SafetyRefusal
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import OPERATOR
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Fill, Order, Trade
from kraken_tui.store.journal import Journal

PULSE_S = 0.5
"""How often what waits for time or price is looked at, besides everything that is told at once."""
SETTLE_S = 1.0
COMPARE_S = 30.0
AGAIN_S = 5.0
"""After this, at the latest, what failed is tried again."""
AT_ONCE = 2
"""How often a doubt is looked into at once: the first time lists the trades that the second knows REST to know."""
DOUBT_NS = 10 * SECOND
"""How long after a comparison the next one waits where those left the doubt."""
COMPARE_BACK_S = 300.0
MOST_AT_ONCE = 16


class Trader:
    """From the exchange's port to the desk.

    Args:
        margin: whether positions may be opened on margin.
        currency: what the account is counted in.
        taker_fee: percent.
        quotes: the quote of a symbol, now.
        tell: hears what happened: a kind and a line of text.
        gate: rules on every entry; None sizes only.
        blocks: without a gate, why a symbol may not be entered now, for reasons of the exchange.
        exchange_time: asks for the exchange's own time; None where it is ours.
        can_move: whether the exchange's rate counter has room for moving a stop, besides what protection may cost.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        executions: Executions,
        journal: Journal,
        clock: Clock,
        instruments: Sequence[Instrument],
        groups: Mapping[str, str],
        settings: Settings,
        margin: bool,
        currency: str,
        taker_fee: Decimal,
        quotes: Callable[[str], Quote | None],
        tell: Tell,
        terms: Terms,
        gate: Gate | None = None,
        blocks: Callable[[str], str] = lambda symbol: "",
        can_move: Callable[[Order], bool] = lambda order: True,
        exchange_time: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        by_symbol = {instrument.symbol: instrument for instrument in instruments}
        owners = Owners()
        self._clock = clock
        self._exchange = exchange
        self._executions = executions
        self._terms = terms
        self._tell = tell
        self.account = AccountState(by_symbol, owners)
        self.status = StatusService(self.account, by_symbol, quotes, margin=margin, taker_fee=taker_fee)
        self.gateway = OrderGateway(exchange, journal, clock, owners, exchange_time)
        self.follower = Follower(
            self.account, journal, clock, currency, self._wake, in_process=terms.in_process
        )  # fmt: skip
        self.brackets = Brackets(
            gateway=self.gateway, exchange=exchange, executions=executions, journal=journal, account=self.account,
            follower=self.follower, clock=clock, instruments=by_symbol, quotes=quotes, tell=tell, terms=terms,
            can_move=can_move,
        )  # fmt: skip
        if gate is None:
            gate = SizeOnly(
                by_symbol.__getitem__, lambda symbol: groups.get(symbol, "Alts"), settings, margin=margin,
                taker_fee=taker_fee, blocks=blocks,
            )  # fmt: skip
        self.desk = Desk(
            account=self.account, brackets=self.brackets, instruments=by_symbol, groups=groups, settings=settings,
            totals=self.status.totals, quotes=quotes, tell=tell, gate=gate, holder=self.holder, unknown=self._unknown,
            at_once=1 if terms.in_process else MOST_AT_ONCE,
        )  # fmt: skip
        self.reconciliation = Reconciliation(
            exchange, executions, journal, self.account, self.follower, self.gateway, self.brackets, clock, terms
        )
        self._unheard_ends = UnheardEnds(exchange, self.account, self.brackets)
        self.settling = Settling(exchange, self.account, self.follower, self.gateway, self.brackets, clock)
        self.by_hand = ByHand(
            exchange, self.account, self.brackets, self.follower, clock, tell,
            listing=lambda: self.reconciliation.listing, margin=margin, read_ledger=self._read_ledger,
        )  # fmt: skip
        self._introduce(gate)
        self._is_started = False
        self._compared_ns = 0
        self._doubtful = 0
        """How often the present doubt was looked into."""

    def _introduce(self, gate: Gate) -> None:
        """Who is told by whom what happens."""
        self.follower.on_lost_stop = self.brackets.lost_stop
        self.follower.on_foreign = self.by_hand.on_foreign
        self.follower.on_anew = self.by_hand.on_anew
        self.follower.on_settled = self.by_hand.on_settled
        self.brackets.steps.on_no_position = self.by_hand.not_there
        self.follower.on_lapsed = lambda order: gate.on_lapsed(
            Lapsed(symbol=order.symbol, order_id=order.id, client_id=order.client_id or "", reason=order.reason)
        )
        self.gateway.on_not_done = lambda row, why: gate.on_lapsed(
            Lapsed(symbol=row.symbol, order_id="", client_id=row.client_id, reason=why)
        )

    def holder(self, symbol: str) -> str:
        """Who owns a symbol: whoever wished its last entry, until nothing of it is held, sent or rests."""
        return self.owner_of(symbol) if self.brackets.is_taken(symbol) else ""

    def owner_of(self, symbol: str) -> str:
        """Who wished the last entry of a symbol; the operator where nobody is known to have."""
        return self.gateway.entered_by.get(symbol, OPERATOR)

    def _unknown(self, symbol: str) -> str:
        """What is not known of an order in a symbol; empty where every outcome is."""
        rows = self.gateway.unsettled(symbol)
        return f"what became of {rows[0].kind} {rows[0].client_id} is not known" if rows else ""

    def follow(self, on_fill: Callable[[Fill, Trade | None], None]) -> None:
        """Begin to listen to the exchange; `on_fill` is told of each new fill of ours."""
        seen: FillSeen = on_fill
        self.follower.follow(self._executions, seen)

    async def start(self) -> list[str]:
        """Find what is ours, and have every bracket taken up in the state that it is in; notes for the operator.

        Raises:
            SafetyRefusal: journal and exchange contradict each other.
            ExchangeUnreachable: the exchange does not answer.
        """
        await self.gateway.compare_clocks()
        notes = await self.reconciliation.start()
        if self._terms.in_process:
            notes += await self.settling.settle()
        await self.by_hand.start()
        self._is_started = True
        self.desk.look()
        return notes

    async def pulse(self) -> list[str]:
        """Look once at what waits for time: unknown outcomes, failed steps, prices; returns what was settled."""
        notes = await self._settle()
        self.desk.look()
        return notes

    async def run(self) -> None:
        """Look, settle and compare until cancelled. The desk runs beside it (`desk.run`).

        Each goes on by itself: what asks the exchange must not hold up what looks at prices and time.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(PULSE_S, self._look))
            group.create_task(self._every(SETTLE_S, self._settle))
            group.create_task(self._every(SETTLE_S, self.by_hand.decide))
            group.create_task(self._every(COMPARE_S, self._compare))
            if not self._terms.in_process:
                group.create_task(self._every(COMPARE_S, self._unheard_ends.look))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            wait_s = seconds
            try:
                await work()
            except (ExchangeError, SafetyRefusal) as error:
                logger.warning("to be tried again: {}", error)
                wait_s = min(seconds, AGAIN_S)
            await self._clock.sleep(wait_s)

    async def _look(self) -> None:
        self.desk.look()
        self.by_hand.look()

    async def _settle(self) -> list[str]:
        unknown = sorted({row.symbol for row in self.gateway.unsettled()})
        try:
            await self.settling.describe()
            notes = await self.settling.settle()
        except (ExchangeError, SafetyRefusal) as error:
            logger.warning("not settled yet: {}", error)
            return []
        for note in notes:
            self._tell("engine", note)
        for symbol in unknown:
            self.desk.wake(symbol)
        if not self.by_hand.is_in_doubt:
            self._doubtful = 0
        elif self._doubtful < AT_ONCE or self._clock.now_ns() - self._compared_ns > DOUBT_NS:
            self._doubtful += 1
            await self._compare()
        return notes

    async def _read_ledger(self, since_ns: int) -> Sequence[LedgerEntry]:
        """Every entry since then, as far as the exchange lists them by now."""
        if not isinstance(self._exchange, TellsLedger):
            return ()
        return await self._exchange.fetch_ledger((), since_ns // 1_000_000)

    async def _compare(self) -> None:
        """Read the account's own lists: what the stream missed without a gap shows here, and what was done by hand."""
        self._compared_ns = self._clock.now_ns()
        await self.gateway.compare_clocks()
        await self.by_hand.read_margin()  # before the trades: see `own_margin`
        since_ms = self._clock.now_ns() // 1_000_000 - int(COMPARE_BACK_S * 1000)
        for fill in await self.reconciliation.trades(since_ms):
            self.follower.on_fill(fill)
        self.follower.distrust_balance()
        await self.follower.settle(self._exchange)

    def _wake(self, symbol: str) -> None:
        if self._is_started and self.account.lists(symbol):
            self.desk.wake(symbol)
