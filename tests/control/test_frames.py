"""Frames: what goes in comes out, and what is no frame harms nobody."""

import asyncio
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kraken_tui.control import protocol
from kraken_tui.control.events import EventRing
from kraken_tui.control.frames import framed, read_frame
from kraken_tui.control.server import LONGEST_REQUEST
from kraken_tui.model.command import Close, Command, CommandResult, Flatten, Pause, Resume, Say, Stop
from kraken_tui.model.snapshot import Event
from tests.control import samples
from tests.control.engine import PretendEngine, attached, serving

numbers = st.integers(-(2**63), 2**63 - 1)
text = st.text(max_size=40)
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Flatten),
    st.builds(Pause),
    st.builds(Resume),
    st.builds(Stop),
    st.builds(Close, text),
    st.builds(Say, text),
)
requests: st.SearchStrategy[protocol.Request] = st.one_of(
    st.builds(protocol.Hello, numbers, text),
    st.builds(protocol.Pull, numbers, numbers),
    st.builds(protocol.Order, text, commands),
)
events = st.builds(Event, seq=numbers, time_ns=numbers, kind=text, text=text)
results = st.builds(CommandResult, ok=st.booleans(), lines=st.lists(text, max_size=3).map(tuple))
replies: st.SearchStrategy[protocol.Reply] = st.one_of(
    st.builds(protocol.Welcome, numbers, st.builds(samples.roster, market=text, home=text)),
    st.builds(protocol.Done, text, results),
    st.builds(protocol.Failed, text),
)


@given(requests)
def test_requests_survive_the_way(request: protocol.Request) -> None:
    assert protocol.decode_request(protocol.encode(request)) == request


@given(replies)
def test_replies_survive_the_way(reply: protocol.Reply) -> None:
    assert protocol.decode_reply(protocol.encode(reply)) == reply


@given(st.lists(events, max_size=5).map(tuple), st.integers(0, 1000), st.booleans())
def test_news_carries_the_snapshot_as_it_was_packed(news: tuple[Event, ...], seq: int, lost: bool) -> None:
    sent = protocol.News(msgspec.Raw(samples.packed(seq)), news, lost)
    got = protocol.decode_reply(protocol.encode(sent))
    assert isinstance(got, protocol.News)
    assert (protocol.decode_snapshot(got.snapshot), got.events, got.events_lost) == (samples.snapshot(seq), news, lost)


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(1, 50))
def test_frames_are_cut_where_they_were_joined(bodies: list[bytes], step: int) -> None:
    async def read_all() -> list[bytes]:
        reader = asyncio.StreamReader()
        whole = b"".join(map(framed, bodies))
        for at in range(0, len(whole), step):
            reader.feed_data(whole[at : at + step])
        reader.feed_eof()
        got = []
        while (body := await read_frame(reader, 1000)) is not None:
            got.append(body)
        return got

    assert asyncio.run(read_all()) == bodies


HELLO = framed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, "fuzz")))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(framed)), max_size=4), max_size=6)
)
@example([[(LONGEST_REQUEST + 1).to_bytes(4, "big")], [b"\xff\xff\xff\xff"], [framed(b"")], [framed(b"\xc0")]])
def test_no_bytes_kill_the_server(tmp_path: Path, connections: list[list[bytes]]) -> None:
    async def attack() -> None:
        engine = PretendEngine()
        async with serving(tmp_path / "run" / "engine.sock", engine):
            for polite in (b"", HELLO):
                for pieces in connections:
                    _, writer = await asyncio.open_unix_connection(tmp_path / "run" / "engine.sock")
                    writer.write(polite + b"".join(pieces))
                    writer.close()
            async with attached(tmp_path / "run" / "engine.sock") as client:
                assert (await client.pull(-1, -1))[0] == samples.snapshot(0)
                assert (await client.send(Flatten())).ok

    asyncio.run(attack())


async def test_a_malformed_frame_is_told_so_and_ends_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "run" / "engine.sock"
    async with serving(path, PretendEngine()):
        for sent, told in ((framed(b"nonsense"), ""), (b"\x7f\xff\xff\xff", "at most 65536")):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(sent)
            answer = protocol.decode_reply((await reader.read())[4:])
            assert isinstance(answer, protocol.Failed) and told in answer.text
            writer.transport.abort()


@given(st.integers(1, 20), st.integers(0, 60), st.integers(-1, 70))
def test_the_ring_tells_everything_that_it_still_has_and_whether_that_is_all(
    capacity: int, count: int, after: int
) -> None:
    ring = EventRing(capacity)
    added = [ring.add(number, "kind", str(number)) for number in range(count)]
    events, lost = ring.after(after)
    kept = added[-capacity:]
    if after >= count:
        assert (list(events), lost) == (kept, True)
    else:
        assert list(events) == [event for event in kept if event.seq > after]
        assert lost == (len(events) < len([event for event in added if event.seq > after]))
