import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

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
