"""`kraken-tui optimize`: better parameters by walk-forward search, and how likely they are luck."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.backtest import SCANNER, chosen_strategies, part_of
from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.cli.early import ended_as_by_ctrl_c
from kraken_tui.model.errors import UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.cli.progress import ProgressLine
    from kraken_tui.config.home import Home
    from kraken_tui.market.recorded_part import Part
    from kraken_tui.replay.search.bench import Runner
    from kraken_tui.replay.search.prepare import Asked
    from kraken_tui.replay.search.whole import Done, Order
    from kraken_tui.replay.search.workers import Workers


def optimize(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="Recorded trades, quotes or candles.")],
    strategies: Annotated[
        list[str] | None, typer.Option("--strategy", metavar="NAME", help="scanner; or those of the autopilot.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", metavar="NAME=LOW..HIGH[:STEP]", help="Again for more; a documented set."),
    ] = None,
    adoptable: Annotated[
        bool, typer.Option("--adoptable", help="Only what learning may adopt, no further than it goes.")
    ] = False,
    trials: Annotated[int, typer.Option(metavar="N", help="In each split.")] = 100,
    symbols: Annotated[str | None, typer.Option(metavar="BTC/USD,ETH/USD", help="All that are recorded.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Rows before it are the past.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="To the end by default.")] = None,
    tz: Annotated[str, typer.Option(metavar="ZONE", help="Of --from and --to.")] = "UTC",
    train: Annotated[int | None, typer.Option(metavar="DAYS", help="To learn from; three tests.")] = None,
    test: Annotated[int | None, typer.Option(metavar="DAYS", help="Of each test; an eighth of all.")] = None,
    purge: Annotated[
        float | None, typer.Option(metavar="HOURS", help="Left out before a test; the longest holding time seen.")
    ] = None,
    embargo: Annotated[float, typer.Option(metavar="HOURS", help="Left out besides.")] = 1.0,
    patience: Annotated[int | None, typer.Option(metavar="N", help="Trials without a better one; no end.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="Begin no more trials after it.")] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same search again.")] = 0,
    jobs: Annotated[int | None, typer.Option(metavar="J", help="Processes; one per core.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of its folder in searches/ of the home.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="All of it as JSON.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="An HTML page of the tests.")] = None,
    cluster: Annotated[str | None, typer.Option(metavar="tcp://HOST:8786", help="A Dask scheduler.")] = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Search for better parameters, test them where nobody looked, say how likely they are luck. Changes nothing."""
    from kraken_tui.cli.progress import ProgressLine
    from kraken_tui.replay.search.search import Budget
    from kraken_tui.replay.search.whole import Lengths, order_of
    from kraken_tui.store.logs import log_to_stderr, silence

    _check(
        trials=trials, patience=patience, timeout=timeout, jobs=jobs, train=train, test=test, purge=purge,
        embargo=embargo, seed=seed,
    )  # fmt: skip
    if cluster is not None:
        from kraken_tui.replay.search.cluster import dask

        dask()
    for option, file in (("--out", out), ("--report", report)):
        if file is not None and not file.absolute().parent.is_dir():
            raise UsageError(f"{option} {file}: there is no folder {file.absolute().parent}")
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    where = home_of(context, home)
    asked = _asked(where, path, strategies, part_of(symbols, start, end, tz, path))
    if adoptable:
        parameters = _adoptable(asked, parameters)
    lengths = Lengths(train=train, test=test, purge=purge, embargo=embargo)
    budget = Budget(trials=trials, patience=patience, timeout_s=timeout, seed=seed)
    order = order_of(asked, parameters or [], lengths, budget, name)
    line = ProgressLine()
    log_to_stderr("WARNING")
    try:
        with ended_as_by_ctrl_c():
            done = _carry_out(order, jobs, cluster, line)
    except KeyboardInterrupt:
        line.say(f"Every finished trial is kept in {order.folder}: the same command goes on from there")
        _end_in_any_case()
        raise
    finally:
        silence()
    written = _write(order, done, out, report)
    _tell(done, written, as_json=as_json)


def _end_in_any_case() -> None:
    """A pool's own threads have been seen to wait at the exit for processes that were killed: five seconds, no more."""
    import os
    import threading

    from kraken_tui.cli.errors import INTERRUPTED

    ending = threading.Timer(5.0, os._exit, [INTERRUPTED])
    ending.daemon = True
    ending.start()


def _check(**numbers: float | None) -> None:
    least = {"train": 1, "test": 1, "trials": 1, "patience": 1, "jobs": 1, "purge": 0, "embargo": 0, "seed": 0}
    for name, value in numbers.items():
        if value is not None and value < least.get(name, value):
            raise UsageError(f"--{name} is {value:g}; {least[name]} or more is right")
        if name == "timeout" and value is not None and not value > 0:
            raise UsageError(f"--timeout is {value:g}; a number of seconds above 0 is right")


def _asked(home: "Home", path: Path, strategies: list[str] | None, part: "Part") -> "Asked":
    from kraken_tui.config.load import look_at_settings
    from kraken_tui.config.trading_config import load_trading
    from kraken_tui.replay.search.prepare import Asked

    chosen = chosen_strategies(home, strategies or [SCANNER])
    if SCANNER in chosen and len(chosen) > 1:
        others = ", ".join(name for name in chosen if name != SCANNER)
        raise UsageError(
            f"--strategy scanner and {others} together: only the whole engine lets both trade one account, at some "
            "hundred scans a second (kraken-tui backtest); search the one, then the other"
        )
    config = load_trading(home)
    if SCANNER not in chosen:
        config = config.model_copy(update={"STRATEGIES": chosen})
    settings = look_at_settings(home, {})
    return Asked(path=path, part=part, strategies=tuple(chosen), settings=settings, config=config, home=home.root)


def _adoptable(asked: "Asked", parameters: list[str] | None) -> list[str]:
    from kraken_tui.replay.search.for_learning import adoptable_texts

    if parameters:
        raise UsageError("--adoptable and --parameter: the one says what is searched already; leave the other out")
    return adoptable_texts(asked.strategies, asked.config)


def _carry_out(order: "Order", jobs: int | None, cluster: str | None, line: "ProgressLine") -> "Done":
    from kraken_tui.replay.search.whole import carry_out
    from kraken_tui.replay.search.workers import Here, Processes

    count = jobs if jobs is not None else len(os.sched_getaffinity(0))

    def workers(market: Path, runner: "Runner") -> "Workers":
        line.begin()
        if cluster is not None:
            from kraken_tui.replay.search.cluster import Cluster

            return Cluster(cluster, market, line.say)
        return Here(runner) if count == 1 else Processes(market, count)

    return carry_out(order, workers, line)


def _write(order: "Order", done: "Done", out: Path | None, report: Path | None) -> list[Path]:
    from kraken_tui.replay.results.report import page
    from kraken_tui.replay.search.result import as_object, report_of
    from kraken_tui.store.atomic import write_atomically

    texts: list[tuple[str, Path, str]] = []
    if out is not None:
        texts.append(("--out", out, json.dumps(as_object(done.result, whole=True), indent=1) + "\n"))
    if report is not None:
        equity = float(order.asked.settings.PAPER_BALANCE)
        texts.append(("--report", report, page(report_of(done.result, done.trades, equity))))
    for option, path, text in texts:
        try:
            write_atomically(path, text.encode(), mode=0o644)
        except OSError as error:
            raise UsageError(f"{option} {path}: {error.strerror or error}") from error
    return [path for _, path, _ in texts]


def _tell(done: "Done", written: list[Path], *, as_json: bool) -> None:
    from kraken_tui.replay.search.result import as_object, lines

    ran, seconds, result = done.trials_run, done.seconds, done.result
    if as_json:
        print(json.dumps({**as_object(result, whole=False), "trials_run": ran, "seconds": round(seconds, 3)}))
        return
    count = sum(len(row.trials) for row in result.searched)
    speed = f"{count:,} trials, {ran:,} of them run now in {seconds:.1f} s: {ran / max(seconds, 1e-9):,.1f} a second"
    print("\n".join(map(plain, [speed, *lines(result), *(f"Written: {file}" for file in written)])))
