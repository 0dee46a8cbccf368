"""What every test process needs."""

import asyncio
import gc
import os

from hypothesis import HealthCheck, settings

# How long making up an example takes tells of the machine's load, not of the test.
SLOW = [HealthCheck.too_slow]
settings.register_profile("thorough", max_examples=200, suppress_health_check=SLOW)
settings.register_profile("usual", max_examples=30, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_configure() -> None:
    """Say that there is no event loop yet: pytest-asyncio would make one to look at it, and never close it."""
    asyncio.set_event_loop(None)


def pytest_collection_finish() -> None:
    """What is imported by now stays, and need not be looked at again by each of the garbage collector's rounds: a fifth
    of all that the tests compute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
