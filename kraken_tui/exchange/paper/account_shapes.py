"""Balances and margin positions in ccxt's unified form; see `shapes`."""

from collections.abc import Iterable
from decimal import Decimal

from kraken_tui.exchange.matching.money.lots import Lots
from kraken_tui.exchange.paper.shapes import fixed, text
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of, cost_of
from kraken_tui.model.trading import Side

ZERO = Decimal(0)


def balance_shape(rows: Iterable[tuple[str, Decimal, Decimal]]) -> CcxtStruct:
    """What `fetch_balance` answers, from (asset, total, held)."""
    free: CcxtStruct = {}
    used: CcxtStruct = {}
    total: CcxtStruct = {}
    info: CcxtStruct = {}
    for asset, there, held in rows:
        free[asset], used[asset], total[asset] = text(there - held), text(held), text(there)
        info[asset] = {"balance": text(there), "hold_trade": text(held)}
    per_asset = {asset: {"free": free[asset], "used": used[asset], "total": total[asset]} for asset in total}
    return {
        "info": {"error": [], "result": info},
        "timestamp": None,
        "datetime": None,
        **per_asset,
        "free": free,
        "used": used,
        "total": total,
    }


_POSITION_BLANKS = (
    "id", "notional", "marginMode", "liquidationPrice", "entryPrice", "realizedPnl", "percentage", "contractSize",
    "markPrice", "lastPrice", "hedged", "timestamp", "datetime", "lastUpdateTimestamp", "maintenanceMargin",
    "maintenanceMarginPercentage", "collateral", "initialMarginPercentage", "marginRatio", "stopLossPrice",
    "takeProfitPrice", "positionMargin",
)  # fmt: skip


def position_shape(lots: Lots, instrument: Instrument, net: Decimal) -> CcxtStruct:
    """A row of `fetch_positions`: the margin lots of a pair taken together; `net` is its unrealised P&L."""
    decimals = instrument.cost_decimals
    margin = sum((lot.cost / lot.leverage for lot in lots), ZERO)
    fee = sum((lot.fee for lot in lots), ZERO)
    leverage = max(lot.leverage for lot in lots)
    return dict.fromkeys(_POSITION_BLANKS) | {
        "info": {
            "pair": instrument.id,
            "positions": str(len(lots)),
            "type": str(lots[0].side),
            "leverage": fixed(Decimal(leverage), 5),
            "cost": fixed(cost_of(lots), decimals),
            "fee": fixed(fee, decimals),
            "vol": fixed(amount_of(lots), 8),
            "vol_closed": fixed(ZERO, 8),
            "margin": fixed(margin, decimals),
            "net": f"{net:+.{decimals}f}",
        },
        "symbol": instrument.symbol,
        "side": "long" if lots[0].side is Side.BUY else "short",
        "contracts": fixed(amount_of(lots), 8),
        "unrealizedPnl": text(net),
        "initialMargin": fixed(margin, decimals),
        "leverage": fixed(Decimal(leverage), 5),
    }
