"""Rows of the trading memory as values, and values as rows. Money is text there, exact."""

import math
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from kraken_tui.model.memory import (
    AdoptionRecord,
    BlockReturn,
    DayRecord,
    DecisionRecord,
    ErrorRecord,
    InsightRecord,
    LearningState,
    ParameterChange,
    Recordable,
    TradeRecord,
    TrialRecord,
    Utterance,
)
from kraken_tui.store.batch_writer import Gap
from kraken_tui.store.database import Row

Record = TypeVar("Record", bound=Struct)

TABLES: dict[type[Struct], str] = {
    TradeRecord: "trades", DecisionRecord: "decisions", DayRecord: "performance", InsightRecord: "insights",
    ErrorRecord: "errors", Utterance: "conversations", ParameterChange: "parameter_history", TrialRecord: "trials",
    AdoptionRecord: "adoptions", BlockReturn: "block_returns", LearningState: "learning_state", Gap: "gaps",
}  # fmt: skip

CHANGING = {"performance", "insights", "trials", "adoptions", "learning_state"}
"""Where the same key again takes the row's place. Elsewhere the first stays; trades see `_TRADES_AGAIN`."""

_CORRECTED = ("amount", "entry_price", "exit_price", "gross", "fees", "net", "reason")
"""What the exchange may tell otherwise later."""
_COMPLETED = ("exit_kind", "symbol_group", "regime", "slippage", "worst_price", "best_price")
"""What may have been unknown, after a restart say."""
_LISTED = ("entry_orders", "exit_orders")
_LONGEST = 40
"""Digits up to which a number with an exponent is written out."""


def _trades_again() -> str:
    fresh = {name: f"excluded.{name}" for name in _CORRECTED}
    fresh |= {name: f"coalesce(nullif(trades.{name}, ''), excluded.{name})" for name in _COMPLETED}
    fresh |= {name: f"coalesce(nullif(trades.{name}, '[]'), excluded.{name})" for name in _LISTED}
    sets = ", ".join(f"{name} = {value}" for name, value in fresh.items())
    differ = f"({', '.join(f'trades.{name}' for name in fresh)}) IS NOT ({', '.join(fresh.values())})"
    return f"ON CONFLICT (id) DO UPDATE SET {sets} WHERE {differ}"


def columns_of(record: type[Struct]) -> tuple[str, ...]:
    """Its columns, the mode apart, in the order of its fields."""
    return record.__struct_fields__


def _insert(record: type[Struct], table: str) -> str:
    names = (*columns_of(record), "mode")
    verb = "INSERT OR REPLACE" if table in CHANGING else "INSERT"  # OR IGNORE would ignore a broken CHECK too
    once = _trades_again() if table == "trades" else "" if table in CHANGING else "ON CONFLICT DO NOTHING"
    return f"{verb} INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) {once}"


INSERTS = {record: _insert(record, table) for record, table in TABLES.items()}


def values_of(record: Struct) -> Row:
    """The values of its columns.

    Raises:
        ValueError, TypeError, OverflowError: a value that no row can hold; says which.
    """
    values = astuple(record)
    try:
        return tuple([_BY_TYPE.get(type(value), _other)(value) for value in values])
    except (ValueError, TypeError, OverflowError) as error:
        for name, value in zip(columns_of(type(record)), values, strict=True):
            try:
                _BY_TYPE.get(type(value), _other)(value)
            except (ValueError, TypeError, OverflowError):
                raise type(error)(f"{name} is {value!r}: {error}") from error
        raise


def gap_of(record: Recordable, error: Exception) -> Gap:
    """What stands in the place of a record that no row can hold."""
    return Gap(1, whole(record.time_ns), f"{TABLES[type(record)]}: a row can't be written: {error}")


def whole(time_ns: int) -> int:
    """The nearest time that a row can hold."""
    return max(-(1 << 63), min(time_ns, (1 << 63) - 1))


def record_of(kind: type[Record], row: Row) -> Record:
    """The record of a row with its columns.

    Raises:
        msgspec.ValidationError, ValueError: the row makes no sense.
    """
    fields = dict(zip(columns_of(kind), row, strict=True))
    for name in _LISTS.get(kind, ()):
        fields[name] = msgspec.json.decode(cast(str, fields[name]))
    return msgspec.convert(fields, kind, strict=False, builtin_types=(bytes,))


_LISTS: dict[type[Struct], tuple[str, ...]] = {
    TradeRecord: ("entry_orders", "exit_orders"), InsightRecord: ("history",),
}  # fmt: skip


def _same(value: object) -> object:
    return value


def _text(value: str) -> str:
    """An exchange's JSON may spell half a surrogate pair, which is no UTF-8."""
    return value if value.isascii() else value.encode(errors="replace").decode()


def _whole(value: int) -> int:
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError("more than 64 bits")
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("no number")
    return value


def _decimal(value: Decimal) -> str:
    text = str(value)
    if not text[-1].isdigit():
        raise ValueError("no amount")
    return f"{value:f}" if "E" in text and abs(value.adjusted()) < _LONGEST else text


def _list(value: tuple[str, ...]) -> str:
    return msgspec.json.encode([_text(one) for one in value]).decode()


def _other(value: object) -> object:
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"no column holds a {type(value).__name__}")


_BY_TYPE: dict[type, Callable[[Any], object]] = {
    str: _text, int: _whole, bool: int, float: _number, Decimal: _decimal, tuple: _list, bytes: _same,
    type(None): _same,
}  # fmt: skip
