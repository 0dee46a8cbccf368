"""Rows of the order journal as values, and values as rows. Money is text there, exact."""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Unknown
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.store.database import Row

FILL_COLUMNS = (
    "id, order_id, client_id, symbol, side, order_type, price, amount, cost, fee, fee_coin, maker, leverage, time_ns"
)
BRACKET_COLUMNS = "symbol, stop, target, keep, reason, owner"

FILLS = f"SELECT {FILL_COLUMNS} FROM fills ORDER BY rowid"

LAST_BRACKETS = f"""
SELECT {BRACKET_COLUMNS} FROM brackets WHERE id IN (SELECT max(id) FROM brackets GROUP BY symbol) ORDER BY id
"""

_LAST = """
SELECT intents.id, client_id, intents.kind, symbol, payload, owner, created_ns, last.text
FROM intents
LEFT JOIN outcomes AS last ON last.id = (SELECT max(id) FROM outcomes WHERE intent_id = intents.id)
"""
UNSETTLED = f"{_LAST} WHERE last.id IS NULL OR last.kind = 'unknown' ORDER BY intents.id"

DECLINED = f"""{_LAST}
WHERE last.kind = 'declined' AND intents.kind NOT IN ('amend', 'cancel') AND created_ns >= ?
ORDER BY intents.id
"""

OWNERS = """
SELECT client_id, kind, symbol, payload, owner FROM intents WHERE kind NOT IN ('amend', 'cancel') ORDER BY id
"""

ORDER_CLIENTS = """
SELECT order_id, client_id FROM outcomes JOIN intents ON intents.id = intent_id
WHERE outcomes.kind = 'accepted' AND order_id <> '' AND intents.kind NOT IN ('amend', 'cancel')
ORDER BY outcomes.id
"""
"""An amend and a cancel have a client id too, but the order that they name bears another's."""


class _Reasoned(Struct, frozen=True):
    """What matters of a payload here."""

    reason: str | None = None
    leverage: int | None = None


_REASONED = msgspec.json.Decoder(_Reasoned)


def reason_of(payload: str) -> tuple[str, int]:
    """The reason and the leverage that an intent's payload gives; empty and 1 where it gives none."""
    told = _REASONED.decode(payload)
    return told.reason or "", told.leverage or 1


def outcome_values(outcome: Outcome) -> tuple[str, str | None, str]:
    """Kind, order id and text of an outcome."""
    match outcome:
        case Accepted(receipt):
            return "accepted", receipt.order_id, receipt.description
        case Declined(reason):
            return "declined", None, reason
        case Unknown(_, proof):
            return "unknown", None, proof


def storable(value: object) -> object:
    """`value` with texts as UTF-8 can hold them: an exchange's JSON may spell half a surrogate pair.

    A text that can't be written must not keep an order from being sent that protects something.
    """
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    return [storable(one) for one in value] if isinstance(value, list | tuple) else value


def json_of(value: object) -> str:
    """A struct, or what JSON knows, as JSON; money is text."""
    return msgspec.json.encode(storable(msgspec.to_builtins(value))).decode()


def fill_values(fill: Fill) -> Row:
    """Values in the order of FILL_COLUMNS."""
    return (
        fill.id, fill.order_id, fill.client_id, fill.symbol, fill.side.value, fill.order_type.value, str(fill.price),
        str(fill.amount), str(fill.cost), str(fill.fee), str(fill.fee_coin), int(fill.maker), fill.leverage,
        fill.time_ns,
    )  # fmt: skip


def fill_of(row: Row) -> Fill:
    """The fill of a row with FILL_COLUMNS."""
    return Fill(
        id=row[0], order_id=row[1], client_id=row[2], symbol=row[3], side=Side(row[4]), order_type=OrderType(row[5]),
        price=Decimal(row[6]), amount=Decimal(row[7]), cost=Decimal(row[8]), fee=Decimal(row[9]),
        fee_coin=Decimal(row[10]), maker=bool(row[11]), leverage=row[12], time_ns=row[13],
    )  # fmt: skip


def bracket_values(bracket: Bracket) -> Row:
    """Values in the order of BRACKET_COLUMNS."""
    return (
        bracket.symbol, str(bracket.stop_price), _text(bracket.target_price), _text(bracket.keep), bracket.reason,
        bracket.owner,
    )  # fmt: skip


def bracket_of(row: Row) -> Bracket:
    """The bracket of a row with BRACKET_COLUMNS."""
    return Bracket(
        symbol=row[0], stop_price=Decimal(row[1]), target_price=_decimal(row[2]), keep=_decimal(row[3]),
        reason=row[4], owner=row[5],
    )  # fmt: skip


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def single(row: Row) -> Any:
    """The one value of a row."""
    return row[0]


def pair(row: Row) -> tuple[str, str]:
    """The two texts of a row."""
    return row[0], row[1]
