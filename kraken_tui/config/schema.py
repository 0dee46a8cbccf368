"""The JSON schema of `config.json`, for editors and for `kraken-tui config schema`."""

import json
from typing import Any

from kraken_tui.config.settings import Settings


def settings_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 with every key, its default, its bounds and its meaning."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


def settings_table() -> str:
    """The keys as a Markdown table, as `docs/operations.md` holds it."""
    rows = [f"| `{key}` | {_quoted(key)} | {_bounds(rule)} | {rule['description']} |" for key, rule in _rules()]
    return "\n".join(["| key | default | allowed | meaning |", "|---|---|---|---|", *rows])


def settings_rows() -> list[tuple[str, str, str, str]]:
    """Of every key: its name, its default as JSON writes it, what is allowed, and what it means."""
    defaults = Settings().model_dump(mode="json")
    return [
        (key, as_text(defaults[key]), _bounds(rule).replace("`", ""), rule["description"].replace("`", ""))
        for key, rule in _rules()
    ]


def as_text(value: object) -> str:
    """A value of a key as a person reads it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rules() -> list[tuple[str, dict[str, Any]]]:
    return list(settings_schema()["properties"].items())


def _quoted(key: str) -> str:
    default = Settings.model_fields[key].default
    if isinstance(default, dict):
        return "see below"
    if default is None or isinstance(default, bool):
        return f"`{json.dumps(default)}`"
    return f"`{default.model_dump_json()}`" if hasattr(default, "model_dump_json") else f"`{default}`"


def _bounds(rule: dict[str, Any]) -> str:
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    numbers = next((kind for kind in rule.get("anyOf", []) if kind["type"] == "number"), rule)
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return ", ".join(f"{sign} {numbers[name]:g}" for name, sign in signs.items() if name in numbers)
