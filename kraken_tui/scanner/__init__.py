"""Decides: the two-second state machine."""
