"""How many examples a property gets on which money depends, whatever the profile says of the others."""

from hypothesis import settings


def careful(least: int = 60) -> settings:
    """At least so many, and the profile's own number where that is larger; no deadline: a busy machine is no fault."""
    return settings(max_examples=max(least, settings().max_examples), deadline=None)
