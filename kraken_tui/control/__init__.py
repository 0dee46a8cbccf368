"""The socket between engine and screens."""
