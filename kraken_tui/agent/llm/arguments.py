"""Arguments of a tool call, as a model wrote them: read as data, and told back only as far as they are plain."""

import json
import re
from typing import Any

from kraken_tui.agent.llm.ports import Tool
from kraken_tui.config.settings import Settings

_PLAIN = re.compile(r"[A-Za-z0-9./:_%+-]{1,32}")
"""A symbol, a number, a word of a list: nothing that could be a sentence."""
_HARMLESS = re.compile(r"[0-9]{1,16}(\.[0-9]{1,16})?%?|[A-Z0-9]{2,10}/[A-Z]{3,5}|[A-Z0-9]{2,5}|")
"""A number, or what a ticker looks like: nothing that an error could repeat as a claim."""
_KNOWN = frozenset(Settings.model_fields)
_DEEPEST = 6


class Malformed(ValueError):
    """No JSON object that a tool could read."""


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in `text`, numbers as the text that they were written as; empty text is no arguments.

    Raises:
        Malformed: it is none, names a key twice, or is nested too deeply.
    """
    if not text.strip():
        return {}
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(found, dict) or not _is_shallow(found, _DEEPEST):
        raise Malformed
    return found


def canonical(arguments: dict[str, Any]) -> str:
    """The same text for the same arguments."""
    return json.dumps(arguments, sort_keys=True, ensure_ascii=True)


def echoed(arguments: dict[str, Any], tool: Tool) -> str:
    """What of a call the model sees again, as JSON: known keys with plain values."""
    known = parameters_of(tool)
    kept = {key: _plain(value) for key, value in arguments.items() if key in known}
    return json.dumps(kept, separators=(",", ":"))


def parameters_of(tool: Tool) -> tuple[str, ...]:
    """The names of a tool's parameters."""
    properties = tool.parameters.get("properties", {})
    return tuple(properties) if isinstance(properties, dict) else ()


def is_wordless(arguments: dict[str, Any], tool: Tool, said: str) -> bool:
    """Whether a call holds no words of the model's own, which an answer or a card could repeat as the app's.

    Args:
        arguments: of the call.
        tool: that is called.
        said: the operator's own words of the turn, which may come back.
    """
    rules = tool.parameters.get("properties", {})
    return all(key in rules and _is_wordless(value, rules[key], said) for key, value in arguments.items())


def _is_wordless(value: object, rule: Any, said: str) -> bool:
    if isinstance(value, list):
        return all(_is_wordless(one, rule, said) for one in value)
    if not isinstance(value, str):
        return value is None or isinstance(value, bool)
    if _HARMLESS.fullmatch(value) or value in _KNOWN or value.lower() in said.lower():
        return True
    return any(_allows(one, value) for one in _rules_in(rule))


def _rules_in(rule: Any) -> list[dict[str, Any]]:
    """A property's schema, and those that it consists of."""
    if not isinstance(rule, dict):
        return []
    parts = [*rule.get("anyOf", ()), rule.get("items")]
    return [rule, *(found for part in parts for found in _rules_in(part))]


def _allows(rule: dict[str, Any], value: str) -> bool:
    """Whether a schema names the value, word by word or as a pattern."""
    pattern = rule.get("pattern")
    return value in rule.get("enum", ()) or (isinstance(pattern, str) and re.search(pattern, value) is not None)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else "..."
    if isinstance(value, list) and len(value) <= 16:
        return [_plain(one) for one in value]
    return "..."


def _is_shallow(value: object, deepest: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return deepest > 0 and all(_is_shallow(one, deepest - 1) for one in parts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed
    return found


def _no_number(constant: str) -> object:
    raise Malformed
