"""Instruments: Kraken's own answer to AssetPairs, and the copy of it that the demo and the recordings use."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.instrument import FeeLadder, Instrument

UNIFIED = {"XBT": "BTC", "XDG": "DOGE"}
"""Kraken's own names of coins, and what WebSocket v2 and ccxt call them."""

QUOTES = ("USDT", "USDC", "USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "XBT", "BTC", "ETH")
"""Quote coins by which a pair's name is cut, longest first."""

MOST_DECIMALS = 15
"""Beyond this, prices and costs no longer fit into the 28 digits of a Decimal; Kraken's own go up to 12."""
MOST_LOT_DECIMALS = 12
MOST = Decimal(10) ** 15
"""Larger limits and volumes are none."""
MOST_LEVERAGE = 100
MOST_REBATE = Decimal(1)
"""Percent: on some pairs Kraken pays makers a little, told as a fee below zero."""


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


def instruments_from_asset_pairs(result: Mapping[str, Any], *, every: bool = False) -> dict[str, Instrument]:
    """Online USD instruments by symbol, from AssetPairs.

    Args:
        result: `result` of Kraken's AssetPairs, or ccxt's markets as `{market["id"]: market["info"]}`; numbers may
            be text, integers or floats (a float is read by its shortest text, which is what Kraken wrote).
        every: pairs of any quote and any status.

    Returns:
        Pairs quoted in USD with status `online`, or all; names are WebSocket v2's (`BTC/USD`, not `XBT/USD`). A pair
        with a missing or impossible value is left out, and the log names the pair and the field.
    """
    made = {}
    for pair_id, pair in result.items():
        try:
            entry = _Entry(pair)
            symbol = unified(str(pair.get("wsname", "")))
            if every or (symbol.endswith("/USD") and pair.get("status", "online") == "online"):
                made[symbol] = _from_kraken(symbol, _name("id", pair_id, r"[!-~]+"), entry)
        except _Impossible as error:
            from loguru import logger

            logger.warning("Kraken's entry of {} is left out: {}", excerpt(pair_id), excerpt(error))
    return made


class _Impossible(Exception):
    """A field of a pair holds what can't be."""


class _Entry:
    """Reads a pair's fields; raises `_Impossible` with the field's name over what can't be."""

    def __init__(self, pair: Any) -> None:
        if not isinstance(pair, Mapping):
            raise _Impossible(f"it is no table but {pair!r}")
        self._pair = pair

    def name(self, field: str) -> str:
        return _name(field, self._pair.get(field), r"[!-~]+")

    def word(self, field: str, default: str) -> str:
        return _name(field, self._pair.get(field, default), r"[a-z_]+")

    def number(self, field: str, default: object = None) -> Decimal:
        return _number(field, self._pair.get(field, default))

    def maybe(self, field: str) -> Decimal | None:
        return None if self._pair.get(field) is None else self.number(field)

    def whole(self, field: str, most: int, default: object = None) -> int:
        return _whole(field, self._pair.get(field, default), 0, most)

    def steps(self, field: str) -> tuple[int, ...]:
        return tuple(_whole(field, step, 1, MOST_LEVERAGE) for step in self._rows(field))

    def ladder(self, field: str) -> FeeLadder:
        return tuple((_number(field, step[0]), _number(field, step[1], MOST_REBATE)) for step in self._rows(field, 2))

    def tick(self, decimals: int) -> Decimal:
        smallest = Decimal(1).scaleb(-decimals)
        tick = self.maybe("tick_size")
        if tick is not None and not (0 < tick <= 1_000_000 * smallest and tick % smallest == 0):
            raise _Impossible(f"tick_size {tick} with pair_decimals {decimals}")
        return smallest if tick is None else tick

    def _rows(self, field: str, length: int = 0) -> Sequence[Any]:
        rows = self._pair.get(field, ())
        if not isinstance(rows, list | tuple) or any(
            length and not (isinstance(row, list | tuple) and len(row) == length) for row in rows
        ):
            raise _Impossible(f"{field} {rows!r}")
        return rows


def _from_kraken(symbol: str, pair_id: str, entry: _Entry) -> Instrument:
    base, quote = _name("wsname", symbol, r"[!-.0-~]+/[!-.0-~]+").split("/")
    decimals = entry.whole("pair_decimals", MOST_DECIMALS)
    return Instrument(
        symbol=symbol,
        id=pair_id,
        altname=entry.name("altname"),
        base=base,
        quote=quote,
        price_decimals=decimals,
        lot_decimals=entry.whole("lot_decimals", MOST_LOT_DECIMALS),
        cost_decimals=entry.whole("cost_decimals", MOST_DECIMALS),
        tick=entry.tick(decimals),
        order_min=entry.number("ordermin"),
        cost_min=entry.number("costmin", 0),
        leverage_buy=entry.steps("leverage_buy"),
        leverage_sell=entry.steps("leverage_sell"),
        long_limit=entry.maybe("long_position_limit"),
        short_limit=entry.maybe("short_position_limit"),
        margin_call=entry.whole("margin_call", 1000, 80),
        margin_stop=entry.whole("margin_stop", 1000, 40),
        taker_fees=entry.ladder("fees"),
        maker_fees=entry.ladder("fees_maker"),
        status=entry.word("status", "online"),
    )


def _name(field: str, text: object, form: str) -> str:
    if not isinstance(text, str) or not re.fullmatch(form, text):
        raise _Impossible(f"{field} {text!r}")
    return text


def _number(field: str, told: object, below: Decimal = Decimal(0)) -> Decimal:
    """A finite number, negative at most by `below`; a float is read by its shortest text."""
    try:
        number = Decimal(str(told))
        if -below <= number <= MOST:
            return number
    except ArithmeticError:
        pass
    raise _Impossible(f"{field} {told!r}")


def _whole(field: str, told: object, least: int, most: int) -> int:
    number = _number(field, told)
    if number % 1 or not least <= number <= most:
        raise _Impossible(f"{field} {told!r}")
    return int(number)


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
