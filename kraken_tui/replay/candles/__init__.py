"""The autopilot over recorded candles, compiled: its trades, as the engine makes them."""
