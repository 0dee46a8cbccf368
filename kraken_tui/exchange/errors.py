"""Kraken's error strings, mapped once to the exception tree: what to do about each.

Source: Kraken's error tables, and how its strings were seen to behave. The rule for what is not in the table is
cautious: an `EOrder:` string speaks about one order and means that it was not taken, so it is refused; anything else
that is unknown (a new service error, a warning, a reply that is no Kraken error at all) leaves the outcome unknown.
"""

import re
from collections.abc import Sequence

from kraken_tui.model.errors import ExchangeError, Misconfigured, OutcomeUnknown, Refused, RetryLater

_POLICIES: dict[str, type[ExchangeError]] = {
    "EAPI:Bad request": Refused,
    "EAPI:Feature disabled": Misconfigured,
    "EAPI:Invalid key": Misconfigured,
    "EAPI:Invalid nonce": Misconfigured,
    "EAPI:Invalid signature": Misconfigured,
    "EAPI:Rate limit exceeded": RetryLater,
    "EAccount:": Misconfigured,
    "EAuth:": Misconfigured,
    "EAuth:Rate limit exceeded": RetryLater,
    "EAuth:Too many requests": RetryLater,
    "EBM:limit exceeded": Refused,
    "EDatabase:Internal error": OutcomeUnknown,
    "EFunding:": Refused,
    "EGeneral:Internal error": OutcomeUnknown,
    "EGeneral:Invalid arguments": Refused,
    "EGeneral:Invalid arguments:deadline": RetryLater,
    "EGeneral:Permission denied": Misconfigured,
    "EGeneral:Temporary lockout": RetryLater,
    "EGeneral:Too many requests": RetryLater,
    "EGeneral:Unknown method": Misconfigured,
    "EOrder:": Refused,
    "EOrder:Cancel pending": OutcomeUnknown,
    "EOrder:Domain rate limit exceeded": RetryLater,
    "EOrder:Rate limit exceeded": RetryLater,
    "EOrder:Trading agreement required": Misconfigured,
    "EQuery:": Refused,
    "EService: Throttled": RetryLater,
    "EService:Busy": RetryLater,
    "EService:Deadline elapsed": OutcomeUnknown,
    "EService:Market in": RetryLater,
    "EService:Timeout": OutcomeUnknown,
    "EService:Unavailable": RetryLater,
    "ESession:Invalid session": RetryLater,
    "ETrade:Invalid request": Refused,
    "ETrade:Locked": Misconfigured,
    "ETrade:User Locked": Misconfigured,
}
"""By the beginning of the string; the longest beginning that fits counts."""

_MOST_CAUTIOUS_FIRST = (OutcomeUnknown, Misconfigured, RetryLater, Refused)
_QUOTED = re.compile(r'"([EW][A-Z]?[a-zA-Z]+:[^"]*)"')


def policy_of(text: str) -> type[ExchangeError]:
    """What a single Kraken string, such as `EOrder:Insufficient funds`, asks of us."""
    fits = [beginning for beginning in _POLICIES if text.startswith(beginning)]
    return _POLICIES[max(fits, key=len)] if fits else OutcomeUnknown


def error_for(text: str) -> ExchangeError:
    """The exception to raise for `text`: one Kraken string, or a message that quotes Kraken's reply, as ccxt's do.

    Of several the most cautious one decides: unknown before misconfigured before retry before refused. The
    exception's `text` is the string that decided, or all of `text` where it quotes none.
    """
    return error_of(_QUOTED.findall(text) or [text])


def error_of(strings: Sequence[str]) -> ExchangeError:
    """The exception to raise for the error strings of one answer; at least one."""
    string = min(strings, key=lambda each: _MOST_CAUTIOUS_FIRST.index(policy_of(each)))
    return policy_of(string)(string)


def is_shortage(text: str) -> bool:
    """Whether an order was refused for want of funds alone."""
    return text.startswith("EOrder:Insufficient funds")


def is_without_position(text: str) -> bool:
    """Whether a reduce-only order was refused as there is no position to reduce."""
    return text.startswith("EOrder:Reduce only:No position")


def blames_the_clock(text: str) -> bool:
    """Whether a deadline was past, or too near or too far, by the exchange's clock: ours may be off."""
    return text.startswith(("EService:Deadline elapsed", "EGeneral:Invalid arguments:deadline"))


def is_by_wish(reason: str) -> bool:
    """Whether an order ended as somebody asked for it; Kraken's reason, empty where none was told."""
    return reason in ("", "User requested")
