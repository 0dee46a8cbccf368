"""A backtest on request, in a process of its own: without keys, bounded in time, gone when nobody waits for it."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from kraken_tui.agent.requests import BacktestQuestion
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Facts, answered, refused
from kraken_tui.agent.turns import TurnContext
from kraken_tui.clock import SECOND
from kraken_tui.config.moments import shown
from kraken_tui.config.secrets import without_secrets
from kraken_tui.market.recorded_files import find_sources, symbols_in
from kraken_tui.market.recorded_stream import RecordedStream
from kraken_tui.model.errors import UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.fact import ToolResult

MOST_S = 200.0
"""Real seconds that one may take."""
MOST_OUTPUT = 8 * 1024 * 1024
TAKEN = ("config.json", "trading.json", "strategies")
"""What of a home a backtest takes; secrets are in none of it."""


class _Sums(Struct):
    trades: int
    gross: str
    fees: str
    net: str


class _Metrics(Struct):
    total_return: float | None = None
    max_drawdown: float | None = None
    sharpe: float | None = None


class _Result(Struct):
    """What of the child's JSON is read."""

    by_symbol: dict[str, _Sums]
    scans: int
    equity: str | None = None
    metrics: _Metrics | None = None


async def backtest(question: BacktestQuestion, sources: Sources, turn: TurnContext) -> ToolResult:
    """What the strategies would have made of recorded prices."""
    path = sources.recording
    if path is None or not path.exists():
        return refused(
            f"There are no recorded prices to test on: put a recorded file or folder at {sources.home / 'recording'}; "
            "docs/backtest.md has the forms"
        )
    symbols = tuple(question.symbols)
    arguments = ["backtest", str(path.resolve()), "--json"]
    if symbols:
        arguments += ["--symbols", ",".join(symbols)]
    if question.span != "all":
        ends_ns = await asyncio.to_thread(last_ns, path, symbols)
        arguments += ["--from", shown(begins_ns(question.span, ends_ns))]
    for name in question.strategies:
        if not name.isidentifier():
            raise UsageError(f"{name!r} is no strategy's name")
        arguments += ["--strategy", name]
    code, told, errors = await run_child(arguments, sources.home, sources.progress)
    if code != 0:
        return refused(f"The backtest failed: {excerpt(errors[-1] if errors else f'it ended with {code}')}")
    return _answer(question, msgspec.json.decode(told, type=_Result), sources.now_ns())


def begins_ns(span: str, ends_ns: int) -> int:
    """Where the last part of a recording begins."""
    return ends_ns - int(span[:-1]) * (24 if span[-1] == "d" else 1) * 3_600 * SECOND


def last_ns(path: Path, symbols: tuple[str, ...]) -> int:
    """The last moment of a recording, by the first of its tables that is asked for; reads files.

    Raises:
        UsageError: there is nothing of these pairs, or no good row.
    """
    wanted = symbols or tuple(symbols_in(path)[:1])
    found = [source for source in find_sources(path, wanted) if source.symbol in wanted]
    if not found:
        raise UsageError(f"{', '.join(symbols) or 'nothing'}: not in this recording")
    stream, ends_ns = RecordedStream(found[0]), 0
    while (rows := stream.block()) is not None:
        ends_ns = max(ends_ns, int(rows.time_ns.max(initial=0)))
    if not ends_ns:
        raise UsageError(f"{found[0].name}: no good row; {stream.first_bad}")
    return ends_ns


async def run_child(
    arguments: list[str], home: Path, progress: Callable[[str], None], at_most_s: float = MOST_S
) -> tuple[int, bytes, list[str]]:
    """Run `kraken-tui` with these arguments for its output: exit code, stdout, and the lines of stderr.

    It sees a copy of the home's settings and none of its secrets. It ends with whoever waits for it.

    Raises:
        UsageError: it took too long, or said too much.
    """
    with tempfile.TemporaryDirectory(prefix="kraken-tui-ask-") as folder:
        await asyncio.to_thread(_take, home, Path(folder))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kraken_tui", *arguments, "--home", folder, cwd=folder,
            env=without_secrets(os.environ), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(at_most_s):
                told, errors = await asyncio.gather(_output(child), _errors(child, progress))
                return await child.wait(), told, errors
        except TimeoutError as error:
            raise UsageError(
                f"It took longer than {at_most_s:g} s and was stopped: ask for less of the past"
            ) from error
        finally:
            await _end(child)


def _take(home: Path, folder: Path) -> None:
    for name in TAKEN:
        if (home / name).is_dir():
            shutil.copytree(home / name, folder / name)
        elif (home / name).exists():
            shutil.copy(home / name, folder)


async def _output(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None
    told = b""
    while part := await child.stdout.read(1 << 16):
        told += part
        if len(told) > MOST_OUTPUT:
            raise UsageError("It said more than can be read")
    return told


async def _errors(child: asyncio.subprocess.Process, progress: Callable[[str], None]) -> list[str]:
    """What it says of its progress, a line at a time; a line that is written over counts as one."""
    assert child.stderr is not None
    lines: list[str] = []
    rest = ""
    while part := await child.stderr.read(4_096):
        *whole, rest = (rest + part.decode("utf-8", "replace")).replace("\r", "\n").split("\n")
        for line in map(excerpt, whole):
            if line:
                lines = [*lines[-20:], line]
                progress(line)
    return [*lines, excerpt(rest)] if rest.strip() else lines


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _answer(question: BacktestQuestion, found: _Result, now_ns: int) -> ToolResult:
    facts = Facts(now_ns)
    count = sum(row.trades for row in found.by_symbol.values())
    sums = {name: sum((Decimal(getattr(row, name)) for row in found.by_symbol.values()), Decimal(0))
            for name in ("gross", "fees", "net")}  # fmt: skip
    span = "all of the recording" if question.span == "all" else f"the recording's last {question.span}"
    who = ", ".join(question.strategies) or "all that is switched on"
    lines = [
        f"Backtest over {span}, traded by {who}: {count} closed trades, net {sums['net']:+.2f} = gross "
        f"{sums['gross']:+.2f} - fees {sums['fees']:.2f}, on paper, {found.scans} scans"
    ]
    facts.add("count", "trades of the backtest", count)
    for name, value in sums.items():
        facts.add("fee" if name == "fees" else "profit", f"{name} of the backtest", round(value, 2), unit="USD")
    if found.metrics is not None and found.metrics.max_drawdown is not None:
        fall = round(abs(found.metrics.max_drawdown) * 100, 2)
        facts.add("loss", "maximum drawdown of the backtest", fall, unit="%")
        lines.append(f"maximum drawdown {fall:.2f} %")
    for symbol, row in list(found.by_symbol.items())[:20]:
        lines.append(f"  {symbol}: {row.trades} trades, net {Decimal(row.net):+.2f}")
        facts.add("profit", "net of the backtest", round(Decimal(row.net), 2), asset=symbol, unit="USD")
    lines.append("Past prices promise nothing: what was chosen because it did well there has been lucky too.")
    data: dict[str, object] = {
        "trades": str(count), **{name: f"{value:.2f}" for name, value in sums.items()}, "span": question.span,
        "by_symbol": {symbol: row.net for symbol, row in found.by_symbol.items()},
    }  # fmt: skip
    return answered(lines, facts.all, data)
