"""What a compiled replay made of a span, as a search counts it."""

import numpy as np

from kraken_tui.config.settings import Settings
from kraken_tui.learning.splits import Span
from kraken_tui.replay.fast.paper_rows import Closed
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.replay.search.trials import Stretch, stretch


def stretch_of(made: Replayed, settings: Settings, span: Span) -> Stretch:
    """A run over a span, by day, from the account that the settings begin with."""
    rows, unit = made.rows, np.array([10.0**row.cost_decimals for row in made.instruments])
    net = (rows[:, Closed.GROSS] - rows[:, Closed.FEES]) / unit[rows[:, Closed.TICKER]]
    return stretch(
        span, float(settings.PAPER_BALANCE), rows[:, Closed.OPENED_NS], rows[:, Closed.CLOSED_NS], net,
        float(made.realised + made.unrealised - made.fees), len(made.open),
    )  # fmt: skip
