"""Who sits at the engine's socket: places for screens, a few kept for commands, none for those who say nothing."""

import asyncio
from enum import Enum, auto

from kraken_tui import clock

MOST_SCREENS = 32
MOST_RESERVED = 8
"""Further places, for commands only: whatever hangs on the socket, the operator gets his flatten in."""
MOST_MUTE = 64
"""Connections that have not said Hello yet; the oldest goes when there are more."""
IDLE_AFTER_S = 30.0
"""A connection that has asked nothing for so long gives its place up when somebody else wants it."""


class Place(Enum):
    """Where a connection sits."""

    MUTE = auto()
    SCREEN = auto()
    RESERVED = auto()
    LEAVING = auto()


class Seat:
    """One connection.

    Args:
        writer: its stream.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.place = Place.MUTE
        self._answering = False
        self._heard_ns = clock.stopwatch_ns()

    def asks(self) -> None:
        """It asks something, and is being answered."""
        self._answering, self._heard_ns = True, clock.stopwatch_ns()

    def answered(self) -> None:
        """It has its answer."""
        self._answering, self._heard_ns = False, clock.stopwatch_ns()

    @property
    def idle_s(self) -> float:
        """Since when it has asked nothing."""
        return 0.0 if self._answering else (clock.stopwatch_ns() - self._heard_ns) / clock.SECOND

    def leave(self) -> None:
        """Hang up; its task ends as that of a lost screen does."""
        self.place = Place.LEAVING
        self.writer.transport.abort()


class Seats:
    """Every open connection, by the task that serves it."""

    def __init__(self) -> None:
        self._seats: dict[asyncio.Task[None], Seat] = {}

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def tasks(self) -> tuple[asyncio.Task[None], ...]:
        """Those that serve."""
        return tuple(self._seats)

    def enter(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> Seat:
        """A new connection, that has not said Hello yet."""
        self._seats[task] = seat = Seat(writer)
        mute = self._at(Place.MUTE)
        if len(mute) > MOST_MUTE:
            mute[0].leave()
        return seat

    def let_in(self, seat: Seat, *, commands: bool) -> bool:
        """Give `seat` a place; an idle connection leaves for it where all are taken. False: no place.

        Args:
            seat: has said Hello.
            commands: whether it may sit in the reserve.
        """
        kinds = [(Place.SCREEN, MOST_SCREENS)] + ([(Place.RESERVED, MOST_RESERVED)] if commands else [])
        for place, most in kinds:
            taken = self._at(place)
            if len(taken) >= most:
                idle = max(taken, key=lambda other: other.idle_s)
                if idle.idle_s < IDLE_AFTER_S:
                    continue
                idle.leave()
            seat.place = place
            return True
        return False

    def forget(self, task: asyncio.Task[None]) -> None:
        """The connection is closed."""
        del self._seats[task]

    def dismiss(self) -> None:
        """Hang up on everybody."""
        for seat in self._seats.values():
            seat.leave()

    def _at(self, place: Place) -> list[Seat]:
        return [seat for seat in self._seats.values() if seat.place is place]
