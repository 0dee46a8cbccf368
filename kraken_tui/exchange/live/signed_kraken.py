"""ccxt's Kraken client with our own nonces, our own HTTP and Kraken's own error strings.

ccxt signs, knows the endpoints and parses. What it does not get to do: log headers and bodies, keep the last answer
(its `cancel_order` reads an older answer's `EOrder:Unknown order` into a time-out), follow the environment's proxies,
or raise over a warning. Importing this module takes a second: ccxt imports every exchange it knows.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import msgspec
from ccxt.async_support.kraken import kraken
from ccxt.base.errors import BaseError
from loguru import logger
from msgspec import Struct

from kraken_tui.config.instruments import instruments_from_asset_pairs
from kraken_tui.exchange.live.ccxt_errors import UNREADABLE, KrakenSaid, NotKrakens
from kraken_tui.exchange.live.http_session import HttpSession
from kraken_tui.exchange.live.nonces import Nonces
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.instrument import Instrument

_TABLES = (
    "markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes", "baseCurrencies",
    "quoteCurrencies", "commonCurrencies",
)  # fmt: skip

CCXT_ERRORS = (BaseError, *UNREADABLE)
"""What ccxt's own code may raise."""

_constructed: dict[str, Any] = {}
"""What ccxt's constructor leaves in an instance."""


class Markets(Struct, frozen=True):
    """What Kraken trades, once loaded; may be shared by clients."""

    instruments: Mapping[str, Instrument]
    """By symbol: pairs of any quote and any status."""
    tables: Mapping[str, Any]
    """ccxt's own."""
    by_altname: Mapping[str, Any]


class SignedKraken(kraken):  # type: ignore[misc]
    """One ccxt instance.

    Args:
        api_key: the key.
        secret: its secret, base64.
        rest_url: `http://host:port` or `https://…`; `/0/…` is appended.
        http: the connections; opened when first asked for.
        nonces: the nonces of this key.
    """

    def __init__(
        self, api_key: str, secret: str, rest_url: str, http: Callable[[], HttpSession], nonces: Nonces
    ) -> None:
        self._construct()
        self.apiKey, self.secret = api_key, secret
        self.number = str
        self.urls["api"]["public"] = self.urls["api"]["private"] = rest_url.rstrip("/")
        self.http = http
        self.nonces = nonces

    def _construct(self) -> None:
        """Let ccxt construct it, once per process: what it works out by that is the same for all, and takes longer than
        many requests.
        """
        if not _constructed:
            super().__init__({
                "enableRateLimit": False, "enableLastHttpResponse": False, "enableLastResponseHeaders": False,
            })  # fmt: skip
            _constructed.update(vars(self))
        changed = {name: deepcopy(_constructed[name]) for name in ("urls", "options")}
        flat = {name: value.copy() for name, value in _constructed.items() if isinstance(value, dict | list)}
        self.__dict__.update(_constructed | flat | changed)

    def incrementing_nonce(self) -> int:
        """Every nonce that is signed."""
        return self.nonces.next()

    async def fetch(
        self, url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> dict[str, Any]:
        """Send one request; the whole envelope.

        Raises:
            KrakenSaid: it holds errors.
            NotKrakens: it is no envelope.
            aiohttp.ClientError, OSError: there is no answer.
        """
        data = body.encode() if body else None
        request = self.http().request(method, url, data=data, headers=dict(headers or {}), allow_redirects=False)
        async with request as answer:
            return envelope_of(answer.status, await answer.text())

    def set_last_request(self, request: object) -> None:
        """Keep nothing of what was sent."""

    def take(self, markets: Markets) -> None:
        """Use markets that were loaded before."""
        for name, table in markets.tables.items():
            setattr(self, name, table)
        self.options["marketsByAltname"] = markets.by_altname

    def read_markets(self, assets: Mapping[str, Any], pairs: Mapping[str, Any]) -> Markets:
        """Take Kraken's Assets and AssetPairs; an entry that can't be is left out, where ccxt would fail as a whole."""
        instruments = instruments_from_asset_pairs(pairs, every=True)
        currencies = {}
        for name, asset in assets.items():
            try:
                currency = self.parse_currency({**asset, "_coin_id": name})
                currencies[currency["code"]] = currency
            except CCXT_ERRORS as error:
                logger.warning("Kraken's asset {} is left out: {}", excerpt(name), excerpt(error))
        self.set_markets([_market(each, pairs[each.id]) for each in instruments.values()], currencies)
        by_altname = {market["altname"]: market for market in self.markets.values()}
        markets = Markets(instruments, {name: getattr(self, name) for name in _TABLES}, by_altname)
        self.take(markets)
        return markets


def _market(instrument: Instrument, info: Mapping[str, Any]) -> dict[str, Any]:
    """A market in ccxt's form; no number is cut or rounded by it."""
    return {
        "id": instrument.id,
        "altname": instrument.altname,
        "wsId": info.get("wsname"),
        "symbol": instrument.symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "baseId": info.get("base"),
        "quoteId": info.get("quote"),
        "type": "spot",
        "spot": True,
        "margin": bool(instrument.leverage_buy),
        "active": instrument.status == "online",
        "precision": {"amount": f"{instrument.lot:f}", "price": f"{instrument.tick:f}"},
        "info": info,
    }


def envelope_of(status: int, text: str) -> dict[str, Any]:
    """Kraken's envelope from an HTTP answer, without warnings, which go to the log: what was asked for was done.

    Raises:
        KrakenSaid: it holds errors, whatever the HTTP status.
        NotKrakens: it is none.
    """
    try:
        answer = msgspec.json.decode(text)
    except UNREADABLE:
        answer = None
    strings = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(strings, list):
        raise NotKrakens(status)
    told = [str(each) for each in strings]
    for warning in (each for each in told if each.startswith("W")):
        logger.warning("Kraken warns: {}", excerpt(warning))
    if errors := tuple(each for each in told if not each.startswith("W")):
        raise KrakenSaid(errors)
    if status != 200:
        raise NotKrakens(status)
    return answer
