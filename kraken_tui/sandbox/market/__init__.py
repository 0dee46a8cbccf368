"""Prices in, and what the public is told: pairs, tape, candles, tickers."""
