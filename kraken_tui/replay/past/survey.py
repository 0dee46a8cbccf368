"""What the past holds, read once before it is replayed: rules, counts, and where it begins and ends."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from kraken_tui.clock import Progress
from kraken_tui.config.moments import shown
from kraken_tui.market.recorded_files import Window
from kraken_tui.market.recorded_rows import NEVER_NS
from kraken_tui.market.recorded_ticks import PriceSurvey
from kraken_tui.market.recorded_timeline import Flags
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.past.tables import Past, count_of, ends_ns, is_quoted

SURVEY_SHARE = 0.2
"""Of the work, about: reading everything once before it is replayed."""


class Survey(Struct, frozen=True):
    """What the past holds, known before it is replayed."""

    instruments: tuple[Instrument, ...]
    quoted: Flags
    """Per ticker, whether its quotes were recorded."""
    trades: tuple[int, ...]
    """Per ticker, in the span; candles or quotes where no trades are known."""
    windows: Sequence[Window]
    first_ns: int
    """Of the scans."""
    last_ns: int
    """After the last scan."""


def survey(past: Past, first_ns: int | None, last_ns: int | None, progress: Progress) -> Survey:
    """Read everything once: rules, counts, and where it begins and ends.

    Args:
        past: what is to be replayed.
        first_ns: of the first scan; None begins with the past.
        last_ns: after the last scan; None ends with the past.
        progress: told how far it has come.

    Raises:
        UsageError: there is nothing in this span.
    """
    begin_ns = first_ns or (past.windows[0][0] if past.windows else 0)
    end_ns = last_ns or NEVER_NS - 1
    looked: dict[str, tuple[PriceSurvey, Counter[str]]] = {}
    quoted: dict[str, bool] = {}
    edges = [NEVER_NS, 0]
    for until_ns, tables in past.days(begin_ns, end_ns):
        for symbol, mine in tables.items():
            prices, counts = looked.setdefault(symbol, (PriceSurvey(symbol), Counter()))
            quoted[symbol] = is_quoted(mine)
            counts["trades"] += count_of(mine, begin_ns)
            for rows in mine:
                prices.add(rows.prices)
                if len(rows.time_ns):
                    edges = [min(edges[0], int(rows.time_ns[0])), max(edges[1], ends_ns(rows))]
        if last_ns is not None:
            share = (until_ns - begin_ns) / max(1, end_ns - begin_ns)
            progress("Reading", SURVEY_SHARE * min(1.0, max(0.0, share)))
    if not any(counts["trades"] for _, counts in looked.values()):
        raise UsageError(_nothing(past, first_ns, last_ns))
    windows = past.windows or ((0 if past.begins_before else edges[0], NEVER_NS if past.goes_on else edges[1]),)
    end_ns = min(end_ns, windows[-1][1] + 1, NEVER_NS if past.goes_on else edges[1] + 1)
    begin_ns = first_ns or max(edges[0], begin_ns)
    if end_ns <= begin_ns:
        raise UsageError(_nothing(past, begin_ns, end_ns))
    return Survey(
        instruments=tuple(prices.rules() for prices, _ in looked.values()),
        quoted=np.array(list(quoted.values())),
        trades=tuple(counts["trades"] for _, counts in looked.values()),
        windows=windows,
        first_ns=begin_ns,
        last_ns=end_ns,
    )


def _nothing(past: Past, first_ns: int | None, last_ns: int | None) -> str:
    span = f"from {shown(first_ns)}" if first_ns else "from its beginning"
    span += f" to {shown(last_ns)} UTC" if last_ns else " to its end"
    edges = [NEVER_NS, 0]
    if past.goes_on:
        return f"there is no trade of these pairs {span}"
    for _, tables in past.days(0, NEVER_NS - 1):
        for rows in (rows for mine in tables.values() for rows in mine if len(rows.time_ns)):
            edges = [min(edges[0], int(rows.time_ns[0])), max(edges[1], ends_ns(rows))]
    if not edges[1]:
        return "the recording holds no good row"
    return f"the recording holds nothing {span}; it goes from {shown(edges[0])} to {shown(edges[1])} UTC"
