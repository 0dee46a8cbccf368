"""Broken engines as patches, each of which the simulation must find."""
