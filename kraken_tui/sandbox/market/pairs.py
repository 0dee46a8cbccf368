"""Kraken's names of pairs and assets, and what AssetPairs and Assets tell of them. Nothing else knows Kraken's ids."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from kraken_tui.exchange.errors import error_for
from kraken_tui.model.errors import Refused
from kraken_tui.model.instrument import FeeLadder, Instrument

ALTNAMES = {"BTC": "XBT", "DOGE": "XDG"}
"""Coins that Kraken's REST calls otherwise than its WebSocket does."""

LEGACY_IDS = {
    "BTC": "XXBT", "DOGE": "XXDG", "ETH": "XETH", "ETC": "XETC", "LTC": "XLTC", "MLN": "XMLN", "REP": "XREP",
    "XLM": "XXLM", "XMR": "XXMR", "XRP": "XXRP", "ZEC": "XZEC",
    "AUD": "ZAUD", "CAD": "ZCAD", "EUR": "ZEUR", "GBP": "ZGBP", "JPY": "ZJPY", "USD": "ZUSD",
}  # fmt: skip
"""Ids with a prefix; any other asset's id is its altname (Kraken's AssetPairs of 2025-07-23)."""

MONEY = {"AUD": (4, 2), "CAD": (4, 2), "CHF": (4, 2), "EUR": (4, 2), "GBP": (4, 2), "JPY": (2, 0), "USD": (4, 2)}
"""Decimals and displayed decimals of state money."""
STABLE = frozenset({"USDT", "USDC", "USD1", "USDG", "USDQ", "USDR", "USDS", "USDD", "DAI", "PYUSD", "RLUSD", "TUSD"})

Info = Literal["info", "leverage", "fees", "margin"]


class Pairs:
    """All pairs that the exchange lists, by each of their names.

    Args:
        instruments: of each symbol once; rules and status that change later come from the venue's `Rules`.
    """

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self.instruments: tuple[Instrument, ...] = tuple(instruments)
        self._symbols = {instrument.symbol: instrument for instrument in self.instruments}
        self._named: dict[str, Instrument] = {}
        for instrument in self.instruments:
            for name in (instrument.symbol, self.wsname(instrument), instrument.altname, instrument.id):
                self._named[name] = instrument
        self.assets: tuple[str, ...] = tuple(
            dict.fromkeys(code for each in self.instruments for code in (each.base, each.quote))
        )
        """Unified codes of every base and quote."""
        self._codes = {name: code for code in self.assets for name in (code, self.altname_of(code), asset_id(code))}
        finest: dict[str, int] = {}
        for each in self.instruments:
            finest[each.base] = max(each.lot_decimals, finest.get(each.base, 0))
        self._decimals = {code: _digits(code, finest.get(code, 0)) for code in self.assets}
        self._on_margin = {code for each in self.instruments if each.leverage_buy for code in (each.base, each.quote)}

    def resolve(self, name: str) -> Instrument:
        """The pair by id, altname, wsname or WebSocket v2 name: `XXBTZUSD`, `XBTUSD`, `XBT/USD`, `BTC/USD`.

        Raises:
            Refused: `EQuery:Unknown asset pair`.
        """
        instrument = self._named.get(name)
        if instrument is None:
            raise error_for("EQuery:Unknown asset pair")
        return instrument

    def by_symbol(self, symbol: str) -> Instrument:
        """The pair by its WebSocket v2 name alone.

        Raises:
            Refused: `Currency pair not supported XBT/USD`, in the WebSocket's words.
        """
        instrument = self._symbols.get(symbol)
        if instrument is None:
            raise Refused(f"Currency pair not supported {symbol}")
        return instrument

    def keyed(self, names: Sequence[str]) -> dict[str, Instrument]:
        """The pairs under the keys that an answer gives them: as asked where it has a slash, else the id.

        Args:
            names: all pairs where empty.

        Raises:
            Refused: `EQuery:Unknown asset pair`.
        """
        if not names:
            return {instrument.id: instrument for instrument in self.instruments}
        found = ((name, self.resolve(name)) for name in names)
        return {name if "/" in name else instrument.id: instrument for name, instrument in found}

    @staticmethod
    def wsname(instrument: Instrument) -> str:
        """The name on WebSocket v1: `XBT/USD`."""
        return f"{altname(instrument.base)}/{altname(instrument.quote)}"

    def asset(self, name: str) -> str:
        """The unified code of `XXBT`, `XBT` or `BTC`.

        Raises:
            Refused: `EQuery:Unknown asset`.
        """
        code = self._codes.get(name)
        if code is None:
            raise error_for("EQuery:Unknown asset")
        return code

    def asset_id(self, code: str) -> str:
        """Kraken's key of an asset: `XXBT`, `ZUSD`, `SOL`."""
        return asset_id(code)

    def altname_of(self, code: str) -> str:
        """Kraken's short name of an asset: `XBT`, `USD`, `SOL`."""
        return altname(code)

    def decimals(self, code: str) -> int:
        """Digits with which Kraken keeps a balance of the asset."""
        return self._decimals[code][0] if code in self._decimals else 10

    def display_decimals(self, code: str) -> int:
        """Digits with which Kraken shows a balance of the asset."""
        return self._decimals[code][1] if code in self._decimals else 5

    def is_on_margin(self, code: str) -> bool:
        """Whether a pair of this asset is offered on margin, so that it can be borrowed."""
        return code in self._on_margin

    def collateral_value(self, code: str) -> Decimal:
        """How much of its worth counts as collateral, as Assets tells it: all of money's, made up for coins."""
        return Decimal(1) if code in MONEY or code in STABLE else Decimal("0.9")

    def assets_answer(self, codes: Sequence[str] = (), *, margin_rate: Decimal = Decimal(0)) -> dict[str, Any]:
        """Assets, by id.

        Args:
            codes: unified; all where empty.
            margin_rate: percent, of what can be borrowed.
        """
        return {asset_id(code): self._asset(code, margin_rate) for code in codes or self.assets}

    def _asset(self, code: str, margin_rate: Decimal) -> dict[str, Any]:
        told: dict[str, Any] = {
            "aclass": "currency",
            "altname": altname(code),
            "decimals": self.decimals(code),
            "display_decimals": self.display_decimals(code),
        }
        if self.is_on_margin(code):
            told["collateral_value"] = number(self.collateral_value(code))
        told["status"] = "enabled"
        if self.is_on_margin(code):
            told["margin_rate"] = number(margin_rate)
        return told

    def pairs_answer(
        self, names: Sequence[str] = (), info: Info = "info", *, rules: Mapping[str, Instrument] | None = None
    ) -> dict[str, Any]:
        """AssetPairs, by the keys of `keyed`.

        Args:
            names: pairs by any of their names; all where empty.
            info: everything, or one part of it.
            rules: today's rules by symbol, where a status may differ from what was listed at the start.

        Raises:
            Refused: `EQuery:Unknown asset pair`.
        """
        today = rules or {}
        return {
            key: _parts(_pair(today.get(instrument.symbol, instrument)), info)
            for key, instrument in self.keyed(names).items()
        }


def altname(code: str) -> str:
    """Kraken's short name of an asset: `XBT` for `BTC`."""
    return ALTNAMES.get(code, code)


def asset_id(code: str) -> str:
    """Kraken's key of an asset: `XXBT`, `ZUSD`, `SOL`."""
    return LEGACY_IDS.get(code, altname(code))


def _digits(code: str, lot_decimals: int) -> tuple[int, int]:
    """Decimals and displayed decimals.

    A coin has never fewer than the finest lot of its pairs: ccxt takes the coarser of both for an amount's step.
    """
    if code in MONEY:
        return MONEY[code]
    legacy = code in LEGACY_IDS and code not in ("DOGE", "XLM", "XRP")
    return max(10 if legacy else 8, lot_decimals), 4 if code in STABLE else 5


def number(value: Decimal) -> int | float:
    """A JSON number as Kraken writes rates, fees and limits: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _pair(instrument: Instrument) -> dict[str, Any]:
    told: dict[str, Any] = {
        "altname": instrument.altname,
        "wsname": Pairs.wsname(instrument),
        "aclass_base": "currency",
        "base": asset_id(instrument.base),
        "aclass_quote": "currency",
        "quote": asset_id(instrument.quote),
        "lot": "unit" if instrument.lot_decimals == 8 else f"unit{instrument.lot_decimals}",
        "cost_decimals": instrument.cost_decimals,
        "pair_decimals": instrument.price_decimals,
        "lot_decimals": instrument.lot_decimals,
        "lot_multiplier": 1,
        "leverage_buy": list(instrument.leverage_buy),
        "leverage_sell": list(instrument.leverage_sell),
        "fees": _fees(instrument.taker_fees),
        "fees_maker": _fees(instrument.maker_fees),
        "fee_volume_currency": "ZUSD",
        "margin_call": instrument.margin_call,
        "margin_stop": instrument.margin_stop,
        "ordermin": f"{instrument.order_min:f}",
        "costmin": f"{instrument.cost_min:f}",
        "tick_size": f"{instrument.tick:f}",
        "status": instrument.status,
        "execution_venue": "international",
    }
    if instrument.long_limit is not None:
        told["long_position_limit"] = number(instrument.long_limit)
    if instrument.short_limit is not None:
        told["short_position_limit"] = number(instrument.short_limit)
    return told


def _fees(ladder: FeeLadder) -> list[list[int | float]]:
    return [[number(volume), float(fee)] for volume, fee in ladder]


_PARTS = {
    "leverage": ("leverage_buy", "leverage_sell"),
    "fees": ("fees", "fees_maker", "fee_volume_currency"),
    "margin": ("margin_call", "margin_stop"),
}


def _parts(told: dict[str, Any], info: Info) -> dict[str, Any]:
    return told if info == "info" else {key: told[key] for key in _PARTS[info]}
