"""What every test process needs."""

import asyncio
import gc
import os
import signal

from hypothesis import HealthCheck, settings

# How long making up an example takes tells of the machine's load, not of the test.
SLOW = [HealthCheck.too_slow]
settings.register_profile("thorough", max_examples=200, suppress_health_check=SLOW)
settings.register_profile("usual", max_examples=30, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_configure() -> None:
    """Say that there is no event loop yet: pytest-asyncio would make one to look at it, and never close it.

    Where a shell began the tests in the background, they ignore Ctrl+C, and so would every process that they start: a
    test that sends it to one would wait for ever.
    """
    asyncio.set_event_loop(None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What is imported by now stays, and need not be looked at again by each of the garbage collector's rounds: a fifth
    of all that the tests compute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
