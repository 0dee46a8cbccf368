"""What each command does: the handlers behind the command door."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from kraken_tui.agent.answers import flatten_lines
from kraken_tui.agent.llm_agent import LlmAgent
from kraken_tui.agent.policy import Limits
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Engine, Parts
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.learning.status import learning_lines
from kraken_tui.model.command import (
    AUTOPILOT_LEVELS,
    Approve,
    Command,
    CommandResult,
    Flatten,
    Learn,
    Pause,
    ResetKillSwitch,
    Resume,
    SetAutopilot,
    Stop,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import FeedState
from kraken_tui.model.snapshot import Roster, Snapshot
from kraken_tui.model.trading import Side
from kraken_tui.risk.pauses import NEVER_NS, PartPause
from kraken_tui.runtime.conversation import Conversation
from kraken_tui.runtime.cuts import Cuts
from kraken_tui.runtime.learned import VERBS, event_of, lines_of
from kraken_tui.runtime.manual_orders import NaturalStop, Standing
from kraken_tui.runtime.manual_trading import ManualTrading
from kraken_tui.runtime.previews import Previews
from kraken_tui.runtime.talking import Guests, Names, Talking
from kraken_tui.runtime.wishes import Wishes, read_wishes, write_wishes
from kraken_tui.store.journal import Journal


class Operator:
    """Does what commands ask, each through the door, so that each has its audit row.

    Args:
        path: `operator.json` in the books' folder.
        roster: what the status names.
        snapshot: the newest snapshot; None while starting.
        stop: ends the engine.
        journal: keeps the audit of those who may not command, too.
        masked: text without secrets, for the conversation.
    """

    def __init__(
        self,
        door: CommandDoor,
        engine: Engine,
        parts: Parts,
        *,
        path: Path,
        roster: Roster,
        snapshot: Callable[[], Snapshot | None],
        stop: Callable[[], str],
        journal: Journal,
        masked: Callable[[str], str] = str,
    ) -> None:
        self._door = door
        self._parts = parts
        self._path = path
        self._roster = roster
        self._snapshot = snapshot
        self._stop = stop
        self._index = {row.symbol: place for place, row in enumerate(parts.scanner.instruments)}
        door.register(Flatten, self._flatten)
        door.register(Pause, self._pause)
        door.register(Resume, self._resume)
        door.register(Stop, self._end)
        door.register(SetAutopilot, self._set_autopilot)
        door.register(Approve, self._approve)
        door.register(ResetKillSwitch, self._reset_kill_switch)
        door.register(Learn, self._learn)
        self._manual = ManualTrading(
            door, desk=parts.desk, account=parts.account, rows=parts.status, standing=self._standing,
            natural_stop=self._natural_stop, no_entries=self._no_entries,
            why_less=Cuts(parts.gate, parts.settings).why, tell=parts.tell,
        )  # fmt: skip
        self._remembered = read_wishes(path)
        self.talking = self._make_talking(masked)
        self.conversation = Conversation(
            self.talking.turns, self.talking.transcript, self.talking.proposing, account=parts.account, roster=roster,
            snapshot=snapshot, why=engine.why, decided=parts.gate.last,
            assistant=parts.settings.ASSISTANT,
        )  # fmt: skip
        self.talking.register(door, self.conversation)
        self.agent: LlmAgent | None = None
        """The language model, once it is put into the conversation."""
        self.guests = Guests(journal, parts.clock, self.talking, self.conversation)
        parts.desk.paused = self._remembered is None or self._remembered.paused
        for row in self._remembered.pauses if self._remembered is not None else ():
            parts.gate.pauses.pause(row)
        if self._remembered is not None and self._remembered.autopilot in AUTOPILOT_LEVELS:
            parts.pilot.set_level(self._remembered.autopilot)
        if self._remembered is None:
            parts.tell(
                "alert",
                f"{path} can't be read: entries are paused, as the operator may have wished; resume allows them",
            )

    async def execute(self, author: str, command: Command) -> CommandResult:
        """Do a command for an author."""
        self._parts.records.command(self._parts.clock.now_ns(), author, command)
        return await self._door.execute(author, command)

    def _make_talking(self, masked: Callable[[str], str]) -> Talking:
        parts, settings = self._parts, self._parts.settings
        previews = Previews(
            mode=self._roster.mode, intent_of=self._manual.intent_of, judge=parts.desk.judge, standing=self._standing,
            account=parts.account, fees=lambda: parts.gate.fees, asked=self._asked,
            autopilot=lambda: parts.pilot.level, settings=settings, equity=lambda: parts.status.totals().equity,
        )  # fmt: skip
        remembered = self._remembered.assistant if self._remembered is not None else ""
        talking = Talking(
            books=self._path.parent, mode=self._roster.mode, clock=parts.clock, execute=self.execute, previews=previews,
            limits=_limits(settings), level=remembered or settings.ASSISTANT_LEVEL,
            names=Names(settings.ASSISTANT, settings.OPERATOR),
            masked=masked, symbols=self._roster.symbols,
        )  # fmt: skip
        talking.on_level = self._assistant_set
        if talking.book.problem:
            parts.tell("alert", talking.book.problem)
        return talking

    def _assistant_set(self, level: str, before: str, author: str) -> tuple[str, ...]:
        self._parts.tell("command", f"assistant {level} (was {before}) by {author}")
        if self.agent is not None:
            self.agent.level = level
        return self._remember()

    def _asked(self, symbol: str) -> str:
        asked = self._parts.pilot.asked.get(symbol)
        return "" if asked is None else f"the autopilot's {asked.intent.side} of {symbol}: {asked.intent.reason}"

    async def _flatten(self, command: Flatten, author: str) -> CommandResult:
        self._parts.desk.paused = True
        said = self._remember()  # before anything is closed: a crash in the middle must not start entering again
        report = await self._parts.desk.flatten(reason=f"flatten by {author}", owner=author)
        lines = (*flatten_lines(report), *said)
        self._parts.tell("command" if report.flat else "alert", f"flatten by {author}: {lines[0]}")
        return CommandResult(ok=report.flat, lines=lines)

    async def _pause(self, command: Pause, author: str) -> CommandResult:
        """Of everything until resume, or of a part, or with an end."""
        if not (command.only or command.until_ns):
            self._parts.desk.paused = True
            self._parts.tell("command", f"entries paused by {author}")
            return CommandResult(ok=True, lines=("Entries are paused; what is open stays managed.", *self._remember()))
        if command.until_ns and command.until_ns <= self._parts.clock.now_ns():
            raise UsageError("the pause would be over already")
        if command.until_ns >= NEVER_NS:
            raise UsageError("the pause would never end: without an end it lasts until resume")
        pauses = self._parts.gate.pauses
        said = pauses.words(pauses.pause(PartPause(self._part(command.only), command.until_ns)))
        self._parts.tell("command", f"{said} (by {author})")
        lines = (f"{said[0].upper()}{said[1:]}; what is open stays managed.", *self._remember())
        return CommandResult(ok=True, lines=lines)

    async def _resume(self, command: Resume, author: str) -> CommandResult:
        if command.only:
            return self._resume_part(self._part(command.only), author)
        self._parts.desk.paused = False
        self._parts.gate.pauses.resume()
        self._parts.tell("command", f"entries resumed by {author}")
        tripped = self._parts.gate.kill.state.tripped
        said = (
            f"Entries are paused no longer, but the kill switch has tripped: {tripped}"
            if tripped
            else "Entries are possible again."
        )
        return CommandResult(ok=True, lines=(said, *self._remember()))

    def _resume_part(self, only: str, author: str) -> CommandResult:
        if not self._parts.gate.pauses.resume(only):
            raise UsageError(f"entries into {only} are not paused by themselves")
        self._parts.tell("command", f"entries into {only} resumed by {author}")
        left = self._no_entries()
        lines = (f"Entries into {only} are possible again.", *((f"But {left}.",) if left else ()))
        return CommandResult(ok=True, lines=(*lines, *self._remember()))

    def _part(self, word: str) -> str:
        """A group or a ticker, as it is written; empty for everything."""
        known = (*self._parts.groups, *self._index)
        found = next((name for name in known if name.lower() == word.lower()), "")
        if word and not found:
            raise UsageError(f"{word[:40]} is neither a group nor a ticker")
        return found

    async def _set_autopilot(self, command: SetAutopilot, author: str) -> CommandResult:
        pilot, before = self._parts.pilot, self._parts.pilot.level
        pilot.set_level(command.level)
        self._parts.tell("command", f"autopilot {pilot.level} (was {before}) by {author}")
        if pilot.level != before:
            self._parts.memory.recorder.record_parameter(
                "AUTOPILOT", before, pilot.level, author=author, reason="command"
            )
        said = f"The autopilot is on {pilot.level}: it {AUTOPILOT_LEVELS[pilot.level]}."
        return CommandResult(ok=True, lines=(said, *self._remember()))

    async def _approve(self, command: Approve, author: str) -> CommandResult:
        standing = self._standing(command.symbol)
        if why := self._no_entries():
            raise UsageError(f"{standing.symbol}: {why}")
        intent = self._parts.pilot.approve(standing.symbol, self._parts.clock.now_ns())
        self._parts.tell("command", f"{standing.symbol}: the autopilot's {intent.side} approved by {author}")
        return await self._manual.enter(intent, author)

    async def _reset_kill_switch(self, command: ResetKillSwitch, author: str) -> CommandResult:
        said = self._parts.gate.kill.reset(command.words)
        self._parts.tell("command", f"kill switch reset by {author}")
        paused = "Entries are still paused: resume allows them." if self._parts.desk.paused else ""
        return CommandResult(ok=True, lines=(f"{said[0].upper()}{said[1:]}.", *((paused,) if paused else ())))

    async def _learn(self, command: Learn, author: str) -> CommandResult:
        parts = self._parts
        desk, memory = parts.learning, parts.memory
        if command.verb == "status":
            insights = await asyncio.to_thread(memory.memory.reader.insights)
            return CommandResult(ok=True, lines=learning_lines(desk.state, insights, self._roster.mode))
        if command.verb not in VERBS:
            raise UsageError(f"learning {command.verb[:40]}: {', '.join(VERBS)} are right")
        state, config, now_ns = desk.state, parts.pilot.decider.config, parts.clock.now_ns()
        event, trials = await asyncio.to_thread(event_of, command.verb, command.argument, state, config, now_ns)
        if trials and desk.state is not state:
            raise UsageError("learning has moved on while the file was read: say it again")
        ok, lines = lines_of(command.verb, desk.take(event))
        if trials:
            memory.recorder.record_trials(trials)
        parts.tell("command", f"learning {command.verb} by {author}: {lines[0]}")
        return CommandResult(ok=ok, lines=lines)

    async def _end(self, command: Stop, author: str) -> CommandResult:
        self._parts.tell("command", f"engine stopped by {author}")
        return CommandResult(ok=True, lines=(self._stop(),))

    def _standing(self, symbol: str) -> Standing:
        place = self._index.get(symbol)
        if place is None:
            raise UsageError(f"{symbol[:40]} is not among the tickers")
        return Standing(
            instrument=self._parts.scanner.instruments[place],
            quote=self._parts.board.quote(symbol),
            position=self._parts.account.position(symbol),
            margin=self._roster.account == "margin",
        )

    def _natural_stop(self, symbol: str) -> NaturalStop:
        def stop(limit: Decimal | None) -> Decimal | None:
            return self._parts.scanner.entry_stop(self._index[symbol], Side.BUY, limit)

        return stop

    def _no_entries(self) -> str:
        """Why nobody may enter now: the operator's own pause, or prices that can't be trusted."""
        if self._parts.desk.paused:
            return "entries are paused: resume allows them"
        if paused := self._parts.gate.pauses.everything(self._parts.clock.now_ns()):
            return paused
        snapshot = self._snapshot()
        if snapshot is None:
            return "the engine is starting: try again after its first scan"
        if snapshot.feed != FeedState.LIVE.name:
            note = f" ({snapshot.feed_note})" if snapshot.feed_note else ""
            return f"the feed is {snapshot.feed}{note}: entries need live prices"
        return ""

    def _remember(self) -> tuple[str, ...]:
        """Write the wishes down where they changed; returns what is to be said where that failed."""
        wishes = Wishes(
            paused=self._parts.desk.paused, autopilot=self._parts.pilot.level, assistant=self.talking.proposing.level,
            pauses=self._parts.gate.pauses.rows,
        )  # fmt: skip
        if wishes == self._remembered:
            return ()
        try:
            write_wishes(self._path, wishes)
        except OSError as error:
            self._parts.tell("alert", f"a restart will not remember this: {error}")
            return (f"A restart will not remember it: {error}",)
        self._remembered = wishes
        return ()


def _limits(settings: Settings) -> Limits:
    given = settings.ASSISTANT_LIMITS
    return Limits(
        order=given.order, day=given.day, risk=given.risk, symbols=frozenset(given.symbols),
        commands=frozenset(given.commands),
    )  # fmt: skip
