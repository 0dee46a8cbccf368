"""One turn with the model: ask, let the gate judge its words, run its tools, ask again; once, ask for other words."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.agent.llm.events import (
    Declined,
    Delta,
    Event,
    Failure,
    Finished,
    Item,
    Request,
    Said,
    Thought,
    ToolCall,
)
from kraken_tui.agent.llm.history import History
from kraken_tui.agent.llm.persona import LAST, REPAIR
from kraken_tui.agent.llm.ports import Gate, OpenGate, Transcript, Verdict, Witness
from kraken_tui.agent.llm.steps import MOST_ROUNDS, Answer, Next, Standing, after_answer, withheld_text
from kraken_tui.agent.llm.tool_rounds import ToolRounds
from kraken_tui.agent.turns import Speaking
from kraken_tui.clock import Clock

NOTHING_DONE = "nothing was proposed and nothing was done: say which pair, which side and how much, or ask"

Ask = Callable[[Request], AsyncGenerator[Event, None]]


class Ended(Struct, frozen=True, kw_only=True):
    """How a turn ended; what was shown and done stands in the transcript."""

    shown: str = ""
    """The model's words that were released."""
    withheld: int = 0
    """Sentences that were not, at the end."""
    silenced: int = 0
    """Sentences of a turn that acts, which are never shown."""
    proposals: int = 0
    """Calls that reached a proposing tool."""
    complete: bool = False
    """The model came to its own end; else what was released is no answer."""
    failure: Failure | None = None
    cancelled: bool = False
    refused: str = ""
    """Why the model was not asked at all; empty: it was."""


class Turn:
    """Made for one message of the operator.

    Args:
        ask: sends a request to the model.
        rounds: its tool calls.
        history: the conversation so far.
        transcript: shows what was released, and what the app has to say.
        open_gate: a gate for each answer.
        witness: is told every verdict.
        clock: the gate's time.
        context: whose words are answered.
        information: whether it is a question, so that released words are shown; else none are.
    """

    def __init__(
        self, ask: Ask, rounds: ToolRounds, history: History, transcript: Transcript, open_gate: OpenGate,
        witness: Witness, clock: Clock, context: Speaking, *, information: bool,
    ) -> None:  # fmt: skip
        self._ask = ask
        self._rounds = rounds
        self._history = history
        self._transcript = transcript
        self._open_gate = open_gate
        self._witness = witness
        self._clock = clock
        self._context = context
        self._standing = Standing(information=information)
        self._items: list[Item] = list(history.items(context.said))
        self._shown: list[str] = []
        self._silenced = 0
        self._failure: Failure | None = None
        self._complete = False

    async def run(self) -> None:
        """Until the model has nothing more to say or to ask for."""
        while True:
            released = len(self._shown)
            answer = await self._answer()
            step = after_answer(self._standing, answer)
            if step.why:
                self._notice(step.why)
            if step.next is Next.END:
                self._end(answer)
                return
            if said := joined(self._shown[released:]):
                self._items.append(Said(role="assistant", text=said))
            if step.next is Next.REPAIR:
                self._standing = replace(self._standing, repaired=True, withheld=0)
                self._items.append(Said(role="user", text=REPAIR))
                continue
            await self._run_tools(answer)
            if self._rounds.settled:
                return

    def ended(self) -> Ended:
        """How it ended, or where it stands."""
        return Ended(
            shown=joined(self._shown),
            withheld=self._standing.withheld,
            silenced=self._silenced,
            proposals=self._rounds.proposals,
            complete=self._complete,
            failure=self._failure,
        )

    async def _run_tools(self, answer: Answer) -> None:
        self._items += answer.thoughts
        self._items += await self._rounds.run(answer.calls)
        self._standing = replace(self._standing, rounds=self._standing.rounds + 1, settled=self._rounds.settled)
        if self._standing.rounds == MOST_ROUNDS:
            self._items.append(Said(role="user", text=LAST))
        if self._rounds.settled:
            self._notice(self._rounds.settled)

    async def _answer(self) -> Answer:
        """One request, its words judged as they come."""
        more = self._standing.rounds < MOST_ROUNDS and not self._standing.repaired
        request = Request(
            instructions=self._history.instructions,
            items=tuple(self._items),
            tools=self._rounds.offered if more else (),
        )
        gate = self._open_gate(self._rounds.facts, self._clock.now_ns())
        calls: list[ToolCall] = []
        thoughts: list[Thought] = []
        declined = False
        end: Failure | Finished | None = None
        async with aclosing(self._ask(request)) as events:
            async for event in events:
                match event:
                    case Delta(text=text):
                        self._judge(gate.feed(text, self._clock.now_ns()))
                    case ToolCall():
                        calls.append(event)
                    case Thought():
                        thoughts.append(event)
                    case Declined(text=text):
                        declined = True  # a refusal's words are not shown: they may say anything
                    case Failure() | Finished():
                        end = event
        assert end is not None, "a stream of events ends with its end"
        answer = Answer(end=end, calls=tuple(calls), thoughts=tuple(thoughts), declined=declined)
        self._close(gate, answer)
        return answer

    def _close(self, gate: Gate, answer: Answer) -> None:
        self._complete = answer.is_one
        self._judge(gate.end(complete=answer.is_one))
        if isinstance(answer.end, Failure):
            self._failure = answer.end

    def _judge(self, verdicts: Sequence[Verdict]) -> None:
        """Show what passed, where the turn shows words at all; after the first that did not pass, nothing."""
        for verdict in verdicts:
            passed = not verdict.rule and verdict.withheld is None
            if passed and not verdict.text.strip():
                continue
            shows = passed and self._standing.information and not self._standing.withheld
            self._witness(self._context.turn, verdict, shows)
            if shows:
                self._shown.append(verdict.text)
                self._transcript.prose(self._context.turn, verdict)
            elif self._standing.information:
                self._standing = replace(self._standing, withheld=self._standing.withheld + 1)
            else:
                self._silenced += 1

    def _end(self, answer: Answer) -> None:
        if not answer.is_one or answer.declined:
            return  # what became of it has been said
        if self._standing.withheld and self._standing.information:
            self._notice(withheld_text(self._standing.withheld))
        elif not self._rounds.results and not self._standing.information:
            self._notice(NOTHING_DONE)
        elif not self._rounds.results and not self._shown:
            self._notice("the model had nothing to say")

    def _notice(self, text: str) -> None:
        self._transcript.notice(self._context.turn, text)


def joined(sentences: Sequence[str]) -> str:
    """Sentences as one text, with a space where neither brings one."""
    text = ""
    for sentence in sentences:
        text += sentence if not text or text[-1].isspace() or sentence[:1].isspace() else f" {sentence}"
    return text.strip()
