"""Which pairs the settings name."""

from kraken_tui.config.settings import Settings


def configured_symbols(settings: Settings) -> tuple[str, ...] | None:
    """The grouped pairs, each once, in the order of the groups; None for every USD pair."""
    if settings.SYMBOLS == "ALL_USD":
        return None
    return tuple(dict.fromkeys(symbol for symbols in settings.GROUPS.values() for symbol in symbols))
