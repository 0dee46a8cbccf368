"""Puts the rooms together round a clock, a feed and an exchange that are handed in."""
