import gzip
import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.sandbox.ws.channels.checksum import checksum
from kraken_tui.sandbox.ws.frames import fixed
from tests.recorded import recorded

ASKS = (
    "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 "
    "45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827"
)
BIDS = (
    "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 "
    "45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238"
)


def levels(text: str) -> list[tuple[str, str]]:
    return [(price, amount) for price, amount in (level.split("/") for level in text.split())]


def test_krakens_published_vector() -> None:
    assert checksum(levels(BIDS), levels(ASKS)) == 3310070434


def test_only_ten_levels_count_and_fewer_are_right() -> None:
    bids, asks = levels(BIDS), levels(ASKS)

    assert checksum([*bids, ("1.0", "1.00000000")], [*asks, ("99999.0", "1.00000000")]) == 3310070434
    assert checksum(bids[:3], []) == zlib.crc32(b"".join(f"{p}{a}".replace(".", "").encode().lstrip(b"0")
        for p, a in [("452835", "10000000"), ("452834", "154582015"), ("452821", "10000000")]))  # fmt: skip
    assert checksum([], []) == 0


DIGITS = st.decimals(min_value=0, max_value=10**6, places=8)


@given(st.lists(st.tuples(DIGITS, DIGITS), max_size=14), st.lists(st.tuples(DIGITS, DIGITS), max_size=14))
def test_the_same_as_the_documented_formula(
    bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]]
) -> None:
    def part(value: Decimal) -> str:
        return format(value, ".8f").replace(".", "").lstrip("0")

    text = "".join(part(price) + part(amount) for side in (asks, bids) for price, amount in side[:10])
    texts = [[(fixed(price, 8), fixed(amount, 8)) for price, amount in side] for side in (bids, asks)]

    assert checksum(texts[0], texts[1]) == zlib.crc32(text.encode()) & 0xFFFFFFFF


def lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt") as file:
        for line in file:
            yield json.loads(line, parse_float=Decimal)


def test_every_checksum_of_a_recorded_v2_book_reproduces() -> None:
    sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
    checked = 0
    for message in lines(recorded("kraken_ws/ws2_book_BTCUSD_btschwertfeger.jsonl.gz")):
        if message.get("channel") != "book":
            continue
        [book] = message["data"]
        for name, side in sides.items():
            if message["type"] == "snapshot":
                side.clear()
            for level in book[name]:
                if level["qty"]:
                    side[level["price"]] = level["qty"]
                else:
                    side.pop(level["price"], None)
            kept = sorted(side, reverse=name == "bids")[:10]
            sides[name] = {price: side[price] for price in kept}
        texts = {
            name: [(fixed(Decimal(price), 1), fixed(Decimal(amount), 8)) for price, amount in side.items()]
            for name, side in sides.items()
        }
        assert checksum(texts["bids"], texts["asks"]) == book["checksum"]
        checked += 1
    assert checked > 100
