"""Every pair that an account may have to do with: those that are listed, and those that only its books know."""

from collections.abc import Mapping, Sequence

from kraken_tui.account.unlisted import unlisted
from kraken_tui.model.instrument import Instrument
from kraken_tui.store.journal import Journal


async def known_pairs(
    journal: Journal, listed: Sequence[Instrument], rules: Mapping[str, Instrument]
) -> tuple[Instrument, ...]:
    """The listed pairs, then those that the journal's fills are in and that are not listed any more.

    Args:
        journal: the account's.
        listed: the market's.
        rules: the exchange's own, of whatever status; what is in neither gets rules read off its fills.
    """
    gone = await journal.filled_symbols() - {row.symbol for row in listed}
    told = [rules[symbol] for symbol in sorted(gone) if symbol in rules]
    if len(told) == len(gone):
        return (*listed, *told)
    return (*listed, *told, *unlisted(await journal.fills(), (*listed, *told)))
