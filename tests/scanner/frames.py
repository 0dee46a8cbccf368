"""Frames made by hand."""

from collections.abc import Sequence

import numpy as np

from kraken_tui.market.feed import Frame
from kraken_tui.model.market import FeedState


def frame(quotes: Sequence[tuple[int, int]], time_ns: int, state: FeedState = FeedState.LIVE) -> Frame:
    """A frame of these (bid, ask)."""
    bid, ask = (np.array(column, dtype=np.int64) for column in zip(*quotes, strict=True))
    size = np.zeros(len(quotes))
    listed = np.ones(len(quotes), dtype=np.bool_)
    for array in (bid, ask, size, listed):
        array.flags.writeable = False
    return Frame(
        time_ns=time_ns, bid=bid, ask=ask, last=bid, bid_amount=size, ask_amount=size,
        changed_ns=np.zeros(len(quotes), dtype=np.int64), listed=listed, state=state, note="", heard_ns=time_ns,
    )  # fmt: skip
