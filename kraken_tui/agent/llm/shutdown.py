"""When a provider switches a model off, and which one answers then."""

import re
from datetime import date

from msgspec import Struct

from kraken_tui.agent.llm.models import known_model
from kraken_tui.agent.llm.providers import Profile, with_model

WARN_DAYS = 90
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ][0-9:.+Z-]*)?")


class Choice(Struct, frozen=True, kw_only=True):
    """The model that is asked, and what the operator should know of it."""

    profile: Profile
    note: str
    """Empty: nothing."""


def shutdown_day(told: str) -> date | None:
    """The day in a provider's `shutdown_date`; None where it is none."""
    found = _DAY.fullmatch(told.strip())
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def announced(model: str) -> date | None:
    """The day that is known without asking."""
    known = known_model(model)
    return known.shutdown if known is not None else None


def choose(profile: Profile, told: date | None, today: date) -> Choice:
    """Which model to ask on `today`, given the day on which the configured one ends; None: none is known."""
    if told is None:
        return Choice(profile=profile, note="")
    days = (told - today).days
    if days <= 0:
        return succeed(profile, f"was switched off on {told}")
    if days > WARN_DAYS:
        return Choice(profile=profile, note="")
    then = f"{profile.successor} answers from then on" if profile.successor else "name another in ASSISTANT_MODEL"
    return Choice(profile=profile, note=f"{profile.model} is switched off on {told}, in {days} days; {then}")


def succeed(profile: Profile, why: str) -> Choice:
    """The successor's turn, where there is one.

    Args:
        profile: with the model that can't be asked.
        why: what became of it, such as `is not known there`.
    """
    if not profile.successor or profile.successor == profile.model:
        return Choice(profile=profile, note=f"{profile.model} {why}; name another in ASSISTANT_MODEL")
    note = f"{profile.model} {why}; {profile.successor} answers instead (ASSISTANT_SUCCESSOR)"
    return Choice(profile=with_model(profile, profile.successor), note=note)
