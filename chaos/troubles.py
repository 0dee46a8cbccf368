"""What goes wrong at the exchange while the engine is killed, drawn by chance."""

from collections.abc import Awaitable, Callable, Mapping

from kraken_tui.clock import Generator
from kraken_tui.sandbox.control.client import SandboxControl
from kraken_tui.sandbox.faults.fault_plan import FaultRule

Trouble = Callable[[SandboxControl, Generator], Awaitable[None]]
ORDERS = ("rest:AddOrder", "rest:AmendOrder", "rest:CancelOrder")
READS = ("rest:ClosedOrders", "rest:GetWebSocketsToken")
"""That the engine asks for at its start, and the judge does not meanwhile."""
LAG_S = 4.0
LASTS_S = 4.0


def _armed(*rules: FaultRule) -> Trouble:
    async def arm(control: SandboxControl, chance: Generator) -> None:
        await control.arm(*rules)

    return arm


async def _dropped(control: SandboxControl, chance: Generator) -> None:
    await control.disconnect("private")


async def _all_dropped(control: SandboxControl, chance: Generator) -> None:
    await control.disconnect("all")


async def _expired(control: SandboxControl, chance: Generator) -> None:
    await control.expire_tokens()
    await control.disconnect("private")


async def _slow(control: SandboxControl, chance: Generator) -> None:
    """So that a kill falls between a request and its reply."""
    await control.arm(
        *(FaultRule(kind="latency", where=where, seconds=0.05, jitter=0.3, for_s=3 * LASTS_S) for where in ORDERS)
    )


TROUBLES: Mapping[str, Trouble] = {
    "slow orders": _slow,
    "reply lost": _armed(*(FaultRule(kind="reply-lost", where=where) for where in ORDERS)),
    "request lost": _armed(*(FaultRule(kind="lost", where=where) for where in ORDERS)),
    "HTTP 520, done": _armed(FaultRule(kind="http", where="rest:AddOrder", status=520, done=True)),
    "busy": _armed(FaultRule(kind="error", error="EService:Busy", where="rest:*Order", probability=0.4, for_s=LASTS_S)),
    "reads fail": _armed(*(FaultRule(kind="http", where=where, times=2) for where in READS)),
    "socket dropped": _dropped,
    "all sockets dropped": _all_dropped,
    "token expired": _expired,
    "event lost": _armed(FaultRule(kind="drop-event", where="executions")),
    "event twice": _armed(FaultRule(kind="duplicate-event", where="executions", times=3)),
    "event late": _armed(FaultRule(kind="late-event", where="executions", seconds=1, times=2)),
    "sequence gap": _armed(FaultRule(kind="sequence-gap", where="executions")),
    "partial fill": _armed(FaultRule(kind="partial-fill", where="*", times=2)),
    "REST lag": lambda control, chance: control.lag(LAG_S),
}
"""By name, as the report counts them."""
WEIGHTS = {"slow orders": 2, "reply lost": 5, "HTTP 520, done": 4, "request lost": 3}
"""How often one is drawn, where that is not once: what makes an engine do a thing twice comes most."""
