"""The bell of this machine: a desktop's own notification, or else the terminal that the program runs in."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kraken_tui.config.secrets import without_secrets
from kraken_tui.model.plain import plain
from kraken_tui.notify.channel import Answer, Later, Letter, Never, Sent

WITHIN_S = 5.0
DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY")


class Bell:
    """Rings once for each message.

    Args:
        environ: says whether there is a desktop.
        terminal: written to where there is none.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, terminal: Path = Path("/dev/tty")) -> None:
        self._environ = environ
        self._terminal = terminal

    async def send(self, letter: Letter) -> Answer:
        """Show it."""
        program = shutil.which("notify-send", path=self._environ.get("PATH"))
        if program is not None and any(self._environ.get(name) for name in DESKTOP):
            return await self._on_desktop(program, letter)
        try:
            self._ring(letter)
        except OSError as error:
            return Never(why=f"no desktop, and no terminal: {error.strerror}")
        return Sent(status="delivered")

    async def status(self, sid: str) -> Sent | None:
        """A bell tells nothing more."""
        return None

    async def close(self) -> None:
        """Nothing is held."""

    async def _on_desktop(self, program: str, letter: Letter) -> Answer:
        words = [program, "--app-name=kraken-tui", "--", "kraken-tui", plain(letter.text)]
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=quiet, stdout=quiet, stderr=quiet, env=without_secrets(self._environ)
            )
        except OSError as error:
            return Never(why=f"{program}: {error.strerror}")
        try:
            async with asyncio.timeout(WITHIN_S):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            return Later(why=f"{program} hangs")
        return Sent(status="delivered") if code == 0 else Later(why=f"{program} ended with {code}")

    def _ring(self, letter: Letter) -> None:
        """Never waits: a terminal that takes nothing now raises."""
        descriptor = os.open(self._terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, f"\a{plain(letter.text)}\r\n".encode())
        finally:
            os.close(descriptor)
