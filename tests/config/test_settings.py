"""Which of two settings counts in which mode."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.settings import PAPER_RISK, Settings

LIVE = {"MODE": "LIVE", "RISK_PER_TRADE": 0.25, "MAX_CAPITAL": Decimal("500"), "DAILY_LOSS_LIMIT": 3}


def test_each_mode_has_its_own_leverage_and_account() -> None:
    both = {"BASE_LEVERAGE": 7, "LIVE_LEVERAGE": 3, "PAPER_ACCOUNT": "cash", "LIVE_ACCOUNT": "margin"}
    paper, live = Settings.model_validate(both), Settings.model_validate({**LIVE, **both})
    assert (paper.leverage, paper.account) == (7, "cash")
    assert (live.leverage, live.account) == (3, "margin")


def test_live_trades_without_leverage_on_a_cash_account_until_told_otherwise() -> None:
    live = Settings.model_validate(LIVE)
    assert (live.leverage, live.account, live.VALIDATE) == (1, "cash", False)


def test_risk_that_is_not_written_is_half_a_percent() -> None:
    assert Settings().risk_percent == PAPER_RISK == 0.5
    assert Settings.model_validate(LIVE).risk_percent == 0.25


@given(st.decimals("-1000", "1000000", places=2))
def test_only_live_sizes_with_a_part_of_the_equity(equity: Decimal) -> None:
    assert Settings.model_validate({**LIVE, "MODE": "PAPER"}).capital(equity) == equity
    assert Settings.model_validate(LIVE).capital(equity) == min(equity, Decimal(500))
