"""The exception tree: a class says what to do, not where the error came from."""

GARBLED = (ValueError, ArithmeticError, RecursionError)
"""What JSON, msgpack or a number raises that somebody else's bytes got into; msgspec's and json's own are ValueErrors,
and so is the UnicodeDecodeError that a single bad byte makes of a text."""

UNREADABLE = (OSError, *GARBLED)
"""What a file raises that can't be read, whatever is wrong with it or in it. FileNotFoundError is one of them."""


class KrakenTuiError(Exception):
    """The root. What ends the program carries the exit code that it ends with."""

    exit_code = 1


class UsageError(KrakenTuiError):
    """Stop: the command line or `config.json` is wrong; the text says which key, which value, what would be right."""

    exit_code = 2


class ExchangeUnreachable(KrakenTuiError):
    """Stop at the start, retry later while running: the exchange does not answer."""

    exit_code = 3


class HomeLocked(KrakenTuiError):
    """Stop: another engine holds this home."""

    exit_code = 4


class SafetyRefusal(KrakenTuiError):
    """Stop: going on could cost money; the text says what must be settled first."""

    exit_code = 5


class ExchangeError(KrakenTuiError):
    """What an exchange answered, or failed to answer. `text` is the exchange's own string."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Refused(ExchangeError):
    """Skip: the exchange definitely did not do it, and will not when asked the same again."""


class RetryLater(ExchangeError):
    """Retry later: the exchange definitely did not do it now (busy, rate limit, maintenance)."""


class OutcomeUnknown(ExchangeError):
    """Ask the exchange: it may or may not have done it. Never read as refused, never sent again blindly."""


class Misconfigured(ExchangeError):
    """Stop and ask the operator: key, signature, nonce or permission; nothing will work until it is settled."""
