"""Closed trades to count."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SEEDED_START_NS
from kraken_tui.model.trading import Side, Trade

START = SEEDED_START_NS


def closed(net: str = "0", *, fees: str = "0", opened: int = 0, held: int = 10, **more: Any) -> Trade:
    """A long of one coin at 100 that nets `net`; times in minutes after the start."""
    gross = Decimal(net) + Decimal(fees)
    given: dict[str, Any] = {
        "symbol": "BTC/USD", "side": Side.BUY, "amount": Decimal(1), "entry_price": Decimal(100),
        "exit_price": 100 + gross, "gross": gross, "fees": Decimal(fees), "opened_ns": START + opened * MINUTE,
        "closed_ns": START + (opened + held) * MINUTE, "reason": "stop", "owner": "scanner", "entered_for": "burst",
    }  # fmt: skip
    return Trade(**(given | more))


CENTS = st.integers(-100_000, 100_000).map(lambda cents: str(Decimal(cents) / 100))
TRADES = st.lists(
    st.builds(
        lambda net, fees, opened, held: closed(net, fees=str(Decimal(fees) / 100), opened=opened, held=held),
        CENTS,
        st.integers(0, 500),
        st.integers(-20, 120),
        st.integers(0, 60),
    ),
    max_size=12,
)
