"""The engine over the past: history, replay, backtest and search."""
