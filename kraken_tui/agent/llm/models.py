"""What is known of a model: how it is spoken to, what it costs, when it ends."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources

from msgspec import Struct

MILLION = 1_000_000
_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2})$")


class Wire(StrEnum):
    """Which of OpenAI's two interfaces carries a conversation."""

    CHAT = "chat"
    """`/chat/completions`: what local servers speak as well."""
    RESPONSES = "responses"
    """`/responses`: what reasoning models need as soon as they have tools."""


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens that one request took."""

    input: int
    output: int
    cached: int = 0
    """Of the input, what the provider had read before."""
    estimated: bool = False
    """The provider did not say; counted from the text's length."""


class Price(Struct, frozen=True, kw_only=True):
    """USD per million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """What `usage` cost, in USD, exactly."""
        fresh = max(0, usage.input - usage.cached)
        return (self.input * fresh + self.cached * usage.cached + self.output * usage.output) / MILLION


class KnownModel(Struct, frozen=True, kw_only=True):
    """A row of `models.toml`."""

    wire: Wire
    reasoning: bool
    """It thinks first: takes an effort, and no temperature."""
    price: Price
    shutdown: date | None
    """When its API ends, as announced."""


def known_model(name: str) -> KnownModel | None:
    """What is known of the model `name`, or of the one that it is a dated snapshot of."""
    return _table().get(_SNAPSHOT.sub("", name))


@cache
def _table() -> dict[str, KnownModel]:
    text = resources.files("kraken_tui.agent.llm").joinpath("models.toml").read_text(encoding="utf-8")
    return {name: _row(row) for name, row in tomllib.loads(text).items()}


def _row(row: dict[str, str | bool]) -> KnownModel:
    price = Price(**{name: Decimal(str(row[name])) for name in ("input", "cached", "output")})
    shutdown = date.fromisoformat(str(row["shutdown"])) if "shutdown" in row else None
    return KnownModel(wire=Wire(str(row["wire"])), reasoning=bool(row["reasoning"]), price=price, shutdown=shutdown)
