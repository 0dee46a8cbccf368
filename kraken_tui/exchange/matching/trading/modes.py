"""Modes of the whole venue and of single pairs: what each lets in, and whether anything trades in it."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Add
from kraken_tui.exchange.matching.money.margin import opposing
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState
from kraken_tui.model.lots import amount_of
from kraken_tui.model.trading import OrderType, Side

ZERO = Decimal(0)
UNAVAILABLE = "EService:Unavailable"
_TRADING = frozenset(("online", "limit_only", "reduce_only"))
"""In the others nothing matches and no trigger fires: nobody can take, so there is no trade."""


Asked = Add | OrderRecord
"""An order that arrives, or one as it would be after an amendment."""


def _reduces(add: Asked, state: VenueState) -> bool:
    """Whether an order can only make what the account holds smaller: coins sold, or positions closed."""
    closable = amount_of(opposing(state, add.symbol, add.side))
    if add.type is OrderType.SETTLE_POSITION:
        return True
    if add.leverage == 1:
        return add.side is Side.SELL
    return add.reduce_only or (closable > ZERO and add.amount <= closable)


_LETS_IN: dict[str, Callable[[Asked, VenueState], bool]] = {
    "online": lambda add, state: True,
    "cancel_only": lambda add, state: False,
    "post_only": lambda add, state: add.post_only,
    "limit_only": lambda add, state: add.type in (OrderType.LIMIT, OrderType.ICEBERG),
    "reduce_only": _reduces,
}


def _modes(rules: Rules, symbol: str) -> Iterator[str]:
    yield rules.system
    if symbol in rules.instruments:
        yield rules.instruments[symbol].status


def trades(rules: Rules, symbol: str) -> bool:
    """Whether orders match and triggers fire in a pair."""
    instrument = rules.instruments.get(symbol)
    if rules.system == "online" and (instrument is None or instrument.status == "online"):
        return True
    return all(mode in _TRADING for mode in _modes(rules, symbol))


def check_mode(add: Asked, state: VenueState, rules: Rules) -> None:
    """Refuse an order that the venue's or the pair's mode keeps out.

    Raises:
        RetryLater: with Kraken's string.
    """
    if rules.system == "online" == rules.instruments[add.symbol].status:
        return
    for mode in _modes(rules, add.symbol):
        lets_in = _LETS_IN.get(mode)
        if lets_in is None:
            raise error_for(UNAVAILABLE)
        if not lets_in(add, state):
            raise error_for(f"EService:Market in {mode} mode")


def check_service(rules: Rules) -> None:
    """Refuse any request while the venue is in maintenance.

    Raises:
        RetryLater: `EService:Unavailable`.
    """
    if rules.system not in _LETS_IN:
        raise error_for(UNAVAILABLE)
