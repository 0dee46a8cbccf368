"""Speaks to an exchange: Kraken's public side, and one on paper."""
