"""What the `openai` package raises, as a value; what a server wrote into its errors is not repeated."""

import math
from collections.abc import Mapping

from kraken_tui.agent.llm.events import Failure, FailureKind
from kraken_tui.agent.llm.providers import Profile


def failure_of(error: Exception, *, began: bool) -> Failure:
    """The failure that `error` is.

    Args:
        error: of the package, or whatever a stream of nonsense makes Python raise.
        began: whether a part of the answer had come.
    """
    import openai

    match error:
        case openai.APIStatusError():
            return _by_status(error.status_code, error.code or "", error.response.headers)
        case openai.APIConnectionError():
            return Failure(kind=FailureKind.CUT if began else FailureKind.DEAD)
        case openai.APIError(code=code):
            return _by_code(code or "")
        case _:
            return Failure(kind=FailureKind.BROKEN)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds until a server wants to be asked again; None where it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            wait_s = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if math.isfinite(wait_s) and wait_s >= 0:
            return wait_s
    return None


def _by_status(status: int, code: str, headers: Mapping[str, str]) -> Failure:
    if status in (401, 403):
        return Failure(kind=FailureKind.KEY, status=status)
    if status == 404 or code == "model_not_found":
        return Failure(kind=FailureKind.NO_MODEL, status=status)
    if status == 429:
        kind = FailureKind.QUOTA if code == "insufficient_quota" else FailureKind.LIMITED
        return Failure(kind=kind, status=status, wait_s=wait_of(headers))
    if status == 408:
        return Failure(kind=FailureKind.DEAD, status=status)
    return Failure(kind=FailureKind.BROKEN if status >= 500 else FailureKind.REFUSED, status=status)


def _by_code(code: str) -> Failure:
    kinds = {"rate_limit_exceeded": FailureKind.LIMITED, "insufficient_quota": FailureKind.QUOTA}
    return Failure(kind=kinds.get(code, FailureKind.BROKEN))


def failure_text(failure: Failure, profile: Profile) -> str:
    """The failure in the app's own words: what is wrong, and what would settle it."""
    where = f"{profile.name} at {profile.base_url}"
    http = f" (HTTP {failure.status})" if failure.status else ""
    match failure.kind:
        case FailureKind.DEAD:
            return f"{where} does not answer; commands and questions that the grammar knows work without it"
        case FailureKind.KEY:
            return f"{where} refused the key{http}: check {profile.key_env} in the environment or .env"
        case FailureKind.LIMITED:
            when = f"in {failure.wait_s:.0f} s" if failure.wait_s else "in a minute"
            return f"{where} limits how often it is asked{http}; ask again {when}"
        case FailureKind.QUOTA:
            return f"{where}: the account's quota is used up{http}; its owner can raise it there"
        case FailureKind.NO_MODEL:
            return f"{where} has no model {profile.model}{http}; ASSISTANT_MODEL names it"
        case FailureKind.REFUSED:
            return f"{where} refused the request{http}; kraken-tui zyn doctor tries each part"
        case FailureKind.BROKEN:
            return f"{where} sent what is no answer{http}"
        case FailureKind.CUT:
            return f"the answer from {where} broke off; a part of an answer is none"
        case FailureKind.BUDGET:
            return "the day's budget is spent; nothing more is asked (ASSISTANT_USD_PER_DAY, ASSISTANT_TOKENS_PER_DAY)"
