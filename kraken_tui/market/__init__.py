"""Prices in, from Kraken, a recording or a generator."""
