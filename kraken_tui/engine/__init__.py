"""Puts the rooms together round a clock, a feed and an exchange that are handed in."""

from kraken_tui.engine.engine import Engine

__all__ = ["Engine"]
