"""The engine in real time: one process, one home, one lock, and the socket to its screens."""

from kraken_tui.runtime.options import EngineOptions, RunSummary
from kraken_tui.runtime.run import run_engine

__all__ = ["EngineOptions", "RunSummary", "run_engine"]
