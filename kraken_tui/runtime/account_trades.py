"""The account's own trades as columns, where no trading memory was written yet."""

from collections.abc import Callable, Sequence

import numpy as np

from kraken_tui.model.intent import AUTOPILOT
from kraken_tui.model.trade_columns import Names, TradeColumns
from kraken_tui.model.trading import Trade


def columns_of(trades: Sequence[Trade], group_of: Callable[[str], str | None]) -> TradeColumns:
    """The account's trades as the trading memory would have them; regimes and excursions are not known of them."""
    rows = sorted(trades, key=lambda row: row.closed_ns)
    nothing = np.full(len(rows), np.nan)
    return TradeColumns(
        opened_ns=np.array([row.opened_ns for row in rows], np.int64),
        closed_ns=np.array([row.closed_ns for row in rows], np.int64),
        side=np.array([row.side.sign for row in rows], np.int64),
        put_in=np.array([float(row.amount * row.entry_price) for row in rows], np.float64),
        gross=np.array([float(row.gross) for row in rows], np.float64),
        fees=np.array([float(row.fees) for row in rows], np.float64),
        net=np.array([float(row.net) for row in rows], np.float64),
        slippage=nothing, adverse_bps=nothing, favourable_bps=nothing,
        symbol=_names([row.symbol for row in rows]), strategy=_names([_strategy(row) for row in rows]),
        regime=_names(["" for _ in rows]), group=_names([group_of(row.symbol) or "" for row in rows]),
        exit=_names([row.reason.partition(":")[0] for row in rows]),
    )  # fmt: skip


def _strategy(trade: Trade) -> str:
    return trade.entered_for.partition(":")[0] if trade.owner == AUTOPILOT else trade.owner


def _names(texts: Sequence[str]) -> Names:
    codes: dict[str, int] = {}
    return Names(np.array([codes.setdefault(text, len(codes)) for text in texts], np.int32), tuple(codes))
