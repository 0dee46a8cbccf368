"""Kraken's order book, asked for when somebody looks."""

from decimal import Decimal

import pytest

from kraken_tui.market.feed import Deep
from kraken_tui.model.errors import ExchangeUnreachable, Refused
from tests.market.fake_kraken import BORN, fake_kraken
from tests.market.stand import opened


async def test_levels_come_best_first_and_exact() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        assert isinstance(feed, Deep)
        depth = await feed.depth(0, 10)
        assert depth.bids == ((Decimal("94999.9"), Decimal("0.5")), (Decimal("94999.0"), Decimal("1.25")))
        assert depth.asks == ((Decimal("95000.1"), Decimal("0.001")),)
        assert depth.source.endswith(f"127.0.0.1:{fake.port}") and depth.time_ns > 0


async def test_no_more_levels_than_asked_for() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        assert len((await feed.depth(0, 1)).bids) == 1


@pytest.mark.parametrize("price", ["NaN", "cheap", "", None, [], 1e400])
async def test_nonsense_is_said_to_be_none_of_krakens(price: object) -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        fake.book = {"bids": [[price, "1", BORN]], "asks": []}
        with pytest.raises(ExchangeUnreachable, match="Depth"):
            await feed.depth(0, 10)
        fake.book = {"bids": [], "asks": []}
        assert (await feed.depth(0, 10)).bids == ()


async def test_krakens_own_error_is_told() -> None:
    async with fake_kraken() as fake, opened(fake) as feed:
        fake.rest_error = "EQuery:Unknown asset pair"
        with pytest.raises(Refused, match="Unknown asset pair"):
            await feed.depth(0, 10)
