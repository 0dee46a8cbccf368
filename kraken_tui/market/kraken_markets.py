"""Kraken's instruments, through ccxt. No key is handed over, and none is read."""

import asyncio
from importlib import import_module
from urllib.parse import urlsplit

from loguru import logger

from kraken_tui.config.instruments import instruments_from_asset_pairs
from kraken_tui.model.errors import ExchangeUnreachable, UsageError
from kraken_tui.model.instrument import Instrument

KRAKEN_REST_URL = "https://api.kraken.com"
PATIENCE_MS = 10_000


async def load_kraken_instruments(url: str) -> dict[str, Instrument]:
    """Every online USD instrument by symbol, as Kraken tells it now.

    Ticks come from each market's `info` (Kraken's own entry), as ccxt's `precision` ignores `tick_size`.

    Raises:
        ExchangeUnreachable: no answer, or one that ccxt can't read.
    """
    ccxt = await asyncio.to_thread(import_module, "ccxt.async_support")
    is_kraken = url.rstrip("/") == KRAKEN_REST_URL
    exchange = ccxt.kraken({"timeout": PATIENCE_MS, "enableRateLimit": is_kraken})
    exchange.number = str
    if not is_kraken:
        exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = url.rstrip("/")
    try:
        markets = await exchange.load_markets()
    except ccxt.BaseError as error:
        host = urlsplit(url).netloc or url
        raise ExchangeUnreachable(f"{host} does not tell its markets: {str(error)[:300]}") from error
    finally:
        await exchange.close()
    return instruments_from_asset_pairs({market["id"]: market["info"] for market in markets.values()})


def choose_instruments(known: dict[str, Instrument], symbols: tuple[str, ...] | None) -> tuple[Instrument, ...]:
    """Those asked for, in that order; every one for None. A pair that Kraken does not trade is left out, with a note.

    Raises:
        UsageError: Kraken trades none of them.
    """
    if symbols is None:
        return tuple(known[symbol] for symbol in sorted(known))
    absent = [symbol for symbol in symbols if symbol not in known]
    if len(absent) == len(symbols):
        raise UsageError(f"GROUPS: Kraken has none of these pairs online: {', '.join(symbols)}. An example: BTC/USD")
    if absent:
        logger.warning("left out, as Kraken does not have them online against USD: {}", ", ".join(absent))
    return tuple(known[symbol] for symbol in symbols if symbol in known)
