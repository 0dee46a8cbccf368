"""The arithmetic of money: decimals that are never cut before they are rounded on purpose."""

from decimal import Context

EXACT = Context(prec=60)
"""Wide enough for any price times any amount of any pair. To be entered by `localcontext`, which copies it."""
