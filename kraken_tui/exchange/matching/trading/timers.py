"""What happens because its time has come: scheduled orders open, GTD orders expire, the dead man's switch falls."""

from msgspec.structs import replace

from kraken_tui.exchange.matching.messages import CancelAllAfter, Opened
from kraken_tui.exchange.matching.money.funding import shortfall
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.exchange.matching.trading.execution import cancel, keep
from kraken_tui.exchange.matching.trading.triggers import begin, settle_spawned
from kraken_tui.model.trading import OrderStatus

EXPIRED = "Order expired"
SWITCH_FELL = "Cancel all orders after timeout"
"""Both in our words: Kraken documents neither reason."""


def _due_at(order: OrderRecord) -> int:
    """When an order opens or expires next; 0 = never."""
    times = [order.starts_ns if order.is_scheduled else 0, order.expires_ns]
    return min((time for time in times if time), default=0)


def next_due(state: VenueState) -> int:
    """When the next order opens or expires; 0 = never."""
    return min((at for order in state.orders.values() if (at := _due_at(order))), default=0)


def remember(step: Step, order: OrderRecord) -> None:
    """Note when a new order is due."""
    due, state = _due_at(order), step.state
    if due:
        state.due_ns = min(due, state.due_ns or due)


def arm(step: Step, message: CancelAllAfter) -> None:
    """Arm the dead man's switch anew, or disarm it."""
    step.state.cancel_all_at_ns = step.now_ns + message.timeout_ns if message.timeout_ns > 0 else 0


def run_due(step: Step) -> None:
    """Let everything happen whose time has come, in the order of its time."""
    state, now = step.state, step.now_ns
    switch_ns = state.cancel_all_at_ns
    if state.due_ns and state.due_ns <= now:
        _run_orders(step, switch_ns or now)
    if switch_ns and switch_ns <= now:
        cancel_all(step, SWITCH_FELL)
        state.cancel_all_at_ns = 0
        state.due_ns = 0


def _run_orders(step: Step, until_ns: int) -> None:
    state, until_ns = step.state, min(until_ns, step.now_ns)
    due = sorted((at, o.place, o.id) for o in state.orders.values() if 0 < (at := _due_at(o)) <= until_ns)
    for _, _, order_id in due:
        order = state.orders.get(order_id)
        if order is not None:
            _run(step, order)
    state.due_ns = next_due(state)


def _run(step: Step, order: OrderRecord) -> None:
    if order.expires_ns and order.expires_ns <= step.now_ns:
        cancel(step, order, EXPIRED, OrderStatus.EXPIRED)
        return
    opened = keep(step, replace(order, status=OrderStatus.OPEN))
    step.events.append(Opened(opened))
    missing = None if opened.is_waiting else shortfall(step, opened)
    if missing is not None:
        cancel(step, opened, missing.reason)
        return
    begin(step, opened)
    settle_spawned(step)


def cancel_all(step: Step, reason: str) -> None:
    """Cancel every open order, oldest first."""
    for order in list(step.state.orders.values()):
        cancel(step, order, reason)
