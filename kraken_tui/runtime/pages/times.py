"""Times as pages write them."""

from kraken_tui.clock import iso


def moment(time_ns: int) -> str:
    """To the second, UTC, such as `2026-01-01 00:00:02`: text that sorts by time."""
    return iso(time_ns)[:19].replace("T", " ")
