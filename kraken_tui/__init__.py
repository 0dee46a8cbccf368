"""A terminal command center for autonomous trading on Kraken."""

__version__ = "0.1.0"
