"""What the guard makes of what it sees: down once, back once, never on one source alone, and no restart loop."""

from itertools import pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.notify.events import HOUR_NS, EngineBack, EngineDown
from kraken_tui.notify.heartbeat import Beat
from kraken_tui.notify.watching import (
    MOST_RESTARTS,
    Action,
    Ask,
    Restart,
    Sight,
    Tell,
    Watch,
    Watching,
    look,
    restarted,
)
from tests.careful import careful
from tests.notify.samples import START_NS

TELLS = Watching(silent_ns=30 * SECOND, restarts=False)
RESTARTS = Watching(silent_ns=30 * SECOND, restarts=True)
State = Literal["starting", "running", "stopped", "failed"]


class World:
    """An engine as a guard sees it, second by second."""

    def __init__(self, rules: Watching = TELLS) -> None:
        self.watch, self.rules, self.now_ns = Watch(), rules, START_NS
        self.pid, self.beat, self.answers = 0, None, True  # type: int, Beat | None, bool
        self.told: list[EngineDown | EngineBack] = []
        self.restarts: list[Restart] = []
        self.asked = 0

    def engine(self, pid: int, state: State = "running") -> None:
        self.pid = 0 if state in ("stopped", "failed") else pid
        self.beat = Beat(pid=pid, time_ns=self.now_ns, state=state, market="demo")

    def dies(self) -> None:
        self.pid = 0

    def go_on(self, seconds: int, *, beats: bool = True) -> None:
        for _ in range(seconds):
            self.now_ns += SECOND
            if beats and self.pid and self.beat is not None:
                self.engine(self.pid, self.beat.state)
            self.look()

    def look(self) -> None:
        actions = self._look(None)
        if actions == [Ask()]:
            self.asked += 1
            actions = self._look(self.answers)
        for action in actions:
            match action:
                case Tell(event=event):
                    self.told.append(event)
                case Restart():
                    self.restarts.append(action)
                    self.watch = restarted(self.watch, self.now_ns)

    def _look(self, answers: bool | None) -> list[Action]:
        sight = Sight(now_ns=self.now_ns, pid=self.pid, beat=self.beat, answers=answers)
        self.watch, actions = look(self.watch, sight, self.rules)
        return actions


def test_an_engine_that_dies_is_down_once_and_back_once() -> None:
    world = World()
    world.engine(7)
    world.go_on(60)
    died_ns = world.now_ns
    world.dies()
    world.go_on(300)
    assert world.told == [EngineDown(pid=7, last_ns=died_ns, hangs=False, restarts=False)]
    world.engine(8)
    world.go_on(9)
    assert len(world.told) == 1
    world.go_on(60)
    assert len(world.told) == 2 and isinstance(world.told[1], EngineBack)
    assert (world.told[1].pid, world.told[1].since_ns) == (8, died_ns)


def test_an_engine_that_was_stopped_or_never_began_is_not_down() -> None:
    for state in ("stopped", "failed"):
        world = World(RESTARTS)
        world.go_on(10)
        world.engine(7)
        world.go_on(60)
        world.engine(7, state)
        world.go_on(600)
        assert (world.told, world.restarts, world.watch.phase) == ([], [], "stopped")


def test_silence_alone_is_not_enough_the_socket_must_be_silent_too() -> None:
    world = World()
    world.engine(7)
    world.go_on(60)
    world.go_on(100, beats=False)  # a full disk, say
    assert world.told == [] and world.asked > 0
    world.answers = False
    world.go_on(100, beats=False)
    (down,) = world.told
    assert isinstance(down, EngineDown) and down.hangs
    world.go_on(20)
    assert isinstance(world.told[-1], EngineBack) and len(world.told) == 2


def test_an_engine_that_takes_long_to_start_is_given_time_for_its_first_sign() -> None:
    world = World()
    world.beat = Beat(pid=6, time_ns=START_NS - HOUR_NS, state="stopped", market="demo")
    world.pid, world.answers = 7, False
    world.go_on(29, beats=False)
    assert world.told == []


def test_one_that_ended_before_the_guard_began_is_told() -> None:
    world = World()
    world.beat = Beat(pid=6, time_ns=START_NS - HOUR_NS, state="running", market="demo")
    world.go_on(5)
    assert [type(event) for event in world.told] == [EngineDown]


def test_what_hangs_is_told_and_ended_only_later() -> None:
    world = World(RESTARTS)
    world.engine(7)
    world.go_on(20)
    world.answers = False
    world.go_on(59, beats=False)
    assert len(world.told) == 1 and world.restarts == []
    world.go_on(2, beats=False)
    assert world.restarts == [Restart(7)]
    world.engine(7, "stopped")  # it found the time to say so
    world.go_on(3)
    world.engine(8)
    world.go_on(15)
    assert isinstance(world.told[-1], EngineBack)


def test_restarts_are_spaced_bounded_and_given_up_aloud() -> None:
    world = World(RESTARTS)
    world.engine(7)
    world.go_on(20)
    world.dies()
    at: list[int] = []
    for _ in range(3000):
        before = len(world.restarts)
        world.go_on(1)
        if len(world.restarts) > before:
            at.append(world.now_ns)
            world.engine(100 + before, "starting")  # it dies again at once
            world.dies()
    gaps = [(after - before) // SECOND for before, after in pairwise(at)]
    assert gaps == [5, 10, 20, 40]
    assert [type(event) for event in world.told] == [EngineDown, EngineDown]
    assert isinstance(world.told[1], EngineDown) and world.told[1].gave_up == "5 restarts in an hour"
    world.engine(500)
    world.go_on(20)
    assert isinstance(world.told[-1], EngineBack)


steps = st.lists(
    st.tuples(st.sampled_from(["start", "die", "hang", "stop", "fail", "nothing"]), st.integers(1, 90), st.booleans()),
    max_size=25,
)


@careful(60)
@given(steps, st.booleans())
def test_down_and_back_take_turns_and_restarts_are_bounded(script: list[tuple[str, int, bool]], restarts: bool) -> None:
    world = World(RESTARTS if restarts else TELLS)
    pid = 10
    times: list[int] = []
    for what, seconds, answers in script:
        pid += 1
        world.answers = answers
        match what:
            case "start" if not world.pid:
                world.engine(pid)
            case "die":
                world.dies()
            case "stop" if world.pid:
                world.engine(world.pid, "stopped")
            case "fail" if world.pid:
                world.engine(world.pid, "failed")
        for _ in range(seconds):
            before = len(world.restarts)
            world.go_on(1, beats=what != "hang")
            times += [world.now_ns] * (len(world.restarts) - before)
    kinds = ["back" if isinstance(event, EngineBack) else "down" for event in world.told if not _gave_up(event)]
    assert all(one != other or one == "down" for one, other in pairwise(kinds))
    assert not kinds or kinds[0] == "down"
    for begin in times:
        assert sum(begin <= at < begin + HOUR_NS for at in times) <= MOST_RESTARTS
    assert restarts or not times


def _gave_up(event: EngineDown | EngineBack) -> bool:
    return isinstance(event, EngineDown) and bool(event.gave_up)
