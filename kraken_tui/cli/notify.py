"""`kraken-tui notify`: what the operator is told, and whether it arrives."""

import asyncio
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.errors import KrakenTuiError, SafetyRefusal, UsageError
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.config.home import Home
    from kraken_tui.config.settings import Settings
    from kraken_tui.notify.deliveries import Delivery

group = typer.Typer(help="What the operator is told, and whether it arrives.", rich_markup_mode=None)
CHANNELS = ("sms", "webhook", "bell")
WITHIN_S = 45.0
"""A first failure is tried again in this time, a second and a third too."""
ARRIVED = frozenset({"sent", "delivered", "queued", "accepted", "sending", "scheduled", "read"})
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@group.command()
def test(
    context: typer.Context,
    channel: Annotated[str | None, typer.Option(metavar="sms|webhook|bell", help="Only this one.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send one message to each place, and print what became of it. Needs no engine."""
    from kraken_tui.config.load import home_in_mode

    if channel is not None and channel not in CHANNELS:
        raise UsageError(f"--channel {channel} is none of {', '.join(CHANNELS)}")
    where, settings = home_in_mode(home_of(context, home).root, os.environ, write=False)
    rows = asyncio.run(_send(where, settings, channel))
    _print(rows, as_json=as_json)
    if lost := [row for row in rows if row.status not in ARRIVED]:
        raise KrakenTuiError(f"{len(lost)} of {len(rows)} did not go out: {lost[0].channel}: {lost[0].why}")


@group.command("list")
def list_(
    context: typer.Context,
    home: HomeOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="So many at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Print what was told lately, and what became of it."""
    from kraken_tui.config.load import home_in_mode
    from kraken_tui.notify.deliveries import read_deliveries

    where, _ = home_in_mode(home_of(context, home).root, os.environ, write=False)
    _print(read_deliveries(where.notifications, most), as_json=as_json)


async def _send(home: "Home", settings: "Settings", channel: str | None) -> "list[Delivery]":
    from kraken_tui.clock import SystemClock
    from kraken_tui.notify import outlet
    from kraken_tui.notify.deliveries import read_deliveries
    from kraken_tui.notify.events import Test, notice

    names = [channel] if channel is not None else sorted(outlet.wanted(settings))
    if not names:
        raise SafetyRefusal(
            "nothing is told anywhere: write NOTIFY_SMS_TO and NOTIFY_SMS_FROM, or NOTIFY_WEBHOOK_URL, into config.json"
        )
    channels = {name: outlet.make_channel(name, home, settings, os.environ) for name in names}
    clock = SystemClock()
    dispatcher = await outlet.open_dispatcher(
        home, settings, channels, market=settings.MARKET, clock=clock, say=lambda text: None, problem=_refuse,
        owner=outlet.TEST,
    )  # fmt: skip
    told = Test(time_ns=clock.now_ns())
    running = asyncio.ensure_future(dispatcher.run())
    try:
        dispatcher.tell(told)
        if not await dispatcher.idle(WITHIN_S):
            dispatcher.give_up(f"not sent within {WITHIN_S:g} s")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await dispatcher.close()
    key = notice(told, 0).key
    return [row for row in read_deliveries(home.notifications) if row.key == key]


def _refuse(text: str) -> None:
    if text:
        raise SafetyRefusal(text)


def _print(rows: "Sequence[Delivery]", *, as_json: bool) -> None:
    if as_json:
        import msgspec

        print(json.dumps({"messages": [msgspec.to_builtins(row) for row in rows]}, ensure_ascii=False))
        return
    from kraken_tui.clock import iso

    for row in rows:
        target = f" to {row.target}" if row.target else ""
        sid = f", {row.sid}" if row.sid else ""
        why = f": {row.why}" if row.why else ""
        count = f"{row.attempts} attempt{'s' if row.attempts != 1 else ''}"
        print(plain(f"{iso(row.time_ns)[:19]}Z {row.kind} by {row.channel}{target}: {row.status}, {count}{sid}{why}"))
        print(plain(f"  {row.text}"))
    if not rows:
        print("Nothing was told yet.")
