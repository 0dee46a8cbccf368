"""The language model in the conversation: one turn at a time, within its budget, and clear about when it is off."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from loguru import logger
from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.agent.llm.asker import Asker
from kraken_tui.agent.llm.budget import Budget, Limits
from kraken_tui.agent.llm.client import ModelClient, Patience
from kraken_tui.agent.llm.faults import failure_text
from kraken_tui.agent.llm.history import History
from kraken_tui.agent.llm.persona import instructions
from kraken_tui.agent.llm.ports import OpenGate, Seal, Tools, Transcript, Witness
from kraken_tui.agent.llm.providers import Profile, profile_of
from kraken_tui.agent.llm.tool_rounds import ToolRounds
from kraken_tui.agent.llm.turn import Ended, Turn
from kraken_tui.agent.turns import Speaking
from kraken_tui.clock import Clock
from kraken_tui.config.home import Home
from kraken_tui.config.model_key import ModelKey
from kraken_tui.config.settings import Settings
from kraken_tui.risk.trading_day import zone_of

MOST_WAITING = 3
"""Messages that wait while one is answered; a further one is refused."""
BROKEN = "the assistant failed inside and this turn is over; logs/ says more, positions and orders say what was done"


class Room(Struct, frozen=True, kw_only=True):
    """What the agent needs of other rooms."""

    tools: Tools
    transcript: Transcript
    open_gate: OpenGate
    informs: Callable[[str], bool]
    """Whether a message is a question, so that the model's released words may be shown."""
    seal: Seal
    witness: Witness
    masked: Callable[[str], str]
    """Text without secrets."""


class LlmAgent:
    """Answers what the grammar does not.

    Args:
        settings: names, provider, model, budget, level.
        profile: the provider and its model; None: off.
        key: None: there is none.
        room: what other rooms do.
        budget_path: where the day's account is kept.
        clock: the engine's.
        patience: how long the provider is waited for.
    """

    def __init__(
        self, settings: Settings, profile: Profile | None, key: ModelKey | None, room: Room, budget_path: Path,
        clock: Clock, patience: Patience | None = None,
    ) -> None:  # fmt: skip
        zone: tzinfo = zone_of(settings.RESET_TIMEZONE)
        limits = Limits(usd=settings.ASSISTANT_USD_PER_DAY, tokens=settings.ASSISTANT_TOKENS_PER_DAY)
        self._room = room
        self._clock = clock
        self._budget = Budget(budget_path, limits, zone, clock)
        self._history = History(instructions(settings.ASSISTANT, settings.OPERATOR, settings.MODE), room.masked)
        self._off = why_off(profile, key)
        self._profile = profile
        self._client = None if profile is None or self._off else ModelClient(profile, key, room.seal, patience)
        self._asker = (
            Asker(self._client, profile, self._budget, zone, clock)
            if profile is not None and self._client is not None
            else None
        )
        self._one = asyncio.Lock()
        self._waiting = 0
        self._running: asyncio.Task[None] | None = None
        self._stopped = False
        self.level: str = settings.ASSISTANT_LEVEL
        """As the operator has it now; `read` offers the model nothing that proposes."""
        self.show_status()

    @property
    def state(self) -> str:
        """Whether the model can be asked: `ready`, `thinking`, or why not."""
        if self._off:
            return f"grammar only: {self._off}"
        return self._budget.stop() or ("thinking" if self._one.locked() else "ready")

    @property
    def asks_model(self) -> bool:
        """Whether a message would reach the model now."""
        return not self._off and not self._budget.stop()

    async def answer(self, context: Speaking) -> Ended:
        """Answer a message; one at a time, the others wait. Whatever fails is told in the transcript, and not raised.

        The caller has shown the message, and shows the footer after this has returned.
        """
        if not self.asks_model:
            return self._refused(context, f"the model is not asked: {self.state}; commands and plain questions work")
        if self._waiting >= MOST_WAITING:
            return self._refused(context, f"{self._waiting} messages wait already; this one is not answered")
        if self._one.locked():
            self._room.transcript.notice(context.turn, "waits until the answer before it is there")
        self._waiting += 1
        try:
            await self._one.acquire()
        finally:
            self._waiting -= 1
        try:
            self.show_status()
            return await self._answered(context)
        finally:
            self._one.release()
            self.show_status()

    def cancel(self) -> bool:
        """Stop the answer that is under way; what was done stays done. False: there is none."""
        if self._running is None or self._running.done():
            return False
        self._stopped = True
        self._running.cancel()
        return True

    async def close(self) -> None:
        """Stop, and let go of the connections."""
        running = self._running
        if self.cancel() and running is not None:
            await asyncio.wait([running])
        if self._client is not None:
            await self._client.close()

    def show_status(self) -> None:
        """Tell the transcript how the model is."""
        spent, model = self._budget.spent, self._asker.current.model if self._asker else ""
        self._room.transcript.status(
            state=self.state, busy=self._one.locked(), model=model, tokens=spent.tokens,
            cost=f"{spent.usd:.4f}" if spent.priced else "",
        )  # fmt: skip

    async def _answered(self, context: Speaking) -> Ended:
        assert self._asker is not None
        if not self.asks_model:  # spent while it waited
            return self._refused(context, f"the model is not asked: {self.state}")
        information = self._room.informs(context.said)
        rounds = ToolRounds(
            self._room.tools, self._room.transcript, context, self._history,
            information=information, may_propose=self.level != "read",
        )  # fmt: skip
        turn = Turn(
            self._asker.ask, rounds, self._history, self._room.transcript, self._room.open_gate, self._room.witness,
            self._clock, context, information=information,
        )  # fmt: skip
        cancelled = await self._run(turn, context)
        ended = turn.ended()
        if ended.failure is not None:
            self._room.transcript.notice(context.turn, failure_text(ended.failure, self._asker.current))
        self._history.add(context.said, ended.shown if ended.complete else "", rounds.results)
        if ended.complete and (note := await self._asker.note()):
            self._room.transcript.notice(context.turn, note)
        return replace(ended, cancelled=cancelled)

    async def _run(self, turn: Turn, context: Speaking) -> bool:
        """The turn, in a task of its own that `cancel` can end; whether it was."""
        self._stopped = False
        self._running = running = asyncio.ensure_future(turn.run())
        try:
            await running
        except asyncio.CancelledError:
            if not self._stopped:  # whoever waited for the answer was cancelled; what it began is still ended first
                running.cancel()
                await asyncio.wait([running])
                raise
            self._room.transcript.notice(context.turn, "stopped; what was done before stays done")
            return True
        except Exception as error:  # noqa: BLE001 - a fault in one answer must not end the engine; the log has it
            logger.opt(exception=error).error("the assistant's turn failed: {}", type(error).__name__)
            self._room.transcript.notice(context.turn, BROKEN)
        finally:
            self._running = None
        return False

    def _refused(self, context: Speaking, why: str) -> Ended:
        self._room.transcript.notice(context.turn, why)
        return Ended(refused=why)


def why_off(profile: Profile | None, key: ModelKey | None) -> str:
    """Why the model can't be asked at all; empty: it can."""
    if profile is None:
        return "ASSISTANT_PROVIDER is off"
    if profile.needs_key and key is None:
        return f"no key ({profile.key_env} in the environment or .env)"
    return ""


def llm_agent(
    settings: Settings, home: Home, key: ModelKey | None, room: Room, clock: Clock, patience: Patience | None = None
) -> LlmAgent:
    """The agent of a home.

    Raises:
        UsageError: the provider's address can be overheard.
    """
    path = home.state / "assistant_budget.json"
    return LlmAgent(settings, profile_of(settings), key, room, path, clock, patience)
