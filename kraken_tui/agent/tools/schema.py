"""JSON schemas of tools' arguments as strict function calling wants them: every key required, none besides."""

from typing import Any

import msgspec


def strict_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a struct's arguments: what has a default may be null or is told its usual value."""
    _, components = msgspec.json.schema_components([kind])
    schema: dict[str, Any] = components[kind.__name__]
    properties = {name: _property(rule) for name, rule in schema.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _property(rule: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in rule.items() if key not in ("default", "title", "maxLength", "minLength")}
    default = rule.get("default")
    if default not in (None, "", (), []) and not isinstance(default, bool):
        told["description"] = f"{told.get('description', '')} Usually {default}.".strip()
    if "anyOf" in told:
        told["anyOf"] = [_property(each) for each in told["anyOf"]]
    if "items" in told:
        told["items"] = _property(told["items"])
    if "enum" in told and "type" not in told:
        told["type"] = "string"
    return told
