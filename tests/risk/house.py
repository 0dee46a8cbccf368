"""Values that say yes to everything, to begin a test with."""

from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.model.evaluation import Check
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.market import FeedState, Quote
from kraken_tui.model.trading import OrderRequest, OrderType, Side
from kraken_tui.risk.active_risk import active_risk
from kraken_tui.risk.drawdown import tiers_of
from kraken_tui.risk.fees import ExpectedMove, Fees
from kraken_tui.risk.filters import Ticker
from kraken_tui.risk.heat import measure
from kraken_tui.risk.kill_switch import Look, Verdict
from kraken_tui.risk.question import Conditions, Question
from tests.samples import BTC, D

SETTINGS = Settings()
NOW_NS = 1_767_225_600 * SECOND
TIERS = tiers_of([(D(str(row.drawdown)), D(str(row.share))) for row in SETTINGS.DRAWDOWN_TIERS])
FEES = Fees(maker=D("0.25"), taker=D("0.40"), opening=D("0.02"))
"""Kraken's entry tier in 2026."""


def quote(bid: str = "99990", ask: str = "100010", shown: str = "1", *, instrument: Instrument = BTC) -> Quote:
    return Quote(instrument.symbol, D(bid), D(ask), D(shown), D(shown), D(ask), NOW_NS)


def conditions() -> Conditions:
    return Conditions(
        now_ns=NOW_NS,
        mode="PAPER",
        kill=Look(verdict=Verdict.OK, text="today +0.00"),
        heat=measure((), Decimal(10_000), SETTINGS.HEAT, SETTINGS.HEAT_GROUPS),
        active_risk=active_risk((), Decimal(10_000), 4),
        feed=FeedState.LIVE,
        feed_age_s=1.0,
        fees=FEES,
        most_slippage=D("0.25"),
    )


def question() -> Question:
    return Question(
        conditions=conditions(),
        instrument=BTC,
        group="Majors",
        side=Side.BUY,
        owner="autopilot",
        limits=Check("limits", True, "0 trades today"),
        size=OrderRequest(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, amount=D("0.02"), leverage=5),
        expected=ExpectedMove(percent=D(3), source="the lock step"),
        ticker=Ticker(quote=quote()),
    )
