"""`kraken-tui` itself: the engine in the foreground, or a screen on an engine that is found or started."""

import asyncio
import contextlib
import gc
import os
import sys
from typing import TextIO

from kraken_tui.cli import engine_process
from kraken_tui.cli.asked import Asked, check_market
from kraken_tui.cli.confirm import confirmed
from kraken_tui.config.holders import running
from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain


def run_engine_here(asked: Asked) -> int:
    """The engine in this process, until it is done or told to stop; returns the exit code."""
    import msgspec

    from kraken_tui.config.keys import receive_keys
    from kraken_tui.config.load import home_in_mode
    from kraken_tui.runtime.options import EngineOptions
    from kraken_tui.runtime.run import run_engine

    environ = os.environ if asked.keys_fd is None else {**os.environ, **receive_keys(asked.keys_fd)}
    home, settings = home_in_mode(asked.home, environ)
    check_market(asked, asked.market or settings.MARKET)
    word = confirmed(asked, home, settings)
    options = EngineOptions(
        home=asked.home,
        market=asked.market,
        duration=asked.duration,
        speed=asked.speed,
        seed=asked.seed,
        foreground=not asked.detached,
        live=asked.live,
        word=word,
    )
    summary = asyncio.run(run_engine(options, environ))
    if asked.as_json:
        print(msgspec.json.encode(summary).decode())
    return 0


def run_screen_here(asked: Asked) -> int:
    """A screen on this home's engine, which is started where there is none; returns the exit code."""
    need_terminal()
    home = running(asked.home)
    if home is None:
        return show(_started(asked))
    if (roster := asyncio.run(engine_process.roster_of(home))) is not None:
        engine_process.refuse_unless_same(asked, roster)
        return show(home)
    return show(_started(asked))


def show(home: Home, role: str = "control") -> int:
    """A screen on a running engine, until it is left; returns the exit code."""
    gc.disable()  # what start-up makes lives on: the screen itself enables it, once it shows its first picture
    from kraken_tui.control.client import EngineClient
    from kraken_tui.ui.app import run_screen

    place = "browser" if "TEXTUAL_DRIVER" in os.environ else "screen"
    link = EngineClient(home.socket, place, role)
    kept = home.ui_state if place == "screen" else home.ui_state.with_stem(f"{home.ui_state.stem}-{place}")
    choice = run_screen(link, ui_state=kept, crash_log=home.logs / "screen-crash.log")
    if choice.message:
        with contextlib.suppress(OSError):  # the terminal may be the very thing that was lost
            print(choice.message, file=sys.stderr)
    if choice.engine == "stop" and role == "control":
        asyncio.run(engine_process.wait_until_gone(home))
    return 1 if choice.code == 1 else 0


def need_terminal() -> None:
    """Refuse to draw a screen where nobody could see it.

    Raises:
        UsageError: stdin or stderr is no terminal, and no other driver is named.
    """
    is_seen = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    if not is_seen and "TEXTUAL_DRIVER" not in os.environ:
        raise UsageError("a screen needs a terminal; use --no-ui for the engine alone, or kraken-tui status")


def _started(asked: Asked) -> Home:
    """Start an engine, once the operator has confirmed what needs that; returns its home."""
    from kraken_tui.config.load import home_in_mode

    home, settings = home_in_mode(asked.home, os.environ)
    word = confirmed(asked, home, settings)
    progress = Progress(sys.stderr)
    try:
        asyncio.run(engine_process.start(home, asked, progress.tell, word))
    finally:
        progress.end()
    return home


class Progress:
    """One line that changes, on a terminal; a line per change elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = ""

    def tell(self, text: str) -> None:
        """Show `text` in place of what stood there."""
        if text == self._told:
            return
        self._told = text
        text = plain(text)
        self._stream.write(f"\r\x1b[K{text[:78]}" if self._stream.isatty() else f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave a clean line."""
        if self._told and self._stream.isatty():
            self._stream.write("\r\x1b[K")
            self._stream.flush()
