"""Search: better parameters by walk-forward, and how likely it is that they are luck."""
