"""What the control API is asked, as typed bodies, and what is wrong with a body that is not one of them."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import msgspec.inspect
from msgspec import Meta, Struct

from kraken_tui.model.errors import UsageError
from kraken_tui.model.excerpt import excerpt

System = Literal["online", "maintenance", "cancel_only", "post_only", "limit_only"]
PairStatus = Literal["online", "cancel_only", "post_only", "limit_only", "reduce_only"]
T = TypeVar("T")


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request's body: one JSON object."""


class Nothing(Body, frozen=True, kw_only=True):
    """No fields."""


class Mode(Body, frozen=True, kw_only=True):
    """The system's mode, or a pair's."""

    system: System | None = None
    pair: str | None = None
    status: PairStatus = "online"
    """Of `pair`."""

    def __post_init__(self) -> None:
        if (self.system is None) == (self.pair is None):
            raise ValueError("give `system`, or `pair` with `status`")


class Lag(Body, frozen=True, kw_only=True):
    """How far REST lags behind WebSocket."""

    seconds: Annotated[float, Meta(ge=0, le=60)]


class Skew(Body, frozen=True, kw_only=True):
    """How far the time that the exchange tells is off."""

    seconds: Annotated[float, Meta(ge=-86_400, le=86_400)]


class Disconnect(Body, frozen=True, kw_only=True):
    """Which WebSocket connections to drop."""

    which: Literal["public", "private", "all"] = "all"


class Balance(Body, frozen=True, kw_only=True):
    """A deposit, or a withdrawal where negative."""

    asset: str
    amount: Decimal


class Price(Body, frozen=True, kw_only=True):
    """A pair's prices, at once."""

    pair: str
    bid: Decimal
    ask: Decimal
    last: Decimal | None = None
    """The mid where not given, on the tick."""
    index: Decimal | None = None
    """Of the index, for orders that it triggers; the mid where not given."""
    bid_amount: Decimal = Decimal(0)
    """Base units; 0: as much as the sandbox makes up."""
    ask_amount: Decimal = Decimal(0)
    hold: bool = True
    """The market's own prices of this pair no longer count, until it is resumed."""


class Resume(Body, frozen=True, kw_only=True):
    """What is to follow the market again."""

    pair: str | None = None
    """All of them where not given."""


class Advance(Body, frozen=True, kw_only=True):
    """How far to put the exchange's clock forward."""

    seconds: Annotated[float, Meta(gt=0, le=30 * 86_400)]


class Volume(Body, frozen=True, kw_only=True):
    """What the account traded over the last 30 days, in dollars: it decides the fee tier."""

    usd: Decimal


def read(data: bytes, type: Any) -> Any:
    """`data`, JSON, as a value of `type`; an empty body is an empty object.

    Raises:
        UsageError: names the key, the value and what would be right.
    """
    try:
        plain = msgspec.json.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the body is no JSON: {error}") from error
    try:
        return msgspec.convert(plain, type, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(_words(str(error), plain, type)) from error


def _words(text: str, plain: Any, type: Any) -> str:
    text, _, place = text.replace("`", "").partition(" - at ")
    unknown = re.fullmatch(r"Object contains unknown field (\w+)", text)
    if unknown:
        return f"{unknown[1]}: no such key{_near(unknown[1], type)}"
    keys = re.findall(r"\.(\w+)|\[(\d+)\]", place)
    if not keys:
        return text
    value = plain
    for name, index in keys:
        value = value[int(index)] if index else value.get(name)
    path = ".".join(name or index for name, index in keys)
    if text.startswith("Invalid enum value"):
        text = _choice(str(value), _words_at(type, keys))
    return f"{path} is {excerpt(repr(value))}: {text[0].lower()}{text[1:]}"


def _choice(value: str, right: Sequence[str]) -> str:
    near = get_close_matches(value, right, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"no such word{hint}; {', '.join(right)} are right"


def _words_at(type: Any, keys: Iterable[tuple[str, str]]) -> list[str]:
    """The words that a field takes; `keys` are those on the way to it, each a field's name or a place in a list."""
    kinds = _alternatives(msgspec.inspect.type_info(type))
    for name, _ in keys:
        wanted = msgspec.inspect.StructType if name else msgspec.inspect.ListType
        kind = next(each for each in kinds if isinstance(each, wanted))
        if isinstance(kind, msgspec.inspect.StructType):
            kinds = _alternatives(next(field.type for field in kind.fields if field.encode_name == name))
        elif isinstance(kind, msgspec.inspect.ListType):
            kinds = _alternatives(kind.item_type)
    return [str(word) for kind in kinds if isinstance(kind, msgspec.inspect.LiteralType) for word in kind.values]


def _alternatives(kind: msgspec.inspect.Type) -> Sequence[msgspec.inspect.Type]:
    return kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)


def _near(name: str, type: Any) -> str:
    known = _fields(type)
    near = get_close_matches(name, known, 1)
    if near:
        return f" (did you mean {near[0]}?)"
    return f"; {', '.join(known)} are right" if known else "; none is taken"


def _fields(type: Any) -> list[str]:
    for one in (type, *getattr(type, "__args__", ())):
        if isinstance(one, msgspec._core.StructMeta):
            return [field.name for field in msgspec.structs.fields(one)]
    return []
