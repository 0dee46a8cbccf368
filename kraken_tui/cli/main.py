"""The command line. Light: whatever is heavy is imported where it is used."""

import errno
import sys
from pathlib import Path
from typing import Annotated

import typer

from kraken_tui import __version__
from kraken_tui.cli import asking, commands, config, learning, notify, strategies, trading, zyn
from kraken_tui.cli.asked import Asked, check, market_of
from kraken_tui.cli.audit import audit
from kraken_tui.cli.backtest import backtest
from kraken_tui.cli.backup import backup
from kraken_tui.cli.doctor import doctor
from kraken_tui.cli.early import commands_run
from kraken_tui.cli.errors import INTERRUPTED, PROGRAM, READER_GONE, Interrupted, let_go_of_stdout, report
from kraken_tui.cli.export import export
from kraken_tui.cli.flatten import flatten
from kraken_tui.cli.guard import guard
from kraken_tui.cli.history import history
from kraken_tui.cli.lookahead import lookahead
from kraken_tui.cli.mcp import mcp
from kraken_tui.cli.optimize import optimize
from kraken_tui.cli.replay import replay
from kraken_tui.cli.report import report as trading_report
from kraken_tui.cli.sandbox import sandbox
from kraken_tui.cli.serve import serve
from kraken_tui.cli.simulate import simulate
from kraken_tui.cli.stats import stats
from kraken_tui.cli.watch import watch
from kraken_tui.cli.why import evaluations, why
from kraken_tui.model.errors import KrakenTuiError, UsageError

FULL = (errno.ENOSPC, errno.EDQUOT)

app = typer.Typer(
    name=PROGRAM,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    commands.attach, serve, commands.status, watch, commands.stop, why, evaluations, audit, flatten, doctor, sandbox,
    simulate, asking.ask, asking.confirm, asking.reject, mcp, lookahead, history, replay, backtest, optimize, stats,
    export, trading_report, backup, guard,
):  # fmt: skip
    app.command()(command)
for name, order in trading.COMMANDS.items():
    app.command(name)(order)
app.add_typer(config.group, name="config")
app.add_typer(notify.group, name="notify")
app.add_typer(strategies.group, name="strategies")
app.add_typer(learning.group, name="learning")
app.add_typer(zyn.group, name="zyn")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    market: Annotated[
        str | None, typer.Option(metavar="kraken|demo|FOLDER-OR-FILE", help="Where prices come from.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The same as --market demo: no network, no keys.")] = False,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="The engine alone, in the foreground.")] = False,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Settings, logs and state; the current folder by default.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Stop after so much of the engine's time.")
    ] = None,
    speed: Annotated[float, typer.Option(metavar="X", help="Demo and recordings only: times real time.")] = 1.0,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Demo only: the same market again.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Trade with real money: MODE LIVE needs it as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --no-ui: end with one JSON object on stdout.")] = False,
    detached: Annotated[bool, typer.Option("--detached", hidden=True)] = False,
    keys_fd: Annotated[int | None, typer.Option("--keys-fd", hidden=True)] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """An operator's command center for autonomous trading on Kraken. PAPER unless told otherwise.

    Without a command: show this home's engine, and start it where none runs.
    """
    asked = Asked(
        home=(home or Path.cwd()).resolve(),
        market=market_of(market, demo),
        no_ui=no_ui,
        as_json=as_json,
        duration=duration,
        speed=speed,
        seed=seed,
        live=live,
        detached=detached,
        keys_fd=keys_fd,
    )
    if context.invoked_subcommand is not None:
        if not asked.names_only_a_home:
            raise UsageError(f"only --home may stand before {context.invoked_subcommand}")
        context.obj = home
        return
    check(asked)
    from kraken_tui.cli import run

    raise typer.Exit(run.run_engine_here(asked) if no_ui else run.run_screen_here(asked))


def main() -> int:
    """Run the command line; returns the exit code (`docs/operations.md` has the table)."""
    commands_run()
    code = 0
    try:
        code = _ended(as_json="--json" in sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_stdout()
        return READER_GONE
    except OSError as error:
        let_go_of_stdout()
        return code or report(_no_room(error), as_json=False)
    return code


def _ended(*, as_json: bool) -> int:
    try:
        code = app(standalone_mode=False)
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # typer makes a 1 of it, without a word
            raise ended.__context__ from None
        raise
    except (KrakenTuiError, ConnectionError) as error:
        return report(error, as_json=as_json)
    except typer.TyperException as error:
        return report(UsageError(_said(error)), as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last one to hear of it: it is reported, with its traceback
        is_full = isinstance(error, OSError) and error.errno in FULL
        return report(_no_room(error) if is_full else error, as_json=as_json)
    if code == INTERRUPTED:
        return report(Interrupted(), as_json=as_json)
    return int(code or 0)


def _no_room(error: Exception) -> KrakenTuiError:
    """Where the disk behind stdout or behind a result is full, which is no crash of ours."""
    return KrakenTuiError(f"can't be written: {error}")


def _said(error: typer.TyperException) -> str:
    """What is wrong with the command line; of a group that has no such command, with those that it has."""
    told, context = error.format_message().replace("Value error, ", ""), getattr(error, "ctx", None)
    if context is None or context.parent is None or not isinstance(context.command, typer.core.TyperGroup):
        return told
    names = ", ".join(context.command.commands)
    if told == "Missing command.":
        return f"{context.info_name} needs a command: {names}"
    is_unlike_any = told.startswith("No such command") and "Did you mean" not in told
    return f"{told} {context.info_name} has {names}" if is_unlike_any else told
