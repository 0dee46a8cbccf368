"""Decides: the autopilot, from closed five-minute candles."""
