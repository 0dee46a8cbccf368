"""The terminal's end: writes that do not outlive the terminal."""

from textual.drivers.linux_driver import LinuxDriver


class LosableDriver(LinuxDriver):
    """A driver for a terminal that may be lost at any moment.

    Textual writes in a thread, behind a short queue. A lost terminal ends that thread, and whoever then writes waits
    for room in the queue for ever: the process would stay behind, unseen.
    """

    def write(self, data: str) -> None:
        """Write, while there is somebody who takes it."""
        if self._is_taken:
            super().write(data)

    def close(self) -> None:
        """Wait until everything is written, while there is somebody who writes it."""
        if self._is_taken:
            super().close()

    @property
    def _is_taken(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()
