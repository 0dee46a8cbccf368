"""Health: workers, feed, latencies, reconciliation, disk, and the end of the log."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.model.page import PAGES, Column, Page, Table
from kraken_tui.model.plain import plain
from kraken_tui.model.snapshot import Roster, Snapshot, WorkerRow
from kraken_tui.store.answer_times import answer_times

WORKERS = (Column("worker"), Column("state", "state"), Column("restarts", "number"), Column("error"))
ANSWERS = (
    Column("request"), Column("count", "number"), Column("median", "number"), Column("p99", "number"),
    Column("worst", "number"),
)  # fmt: skip
FILES = (Column("file"), Column("MiB", "number"))
LOG = (Column("time", "time"), Column("level"), Column("message"))
LINE = re.compile(r"\d{4}-(?P<date>\d\d-\d\d)T(?P<time>[\d:]{8})\S* (?P<level>[A-Z]+) +[\w.]+: (?P<message>.*)")
"""What `store/logs.py` writes; the module stands in what is told of the line."""
TAIL = 30
TAIL_BYTES = 16 * 1024


def health_page(
    home: Home,
    roster: Roster,
    snapshot: Snapshot | None,
    workers: Sequence[WorkerRow],
    line: Sequence[str],
    now_ns: int,
) -> Page:
    """As the process stands now; reads the disk.

    Args:
        home: whose books and log.
        roster: what stays the same.
        snapshot: the newest picture.
        workers: of the engine.
        line: how the line to the exchange is doing.
        now_ns: the engine's time.
    """
    living = tuple((row.name, row.state, str(row.restarts), row.error) for row in workers)
    answers = tuple(
        (kind, str(row.count), *(f"{ns / 1e6:.1f}" for ns in (row.median_ns, row.p99_ns, row.worst_ns)))
        for kind, row in answer_times(home.journal).items()
    )
    files = tuple(_sizes(home.books))
    log = tuple(reversed(_tail(home.logs)))
    return Page(
        name="health", title=PAGES["health"], time_ns=now_ns, lines=(*_lines(home, roster, snapshot), *line),
        tables=(
            Table(name="Workers", columns=WORKERS, rows=living, total=len(living), empty="No worker runs."),
            Table(
                name="Answers of the exchange, of the last 1,000 requests; milliseconds", columns=ANSWERS, rows=answers,
                total=len(answers), empty="Nothing was asked of it yet.",
            ),
            Table(name="Books", columns=FILES, rows=files, total=len(files), empty="No file is written yet."),
            Table(name="Log, the newest first", columns=LOG, rows=tuple(map(_cells, log)), total=len(log), keys=log),
        ),
    )  # fmt: skip


def log_page(home: Home, line: str, now_ns: int) -> Page:
    """A line of the log, whole.

    Raises:
        UsageError: it does not stand at the end of the log.
    """
    if line not in _tail(home.logs):
        raise UsageError("that line is not among the newest of the log any more")
    return Page(name="health", title=PAGES["health"], time_ns=now_ns, lines=(line,))


def _cells(line: str) -> tuple[str, str, str]:
    """Time, level and message; of what goes on from the line before, such as a traceback, the message alone."""
    found = LINE.fullmatch(line)
    return (f"{found['date']} {found['time']}", found["level"], found["message"]) if found else ("", "", line)


def _lines(home: Home, roster: Roster, snapshot: Snapshot | None) -> tuple[str, ...]:
    disk = shutil.disk_usage(home.root)
    lines = [
        f"{roster.mode} on {roster.market}, {roster.account} account, pid {roster.pid}, version {roster.version}",
        f"disk: {disk.free / 2**30:,.1f} GiB free of {disk.total / 2**30:,.1f}",
    ]
    if snapshot is not None:
        feed = f"{snapshot.feed}{': ' + snapshot.feed_note if snapshot.feed_note else ''}"
        lines += [
            f"feed {feed}, age {snapshot.feed_age_s:.1f} s; scan {snapshot.scan}: {snapshot.scan_us} µs, "
            f"worst {snapshot.worst_scan_us} µs",
            *(f"ALERT: {alert}" for alert in snapshot.alerts),
        ]
    return tuple(lines)


def _sizes(folder: Path) -> list[tuple[str, str]]:
    found = [(path, path.stat().st_size) for path in folder.rglob("*") if path.is_file()]
    found.sort(key=lambda pair: -pair[1])
    return [(str(path.relative_to(folder)), f"{size / 2**20:.2f}") for path, size in found[:40]]


def _tail(folder: Path) -> list[str]:
    """The last lines of the newest log."""
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []
    if not logs:
        return []
    with logs[-1].open("rb") as file:
        file.seek(max(0, logs[-1].stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return [plain(line) for line in lines[-TAIL:]]
