"""The browser's end, behind `kraken-tui serve`: a screen that does not outlive its server."""

import ctypes
import os
import signal
import sys
from functools import partial

from textual.drivers.web_driver import WebDriver

ENDS_WITHIN_S = 3.0
PR_SET_PDEATHSIG = 1
"""Linux, <sys/prctl.h>: the signal that a child gets when its parent ends."""


class BrowserDriver(WebDriver):
    """Textual's driver for pipes, for a server that may be killed at any moment.

    On Linux the kernel then kills the screen, which owns nothing, even one that is stopped. Everywhere it closes the
    pipe whose other end the server held: the screen ends as by SIGTERM, and one whose loop hangs without ceremony.
    """

    def start_application_mode(self) -> None:
        """Begin; from here on a lost pipe takes no write, as a lost terminal does."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        self._write = partial(_write_all, self.fileno)
        super().start_application_mode()

    def run_input_thread(self) -> None:
        """Hand on what is typed, until there is nobody any more who types."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
            if not self.exit_event.wait(ENDS_WITHIN_S):
                os._exit(128 + signal.SIGTERM)


def _write_all(descriptor: int, data: bytes) -> int:
    """Write all of it, though a signal comes between; to nobody where the other end is closed."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        pass
    return len(data)
