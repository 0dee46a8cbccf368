"""The dispatcher: what is told arrives, is written down, and survives a restart; silence outside holds nothing up."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kraken_tui import clock
from kraken_tui.config.notify_keys import TwilioKeys
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.notify.channel import Answer, Channel, Letter, Sent
from kraken_tui.notify.deliveries import Deliveries, read_deliveries
from kraken_tui.notify.dispatcher import MOST_UNREAD, Dispatcher
from kraken_tui.notify.events import Alert, KillSwitch
from kraken_tui.notify.messages import Rules
from kraken_tui.notify.sms import Sms
from tests.notify.twilio_server import ACCOUNT, FROM, TO, TOKEN, Twilio, serving

KILL = KillSwitch(why="too much", tripped_ns=1)
RULES = Rules(places={"kill_switch": (("sms", TO),), "alert": (("sms", TO),)}, label="kraken-tui PAPER:", per_hour=200)


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with serving() as here:
        yield here


def sms(twilio: Twilio, token: str = TOKEN) -> Sms:
    return Sms(TwilioKeys(ACCOUNT, token), FROM, twilio.url, read_within_s=0.5)


class Running:
    """A dispatcher that runs, over a book."""

    def __init__(self, book: Path, channel: Channel) -> None:
        self._path, self._channel = book, channel
        self.said: list[str] = []

    async def __aenter__(self) -> "Running":
        book = await Deliveries.open(self._path, "paper", self.said.append)
        self.dispatcher = Dispatcher(RULES, {"sms": self._channel}, book, clock.SystemClock(), self.said.append)
        self._task = asyncio.ensure_future(self.dispatcher.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.dispatcher.close()


async def test_what_is_told_arrives_and_is_written_down(twilio: Twilio, tmp_path: Path) -> None:
    book = tmp_path / "notifications.db"
    async with Running(book, sms(twilio)) as running:
        running.dispatcher.tell(KILL)
        running.dispatcher.tell(KILL)
        assert await running.dispatcher.idle(20)
    (row,) = read_deliveries(book)
    assert (row.status, row.attempts, row.sid, row.target) == ("queued", 1, twilio.messages[0].sid, TO)
    assert row.text == twilio.messages[0].body
    assert running.said == []


async def test_a_restart_does_not_repeat_what_was_told(twilio: Twilio, tmp_path: Path) -> None:
    for _ in range(2):
        async with Running(tmp_path / "n.db", sms(twilio)) as running:
            running.dispatcher.tell(KILL)
            assert await running.dispatcher.idle(20)
    assert len(twilio.messages) == 1


async def test_not_even_one_that_ends_before_it_has_begun(twilio: Twilio, tmp_path: Path) -> None:
    async with Running(tmp_path / "n.db", sms(twilio)) as running:
        running.dispatcher.tell(KILL)
    assert len(twilio.wait_for(1)) == 1
    for _ in range(3):
        async with Running(tmp_path / "n.db", sms(twilio)) as running:
            running.dispatcher.tell(KILL)
    async with Running(tmp_path / "n.db", sms(twilio)) as running:
        assert await running.dispatcher.idle(20)
    assert len(twilio.messages) == 1


async def test_what_an_earlier_run_could_not_send_is_sent_by_the_next(twilio: Twilio, tmp_path: Path) -> None:
    twilio.faults = ["429:300"]
    async with Running(tmp_path / "n.db", sms(twilio)) as running:
        running.dispatcher.tell(KILL)
        assert not await running.dispatcher.idle(2)
    (row,) = read_deliveries(tmp_path / "n.db")
    assert (row.status, row.attempts) == ("waiting", 1)
    async with Running(tmp_path / "n.db", sms(twilio)) as running:
        assert await running.dispatcher.idle(20)
    (row,) = read_deliveries(tmp_path / "n.db")
    assert (row.status, row.attempts) == ("queued", 2)


async def test_a_server_error_is_tried_again_and_a_refused_key_is_not(twilio: Twilio, tmp_path: Path) -> None:
    twilio.token = "another"
    async with Running(tmp_path / "n.db", sms(twilio)) as running:
        for number in range(3):
            running.dispatcher.tell(KillSwitch(why="x", tripped_ns=number))
        assert await running.dispatcher.idle(20)
    assert len(twilio.requests) == 1
    assert {row.status for row in read_deliveries(tmp_path / "n.db")} == {"refused", "given up"}
    (said,) = running.said
    assert "nothing more is sent until the next start" in said and "20003" in said


class Broken:
    """Fails in ways that no channel may."""

    async def send(self, letter: Letter) -> Answer:
        raise ZeroDivisionError("a bug")

    async def status(self, sid: str) -> Sent | None:
        return None

    async def close(self) -> None:
        return None


async def test_a_channel_with_a_bug_ends_nothing(tmp_path: Path) -> None:
    async with Running(tmp_path / "n.db", Broken()) as running:
        running.dispatcher.tell(KILL)
        assert not await running.dispatcher.idle(0.5)
        (row,) = running.dispatcher.plan.waiting
        assert "a fault of the program" in row.why


async def test_a_server_that_hangs_holds_up_neither_who_tells_nor_the_end(twilio: Twilio, tmp_path: Path) -> None:
    twilio.faults = ["hang"] * 9
    channel = Sms(TwilioKeys(ACCOUNT, TOKEN), FROM, twilio.url, read_within_s=30)
    async with Running(tmp_path / "n.db", channel) as running:
        began_ns = clock.stopwatch_ns()
        running.dispatcher.tell(KILL)
        for number in range(MOST_UNREAD + 50):
            running.dispatcher.tell(Alert(text=f"{chr(97 + number % 26)}{chr(97 + number // 26)}"))
        assert clock.stopwatch_ns() - began_ns < clock.SECOND // 2
        assert await asyncio.to_thread(twilio.hangs.wait, 20)
        began_ns = clock.stopwatch_ns()
    assert clock.stopwatch_ns() - began_ns < 5 * clock.SECOND
    assert "51 events came too fast to be told" in running.said
    rows = read_deliveries(tmp_path / "n.db", 1000)
    assert Counter(row.status for row in rows) == {"given up": 100, "waiting": 99, "sending": 1}


async def test_books_of_another_mode_and_damaged_ones_are_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    await (await Deliveries.open(path, "live", print)).close()
    with pytest.raises(SafetyRefusal, match="is of mode live"):
        await Deliveries.open(path, "paper", print)
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(SafetyRefusal, match="move it away"):
        await Deliveries.open(path, "live", print)
    assert path.read_bytes().startswith(b"no database")


async def test_a_book_that_can_not_be_written_is_told_once_and_messages_go_out(twilio: Twilio, tmp_path: Path) -> None:
    path = tmp_path / "n.db"
    async with Running(path, sms(twilio)) as running:
        assert await running.dispatcher.idle(5)
        with sqlite3.connect(path) as other:
            other.execute("DROP TABLE notifications")
        other.close()
        running.dispatcher.tell(KILL)
        running.dispatcher.tell(Alert(text="x"))
        assert await running.dispatcher.idle(20)
    assert len(twilio.messages) == 2
    assert len(running.said) == 1 and "what is told is not written down" in running.said[0]
