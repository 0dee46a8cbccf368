"""The order methods."""
