"""What the demo market makes up about each coin. Rough orders of magnitude; no quotation of any day."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.config.instruments import load_instruments
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument


class Level(Struct, frozen=True):
    """A made-up coin: where it starts, how liquid and how wild it is."""

    price: float
    """USD at the start of the past."""
    spread_bps: float
    depth: float
    """USD standing at the best price."""
    wildness: float
    """Volatility against the average coin."""


LEVELS: dict[str, Level] = {
    "BTC/USD": Level(95_000, 0.1, 150_000, 0.7),
    "ETH/USD": Level(3_300, 0.2, 80_000, 0.8),
    "SOL/USD": Level(150, 0.8, 40_000, 0.95),
    "XRP/USD": Level(2.2, 0.6, 40_000, 0.95),
    "ADA/USD": Level(0.7, 1.5, 15_000, 1.0),
    "LTC/USD": Level(95, 1.5, 12_000, 0.9),
    "LINK/USD": Level(15, 1.5, 12_000, 1.0),
    "AVAX/USD": Level(22, 2.0, 8_000, 1.05),
    "DOT/USD": Level(4.2, 2.0, 8_000, 1.0),
    "DOGE/USD": Level(0.2, 1.0, 25_000, 1.1),
    "SHIB/USD": Level(0.0000128, 2.0, 8_000, 1.1),
    "PEPE/USD": Level(0.00001, 2.0, 8_000, 1.3),
    "BONK/USD": Level(0.00002, 2.5, 6_000, 1.3),
    "WIF/USD": Level(1.1, 2.5, 5_000, 1.35),
    "FLOKI/USD": Level(0.0001, 2.5, 5_000, 1.25),
    "TRUMP/USD": Level(9, 2.5, 5_000, 1.15),
    "FARTCOIN/USD": Level(1.2, 3.0, 4_000, 1.4),
    "BCH/USD": Level(480, 1.5, 10_000, 0.95),
    "XLM/USD": Level(0.3, 1.5, 10_000, 1.0),
    "TRX/USD": Level(0.28, 1.0, 15_000, 0.7),
    "SUI/USD": Level(3.1, 1.5, 10_000, 1.1),
    "NEAR/USD": Level(5.2, 2.0, 6_000, 1.1),
    "ATOM/USD": Level(4.6, 2.0, 6_000, 1.0),
    "UNI/USD": Level(8.5, 2.0, 6_000, 1.1),
    "AAVE/USD": Level(260, 1.5, 8_000, 1.1),
    "APT/USD": Level(5.1, 2.0, 6_000, 1.1),
    "INJ/USD": Level(13, 2.5, 5_000, 1.2),
    "TAO/USD": Level(380, 2.0, 6_000, 1.2),
    "XMR/USD": Level(320, 1.5, 8_000, 0.85),
    "ZEC/USD": Level(410, 2.0, 6_000, 1.2),
    "HBAR/USD": Level(0.19, 2.0, 6_000, 1.1),
    "ETC/USD": Level(19, 2.5, 5_000, 1.0),
    "ALGO/USD": Level(0.21, 2.5, 5_000, 1.05),
    "ICP/USD": Level(5.3, 2.5, 5_000, 1.1),
    "FIL/USD": Level(5.8, 2.5, 5_000, 1.05),
    "ARB/USD": Level(0.82, 2.5, 5_000, 1.15),
    "OP/USD": Level(0.9, 2.5, 5_000, 1.15),
    "RENDER/USD": Level(7.2, 2.5, 5_000, 1.2),
    "ENA/USD": Level(0.74, 2.5, 5_000, 1.3),
    "ONDO/USD": Level(0.95, 2.0, 6_000, 1.1),
    "POL/USD": Level(0.24, 2.5, 5_000, 1.05),
    "TIA/USD": Level(2.3, 2.5, 5_000, 1.2),
    "CRV/USD": Level(0.68, 2.5, 5_000, 1.25),
    "USDT/USD": Level(1, 0.2, 200_000, 0.01),
}


MONEY: dict[str, float] = {
    "USD": 1, "EUR": 1.15, "GBP": 1.33, "CHF": 1.24, "CAD": 0.72, "AUD": 0.66, "JPY": 0.0066,
    "USDT": 1, "USDC": 1, "DAI": 1, "PYUSD": 1, "RLUSD": 1, "USDG": 1, "USDQ": 1, "USDR": 1, "USDS": 1, "USD1": 1,
}  # fmt: skip
"""Rough worth of money and of coins that stand for it, in USD."""

USUAL_TICKS = 30_000
"""A price of which nothing is known is made up so that it has five digits at the pair's decimals."""
FEWEST_TICKS = 100
"""A price below this is too coarse for a market."""
USUAL = Level(1, 2.5, 10_000, 1.0)
CALM = 0.05
"""Wildness of one money against another."""


def demo_instruments(
    symbols: tuple[str, ...], clones: int = 0, further: Iterable[Instrument] = ()
) -> tuple[tuple[Instrument, Level], ...]:
    """The instruments to make a market of.

    Args:
        symbols: those wanted; one that the demo does not know is left out.
        clones: how many more to make up, `X0001/USD` and so on, by copying the known ones in turn: for benchmarks.
        further: any other pairs, by their own rules; what the demo knows of their coins gives their level. They
            take the place of a pair in `symbols`.

    Raises:
        UsageError: the demo knows none of them.
    """
    known, more = load_instruments(), {instrument.symbol: instrument for instrument in further}
    chosen = [(known[symbol], LEVELS[symbol]) for symbol in symbols if symbol in LEVELS and symbol not in more]
    if not chosen and not clones and not more:
        raise UsageError(f"the demo market knows none of: {', '.join(symbols)}. It knows {', '.join(LEVELS)}")
    made_up = ((instrument, level_of(instrument)) for instrument in more.values())
    return (*chosen, *(_clone(number) for number in range(1, clones + 1)), *made_up)


def level_of(instrument: Instrument) -> Level:
    """A level for any pair: the known one, one that follows from both coins' worth, or five digits of a price."""
    tick, coin = float(instrument.tick), LEVELS.get(f"{instrument.base}/USD", USUAL)
    base, quote = _worth(instrument.base), _worth(instrument.quote)
    price = base / quote if base is not None and quote is not None else 0.0
    if price < FEWEST_TICKS * tick:
        price = USUAL_TICKS * tick
    if instrument.symbol in LEVELS:
        return replace(coin, price=price)
    still = instrument.base in MONEY and instrument.quote in MONEY
    return Level(price, coin.spread_bps, coin.depth / (quote or 1.0), CALM if still else coin.wildness)


def _worth(coin: str) -> float | None:
    """In USD; None where the demo knows nothing of it."""
    level = LEVELS.get(f"{coin}/USD")
    return level.price if level is not None else MONEY.get(coin)


def _clone(number: int) -> tuple[Instrument, Level]:
    symbols = [symbol for symbol in LEVELS if symbol != "USDT/USD"]
    symbol = symbols[number % len(symbols)]
    original = load_instruments()[symbol]
    base = f"X{number:04d}"
    return replace(original, symbol=f"{base}/USD", base=base, id=f"{base}USD", altname=f"{base}USD"), LEVELS[symbol]
