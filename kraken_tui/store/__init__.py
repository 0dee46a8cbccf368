"""Remembers: logs, journal, files that survive a crash."""
