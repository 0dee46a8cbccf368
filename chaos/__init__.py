"""Kills the real engine at random moments, while it trades a sandbox, and judges it by the exchange's own books."""
