"""A journal that was given anything, in any order, over any restarts, tells what a plain list would tell."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.outcome import Accepted, Outcome, Unknown
from kraken_tui.model.trading import Fill
from kraken_tui.store.journal import IntentKind, Journal, OwnedIntent
from tests.store.entries import KINDS, brackets, fills, outcomes, symbols, texts


class Intended(Struct, frozen=True):
    kind: IntentKind
    symbol: str
    reason: str
    owner: str


class Answered(Struct, frozen=True):
    which: int
    outcome: Outcome


class Restart(Struct, frozen=True):
    pass


Step = Intended | Answered | list[Fill] | Bracket | Restart

steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Intended, st.sampled_from(KINDS), symbols, texts, texts),
    st.builds(Answered, st.integers(0, 30), outcomes),
    st.lists(fills, max_size=4),
    brackets,
    st.builds(Restart),
)


class Lists:
    """The reference: everything that was written, in plain lists."""

    def __init__(self) -> None:
        self.intents: list[Intended] = []
        self.created_ns: list[int] = []
        self.outcomes: list[tuple[int, Outcome]] = []
        self.fills: dict[str, Fill] = {}
        self.brackets: dict[str, Bracket] = {}

    def unsettled(self) -> list[tuple[int, str | None]]:
        last = dict(self.outcomes)
        found: list[tuple[int, str | None]] = []
        for number in range(1, len(self.intents) + 1):
            outcome = last.get(number)
            if outcome is None or isinstance(outcome, Unknown):
                found.append((number, None if outcome is None else outcome.proof))
        return found

    def placed(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, outcome in self.outcomes:
            kind = self.intents[number - 1].kind
            if isinstance(outcome, Accepted) and outcome.receipt.order_id and kind not in ("amend", "cancel"):
                found[outcome.receipt.order_id] = number
        return found


async def take(journal: Journal, lists: Lists, step: Step, now_ns: int) -> None:
    match step:
        case Intended(kind, symbol, reason, owner):
            await journal.record_intent(kind, symbol, {"reason": reason, "amount": "1"}, owner, now_ns)
            lists.intents.append(step)
            lists.created_ns.append(now_ns)
        case Answered(which, outcome) if lists.intents:
            intent_id = which % len(lists.intents) + 1
            await journal.record_outcome(intent_id, outcome, now_ns)
            lists.outcomes.append((intent_id, outcome))
        case Bracket():
            await journal.record_bracket(step, now_ns)
            lists.brackets[step.symbol] = step
        case list():
            await journal.record_fills(step)
            for one in step:
                lists.fills.setdefault(one.id, one)
        case _:
            pass


async def compare(journal: Journal, lists: Lists) -> None:
    clients = [journal.clients.of(number, created_ns) for number, created_ns in enumerate(lists.created_ns, 1)]
    assert [(row.id, row.proof) for row in await journal.unsettled()] == lists.unsettled()
    assert await journal.owners() == {
        client: OwnedIntent(kind=one.kind, symbol=one.symbol, reason=one.reason, owner=one.owner)
        for client, one in zip(clients, lists.intents, strict=True)
        if one.kind not in ("amend", "cancel")
    }
    placed = lists.placed()
    assert await journal.order_clients() == {order_id: clients[number - 1] for order_id, number in placed.items()}
    assert await journal.fills() == list(lists.fills.values())
    assert await journal.brackets() == lists.brackets
    assert await journal.last_fill_ns() == max((one.time_ns for one in lists.fills.values()), default=None)


@settings(max_examples=60, deadline=None)
@example(mode="live", history=[Intended("enter", "BTC/USD", "nul \x00 and more", "")])
@given(mode=st.sampled_from(["paper", "live", "sandbox"]), history=st.lists(steps, max_size=25))
def test_any_history_reads_the_same_as_plain_lists(
    tmp_path_factory: pytest.TempPathFactory, mode: str, history: list[Step]
) -> None:
    path: Path = tmp_path_factory.mktemp("journal") / "journal.db"

    async def run() -> None:
        lists, journal = Lists(), await Journal.open(path, mode)
        try:
            for now_ns, step in enumerate([*history, Restart()]):
                await take(journal, lists, step, now_ns)
                if isinstance(step, Restart):
                    await compare(journal, lists)
                    await journal.close()
                    journal = await Journal.open(path, mode)
                    await compare(journal, lists)
        finally:
            await journal.close()

    asyncio.run(run())
