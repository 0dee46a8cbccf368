"""What every test process needs."""

import asyncio


def pytest_configure() -> None:
    """Say that there is no event loop yet: pytest-asyncio would make one to look at it, and never close it."""
    asyncio.set_event_loop(None)
