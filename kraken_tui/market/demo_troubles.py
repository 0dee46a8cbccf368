"""What goes wrong in the demo market: the feed falls silent, a quote is missing, a pair is halted."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

FIRST_SILENCE = 90.0
"""Seconds of speech at least, at the start and between silences."""
SHORT_SILENCES = 600
"""For so many seconds silences last 8 to 16 s, after which a look-back still has prices; later they last up to 25 s."""
MISSING = 1 / 2500
"""Chance per coin and second that its quote goes missing."""
HALT = 1 / 400
"""Chance per second that one coin is halted, while none is."""


class Troubles:
    """Draws the troubles of `count` coins from `random`."""

    def __init__(self, count: int, random: np.random.Generator) -> None:
        self._count = count
        self._random = random
        self._missing_left = np.zeros(count, np.int64)
        self._halted = -1
        self._halt_left = 0
        self.begin()

    def begin(self) -> None:
        """Everything in order, for at least `FIRST_SILENCE` seconds."""
        self._missing_left[:] = 0
        self._halted = -1
        self._silence_in = self._speech()
        self._silence_left = 0
        self._seconds = 0

    def next(self, seconds: int) -> tuple[Flags, Flags, Flags]:
        """The next seconds: listed per ticker, missing per (second, ticker), silent per second."""
        listed, missing = self._halts(seconds), self._gaps(seconds)
        missing[:, ~listed] = True
        return listed, missing, self._silence(seconds)

    def _halts(self, seconds: int) -> Flags:
        listed = np.ones(self._count, np.bool_)
        if self._halted < 0 and self._random.random() < HALT * seconds:
            self._halted = int(self._random.integers(self._count))
            self._halt_left = int(self._random.integers(30, 120))
        if self._halted >= 0:
            listed[self._halted] = False
            self._halt_left -= seconds
            if self._halt_left <= 0:
                self._halted = -1
        return listed

    def _gaps(self, seconds: int) -> Flags:
        hits = int(self._random.poisson(MISSING * seconds * self._count))
        if hits:
            self._missing_left[self._random.integers(0, self._count, hits)] = self._random.integers(2, 11, hits)
        missing: Flags = np.arange(seconds)[:, None] < self._missing_left
        self._missing_left = np.maximum(0, self._missing_left - seconds)
        return missing

    def _silence(self, seconds: int) -> Flags:
        silent = np.zeros(seconds, np.bool_)
        self._seconds += seconds
        for second in range(seconds):
            if self._silence_left > 0:
                self._silence_left -= 1
                silent[second] = True
            elif self._silence_in > 0:
                self._silence_in -= 1
            else:
                self._silence_left = int(self._random.integers(8, 17 if self._seconds < SHORT_SILENCES else 26))
                self._silence_in = self._speech()
        return silent

    def _speech(self) -> int:
        return int(FIRST_SILENCE + self._random.exponential(220.0))
