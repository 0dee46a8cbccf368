import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kraken_tui.config.instruments import instruments_from_asset_pairs, load_instruments
from kraken_tui.model.errors import ExchangeError, UsageError
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.market.pairs_file import MOST_BYTES, read_pairs
from tests.recorded import recorded

PAIRS = Pairs(load_instruments().values())


def kraken_pairs() -> dict[str, Any]:
    told: Any = json.loads(gzip.decompress(recorded("kraken_rest/AssetPairs_2025-07-23.json.gz").read_bytes()))
    result: dict[str, Any] = told.get("result", told)
    return result


def all_pairs() -> Pairs:
    return Pairs(instruments_from_asset_pairs(kraken_pairs(), every=True).values())


@pytest.mark.parametrize("name", ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"])
def test_a_pair_is_found_by_each_of_its_names(name: str) -> None:
    assert PAIRS.resolve(name).symbol == "BTC/USD"


@pytest.mark.parametrize("name", ["", "BTC", "BTC/XYZ", "btc/usd", "XXBTZUSD "])
def test_any_other_name_is_unknown(name: str) -> None:
    with pytest.raises(ExchangeError) as raised:
        PAIRS.resolve(name)
    assert raised.value.text == "EQuery:Unknown asset pair"


def test_the_websocket_takes_its_own_names_only() -> None:
    assert PAIRS.by_symbol("BTC/USD").id == "XXBTZUSD"
    for name in ("XBT/USD", "XBTUSD", "XXBTZUSD"):
        with pytest.raises(ExchangeError) as raised:
            PAIRS.by_symbol(name)
        assert raised.value.text == f"Currency pair not supported {name}"


def test_answers_are_keyed_as_asked_with_a_slash_and_by_id_without() -> None:
    assert list(PAIRS.keyed(["XBTUSD", "ETH/USD", "XDG/USD"])) == ["XXBTZUSD", "ETH/USD", "XDG/USD"]
    assert list(PAIRS.keyed([])) == [each.id for each in PAIRS.instruments]


@pytest.mark.parametrize(
    ("code", "id", "altname"),
    [("BTC", "XXBT", "XBT"), ("DOGE", "XXDG", "XDG"), ("ETH", "XETH", "ETH"), ("USD", "ZUSD", "USD"),
     ("SOL", "SOL", "SOL"), ("USDT", "USDT", "USDT")],
)  # fmt: skip
def test_an_asset_is_found_by_each_of_its_names(code: str, id: str, altname: str) -> None:
    assert (PAIRS.asset_id(code), PAIRS.altname_of(code)) == (id, altname)
    assert {PAIRS.asset(name) for name in (code, id, altname)} == {code}


def test_an_unknown_asset_is_refused() -> None:
    with pytest.raises(ExchangeError) as raised:
        PAIRS.asset("XYZ")
    assert raised.value.text == "EQuery:Unknown asset"


def test_asset_pairs_tells_krakens_own_answer_again() -> None:
    """All 1,114 pairs of a recorded answer, field by field; it is older than `execution_venue`."""
    recorded_pairs, ours = kraken_pairs(), all_pairs().pairs_answer()
    assert list(ours) == list(recorded_pairs)
    for id, theirs in recorded_pairs.items():
        told: Mapping[str, Any] = ours[id]
        assert told["execution_venue"] == "international"
        assert {name: value for name, value in told.items() if name != "execution_venue"} == theirs, id


def test_every_base_and_quote_is_an_asset_with_decimals_that_keep_the_lot() -> None:
    """ccxt takes the coarser of lot and asset decimals; Kraken keeps state money at 4 (yen 2), whatever the lot."""
    pairs = all_pairs()
    assets = pairs.assets_answer()
    for id, pair in pairs.pairs_answer().items():
        assert pair["quote"] in assets, id
        money = pair["base"].startswith("Z") and len(pair["base"]) == 4
        assert money or assets[pair["base"]]["decimals"] >= pair["lot_decimals"] or pair["base"] == "CHF", id


def test_assets_have_krakens_ids_and_decimals() -> None:
    path = recorded("kraken_fixtures/kraken_net/Endpoints_Spot_ExchangeData_GetAssets.txt")
    text = path.read_text("utf-8-sig")
    theirs: dict[str, Any] = json.loads(text[text.index("{") :])["result"]
    ours = all_pairs().assets_answer()
    for id, asset in theirs.items():
        assert set(asset) <= set(ours[id]), id
        for name in ("aclass", "altname", "decimals", "display_decimals", "status"):
            assert ours[id][name] == asset[name], (id, name)


def test_a_status_comes_from_todays_rules() -> None:
    bitcoin = load_instruments()["BTC/USD"]
    today = {"BTC/USD": replace(bitcoin, status="cancel_only")}
    assert PAIRS.pairs_answer(["XBTUSD"], rules=today)["XXBTZUSD"]["status"] == "cancel_only"
    assert PAIRS.pairs_answer(["ETHUSD"], rules=today)["XETHZUSD"]["status"] == "online"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("enveloped", [False, True])
def test_a_pairs_file_lists_all_its_pairs(packed: bool, enveloped: bool, tmp_path: Path) -> None:
    result = PAIRS.pairs_answer()
    text = json.dumps({"error": [], "result": result} if enveloped else result).encode()
    path = tmp_path / "pairs.json"
    path.write_bytes(gzip.compress(text) if packed else text)
    assert read_pairs(path) == PAIRS.instruments


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"result": 3}', b"\x1f\x8bno", b"\xff", b"[" * 100_000])
def test_a_file_that_is_none_is_refused_by_name(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=r"pairs\.json"):
        read_pairs(path)
    with pytest.raises(UsageError, match="nowhere"):
        read_pairs(tmp_path / "nowhere")


def test_a_file_that_is_none_or_far_too_long_is_refused(tmp_path: Path) -> None:
    plain, packed = tmp_path / "pairs.json", tmp_path / "pairs.json.gz"
    with plain.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    packed.write_bytes(gzip.compress(bytes(MOST_BYTES + 1), 1))
    for path in (plain, packed):
        with pytest.raises(UsageError, match="longer than 67,108,864 bytes"):
            read_pairs(path)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(UsageError, match="no regular file"):
            read_pairs(path)
