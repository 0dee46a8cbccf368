"""How screens and servers end: never later than their cause, and leaving nothing behind."""

import signal
from pathlib import Path

import pytest

from kraken_tui import clock
from tests.web.site import are_gone, browser, engine, screen, site, until

AT_MOST_S = 15.0
"""The bounds of the code, 4 s together, on a busy machine."""


def seconds_since(began_ns: int) -> float:
    return (clock.stopwatch_ns() - began_ns) / clock.SECOND


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_and_its_screens_within_seconds(tmp_path: Path, number: signal.Signals) -> None:
    async with engine(tmp_path) as asked:
        with site(tmp_path) as at:
            async with browser(at) as someone, screen(someone, at) as one, screen(someone, at) as other:
                children = at.children()
                assert len(children) == 2
                children[0].suspend()  # one that hangs must hold nobody up
                began_ns = clock.stopwatch_ns()
                at.process.send_signal(number)
                ends = {await one.ended(), await other.ended()}
                assert 1001 in ends and ends <= {1001, 1006}, "the one that hangs may be cut off without a word"
                await until(lambda: at.process.poll() is not None, "the server has ended", AT_MOST_S)
                assert seconds_since(began_ns) < AT_MOST_S
                assert at.process.returncode == 0
                assert are_gone(children)
        assert asked.done == []


async def test_no_screen_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    async with engine(tmp_path):
        with site(tmp_path) as at:
            async with browser(at) as someone, screen(someone, at):
                children = at.children()
                at.process.kill()
                await until(lambda: are_gone(children), "the screen has ended", AT_MOST_S)


async def test_a_screen_ends_with_its_socket_however_that_went(tmp_path: Path) -> None:
    async with engine(tmp_path):
        with site(tmp_path) as at:
            async with browser(at) as someone:
                async with screen(someone, at) as shown:
                    children = at.children()
                    shown.socket._response.connection.transport.abort()  # type: ignore[union-attr]
                    await until(lambda: are_gone(children), "the screen has ended", AT_MOST_S)
                async with screen(someone, at) as shown:
                    children = at.children()
                    await shown.type("\x11")
                    await shown.shows("LEAVE THE SCREEN")
                    await shown.type("\r")
                    await shown.ended()
                    await until(lambda: are_gone(children), "the screen has ended", AT_MOST_S)
                    assert "The engine" in shown.drawn, "its last words"


async def test_who_only_looks_is_not_offered_to_stop_the_engine_and_is_not_kept_waiting(tmp_path: Path) -> None:
    async with engine(tmp_path) as asked:
        with site(tmp_path) as at:
            async with browser(at) as someone, screen(someone, at) as shown:
                await shown.type("\x11")
                await shown.shows("LEAVE THE SCREEN")
                await shown.shows("Leave it running")
                assert "Stop the engine" not in shown.drawn
                await shown.type("\r")
                await shown.ended()
                await until(lambda: at.children() == [], "the screen has ended", AT_MOST_S)
        assert asked.done == []
