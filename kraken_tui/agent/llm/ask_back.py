"""The one way in which the model asks the operator something in a turn that acts: by naming what is missing."""

from typing import Any

from msgspec import Struct

from kraken_tui.model.fact import ToolResult

QUESTIONS = {
    "pair": "Which pair?",
    "side": "Buy or sell?",
    "amount": "How much, in coins, in USD or in percent of equity?",
    "price": "At which price, or at market?",
    "stop": "Where should the stop be?",
    "target": "Where should the target be?",
    "position": "Which position?",
    "order": "Which order?",
    "setting": "Which setting, and to what value?",
    "duration": "Until when?",
    "meaning": "What exactly should be done?",
}
MISSING = "missing"


class AskBack(Struct, frozen=True, kw_only=True):
    """Is a tool like the others; the app words the question."""

    name: str
    description: str
    parameters: dict[str, Any]
    proposes: bool = False


ASK_BACK = AskBack(
    name="ask_back",
    description="Ask the operator for what a proposal lacks; the app words the question.",
    parameters={
        "type": "object",
        "properties": {
            MISSING: {"type": "array", "items": {"type": "string", "enum": list(QUESTIONS)}, "description": "Parts."}
        },
        "required": [MISSING],
        "additionalProperties": False,
    },
)


def asked_back(arguments: dict[str, object]) -> ToolResult:
    """The questions, each in the app's words."""
    missing = arguments.get(MISSING)
    asked = (
        dict.fromkeys(part for part in missing if isinstance(part, str) and part in QUESTIONS)
        if isinstance(missing, list)
        else {}
    )
    if not asked:
        return ToolResult(ok=False, lines=(f"{MISSING} must name some of: {', '.join(QUESTIONS)}",))
    return ToolResult(ok=True, lines=tuple(QUESTIONS[part] for part in asked), data={MISSING: list(asked)})
