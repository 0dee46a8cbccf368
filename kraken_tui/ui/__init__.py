"""The screen: shows snapshots and sends commands."""
