"""The reducer: one input in, the state changed, what happened out."""

from decimal import localcontext

from kraken_tui.exchange.matching.exact import EXACT
from kraken_tui.exchange.matching.messages import (
    Add,
    Amend,
    Cancel,
    CancelAll,
    CancelAllAfter,
    Deposit,
    Edit,
    Elapse,
    Event,
    MarketUpdate,
    Message,
)
from kraken_tui.exchange.matching.money.ledger import deposit
from kraken_tui.exchange.matching.money.liquidation import liquidate_where_due
from kraken_tui.exchange.matching.money.margin import roll_over
from kraken_tui.exchange.matching.money.settling import settle_position
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import Step, VenueState
from kraken_tui.exchange.matching.trading.amending import USER_REQUESTED, amend_order, edit_order
from kraken_tui.exchange.matching.trading.checks import find_order
from kraken_tui.exchange.matching.trading.execution import cancel
from kraken_tui.exchange.matching.trading.modes import check_service
from kraken_tui.exchange.matching.trading.placing import checked, enter
from kraken_tui.exchange.matching.trading.timers import arm, cancel_all, run_due
from kraken_tui.exchange.matching.trading.updates import update_market
from kraken_tui.model.trading import OrderType


def apply(state: VenueState, message: Message, rules: Rules) -> list[Event]:
    """Apply one input to `state`, in place, and tell what happened, in order.

    Time never goes back: an input from before the state's time counts as now. First happens what the time that has
    passed brings: margin lots pay for it, orders open and expire, the dead man's switch falls.

    Raises:
        Refused, RetryLater: the input was refused with Kraken's string; besides the passing of time and what it
            brings, the state is as before (but then a caller that must tell that applies `Elapse` first).
    """
    with localcontext(EXACT):
        state.time_ns = max(state.time_ns, message.time_ns)
        step = Step(state, rules, state.time_ns)
        if state.margin:
            roll_over(step)
        if state.due_ns or state.cancel_all_at_ns:
            run_due(step)
        match message:
            case MarketUpdate():
                update_market(step, message)
                liquidate_where_due(step)
            case Elapse():
                liquidate_where_due(step)
            case Deposit():
                deposit(step, message)
            case _:
                check_service(rules)
                _request(step, message)
        return step.events


def _request(step: Step, message: Add | Amend | Edit | Cancel | CancelAll | CancelAllAfter) -> None:
    match message:
        case Add():
            enter(step, checked(step, message))
        case Amend():
            amend_order(step, message)
        case Edit():
            edit_order(step, message)
        case Cancel():
            cancel(step, find_order(step.state, message.id, message.client_id), USER_REQUESTED)
        case CancelAll():
            cancel_all(step, USER_REQUESTED)
        case CancelAllAfter():
            arm(step, message)


def check_only(state: VenueState, message: Add, rules: Rules, *, funds: bool = True) -> None:
    """Refuse what `apply` would refuse, without placing anything; the state stays as it is.

    Args:
        state: the account.
        message: the order.
        rules: the venue's.
        funds: False leaves out whether the order is covered. A batch is refused as a whole for anything else, but
            order by order for want of funds.

    Raises:
        Refused, RetryLater: with Kraken's string.
    """
    with localcontext(EXACT):
        now_ns = max(state.time_ns, message.time_ns)
        check_service(rules)
        order = checked(Step(state, rules, now_ns), message, funds=funds)
        if funds and order.type is OrderType.SETTLE_POSITION:
            settle_position(Step(state.copy(), rules, now_ns), order)
