"""Which feed `MARKET` means."""

from difflib import get_close_matches
from pathlib import Path

from kraken_tui.clock import Clock
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.feed import Feed
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_part import WHOLE, Part
from kraken_tui.model.errors import UsageError


def make_feed(
    market: str, settings: Settings, *, seed: int | None, clock: Clock, part: Part = WHOLE, held: tuple[str, ...] = ()
) -> Feed:
    """A feed, not opened yet.

    Args:
        market: `kraken`, `demo`, or the path of a recorded file or folder.
        settings: symbols, groups, addresses, scan interval and the spread of recordings without quotes.
        seed: of the demo market; None draws one.
        clock: the engine's.
        part: what of a recording is played.
        held: pairs that are watched besides the configured ones, as something of them is held.

    Raises:
        UsageError: `market` is none of these.
    """
    symbols = configured_symbols(settings)
    if symbols is not None and market in ("demo", "kraken"):
        symbols = tuple(dict.fromkeys((*symbols, *held)))
    if market == "demo":
        return DemoFeed(symbols or tuple(load_instruments()), seed, clock, settings.GROUPS)
    if market == "kraken":
        # The socket and the exchange are imported only where they are used: the demo starts faster without.
        from kraken_tui.market.kraken_feed import KrakenFeed

        return KrakenFeed(settings.EXCHANGE_REST_URL, settings.EXCHANGE_WS_URL, symbols, settings.POLL_INTERVAL, clock)
    path = Path(market).expanduser()
    if not path.exists():
        raise UsageError(f"MARKET {market!r}: no such file or folder{_hint(market)}; kraken, demo, or a path is right")
    return RecordedFeed(path, settings.RECORDED_SPREAD, symbols or (), part)


def _hint(market: str) -> str:
    near = get_close_matches(market.lower(), ("kraken", "demo"), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
