"""What is no entry, written down beside the entries: closes, moves and cancels, with the exchange's word on each.

A person's wish is written down as it comes, and so is every wish to close or to cancel, whoever has it. The scanner
asks to move a stop at every scan until the account shows it: that is written down once the exchange has answered, a
row per amend that it took, or refused in words that it had not used before.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from kraken_tui.execution.actions import Action, Change, Protect, Remove, SellOut, TakeProfit
from kraken_tui.execution.book import Book
from kraken_tui.execution.gate import Gate
from kraken_tui.model.intent import CancelEntry, Enter, Exit, Intent, MoveStop, MoveTarget, Other
from kraken_tui.model.outcome import Accepted, Declined, Outcome
from kraken_tui.model.trading import OrderType
from kraken_tui.store.evaluation_rows import Recorded

LOOKED_AT = 200
"""Rows among which the last decision on an entry is looked for."""


class _Wish(Struct):
    """Something that was asked for."""

    intent: Other
    decision: str = ""
    """Under which it is written down; empty while it is not."""
    refused: str = ""
    """The exchange's last word, where it was no."""


class Audit:
    """Knows which wish each step of a symbol serves."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._wishes: dict[str, dict[type[Other], _Wish]] = {}

    def asked(self, intent: Intent, book: Book, *, by_hand: bool = False) -> None:
        """Something is asked for; told before it changes the book.

        Args:
            intent: what is wanted.
            book: the symbol's.
            by_hand: whether a person asks, whose every wish is written down.
        """
        if isinstance(intent, Enter):
            self._wishes.pop(intent.symbol, None)
            return
        wishes = self._wishes.setdefault(intent.symbol, {})
        before = wishes.get(type(intent))
        if isinstance(intent, MoveStop | MoveTarget) and not by_hand:
            wishes[type(intent)] = _Wish(intent, refused=before.refused if before is not None else "")
        elif by_hand or before is None or not _is_under_way(intent, before.intent, book):
            wishes[type(intent)] = _Wish(intent, self._gate.done(intent))

    def stepped(self, book: Book, action: Action, outcome: Outcome) -> None:
        """The exchange has answered to a step."""
        wishes = self._wishes.setdefault(book.symbol, {})
        if isinstance(action, SellOut):
            wish = wishes[Exit] = self._close(book, wishes.get(Exit))
        else:
            found = next((row for row in wishes.values() if _serves(action, row.intent)), None)
            if found is None:
                return
            wish = found
        said = "" if isinstance(outcome, Accepted) else _words(outcome)
        if said and said == wish.refused:
            return
        wish.refused = said
        wish.decision = wish.decision or self._gate.done(wish.intent)
        self._gate.answered(wish.decision, wish.intent, outcome)

    def _close(self, book: Book, asked: _Wish | None) -> _Wish:
        """What a sale serves: what was asked for, or what the bracket has come to want by itself, or from before."""
        bracket = book.bracket
        if bracket is None or (asked is not None and asked.intent.reason == bracket.reason):
            return asked or _Wish(Exit(symbol=book.symbol, reason="", owner=""))
        return _Wish(
            Exit(symbol=book.symbol, keep=bracket.keep or Decimal(0), reason=bracket.reason, owner=bracket.owner)
        )


def telling(newest_first: Sequence[Recorded], count: int = 1) -> list[Recorded]:
    """Of rows on a symbol what answers why, the oldest first: the last decision on an entry, and the newest rows."""
    newest = list(newest_first[:count])[::-1]
    entry = next((row for row in newest_first if row.evaluation.action.startswith("enter")), None)
    return newest if entry is None or entry in newest else [entry, *newest]


def _is_under_way(intent: Other, before: Other, book: Book) -> bool:
    """Whether the same was asked for already, and is not done yet."""
    if isinstance(intent, Exit):
        closing = book.bracket is not None and book.bracket.keep is not None
        return closing and (intent.reason, intent.owner) == (before.reason, before.owner)
    return isinstance(intent, CancelEntry) and book.drops_entries


def _serves(action: Action, intent: Other) -> bool:
    """Whether a step is one towards a wish."""
    match action, intent:
        case Change(order=order, price=price), MoveStop(stop_price=wanted):
            return order.type is OrderType.STOP_LOSS and price == wanted
        case Protect(price=price), MoveStop(stop_price=wanted):
            return price == wanted
        case Change(order=order, price=price), MoveTarget(target_price=wanted):
            return order.type is OrderType.TAKE_PROFIT and price is not None and price == wanted
        case TakeProfit(price=price), MoveTarget(target_price=wanted):
            return price == wanted
        case Remove(order=order), MoveTarget(target_price=None):
            return order.type is OrderType.TAKE_PROFIT
        case Remove(order=order), CancelEntry():
            return order.type not in (OrderType.TAKE_PROFIT, OrderType.STOP_LOSS)
        case _:
            return False


def _words(outcome: Outcome) -> str:
    match outcome:
        case Declined(reason=reason):
            return reason
        case _:
            return str(outcome)
