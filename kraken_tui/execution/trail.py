"""What came of decisions: the exchange's word on each order, and its fills, written beside the decision it rests on."""

from loguru import logger
from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.evaluation import Executed
from kraken_tui.model.intent import CancelEntry, Exit, MoveStop, MoveTarget, Other
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import Fill
from kraken_tui.store.evaluation_log import EvaluationLog

MOST_REMEMBERED = 1_000
"""Orders of which it is known on which decision they rest."""
MOST_EARLY = 100
"""What is kept of one symbol until the exchange has named the order that was sent there."""


ENDINGS: dict[type[Other], str] = {Exit: "-close", CancelEntry: "-cancel", MoveStop: "-stop", MoveTarget: "-target"}
"""How the id of a decision ends that is no entry."""


def is_entry(decision: str) -> bool:
    """Whether a decision is an entry's, by its id."""
    return not decision.endswith(tuple(ENDINGS.values()))


class Lapsed(Struct, frozen=True, kw_only=True):
    """An entry that ended without a fill."""

    symbol: str
    order_id: str
    """Empty where the exchange never told of an order; it may yet."""
    client_id: str
    reason: str


class Trail:
    """Knows which order rests on which decision, of an earlier run too."""

    def __init__(self, log: EvaluationLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._decisions: dict[str, str] = {}
        """By the exchange's id of an order, or by our own where it named none."""
        self._early: dict[str, list[Fill | Lapsed]] = {}
        """By symbol into which an entry is being sent: what was told there before the answer that names its order."""

        try:
            self._remember_all(log.executed(MOST_REMEMBERED))
        except SafetyRefusal as error:
            logger.error("fills of earlier entries will stand beside no decision: {}", error)

    def _remember_all(self, earlier: list[Executed]) -> None:
        for one in earlier:
            match one.outcome:
                case "accepted":
                    self._remember(one.order_id, one.evaluation_id)
                case "unknown":
                    self._remember(one.client_id, one.evaluation_id)
                case "lapsed":
                    self._decisions.pop(one.order_id or one.client_id, None)
                case _:
                    pass

    def begin(self, symbol: str) -> None:
        """An entry is about to be sent."""
        self._early[symbol] = []

    def closing(self, symbol: str) -> None:
        """A close is about to be sent; what is kept for an entry that is still unanswered stays."""
        self._early.setdefault(symbol, [])

    def answered(self, symbol: str, decision: str, outcome: Outcome) -> list[Fill | Lapsed]:
        """Write down the exchange's word; returns what was told of the symbol before it."""
        match outcome:
            case Accepted(receipt):
                self._remember(receipt.order_id, decision)
                self._write(decision, "accepted", receipt.client_id, receipt.order_id, receipt.description)
            case Unknown(client_id=client_id, proof=proof):
                self._remember(client_id, decision)
                self._write(decision, "unknown", client_id, "", proof)
            case Declined(reason=reason):
                self._write(decision, "declined", "", "", reason)
        return self._early.pop(symbol, [])

    def filled(self, fill: Fill) -> str:
        """Write down a fill; returns the entry's decision that it rests on, empty where it rests on none."""
        decision = self._decisions.get(fill.order_id) or self._decisions.get(fill.client_id or "") or ""
        if decision:
            text = f"{fill.id}: {fill.amount:f} at {fill.price:f}, fee {fill.fee:f}"
            self._write(decision, "filled", fill.client_id or "", fill.order_id, text)
        else:
            self._keep(fill)
        return decision if is_entry(decision) else ""

    def lapsed(self, entry: Lapsed) -> str:
        """Write down, once, that an order ended without a fill; returns the entry's decision, empty if it was none."""
        if entry.order_id:
            decision = self._decisions.pop(entry.order_id, "") or self._decisions.pop(entry.client_id, "")
        else:
            decision = self._decisions.get(entry.client_id, "")
        if decision:
            self._write(decision, "lapsed", entry.client_id, entry.order_id, entry.reason or "ended without a fill")
        else:
            self._keep(entry)
        return decision if is_entry(decision) else ""

    def _keep(self, news: Fill | Lapsed) -> None:
        early = self._early.get(news.symbol)
        if early is not None and len(early) < MOST_EARLY:
            early.append(news)

    def _remember(self, order_id: str, decision: str) -> None:
        if decision.endswith(ENDINGS[CancelEntry]):
            return  # the order is the entry's: what still becomes of it belongs to that
        self._decisions[order_id] = decision
        if len(self._decisions) > MOST_REMEMBERED:
            del self._decisions[next(iter(self._decisions))]

    def _write(self, decision: str, outcome: str, client_id: str, order_id: str, text: str) -> None:
        self._log.record_executed(
            Executed(
                evaluation_id=decision, time_ns=self._clock.now_ns(), outcome=outcome, client_id=client_id,
                order_id=order_id, text=text,
            )
        )  # fmt: skip
        logger.debug("decision {}: {} {} {}", decision, outcome, order_id, text)
