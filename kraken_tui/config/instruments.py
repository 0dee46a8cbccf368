"""Instruments: Kraken's own answer to AssetPairs, and the copy of it that the demo and the recordings use."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from kraken_tui.model.instrument import FeeLadder, Instrument

UNIFIED = {"XBT": "BTC", "XDG": "DOGE"}
"""Kraken's own names of coins, and what WebSocket v2 and ccxt call them."""

QUOTES = ("USDT", "USDC", "USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "XBT", "BTC", "ETH")
"""Quote coins by which a pair's name is cut, longest first."""


@cache
def load_instruments() -> Mapping[str, Instrument]:
    """The packaged instruments by symbol; `instruments.toml` says where they come from."""
    text = resources.files("kraken_tui.config").joinpath("instruments.toml").read_text("utf-8")
    table = tomllib.loads(text)
    ladders = {name: (_ladder(fees["taker"]), _ladder(fees["maker"])) for name, fees in table["fees"].items()}
    return {row["symbol"]: _packaged(row, *ladders[row["fees"]]) for row in table["instrument"]}


def _packaged(row: Mapping[str, Any], taker: FeeLadder, maker: FeeLadder) -> Instrument:
    base, quote = row["symbol"].split("/")
    return Instrument(
        symbol=row["symbol"],
        id=row["id"],
        altname=row["altname"],
        base=base,
        quote=quote,
        price_decimals=row["price_decimals"],
        lot_decimals=row["lot_decimals"],
        cost_decimals=row["cost_decimals"],
        tick=Decimal(row["tick"]),
        order_min=Decimal(row["order_min"]),
        cost_min=Decimal(row["cost_min"]),
        leverage_buy=tuple(row["leverage_buy"]),
        leverage_sell=tuple(row["leverage_sell"]),
        long_limit=_maybe(row.get("long_limit")),
        short_limit=_maybe(row.get("short_limit")),
        taker_fees=taker,
        maker_fees=maker,
    )


def instruments_from_asset_pairs(result: Mapping[str, Mapping[str, Any]]) -> dict[str, Instrument]:
    """Online USD instruments by symbol, from AssetPairs.

    Args:
        result: `result` of Kraken's AssetPairs, or ccxt's markets as `{market["id"]: market["info"]}`; numbers may
            be text, integers or floats (a float is read by its shortest text, which is what Kraken wrote).

    Returns:
        Pairs quoted in USD with status `online`; names are WebSocket v2's (`BTC/USD`, not `XBT/USD`).
    """
    made = {}
    for pair_id, pair in result.items():
        symbol = unified(str(pair.get("wsname", "")))
        if symbol.endswith("/USD") and pair.get("status", "online") == "online":
            made[symbol] = _from_kraken(symbol, pair_id, pair)
    return made


def _from_kraken(symbol: str, pair_id: str, pair: Mapping[str, Any]) -> Instrument:
    base, quote = symbol.split("/")
    decimals = int(pair["pair_decimals"])
    return Instrument(
        symbol=symbol,
        id=pair_id,
        altname=str(pair["altname"]),
        base=base,
        quote=quote,
        price_decimals=decimals,
        lot_decimals=int(pair["lot_decimals"]),
        cost_decimals=int(pair["cost_decimals"]),
        tick=_maybe(pair.get("tick_size")) or Decimal(1).scaleb(-decimals),
        order_min=Decimal(str(pair["ordermin"])),
        cost_min=Decimal(str(pair.get("costmin", 0))),
        leverage_buy=tuple(int(step) for step in pair.get("leverage_buy", ())),
        leverage_sell=tuple(int(step) for step in pair.get("leverage_sell", ())),
        long_limit=_maybe(pair.get("long_position_limit")),
        short_limit=_maybe(pair.get("short_position_limit")),
        margin_call=int(pair.get("margin_call", 80)),
        margin_stop=int(pair.get("margin_stop", 40)),
        taker_fees=_ladder(pair.get("fees", ())),
        maker_fees=_ladder(pair.get("fees_maker", ())),
        status=str(pair.get("status", "online")),
    )


def derived_instrument(symbol: str, price_decimals: int, lot_decimals: int = 8) -> Instrument:
    """Rules for a recorded pair that Kraken's table does not know: tick from its decimals, standard fees, no margin."""
    base, quote = symbol.split("/")
    standard = load_instruments()["BTC/USD"]
    return Instrument(
        symbol=symbol,
        id=base + quote,
        altname=base + quote,
        base=base,
        quote=quote,
        price_decimals=price_decimals,
        lot_decimals=lot_decimals,
        cost_decimals=price_decimals + 3,
        tick=Decimal(1).scaleb(-price_decimals),
        order_min=Decimal(1).scaleb(-lot_decimals),
        cost_min=standard.cost_min,
        taker_fees=standard.taker_fees,
        maker_fees=standard.maker_fees,
    )


def unified(name: str) -> str:
    """`XBT/USD` as `BTC/USD`: Kraken's `wsname` in the words of WebSocket v2."""
    return "/".join(UNIFIED.get(coin, coin) for coin in name.split("/"))


def symbol_of_pair(pair: str, known: Iterable[Instrument]) -> str | None:
    """The symbol of a pair written without a slash, such as `XBTUSD`, `XXBTZUSD` or `BTCUSDT`; None if it is none."""
    for instrument in known:
        if pair in (instrument.altname, instrument.id):
            return instrument.symbol
    for quote in QUOTES:
        if pair.endswith(quote) and len(pair) > len(quote):
            return unified(f"{pair.removesuffix(quote)}/{quote}")
    return None


def _ladder(steps: Iterable[Any]) -> FeeLadder:
    return tuple((Decimal(str(volume)), Decimal(str(fee))) for volume, fee in steps)


def _maybe(number: object) -> Decimal | None:
    return None if number is None else Decimal(str(number))
