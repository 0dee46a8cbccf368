"""Kraken's instruments, through ccxt. No key is handed over, and none is read."""

import asyncio
from importlib import import_module
from urllib.parse import urlsplit

from loguru import logger

from kraken_tui.config.instruments import instruments_from_asset_pairs
from kraken_tui.model.errors import ExchangeUnreachable, UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.model.instrument import Instrument

KRAKEN_REST_URL = "https://api.kraken.com"
PATIENCE_MS = 10_000
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What ccxt stumbles with over an answer that is not Kraken's."""


async def load_kraken_instruments(url: str) -> dict[str, Instrument]:
    """Every online USD instrument by symbol, as Kraken tells it now.

    Rules come from Kraken's own entries: ccxt's `precision` ignores `tick_size`, and its `load_markets` fails as a
    whole over one strange entry.

    Raises:
        ExchangeUnreachable: no answer, or one that is not Kraken's.
    """
    host = urlsplit(url).netloc or url
    ccxt = await asyncio.to_thread(import_module, "ccxt.async_support")
    is_kraken = url.rstrip("/") == KRAKEN_REST_URL
    exchange = ccxt.kraken({"timeout": PATIENCE_MS, "enableRateLimit": is_kraken})
    exchange.number = str
    if not is_kraken:
        exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = url.rstrip("/")
    try:
        answer = await exchange.publicGetAssetPairs()
    except (ccxt.ExchangeNotAvailable, ccxt.RequestTimeout) as error:
        why = excerpt(error.__cause__ or error)
        raise ExchangeUnreachable(
            f"{host} can't be reached, or is not there: {why}. Is there a network? --demo needs none"
        ) from error
    except (ccxt.BaseError, *UNREADABLE) as error:
        raise ExchangeUnreachable(f"{host} does not tell its markets: {excerpt(error)}") from error
    finally:
        await exchange.close()
    pairs = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(pairs, dict):
        raise ExchangeUnreachable(f"{host} does not tell its markets: {excerpt(answer)}")
    return instruments_from_asset_pairs(pairs)


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
