"""Orders out: the one door to the exchange."""
