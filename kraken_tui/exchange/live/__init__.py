"""The real exchange: Kraken over ccxt, and its private stream."""
