"""What is wrong with settings, a plain line for each fault: which key, which value, what would be right."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Optional, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kraken_tui.config.assistant import MODEL_NAME, MODEL_NAME_OR_NONE
from kraken_tui.config.settings import HeatLimit, Money, Settings, Share

Where = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

NUMBERS = (int, float, Decimal, Optional[Share], Optional[Money])  # noqa: UP045 - compares equal to a field's annotation

WORDS = {
    "a valid decimal": "a number",
    "a valid number": "a number",
    "a valid integer, got a number with a fractional part": "a whole number",
    "a valid integer": "a whole number",
    "a valid boolean": "true or false",
    "a valid list": "a list",
    "a valid string": "text",
    "a valid dictionary or instance of HeatLimit": 'an object such as {"trades": 3, "exposure": 150}',
    "a valid dictionary": "an object",
    "match pattern '^https?://'": "begin with https:// or http://",
    "match pattern '^[A-Z0-9.]{1,15}/USDT?$'": "be a pair such as BTC/USD",
    "match pattern '^wss?://'": "begin with wss:// or ws://",
    f"match pattern '{MODEL_NAME}'": "be a model's name such as gpt-4o",
    f"match pattern '{MODEL_NAME_OR_NONE}'": "be a model's name such as gpt-4o, or empty",
}


def faults_in(values: Mapping[str, Any]) -> tuple[Settings | None, list[str]]:
    """The settings that `values` make, or else what is wrong with them, all of it at once.

    Args:
        values: as parsed from JSON, numbers with a point as Decimal.
    """
    return faults_of(Settings, values)


def faults_of(model: type[Model], values: Mapping[str, Any]) -> tuple[Model | None, list[str]]:
    """The `model` that `values` make, or else what is wrong with them; see `faults_in`."""
    faults: dict[Where, str] = dict((*_unknown(model, values), *_no_numbers(model, values)))
    made = None
    try:
        made = model.model_validate(values)
    except ValidationError as error:
        for fault in error.errors():
            faults.setdefault(fault["loc"], _plain(fault))
    return (None if faults else made), list(faults.values())


def _parts(
    model: type[BaseModel], values: Mapping[str, Any]
) -> Iterator[tuple[Where, type[BaseModel], Mapping[str, Any]]]:
    """The objects whose keys are fixed: the settings themselves, and each limit."""
    yield (), model, values
    limits: dict[Where, object] = {("HEAT",): values.get("HEAT")}
    groups = values.get("HEAT_GROUPS")
    if isinstance(groups, dict):
        limits |= {("HEAT_GROUPS", name): limit for name, limit in groups.items()}
    for where, limit in limits.items():
        if isinstance(limit, dict):
            yield where, HeatLimit, limit


def _unknown(whole: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[Where, str]]:
    for where, model, part in _parts(whole, values):
        for key in part:
            if key not in model.model_fields:
                yield (*where, key), f"{_name((*where, key))} is no setting{_nearest(key, model)}"


def _nearest(key: str, model: type[BaseModel]) -> str:
    known = {name.upper(): name for name in model.model_fields}
    near = difflib.get_close_matches(key.upper(), known, n=1, cutoff=0.5)
    return f"; did you mean {known[near[0]]}?" if near else ""


def _no_numbers(whole: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[Where, str]]:
    """Pydantic would read true as 1 and "10" as 10; here that is a slip of the operator's, and told."""
    for where, model, part in _parts(whole, values):
        for key, value in part.items():
            field = model.model_fields.get(key)
            wanted = field.annotation if field is not None else None
            if wanted in NUMBERS and isinstance(value, bool | str):
                right = "a whole number" if wanted is int else "a number"
                yield (*where, key), f"{_name((*where, key))} is {_shown(value)}; it should be {right}"


def _plain(fault: ErrorDetails) -> str:
    key, context = _name(fault["loc"]), fault.get("ctx", {})
    if fault["type"] == "value_error":
        return f"{key}: {context['error']}" if key else str(context["error"])
    if fault["type"] == "missing":
        return f"{key} is missing"
    right = re.sub(r"^\w+ should", "it should", fault["msg"])
    for pydantics, ours in WORDS.items():
        right = right.replace(pydantics, ours)
    return f"{key} is {_shown(fault['input'])}; {right}"


def _name(where: Where) -> str:
    return ".".join(str(part) for part in where if part != "[key]")


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
