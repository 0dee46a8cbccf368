"""Kraken's strings and what to do about them."""

import pytest

from kraken_tui.exchange.errors import error_for
from kraken_tui.model.errors import ExchangeError, Misconfigured, OutcomeUnknown, Refused, RetryLater


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EOrder:Insufficient funds", Refused),
        ("EOrder:Something new", Refused),
        ("EOrder:Rate limit exceeded", RetryLater),
        ("EOrder:Reduce only:No position exists", Refused),
        ("EOrder:Trading agreement required", Misconfigured),
        ("EOrder:Cancel pending", OutcomeUnknown),
        ("EGeneral:Invalid arguments:volume", Refused),
        ("EGeneral:Internal error:5", OutcomeUnknown),
        ("EGeneral:Permission denied", Misconfigured),
        ("EGeneral:Temporary lockout", RetryLater),
        ("EAPI:Invalid nonce", Misconfigured),
        ("EAPI:Rate limit exceeded", RetryLater),
        ("EAuth:Account temporary disabled", Misconfigured),
        ("EAuth:Too many requests", RetryLater),
        ("EQuery:Unknown asset pair", Refused),
        ("EService:Timeout", OutcomeUnknown),
        ("EService:Deadline elapsed", OutcomeUnknown),
        ("EService:Unavailable", RetryLater),
        ("EService:Market in cancel_only mode", RetryLater),
        ("EService: Throttled: 1760000000", RetryLater),
        ("EService:Something new", OutcomeUnknown),
        ("EDatabase:Internal error", OutcomeUnknown),
        ("WGeneral:Danger", OutcomeUnknown),
        ("<html>502 Bad Gateway</html>", OutcomeUnknown),
        ("", OutcomeUnknown),
    ],
)
def test_policy(text: str, kind: type[ExchangeError]) -> None:
    error = error_for(text)
    assert type(error) is kind
    assert error.text == text


def test_the_reply_that_ccxt_quotes_is_read_and_the_most_cautious_string_decides() -> None:
    quoted = 'kraken {"error":["EOrder:Insufficient funds"]}'
    assert (type(error_for(quoted)), error_for(quoted).text) == (Refused, "EOrder:Insufficient funds")
    several = 'kraken {"error":["EOrder:Insufficient funds","EService:Timeout"],"result":{}}'
    assert (type(error_for(several)), error_for(several).text) == (OutcomeUnknown, "EService:Timeout")
