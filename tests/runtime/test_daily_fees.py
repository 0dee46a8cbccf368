"""What an account pays is asked for again each day, and counts wherever fees count."""

import asyncio
from collections import deque
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kraken_tui.clock import MINUTE, SECOND, PacedClock
from kraken_tui.model.errors import ExchangeUnreachable
from kraken_tui.risk.fee_tiers import OPENING
from kraken_tui.risk.fees import Fees
from kraken_tui.runtime.daily_fees import AFTER_NS, DAY_NS, DailyFees
from kraken_tui.runtime.markets import Market
from kraken_tui.runtime.venues import kraken_venue
from tests.samples import BTC, D

CHEAP = Fees(maker=D("0.2"), taker=D("0.35"))


async def test_it_asks_after_midnight_and_again_until_it_is_answered() -> None:
    clock, asked, taken = PacedClock(5 * DAY_NS + 7 * SECOND, float("inf")), list[int](), list[Fees]()
    answers: deque[Fees | Exception | None] = deque([ExchangeUnreachable("no line"), None, CHEAP, CHEAP])

    async def ask() -> Fees | None:
        if not answers:
            raise asyncio.CancelledError
        asked.append(clock.now_ns())
        answer = answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(asyncio.CancelledError):
        await DailyFees(ask, taken.append, clock).run()
    first = 6 * DAY_NS + AFTER_NS
    assert asked == [first, first + 10 * MINUTE, first + 20 * MINUTE, first + DAY_NS]
    assert taken == [CHEAP, CHEAP]


class Client:
    """A client that tells of fees as Kraken does."""

    def __init__(self) -> None:
        self.taker = "0.40"

    async def trade_volume(self, symbols: list[str]) -> dict[str, Any]:
        row = {symbols[0]: {"fee": self.taker}}
        return {"fees": row, "fees_maker": {symbols[0]: {"fee": "0.1"}}, "volume": "12345"}

    async def server_time_ns(self) -> int:
        return 0


@pytest.mark.parametrize("told", [None, SimpleNamespace(taker=D("0.26"), maker=D("0.16"))])
async def test_a_live_venue_has_krakens_fees_and_no_setting_of_papers(told: Any) -> None:
    client = Client()
    live = SimpleNamespace(
        exchange=client, executions=SimpleNamespace(run=None), check=SimpleNamespace(fees=told)
    )  # fmt: skip
    market = SimpleNamespace(feed=SimpleNamespace(instruments=(BTC,)), clock=None)
    venue = kraken_venue(cast("Any", live), cast("Market", market))
    expected = ("0.25", "0.40") if told is None else ("0.16", "0.26")
    assert venue.fees == Fees(maker=D(expected[0]), taker=D(expected[1]), opening=OPENING)
    assert venue.taker_fee == Decimal(expected[1]) and venue.read_fees is not None
    client.taker = "0.22"
    assert await venue.read_fees() == Fees(maker=D("0.1"), taker=D("0.22"), opening=OPENING)
    client.taker = "none"
    assert await venue.read_fees() is None
