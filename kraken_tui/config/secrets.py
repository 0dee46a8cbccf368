"""Masking secrets in text that leaves the program."""

import re
from collections.abc import Callable, Mapping

SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL", re.IGNORECASE)
ASSIGNED = re.compile(
    r"""(?ix) (?P<name> [\w.-]*(?:key|secret|token|password|passphrase|signature|api-sign)[\w.-]* ["']? \s* [:=] \s* )
        (?P<quote> ["']? ) (?P<value> [A-Za-z0-9+/=_-]{16,} )"""
)
SHORTEST = 6
"""A shorter value is not masked wherever it occurs: `KEY=1` would blank every 1."""

MASK = "***"

_held: set[str] = set()
"""Secrets that this process holds outside its environment; a crash must not show them either."""


def hold(*values: str) -> None:
    """Mask `values` from now on in everything that this process redacts."""
    _held.update(value for value in values if len(value) >= SHORTEST)


def redact(text: str, environ: Mapping[str, str]) -> str:
    """`text` without secrets.

    Masked are the values that this process holds, the values of all names in `environ` that look like secrets, and any
    long base64-like word that follows such a name (`api_key=…`, `"secret": "…"`).

    Args:
        text: a log line, say.
        environ: the environment, and what `.env` holds.
    """
    for value in _secrets(environ):
        text = text.replace(value, MASK)
    return ASSIGNED.sub(rf"\g<name>\g<quote>{MASK}", text)


def redactor(environ: Mapping[str, str]) -> Callable[[str], str]:
    """`redact` for one environment, as it is now: what is taken out of it later stays masked."""
    then = {name: value for name, value in environ.items() if SECRET_NAME.search(name)}
    return lambda text: redact(text, then)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the names that look like secrets: what a child process gets."""
    return {name: value for name, value in environ.items() if not SECRET_NAME.search(name)}


def _secrets(environ: Mapping[str, str]) -> list[str]:
    """Longest first, so that one which holds another is masked whole."""
    values = {value for name, value in environ.items() if SECRET_NAME.search(name) and len(value) >= SHORTEST}
    return sorted(values | _held, key=len, reverse=True)
