"""What the account has, owes, did and may do: Kraken's account endpoints that are about now."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kraken_tui.exchange.matching.money.fees import Tier, tier_of
from kraken_tui.exchange.matching.money.funds import held
from kraken_tui.exchange.matching.money.lots import Lot
from kraken_tui.exchange.matching.money.trade_balance import trade_balance
from kraken_tui.exchange.matching.rules import HOUR_NS
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.lots import amount_of
from kraken_tui.sandbox.history import View
from kraken_tui.sandbox.rest.endpoint import PrivateEndpoint
from kraken_tui.sandbox.rest.past import PAST
from kraken_tui.sandbox.rest.positions import net_of, position_shape
from kraken_tui.sandbox.rest.shapes import money_decimals, signed, text, text_down, text_up
from kraken_tui.sandbox.rest.told_times import lot_told

if TYPE_CHECKING:
    from kraken_tui.sandbox.access.keys import ApiKey
    from kraken_tui.sandbox.parts import Parts
    from kraken_tui.sandbox.rest.forms import Params

ZERO = Decimal(0)
MOST_POSITIONS = 20


def balance(parts: Parts, key: ApiKey, params: Params) -> dict[str, str]:
    """Balance: all of each asset, held or not."""
    state, pairs = parts.venue.view().state, parts.pairs
    return {
        pairs.asset_id(code): text_down(amount, pairs.decimals(code)) for code, amount in sorted(state.balances.items())
    }


def balance_ex(parts: Parts, key: ApiKey, params: Params) -> dict[str, dict[str, str]]:
    """BalanceEx: the same, and what open spot orders hold of it. The sandbox gives no credit."""
    state, pairs, rules = parts.venue.view().state, parts.pairs, parts.venue.rules
    return {
        pairs.asset_id(code): {
            "balance": text_down(amount, pairs.decimals(code)),
            "hold_trade": text_up(held(state, rules, code), pairs.decimals(code)),
        }
        for code, amount in sorted(state.balances.items())
    }


def trade_balance_answer(parts: Parts, key: ApiKey, params: Params) -> dict[str, str]:
    """TradeBalance: collateral, margin and equity in one currency; `ml` only where there are positions."""
    quote = parts.pairs.asset(params.text("asset", "ZUSD"))
    told = trade_balance(parts.venue.view().state, parts.venue.rules, quote)
    amounts = {
        "eb": told.eb, "tb": told.tb, "m": told.m, "uv": told.uv, "n": told.n,
        "c": told.c, "v": told.v, "e": told.e, "mf": told.mf,
    }  # fmt: skip
    answer = {name: text(amount, 4) for name, amount in amounts.items()}
    return answer if told.ml is None else answer | {"ml": text(told.ml, 2)}


def open_positions(parts: Parts, key: ApiKey, params: Params) -> dict[str, dict[str, Any]] | list[dict[str, Any]]:
    """OpenPositions: by position; or with `consolidation=market` one row per pair, in a list."""
    view, with_value = parts.venue.view(), params.flag("docalcs")
    consolidation = params.text("consolidation")
    if consolidation not in (None, "market"):
        raise params.invalid("consolidation")
    wanted = params.names("txid")
    if len(wanted) > MOST_POSITIONS:
        raise params.invalid("txid")
    instruments = parts.venue.rules.instruments
    lots = [
        (instruments[symbol], lot)
        for symbol, there in view.state.margin.items()
        for lot in there
        if not wanted or lot.id in wanted
    ]
    if consolidation == "market":
        grouped = groupby(lots, key=lambda pair: pair[0])
        return [_in_pair(instrument, [lot for _, lot in rows], view, with_value) for instrument, rows in grouped]
    return {lot.id: _position(parts, view, instrument, lot, with_value) for instrument, lot in lots}


def _mark(view: View, instrument: Instrument, lot: Lot) -> Decimal | None:
    """Where the position could be closed now."""
    market = view.state.markets.get(instrument.symbol)
    return None if market is None else market.best(lot.side.opposite)


def _position(parts: Parts, view: View, instrument: Instrument, lot: Lot, with_value: bool) -> dict[str, Any]:
    fees = parts.venue.rules.fees
    percent = fees.margin if lot.rollover_percent is None else lot.rollover_percent
    opening = view.trade(lot.id)
    return position_shape(
        lot_told(lot, parts.faults.skew_ns),
        instrument,
        order_type="market" if opening is None else opening.fill.order_type.value,
        terms=f"{percent:.4f}% per {fees.rollover_ns // HOUR_NS} hours",
        mark=_mark(view, instrument, lot) if with_value else None,
    )


def _in_pair(instrument: Instrument, lots: list[Lot], view: View, with_value: bool) -> dict[str, Any]:
    """All positions in a pair as one."""
    digits = money_decimals(instrument)
    margin = sum((lot.opened_cost / lot.leverage for lot in lots), ZERO)
    cost = sum((lot.opened_cost for lot in lots), ZERO)
    opened = sum((lot.opened_amount for lot in lots), ZERO)
    row = {
        "pair": instrument.id,
        "positions": str(len(lots)),
        "type": lots[0].side.value,
        "leverage": text(cost / margin, 5) if margin else "1.00000",
        "cost": text(cost, digits),
        "fee": text(sum((lot.opened_fee for lot in lots), ZERO), digits),
        "vol": text(opened, 8),
        "vol_closed": text(opened - amount_of(lots), 8),
        "margin": text(margin, digits),
    }
    mark = _mark(view, instrument, lots[0])
    if not with_value or mark is None:
        return row
    net = sum((net_of(lot, mark) for lot in lots), ZERO)
    return row | {"value": text(mark * amount_of(lots), digits), "net": signed(net)}


def trade_volume(parts: Parts, key: ApiKey, params: Params) -> dict[str, Any]:
    """TradeVolume: the 30-day volume, and for each pair asked for the present step of both fee ladders."""
    state, rules = parts.venue.view().state, parts.venue.rules
    instruments = [parts.pairs.resolve(name) for name in params.names("pair")]
    tiers = {instrument.id: tier_of(state, rules, instrument) for instrument in instruments}
    any_pair = next(iter(rules.instruments.values()))
    volume = next(iter(tiers.values())).volume if tiers else tier_of(state, rules, any_pair).volume
    answer: dict[str, Any] = {"currency": "ZUSD", "volume": text(volume, 4)}
    if tiers:
        answer["fees"] = {id: _fee(tier.taker) for id, tier in tiers.items()}
        answer["fees_maker"] = {id: _fee(tier.maker) for id, tier in tiers.items()}
    if params.flag("fee_schedule"):
        answer["schedules"] = [_schedule(instrument, volume) for instrument in instruments]
    return answer


def _schedule(instrument: Instrument, volume: Decimal) -> dict[str, Any]:
    """All steps of both ladders, which begin at the same volumes; the present one is marked."""
    steps = list(zip(instrument.taker_fees, instrument.maker_fees, strict=False))
    rows: list[dict[str, Any]] = [
        {"maker_fee": text(maker, 4), "taker_fee": text(taker, 4), "min_spot_volume": text(begins, 4)}
        for (begins, taker), (_, maker) in steps
    ]
    reached = sum(begins <= volume for (begins, _), _ in steps)
    if reached:
        rows[reached - 1]["active"] = True
    return {"pair": instrument.id, "class": "forex", "tiers": rows}


def _fee(tier: Tier) -> dict[str, str | None]:
    return {
        "fee": text(tier.fee, 4),
        "minfee": text(tier.min_fee, 4),
        "maxfee": text(tier.max_fee, 4),
        "nextfee": None if tier.next_fee is None else text(tier.next_fee, 4),
        "nextvolume": None if tier.next_volume is None else text(tier.next_volume, 4),
        "tiervolume": text(tier.tier_volume, 4),
    }


ACCOUNT: dict[str, PrivateEndpoint] = {
    "Balance": PrivateEndpoint(balance, frozenset({"query-funds"})),
    "BalanceEx": PrivateEndpoint(balance_ex, frozenset({"query-funds"})),
    "TradeBalance": PrivateEndpoint(trade_balance_answer, frozenset({"query-funds", "query-open-trades"})),
    "OpenPositions": PrivateEndpoint(open_positions, frozenset({"query-open-trades"})),
    "TradeVolume": PrivateEndpoint(trade_volume, frozenset({"query-funds"})),
    **PAST,
}
"""Kraken's account endpoints, those about the past included."""
