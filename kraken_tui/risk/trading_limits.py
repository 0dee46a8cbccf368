"""Limits over everything: how much a day may lose."""

from decimal import Decimal

from kraken_tui.config.settings import Settings


def daily_loss_block(first_equity: Decimal, equity: Decimal, settings: Settings) -> str:
    """Why nothing may be entered today any more; empty when it may. What is open stays managed.

    Args:
        first_equity: the equity that the day (UTC) began with; quote units.
        equity: now, open positions at the prices at which they could be closed.
        settings: DAILY_LOSS_LIMIT, in percent of `first_equity`; None limits nothing.
    """
    if settings.DAILY_LOSS_LIMIT is None:
        return ""
    most = max(Decimal(0), first_equity) * Decimal(str(settings.DAILY_LOSS_LIMIT)) / 100
    lost = first_equity - equity
    if lost < most or lost <= 0:
        return ""
    return f"daily loss {lost:.2f} has reached the limit of {most:.2f} ({settings.DAILY_LOSS_LIMIT:g} %)"
