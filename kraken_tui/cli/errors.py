"""How the program ends when it can't go on: one line, or one JSON object, and an exit code."""

import os
import sys
import traceback

import msgspec
from msgspec import Struct

from kraken_tui.config.secrets import redact
from kraken_tui.model.errors import ExchangeUnreachable, HomeLocked, KrakenTuiError, SafetyRefusal, UsageError
from kraken_tui.model.plain import plain

PROGRAM = "kraken-tui"
INTERRUPTED = 130
"""Exit code after Ctrl+C, as of any program: 128 and SIGINT's number."""


READER_GONE = 141
"""Exit code where nobody reads any more, as of any program: 128 and SIGPIPE's number."""


class Interrupted(KrakenTuiError):
    """A command that was ended before its end."""

    exit_code = INTERRUPTED

    def __init__(self) -> None:
        super().__init__("interrupted")


class Trouble(Struct, frozen=True, kw_only=True):
    """An error as whoever started the program sees it."""

    error: str
    """Category."""
    message: str
    retryable: bool
    """Whether the same command may work later without any change."""
    suggestion: str
    exit_code: int


def trouble_of(error: BaseException) -> Trouble:
    """The category, the exit code and a suggestion for `error`."""
    category, retryable, suggestion = _policy(error)
    code = error.exit_code if isinstance(error, KrakenTuiError) else 1
    message = _plain(str(error) or type(error).__name__)
    return Trouble(error=category, message=message, retryable=retryable, suggestion=suggestion, exit_code=code)


def report(error: Exception, *, as_json: bool) -> int:
    """Tell of `error`, on stderr as lines, or on stdout as JSON; returns the exit code."""
    trouble = trouble_of(error)
    if trouble.error == "crash":
        print(_plain("".join(traceback.format_exception(error)).rstrip()), file=sys.stderr)
        trouble = msgspec.structs.replace(trouble, message=f"crashed: {type(error).__name__}: {trouble.message}")
    if as_json:
        print(msgspec.json.encode(trouble).decode())
    else:
        print(f"{PROGRAM}: {trouble.message}", file=sys.stderr)
    return trouble.exit_code


def let_go_of_stdout() -> None:
    """What is still buffered has no reader: without this the interpreter would complain of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _plain(text: str) -> str:
    return "\n".join(plain(line) for line in redact(text, os.environ).split("\n"))


def _policy(error: BaseException) -> tuple[str, bool, str]:
    match error:
        case UsageError():
            return "usage", False, "kraken-tui --help lists the options, kraken-tui config check looks at config.json"
        case ExchangeUnreachable():
            return "exchange_unreachable", True, "look at the network and EXCHANGE_REST_URL; --demo needs neither"
        case Interrupted():
            return "interrupted", True, "the same command begins again, and downloads go on where they were"
        case HomeLocked():
            return "home_locked", False, "kraken-tui attach shows that engine, kraken-tui stop ends it"
        case SafetyRefusal():
            return "refused_for_safety", False, "settle what the message names, then start again"
        case ConnectionError():
            return "engine_lost", True, "kraken-tui status says whether the engine runs"
        case KrakenTuiError():
            return "failed", True, "logs/ says more"
        case _:
            return "crash", False, "report it with the traceback from stderr"
