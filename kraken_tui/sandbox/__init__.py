"""A Kraken-compatible spot exchange on loopback, round the same matching core as the paper exchange."""
