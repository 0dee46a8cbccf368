import gzip
import json
from decimal import Decimal
from typing import Any

import pytest
from loguru import logger

from kraken_tui.config.instruments import (
    derived_instrument,
    instruments_from_asset_pairs,
    load_instruments,
    symbol_of_pair,
    unified,
)
from kraken_tui.config.settings import DEFAULT_GROUPS
from tests.recorded import recorded


def asset_pairs() -> dict[str, Any]:
    body = gzip.decompress(recorded("kraken_rest/AssetPairs_2025-07-23.json.gz").read_bytes())
    result: dict[str, Any] = json.loads(body)["result"]
    return result


def test_every_default_symbol_is_packaged() -> None:
    wanted = {symbol for symbols in DEFAULT_GROUPS.values() for symbol in symbols}
    assert len(wanted) == 30
    assert wanted <= set(load_instruments())


def test_packaged_rules_are_krakens_own() -> None:
    known = instruments_from_asset_pairs(asset_pairs())
    for symbol, packaged in load_instruments().items():
        told = known[symbol]
        for name in packaged.__struct_fields__:
            if symbol == "BTC/USD" and name.startswith("leverage"):
                assert getattr(packaged, name) == tuple(range(2, 11))
            else:
                assert getattr(packaged, name) == getattr(told, name), (symbol, name)


def test_ticks_and_minimums_make_sense() -> None:
    for instrument in load_instruments().values():
        assert instrument.tick == Decimal(1).scaleb(-instrument.price_decimals)
        assert instrument.order_min % instrument.lot == 0
        assert [fee for _, fee in instrument.taker_fees] == sorted((f for _, f in instrument.taker_fees), reverse=True)
        assert instrument.price_of(instrument.ticks_of(Decimal(7) * instrument.tick)) == 7 * instrument.tick


def test_only_online_usd_pairs_are_taken_and_names_are_unified() -> None:
    pairs = asset_pairs()
    known = instruments_from_asset_pairs(pairs)
    assert known["BTC/USD"].id == "XXBTZUSD"
    assert known["DOGE/USD"].altname == "XDGUSD"
    assert "XBT/USD" not in known
    assert all(symbol.endswith("/USD") for symbol in known)
    offline = {name: pair for name, pair in pairs.items() if pair["status"] != "online"}
    assert offline and not instruments_from_asset_pairs(offline)


def test_numbers_may_be_text_as_ccxt_gives_them() -> None:
    pair = asset_pairs()["XXBTZUSD"]
    as_text = json.loads(json.dumps(pair), parse_float=str, parse_int=str)
    assert instruments_from_asset_pairs({"XXBTZUSD": as_text}) == instruments_from_asset_pairs({"XXBTZUSD": pair})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tick_size", "NaN"), ("tick_size", "0"), ("tick_size", "-0.1"), ("tick_size", "Infinity"),
        ("tick_size", "0.15"), ("tick_size", "1e-400"), ("tick_size", "1e400"), ("tick_size", "text"),
        ("pair_decimals", 400), ("pair_decimals", -1), ("pair_decimals", "x"), ("pair_decimals", 1.5),
        ("pair_decimals", None), ("lot_decimals", 99), ("cost_decimals", "NaN"),
        ("ordermin", "-1"), ("ordermin", "NaN"), ("ordermin", "1e30"), ("ordermin", None), ("ordermin", float("nan")),
        ("costmin", "NaN"), ("leverage_buy", [1000, 2]), ("leverage_sell", [-3]), ("leverage_buy", 3),
        ("long_position_limit", "-5"), ("margin_call", "x"), ("fees", [[0]]), ("fees_maker", [[0, "NaN"]]),
        ("altname", None), ("altname", "XBT\x1b[31m"), ("wsname", "XBT\x1b[31m/USD"), ("wsname", "XBT/EUR/USD"),
    ],
)  # fmt: skip
def test_a_pair_with_an_impossible_field_is_left_out_by_name(field: str, value: object) -> None:
    good = asset_pairs()["XETHZUSD"]
    bad = asset_pairs()["XXBTZUSD"] | {field: value}
    told: list[str] = []
    sink = logger.add(told.append, format="{level} {message}")
    try:
        known = instruments_from_asset_pairs({"XXBTZUSD": bad, "XETHZUSD": good})
    finally:
        logger.remove(sink)
    assert list(known) == ["ETH/USD"]
    assert len(told) == 1
    assert told[0].startswith(f"WARNING Kraken's entry of XXBTZUSD is left out: {field} ")
    assert "\x1b" not in told[0]


def test_pairs_that_pay_makers_a_rebate_are_taken() -> None:
    pair = asset_pairs()["XXBTZUSD"] | {"fees_maker": [[0, -0.02], [10000, -0.02]]}
    assert instruments_from_asset_pairs({"XXBTZUSD": pair})["BTC/USD"].maker_fees[0] == (Decimal(0), Decimal("-0.02"))


def test_every_pair_is_taken_where_asked_for() -> None:
    pairs = asset_pairs()
    known = instruments_from_asset_pairs(pairs, every=True)
    assert len(known) == len(pairs)
    assert {each.id: each.status for each in known.values()} == {name: pair["status"] for name, pair in pairs.items()}


@pytest.mark.parametrize("entry", [None, 7, "text", []])
def test_an_entry_that_is_no_table_is_left_out(entry: object) -> None:
    known = instruments_from_asset_pairs({"XXBTZUSD": entry, "XETHZUSD": asset_pairs()["XETHZUSD"]})
    assert list(known) == ["ETH/USD"]


def test_without_a_tick_size_the_decimals_tell() -> None:
    pair = asset_pairs()["XXBTZUSD"]
    del pair["tick_size"]
    assert instruments_from_asset_pairs({"XXBTZUSD": pair})["BTC/USD"].tick == Decimal("0.1")


@pytest.mark.parametrize(("name", "symbol"), [("XBT/USD", "BTC/USD"), ("XDG/EUR", "DOGE/EUR"), ("ETH/XBT", "ETH/BTC")])
def test_unified_names(name: str, symbol: str) -> None:
    assert unified(name) == symbol


@pytest.mark.parametrize(
    ("pair", "symbol"), [("XBTUSD", "BTC/USD"), ("XZECZUSD", "ZEC/USD"), ("FOO", None), ("USD", None)]
)
def test_pairs_without_a_slash(pair: str, symbol: str | None) -> None:
    assert symbol_of_pair(pair, load_instruments().values()) == symbol


def test_a_derived_instrument_has_no_margin_and_the_datas_tick() -> None:
    made = derived_instrument("EOS/USD", 4)
    assert (made.tick, made.leverage_buy, made.taker_fees[0][1]) == (Decimal("0.0001"), (), Decimal("0.40"))
    assert made.price_of(182_303) == Decimal("18.2303")
