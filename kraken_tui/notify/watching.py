"""What the guard makes of what it sees: `(state, sight, rules) → (state, actions)`.

An engine is down only where two sources agree: its lock is free and nothing says that it was stopped, or it holds the
lock, gives no sign of life and does not answer on its socket either.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.notify.events import HOUR_NS, EngineBack, EngineDown
from kraken_tui.notify.heartbeat import Beat

MOST_RESTARTS = 5
"""In an hour; then the engine is left alone until somebody starts it."""
KILLED_AFTER = 2
"""So many times the silence after which an engine is told to hang, it is ended."""
FIRST_PAUSE_NS = 5 * SECOND
LONGEST_PAUSE_NS = 600 * SECOND


class Sight(Struct, frozen=True, kw_only=True):
    """What the guard sees at one moment."""

    now_ns: int
    pid: int
    """Who holds the engine's lock; 0 where nobody does, below 0 where it is not known who."""
    beat: Beat | None
    answers: bool | None = None
    """Whether it answers on its socket; None where it was not asked."""


class Watching(Struct, frozen=True, kw_only=True):
    """The operator's choices."""

    silent_ns: int
    restarts: bool
    settled_ns: int = 10 * SECOND
    """How long an engine must run before it is said to be back."""


class Watch(Struct, frozen=True, kw_only=True):
    """What the guard remembers."""

    phase: Literal["waiting", "up", "down", "stopped"] = "waiting"
    pid: int = 0
    """Who holds the lock."""
    since_ns: int = 0
    """Since when that one does, as far as was seen."""
    died_ns: int = 0
    """The last sign of life of the one that is down."""
    restarts: tuple[int, ...] = ()
    """When it was restarted in the last hour."""
    ended_pid: int = 0
    """The hanging engine that the guard itself has ended."""
    gave_up: bool = False


class Ask(Struct, frozen=True):
    """To be found out: whether the engine answers on its socket. Then look again."""


class Tell(Struct, frozen=True):
    """To be told to the operator."""

    event: EngineDown | EngineBack


class Restart(Struct, frozen=True):
    """To be done: end what hangs, and start an engine on the same market."""

    hung_pid: int
    """0 where it has ended by itself."""


Action = Ask | Tell | Restart


def look(watch: Watch, sight: Sight, rules: Watching) -> tuple[Watch, list[Action]]:
    """Make something of what is seen now."""
    if sight.pid != watch.pid:
        watch = replace(watch, pid=sight.pid, since_ns=sight.now_ns)
    if sight.pid == 0:
        return _nobody(watch, sight, rules)
    if sight.answers is not True and _silence_ns(watch, sight) >= rules.silent_ns:
        if sight.answers is None:
            return watch, [Ask()]
        return _down(watch, sight, rules, hung_pid=sight.pid)
    if watch.phase != "down":
        return replace(watch, phase="up"), []
    runs = sight.beat is not None and sight.beat.pid == sight.pid and sight.beat.state == "running"
    if not runs or sight.now_ns - watch.since_ns < rules.settled_ns:
        return watch, []
    back = EngineBack(pid=sight.pid, since_ns=watch.died_ns, now_ns=sight.now_ns)
    return replace(watch, phase="up", gave_up=False), [Tell(back)]


def restarted(watch: Watch, now_ns: int) -> Watch:
    """Note that an engine was started, or that it was tried."""
    return replace(watch, restarts=(*_last_hour(watch, now_ns), now_ns))


def _nobody(watch: Watch, sight: Sight, rules: Watching) -> tuple[Watch, list[Action]]:
    if sight.beat is None:
        return (watch if watch.phase == "down" else replace(watch, phase="waiting")), []
    if watch.phase == "down" and sight.beat.pid == watch.ended_pid:
        return _down(watch, sight, rules, hung_pid=0)  # it may have found the time to say that it was stopped
    # A start that was refused was told to whoever tried it; where that was the guard, it is still down.
    if sight.beat.state == "stopped" or (sight.beat.state == "failed" and watch.phase != "down"):
        return replace(watch, phase="stopped", gave_up=False), []
    return _down(watch, sight, rules, hung_pid=0)


def _down(watch: Watch, sight: Sight, rules: Watching, *, hung_pid: int) -> tuple[Watch, list[Action]]:
    actions: list[Action] = []
    if watch.phase != "down":
        pid, last_ns = (sight.beat.pid, sight.beat.time_ns) if sight.beat else (sight.pid, watch.since_ns)
        watch = replace(watch, phase="down", died_ns=last_ns, gave_up=False)
        down = EngineDown(pid=hung_pid or pid, last_ns=last_ns, hangs=bool(hung_pid), restarts=rules.restarts)
        actions.append(Tell(down))
    if not rules.restarts or watch.gave_up:
        return watch, actions
    tried = _last_hour(watch, sight.now_ns)
    if len(tried) >= MOST_RESTARTS:
        why = f"{len(tried)} restarts in an hour"
        told = EngineDown(
            pid=hung_pid or watch.pid, last_ns=watch.died_ns, hangs=bool(hung_pid), restarts=False, gave_up=why
        )
        return replace(watch, gave_up=True), [*actions, Tell(told)]
    if tried and sight.now_ns < tried[-1] + pause(len(tried)):
        return watch, actions
    if hung_pid and _silence_ns(watch, sight) < KILLED_AFTER * rules.silent_ns:
        return watch, actions  # a machine that is too busy looks the same for a while
    return replace(watch, ended_pid=hung_pid), [*actions, Restart(hung_pid)]


def pause(tried: int) -> int:
    """How long is waited after so many restarts in an hour: 5 s, then twice as long each time, at most 10 minutes."""
    return min(FIRST_PAUSE_NS << (tried - 1), LONGEST_PAUSE_NS)


def _silence_ns(watch: Watch, sight: Sight) -> int:
    """Since when the holder of the lock has given no sign of life; a new one has some time for its first."""
    beat_ns = sight.beat.time_ns if sight.beat is not None and sight.beat.pid == sight.pid else 0
    return sight.now_ns - max(beat_ns, watch.since_ns)


def _last_hour(watch: Watch, now_ns: int) -> tuple[int, ...]:
    return tuple(tried_ns for tried_ns in watch.restarts if tried_ns > now_ns - HOUR_NS)
