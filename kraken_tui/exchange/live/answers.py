"""Reading Kraken's answers strictly: what is missing is never read as nothing.

ccxt takes an answer without a result for an empty account without orders. Here it is one to ask again for.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from kraken_tui.exchange.live.signed_kraken import CCXT_ERRORS, SignedKraken
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import RetryLater
from kraken_tui.model.excerpt import excerpt

Row = dict[str, Any]


def table(answer: Mapping[str, Any], name: str | None = None) -> dict[str, Any]:
    """The table `result`, or the table `name` in it.

    Raises:
        RetryLater: there is none.
    """
    found = answer.get("result")
    if name is not None and isinstance(found, dict):
        found = found.get(name)
    if not isinstance(found, dict):
        raise RetryLater(f"Kraken's answer has no table {name or 'result'}: {excerpt(found)}")
    return found


def rows(answer: Mapping[str, Any], name: str | None = None) -> list[Row]:
    """The entries of a table by id, each with its key as `id`."""
    return [{"id": key, **_mapping(entry, key)} for key, entry in table(answer, name).items()]


def listed(answer: Mapping[str, Any]) -> list[Row]:
    """The rows of a result that is a list; Kraken writes an empty one as a table as well."""
    found = answer.get("result")
    if found == {}:
        return []
    if not isinstance(found, list):
        raise RetryLater(f"Kraken's answer has no list: {excerpt(found)}")
    return [dict(_mapping(row, "row")) for row in found]


def text(answer: Mapping[str, Any], name: str) -> str:
    """A text in the result."""
    found = table(answer).get(name)
    if not isinstance(found, str) or not found:
        raise RetryLater(f"Kraken's answer has no {name}: {excerpt(found)}")
    return found


def parsed(parse: Callable[[Row], CcxtStruct], found: Sequence[Row]) -> list[CcxtStruct]:
    """Each row in ccxt's form.

    Raises:
        RetryLater: ccxt stumbles over one.
    """
    try:
        return [parse(row) for row in found]
    except CCXT_ERRORS as error:
        raise RetryLater(f"ccxt can't read a row: {excerpt(error)}") from None


def position(kraken: SignedKraken, row: Row) -> CcxtStruct:
    """A margin position; `contracts` is what is open of it, where ccxt tells what was opened."""
    struct: CcxtStruct = kraken.parse_position(row)
    return struct | {"contracts": f"{number(row, 'vol') - number(row, 'vol_closed'):f}"}


def number(row: Mapping[str, Any], field: str) -> Decimal:
    """A number of Kraken's."""
    try:
        found = Decimal(str(row.get(field)))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise RetryLater(f"{field} is not a number: {excerpt(row.get(field))}")
    return found


def is_since(row: Mapping[str, Any], field: str, since_ms: int | None) -> bool:
    """Whether `field`, in seconds, is not before `since_ms`; what can't be told is taken along."""
    value = row.get(field)
    return since_ms is None or not isinstance(value, int | float) or value * 1000 + 1 >= since_ms


def _mapping(entry: object, key: object) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise RetryLater(f"Kraken's entry {excerpt(key)} is no table: {excerpt(entry)}")
    return entry
