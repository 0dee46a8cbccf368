"""Kinds of the assistant's settings: names, addresses of models, and what of them belongs together."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

OPENAIS_MODEL = "gpt-4o"
OPENAIS_NEXT = "gpt-6-luna"
"""What OpenAI names instead of the models whose API ends on 2027-01-14."""

Provider = Literal["off", "openai", "ollama", "lmstudio", "vllm", "custom"]
Wire = Literal["auto", "chat", "responses"]
Effort = Literal["none", "minimal", "low", "medium", "high"]
Level = Literal["read", "paper", "confirm", "auto"]


def safe_address(text: str) -> str:
    """`text`, where what is said there can't be overheard: https, or this computer itself; empty is the provider's own.

    Raises:
        ValueError: it could be, or it is no plain address; says what would be right.
    """
    if not text:
        return text
    right = "an address such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1 is right"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"it is no address: {error}; {right}") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or "\\" in text:
        raise ValueError(f"it must hold neither a user, a password nor a query: {right}")
    if not host or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"it is no address; {right}")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return text
    raise ValueError(f"it must be https, or http on this computer only (127.0.0.1, ::1, localhost): {right}")


def is_loopback(host: str) -> bool:
    """Whether `host` is this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(text: str) -> str:
    if not re.fullmatch(r"[^\W\d_](?:[^\W_]|[ '-]){0,23}", text):
        raise ValueError("a name of 1 to 24 letters, digits, spaces, ' or - is right, a letter first")
    return text


Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(safe_address)]
MODEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$"
MODEL_NAME_OR_NONE = r"^([A-Za-z0-9][A-Za-z0-9._:/@-]{0,99})?$"
ModelName = Annotated[str, Field(pattern=MODEL_NAME)]
ModelNameOrNone = Annotated[str, Field(pattern=MODEL_NAME_OR_NONE)]
Tokens = Annotated[int, Field(ge=1_000, le=1_000_000_000)]


def disagreement(provider: str, base_url: str, model: str) -> str:
    """What of the assistant's settings does not go together; empty: all of it does."""
    if provider == "custom" and not base_url:
        return "ASSISTANT_PROVIDER custom needs ASSISTANT_BASE_URL"
    if provider not in ("off", "openai", "custom") and model == OPENAIS_MODEL:
        return f"ASSISTANT_MODEL {model} is OpenAI's: name one that the {provider} server has"
    return ""
