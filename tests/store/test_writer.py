"""The writer's thread: nothing it meets slows the pusher, and everything it meets is told."""

import threading
from collections.abc import Callable

from kraken_tui import clock
from kraken_tui.store.writer import Writer


class PretendDisk:
    """Takes numbers. While `full`, it refuses; while `stuck` is set, it hangs."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.told_lost: list[int] = []
        self.full = False
        self.stuck = threading.Event()
        self.stuck.set()
        self.reached = threading.Event()
        self.closed = False

    def write(self, item: int) -> None:
        self.reached.set()
        self.stuck.wait(10)
        if self.full:
            raise OSError(28, "No space left on device")
        self.kept.append(item)

    def lost(self, count: int) -> None:
        self.told_lost.append(count)

    def idle(self) -> None: ...

    def abandon(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    began = clock.stopwatch_ns()
    pause = threading.Event()
    while not condition():
        assert clock.stopwatch_ns() - began < within_s * clock.SECOND, "waited in vain"
        pause.wait(0.002)


def test_items_are_written_in_order_and_all_before_it_closes() -> None:
    disk, problems = PretendDisk(), list[str]()
    writer = Writer("the log", disk, problems.append, capacity=2000)
    for number in range(1000):
        writer.push(number)
    writer.close()
    assert disk.kept == list(range(1000))
    assert (disk.closed, problems) == (True, [])


def test_a_stuck_disk_delays_nobody_and_what_was_lost_is_counted() -> None:
    disk, problems = PretendDisk(), list[str]()
    disk.stuck.clear()
    writer = Writer("the log", disk, problems.append, capacity=10)
    writer.push(0)
    disk.reached.wait(5)
    slowest = 0
    for number in range(1, 1000):
        began = clock.stopwatch_ns()
        writer.push(number)
        slowest = max(slowest, clock.stopwatch_ns() - began)
    assert slowest < 0.05 * clock.SECOND
    disk.stuck.set()
    until(lambda: len(disk.kept) == 11)
    writer.push(5000)
    writer.close()
    assert disk.kept == [*range(11), 5000]
    assert sum(disk.told_lost) == 989
    assert problems == ["the log lost 989 records: the disk is too slow"]


def test_a_full_disk_is_told_once_left_alone_and_tried_again() -> None:
    disk, problems = PretendDisk(), list[str]()
    disk.full = True
    writer = Writer("the log", disk, problems.append, retry_s=0.2)
    for number in range(5):
        writer.push(number)
    until(lambda: len(problems) == 1)
    assert problems == ["the log is not written: No space left on device"]
    assert disk.kept == []
    disk.full = False

    def write_more() -> bool:
        writer.push(7)
        return bool(disk.kept)

    until(write_more)
    writer.close()
    assert set(disk.kept) == {7}
    assert problems == ["the log is not written: No space left on device", ""]
    assert disk.told_lost[0] >= 5


async def test_an_engine_faster_than_the_disk_can_wait_for_room() -> None:
    disk, problems = PretendDisk(), list[str]()
    writer = Writer("the log", disk, problems.append, capacity=8)
    for number in range(500):
        writer.push(number)
        await writer.room()
    writer.close()
    assert disk.kept == list(range(500))
    assert problems == []
