"""Verdicts as rows of the evaluation log: what was shown, and what was withheld, in the model's own words."""

from collections.abc import Iterable

from kraken_tui.agent.truth.gate import Verdict
from kraken_tui.agent.truth.untrusted import revealed
from kraken_tui.model.evaluation import VerdictRow


def rows_of(verdicts: Iterable[Verdict], turn: int, author: str, time_ns: int) -> list[VerdictRow]:
    """A row for each verdict, for `EvaluationLog.record_verdicts`.

    Args:
        verdicts: of one feed of the gate.
        turn: of the conversation.
        author: the assistant's name.
        time_ns: engine time.
    """
    return [
        VerdictRow(
            turn=turn,
            time_ns=time_ns,
            author=author,
            rule=verdict.rule,
            text=verdict.text if verdict.withheld is None else revealed(verdict.withheld),
        )
        for verdict in verdicts
    ]
