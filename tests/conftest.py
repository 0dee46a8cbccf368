"""What every test process needs."""

import asyncio
import os

from hypothesis import settings

settings.register_profile("thorough", max_examples=200)
settings.register_profile("usual", max_examples=30)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_configure() -> None:
    """Say that there is no event loop yet: pytest-asyncio would make one to look at it, and never close it."""
    asyncio.set_event_loop(None)
