"""`kraken-tui watch`: what changes, as plain lines, one fact each, for a screen reader or a script."""

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
import typer

from kraken_tui import clock
from kraken_tui.cli.commands import HomeOption, home_of, with_engine
from kraken_tui.cli.engine_process import greet
from kraken_tui.cli.errors import READER_GONE, let_go_of_stdout
from kraken_tui.cli.status import account_line, engine_line, order_line, position_line, worker_line
from kraken_tui.control.client import EngineClient, EngineGone
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain
from kraken_tui.model.roles import VIEW
from kraken_tui.model.snapshot import Event, Roster, Snapshot


def watch(
    context: typer.Context,
    every: Annotated[float, typer.Option("--every", metavar="S", min=0.1, help="Seconds between two looks.")] = 2.0,
    count: Annotated[int | None, typer.Option("--count", metavar="N", min=1, help="Looks; without end else.")] = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print what changes of this home's engine, a plain line each, until Ctrl+C. Starts no engine."""
    where = home_of(context, home)

    async def follow(client: EngineClient, roster: Roster) -> bool:
        watcher, seen, looks = Watcher(roster), (-1, -1), 0
        while True:
            try:
                snapshot, events, lost = await client.pull(*seen)
            except ConnectionError:  # it has ended, or wants to be greeted anew, as its market has opened since
                again = await greet(where, client)
                if again is None:
                    raise EngineGone(f"the engine has ended: no engine runs for {where.root} any more") from None
                seen = seen if again.pid == watcher.roster.pid else (-1, -1)
                watcher.roster = again
                continue
            _print(watcher.news(snapshot, events, lost=lost), as_json=as_json)
            seen = (snapshot.seq if snapshot else seen[0], max((row.seq for row in events), default=seen[1]))
            looks += 1
            if looks == count:
                return True
            await clock.real_sleep(every)

    try:
        found = asyncio.run(with_engine(where, "cli watch", follow, VIEW))
    except ReaderGone:
        let_go_of_stdout()
        raise typer.Exit(READER_GONE) from None
    if found is None:
        raise UsageError(f"no engine runs for {where.root}: kraken-tui --no-ui starts one")


class ReaderGone(Exception):
    """Nobody reads what is printed; no `ConnectionError`, as the engine is well."""


class Line(msgspec.Struct, frozen=True):
    """One line, as `--json` prints it."""

    time: str
    """RFC 3339, of the engine's clock."""
    about: str
    """`event`, or which fact changed, such as `feed` or `position SOL/USD`."""
    text: str


class Watcher:
    """What was told, so that only what differs is told again.

    Args:
        roster: who is watched.
    """

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self._told: dict[str, str] = {}
        self._time_ns = 0

    def news(self, snapshot: Snapshot | None, events: Iterable[Event], *, lost: bool = False) -> Iterator[Line]:
        """The lines for what is new: events first, then facts that changed, and those that ended."""
        is_first = not self._told
        if lost and not is_first:
            yield self._line("event", "Some events were missed")
        for event in events if not is_first else list(events)[-5:]:
            yield Line(_time(event.time_ns), "event", f"Event {event.kind}: {event.text}")
        if snapshot is None:
            if is_first:
                self._told = {"engine": engine_line(self.roster)}
                yield self._line("engine", self._told["engine"])
            return
        self._time_ns = snapshot.time_ns
        now = facts(self.roster, snapshot)
        for about, text in now.items():
            if self._told.get(about) != text:
                yield self._line(about, text)
        for about in (name for name in self._told if name not in now):
            yield self._line(about, f"No longer: {self._told[about]}")
        self._told = now

    def _line(self, about: str, text: str) -> Line:
        return Line(_time(self._time_ns), about, text)


def facts(roster: Roster, snapshot: Snapshot) -> dict[str, str]:
    """What an operator must hear of when it changes. Ages and counts that change with every scan are left out."""
    note = f", {snapshot.feed_note}" if snapshot.feed_note else ""
    entries = "paused" if snapshot.paused else "allowed"
    told = {
        "engine": engine_line(roster),
        "feed": f"Feed {snapshot.feed}{note}",
        "regime": f"Market {snapshot.regime}",
        "entries": f"Entries {entries}, autopilot {snapshot.autopilot or 'not known yet'}",
        "account": account_line(snapshot),
    }
    told |= {f"alert {text}": f"ALERT: {text}" for text in snapshot.alerts}
    if snapshot.kill_switch:
        told["kill switch"] = f"KILL SWITCH: {snapshot.kill_switch}"
    if snapshot.progress:
        told["progress"] = f"{snapshot.progress} ({snapshot.progress_done:.0%})"
    told |= {f"asked {line.split(' ', 1)[0]}": f"ASKED: {_without_wait(line)}" for line in snapshot.asked}
    told |= {f"position {row.symbol}": position_line(row) for row in snapshot.positions}
    told |= {f"order {row.id}": order_line(row) for row in snapshot.orders}
    return told | {f"worker {row.name}": worker_line(row) for row in snapshot.workers if row.state != "running"}


def _without_wait(line: str) -> str:
    """An asked entry without how long it still waits, which changes with every scan."""
    return re.sub(r"\? [^:]* left:", "?", line)


def _time(time_ns: int) -> str:
    return clock.iso(time_ns)


def _print(lines: Iterable[Line], *, as_json: bool) -> None:
    try:
        for line in lines:
            clean = msgspec.structs.replace(line, about=plain(line.about), text=plain(line.text))
            text = f"{clean.time[11:19]} {clean.text}" if line.time[:4] != "1970" else clean.text
            print(msgspec.json.encode(clean).decode() if as_json else text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error
