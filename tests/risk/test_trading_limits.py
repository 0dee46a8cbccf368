"""A day that lost its share makes no more entries."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.settings import Settings
from kraken_tui.risk.trading_limits import daily_loss_block

THREE = Settings(DAILY_LOSS_LIMIT=3)
money = st.decimals("0.01", "1000000", places=2)


def test_the_limit_blocks_from_its_first_cent_on() -> None:
    assert daily_loss_block(Decimal(1000), Decimal("970.01"), THREE) == ""
    assert (
        daily_loss_block(Decimal(1000), Decimal(970), THREE) == "daily loss 30.00 has reached the limit of 30.00 (3 %)"
    )


@given(money, money)
def test_it_blocks_exactly_where_the_share_is_lost(first: Decimal, now: Decimal) -> None:
    assert bool(daily_loss_block(first, now, THREE)) == (first - now >= first * 3 / 100)
    assert daily_loss_block(first, now, Settings()) == ""
