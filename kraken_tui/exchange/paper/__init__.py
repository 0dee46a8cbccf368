"""A paper exchange in the shape of ccxt's unified async API."""
