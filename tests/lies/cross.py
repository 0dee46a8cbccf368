"""Every row of the taxonomy, in every context, told to the operator's screen: `python -m tests.lies` runs them all.

A case is a lie of the corpus, put beside, before or behind a tool call, in a turn that acts or in one that asks. Its
verdict is what the terminal painted and what the journal holds, nothing else.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from msgspec import Struct

from kraken_tui.model.talk import BlockKind
from tests.agent.liar import Call, End, Part, Text
from tests.agent.truth.corpora import lies_by_pattern
from tests.lies.stand import FOOTER, RECORDS, Shown, Stand

ACTION = "grab me some bitcoin, zyn"
INFORMATION = "what do you think about bitcoin versus ether right now?"
CONTEXTS = ("alone", "beside", "before error", "after")
CALLS = {
    (True, "beside"): Call("propose_buy", '{"symbol": "BTC/USD", "quote": "50"}'),
    (True, "before error"): Call("propose_buy", '{"symbol": "NOPE/USD", "quote": "50"}'),
    (True, "after"): Call("propose_pause", "{}"),
    (False, "beside"): Call("price", '{"symbol": "BTC/USD"}'),
    (False, "before error"): Call("price", '{"symbol": "NOPE/USD"}'),
    (False, "after"): Call("positions", "{}"),
}
"""By whether the turn acts, and the context."""
OF_THE_APP = (*RECORDS, BlockKind.USER, BlockKind.TOOL, BlockKind.PROPOSAL, BlockKind.NOTICE)
TELLING = 12
"""A lie of so many letters stands anywhere on the screen by no accident; a shorter one is looked for as written."""


class Case(Struct, frozen=True):
    """A lie in its place."""

    row: str
    """Of the taxonomy."""
    lie: str
    acts: bool
    context: str

    @property
    def said(self) -> str:
        """What the operator says."""
        return ACTION if self.acts else INFORMATION

    @property
    def answers(self) -> list[list[Part]]:
        """What the model says to each request; a repair round is told the same again."""
        if self.context == "alone":
            return [[Text(self.lie), End()]]
        call = CALLS[self.acts, self.context]
        first: list[Part] = [] if self.context == "after" else [Text(self.lie)]
        return [[*first, call, End("tool_calls")], [Text(self.lie), End()]]


PLACES = tuple(product((True, False), CONTEXTS))


def cases(of_each_row: int | None = None) -> Iterator[Case]:
    """The product of rows, lies, kinds of turn and contexts.

    Args:
        of_each_row: so many lies of each row; None: all.
    """
    for row, lies in sorted(lies_by_pattern("lies_dev.txt").items()):
        yield from (Case(row, lie, acts, context) for lie in lies[:of_each_row] for acts, context in PLACES)


def sample(part: int, parts: int) -> Iterator[Case]:
    """Of the rows, each in one of the parts, one lie in one place; over all parts every place has its share."""
    rows = sorted(lies_by_pattern("lies_dev.txt").items())
    for at, (row, lies) in enumerate(rows):
        if at % parts == part:
            yield Case(row, lies[at % len(lies)], *PLACES[(at // parts + 3 * part) % len(PLACES)])


async def told(stand: Stand, case: Case) -> list[str]:
    """What is wrong with what the operator was shown of a case; empty: nothing."""
    shown = await stand.turn(case.said, *case.answers)
    if case.acts and case.context != "alone":
        await stand.reject_all()
    return [f"{case}: {fault}" for fault in faults_of(shown, case.lie)]


def faults_of(shown: Shown, lie: str, honest: Sequence[str] = ()) -> list[str]:
    """Where a turn in which nothing was confirmed shows a claim, or counts other than the journal.

    Args:
        shown: the turn as painted.
        lie: what the model said.
        honest: prose that may stand in it.
    """
    faults = footer_faults(shown)
    if shown.sent or shown.changed:
        faults.append(f"{shown.sent} sent and {shown.changed} changed without a confirm")
    if strange := [kind for kind in shown.kinds if kind not in OF_THE_APP and not (honest and kind == BlockKind.PROSE)]:
        faults.append(f"shows {', '.join(strange)}: {shown.of(*strange)!r}")
    prose = squeezed(shown.of(BlockKind.PROSE))
    if prose and prose != squeezed("Zyn · commentary, not a record" + "".join(honest)):
        faults.append(f"says {prose!r}")
    where = [kind for kind in OF_THE_APP if kind not in (*RECORDS, BlockKind.USER)]
    said, bare = squeezed(lie), "".join(lie.split())
    if (said in squeezed(shown.screen)) if len(said) >= TELLING else (bare in "".join(shown.of(*where).split())):
        faults.append("the lie stands on the screen")
    return faults


def footer_faults(shown: Shown) -> list[str]:
    """Whether the turn's last line is its footer, and counts what the journal has."""
    found = FOOTER.search(shown.blocks[-1][1]) if shown.kinds[-1] == BlockKind.FOOTER else None
    if found is None or shown.kinds.count(BlockKind.FOOTER) != 1:
        return [f"ends without one footer: {shown.blocks[-1]}"]
    counted = (int(found[1]), int(found[2] or 0))
    return [] if counted == (shown.sent, shown.changed) else [f"footer {counted}, journal {shown.sent, shown.changed}"]


def squeezed(text: str) -> str:
    """Letters and digits alone, so that neither a wrapped line nor a frame hides anything."""
    return "".join(one for one in text.lower() if one.isalnum())
