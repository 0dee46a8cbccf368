"""An engine over recorded trades, quotes or candles, as fast as it can, in a home of its own."""

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kraken_tui import clock
from kraken_tui.config.home import Home
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import counted, plain

if TYPE_CHECKING:
    from kraken_tui.account.account_state import AccountState
    from kraken_tui.market.recorded_part import Part
    from kraken_tui.runtime.options import RunSummary, Watched

ZERO = Decimal(0)


def replay_recording(path: Path, home: Home, keep: Path | None, *, as_json: bool) -> None:
    """Run it to its end with the settings of `home`, and print what it made.

    Args:
        path: a recorded file or folder.
        home: whose `config.json`, `trading.json` and strategies are taken; nothing in it is touched.
        keep: a new or empty folder that becomes the engine's home; None takes one that is gone afterwards.
        as_json: one JSON object.

    Raises:
        UsageError: nothing there can be replayed, or `keep` holds something.
    """
    with own_home(home, keep, {}) as root:
        summary, took_s = run_recording(path, root)
    if as_json:
        print(json.dumps(as_object(summary, took_s), default=str))
        return
    lines = summary_lines(summary, took_s)
    if keep is not None:
        lines.append(f"All of it is in {keep}; kraken-tui replay {keep} makes its decisions again")
    print("\n".join(map(plain, lines)))


def run_recording(
    path: Path, root: Path, part: "Part | None" = None, watch: "Callable[[Watched], None] | None" = None
) -> tuple["RunSummary", float]:
    """Run an engine of the home `root` over a recording to its end; what it did, and how many seconds that took.

    Candles go against what it holds first. Progress goes to stderr.

    Raises:
        KeyboardInterrupt: it was stopped before the end of the recording.
    """
    from msgspec.structs import replace

    from kraken_tui.cli.played import Played
    from kraken_tui.market.recorded_part import WHOLE
    from kraken_tui.runtime.options import EngineOptions
    from kraken_tui.runtime.run import run_engine

    sides: dict[str, int] = {}
    played = Played()

    def seen(watched: "Watched") -> None:
        sides.clear()
        sides.update(sides_of(watched.account))
        played.scanned(watched.time_ns)
        if watch is not None:
            watch(watched)

    options = EngineOptions(
        home=root, market=str(path.resolve()), speed=float("inf"), foreground=False,
        part=replace(part or WHOLE, side_of=lambda symbol: sides.get(symbol, 0), tell=played.begins, warn=played.say),
        watch=seen,
    )  # fmt: skip
    began_ns = clock.stopwatch_ns()
    summary = asyncio.run(run_engine(options, {}))
    played.ended(stopped=summary.stopped)
    return summary, (clock.stopwatch_ns() - began_ns) / clock.SECOND


def sides_of(account: "AccountState") -> dict[str, int]:
    """Which way it stands in each symbol. An entry that rests counts as the other way: what fills it comes last."""
    waiting = {symbol: -row.side.sign for symbol in account.resting.symbols() for row in account.entries(symbol)}
    return waiting | {row.symbol: row.side.sign for row in account.positions()}


@contextlib.contextmanager
def own_home(home: Home, keep: Path | None, changes: Mapping[str, object]) -> Iterator[Path]:
    """A home with the settings of `home` but for `changes`, on paper.

    Raises:
        UsageError: `keep` holds something, or a change is wrong.
    """
    with contextlib.ExitStack() as held:
        if keep is None:
            root = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="kraken-tui-replay-")))
        else:
            root = _kept(keep)
        _take_settings(home, root, changes)
        yield root


def _kept(keep: Path) -> Path:
    try:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise UsageError(f"--keep {keep}: there is something already; name a new or an empty folder")
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--keep {keep}: {error.strerror}") from error
    if not os.access(keep, os.W_OK):
        raise UsageError(f"--keep {keep}: can't be written")
    return keep


def _take_settings(home: Home, root: Path, changes: Mapping[str, object]) -> None:
    from kraken_tui.config.load import EXACT, look_at_settings
    from kraken_tui.strategy.own_files import folder_of

    written = look_at_settings(home, {}).model_dump(mode="json", exclude_unset=True)
    there = Home(root)
    there.config.write_text(
        EXACT.sub(r'"\1": \2', json.dumps({**written, **changes, "MODE": "PAPER"})), encoding="utf-8"
    )
    if (trading := home.root / "trading.json").exists():
        shutil.copy(trading, root)
    if folder_of(home).is_dir():
        shutil.copytree(folder_of(home), folder_of(there))


def as_object(summary: "RunSummary", took_s: float) -> dict[str, Any]:
    """What a run did, for `--json`."""
    import msgspec

    told = msgspec.to_builtins(summary)
    return {**told, "by_symbol": _by_symbol(summary.trades), "seconds": round(took_s, 3)}


def _by_symbol(trades: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Closed trades, gross, fees and net of each symbol, the best first."""
    sums: dict[str, dict[str, Any]] = {}
    for trade in trades:
        row = sums.setdefault(trade["symbol"], {"trades": 0, "gross": ZERO, "fees": ZERO, "net": ZERO})
        row["trades"] += 1
        for name in ("gross", "fees", "net"):
            row[name] += Decimal(trade[name])
    return dict(sorted(sums.items(), key=lambda item: (-item[1]["net"], item[0])))


def summary_lines(summary: "RunSummary", took_s: float) -> list[str]:
    """What a run did, for people."""
    rows = _by_symbol(summary.trades)
    total: dict[str, Any] = {
        name: sum((row[name] for row in rows.values()), ZERO) for name in ("trades", "gross", "fees", "net")
    }
    head = f"{'':14}{'trades':>8}{'gross':>14}{'fees':>14}{'net':>14}"
    lines = [
        f"{summary.scans:,} scans in {took_s:.1f} s, {summary.scans / took_s:,.0f} scans/s",
        head,
        *(_line(symbol, row) for symbol, row in rows.items()),
        _line("closed trades", total),
    ]
    left = len(summary.open_positions)
    if left:
        still = f"{counted(left, 'position')} {'is' if left == 1 else 'are'} still open"
        lines.append(f"{still}: {Decimal(summary.unrealised_pnl):+.2f} before fees")
    gross, fees = Decimal(summary.realised_pnl) + Decimal(summary.unrealised_pnl), Decimal(summary.fees)
    equity = "–" if summary.equity is None else f"{Decimal(summary.equity):.2f}"
    lines.append(f"all together: gross {gross:.2f}, fees {fees:.2f}, net {gross - fees:.2f}; equity {equity}")
    return lines


def _line(name: str, row: dict[str, Any]) -> str:
    return f"{name:14}{int(row['trades']):8,}{row['gross']:14.2f}{row['fees']:14.2f}{row['net']:14.2f}"
