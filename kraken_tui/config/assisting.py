"""What the assistant may do alone: ASSISTANT_LIMITS."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Pair = Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,15}/USDT?$")]
Word = Annotated[str, Field(pattern=r"^(buy|sell|stop|target)$")]


class AssistantLimits(BaseModel):
    """Of the level `auto`. What is left out is not done without asking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Money | None = Field(None, description="Most notional of one entry, in USD.")
    day: Money | None = Field(None, description="Most notional of a UTC day's entries, in USD.")
    risk: Money | None = Field(None, description="Most that one entry may lose at its stop, fees included, in USD.")
    symbols: list[Pair] = Field([], description="Pairs.")
    commands: list[Word] = Field(
        [],
        description="buy, sell (short), stop (further away) and target; what makes the account safer needs no leave.",
    )
