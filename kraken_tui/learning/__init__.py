"""Learns: what of a result is skill, and what is luck."""
