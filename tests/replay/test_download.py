"""Downloading pair-days: whatever Kraken's pages look like, each trade comes once."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.exchange.public_trades import PAGE, PublicTrade, TradesPage
from kraken_tui.model.errors import Refused, UsageError
from kraken_tui.replay.past.download import Download, Wanted, days_of, missing, pair_name
from kraken_tui.store.trade_days import DAY_NS, TradeDays
from tests.sandbox.stand import HandClock

DAY = 20_000 * DAY_NS
NOW = DAY + 10 * DAY_NS


def trade(id: int, time_ns: int, digits: int = 9) -> PublicTrade:
    time_s = round(Decimal(time_ns) / SECOND, digits)
    return PublicTrade(price="100.5", volume="0.25", time_s=time_s, side="b", type="l", misc="", id=id)


class Kraken:
    """Answers as Kraken does: trades strictly after `since`, a page at most, `last` exact, rows' times rounded."""

    def __init__(self, times_ns: Sequence[int], *, page: int = PAGE, digits: int = 9, inclusive: bool = False) -> None:
        self.trades = [(time_ns, trade(id, time_ns, digits)) for id, time_ns in enumerate(times_ns, 1)]
        self.asked: list[tuple[str, int]] = []
        self.fails_after: int | None = None
        self._page = page
        self._first = -1 if inclusive else 0

    async def page(self, pair: str, since_ns: int) -> TradesPage:
        self.asked.append((pair, since_ns))
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            raise KeyboardInterrupt
        if pair == "NOPEUSD":
            raise Refused("EQuery:Unknown asset pair")
        found = [row for row in self.trades if row[0] > since_ns + self._first][: self._page]
        return TradesPage([row[1] for row in found], found[-1][0] if found else since_ns)


async def fetch(kraken: Kraken, folder: Path, days: int = 1, now_ns: int = NOW, until_ns: int = 0) -> TradeDays:
    kept = TradeDays(folder)
    last_ns = until_ns or DAY + days * DAY_NS - 1
    wanted = missing(kept, ["BTC/USD"], DAY, last_ns)
    await Download(kept, kraken, HandClock(now_ns), lambda text, share: None).fetch(wanted, last_ns, optional=False)
    return kept


def ids(kept: TradeDays, day_ns: int = DAY) -> list[int]:
    return [int(id) for id in kept.read("BTC/USD", day_ns, ("id",))["id"]]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.sampled_from([0, 0, 0, 1, 50, 3_600 * SECOND]), max_size=80),
    page=st.sampled_from([20, 21, 37]),
    digits=st.sampled_from([7, 9]),
    inclusive=st.booleans(),
    killed_after=st.integers(0, 6),
)
async def test_each_trade_comes_once_whatever_the_pages_and_wherever_it_was_killed(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[int],
    page: int,
    digits: int,
    inclusive: bool,
    killed_after: int,
) -> None:
    """Many trades at one nanosecond lie across pages; a page holds more than are made at one time."""
    folder, times_ns, time_ns, run = tmp_path_factory.mktemp("days"), list[int](), DAY - SECOND, 0
    for step in steps:
        run = run + 1 if step == 0 else 0
        time_ns += step if run < 15 else 1
        run = run if run < 15 else 0
        times_ns.append(time_ns)
    kraken = Kraken(times_ns, page=page, digits=digits, inclusive=inclusive)
    kraken.fails_after = killed_after
    try:
        await fetch(kraken, folder, days=3)
    except KeyboardInterrupt:
        kraken.fails_after = None
        await fetch(kraken, folder, days=3)
    kept = TradeDays(folder)
    for day_ns in days_of(DAY, DAY + 3 * DAY_NS - 1):
        assert kept.is_whole("BTC/USD", day_ns)
        told = [row.id for _, row in kraken.trades if day_ns <= row.time_ns < day_ns + DAY_NS]
        assert ids(kept, day_ns) == told


async def test_nothing_is_downloaded_twice(tmp_path: Path) -> None:
    kraken = Kraken([DAY + number * SECOND for number in range(2500)])
    await fetch(kraken, tmp_path)
    assert len(kraken.asked) == 4, "three pages, and one that is empty but for the last trade"
    await fetch(kraken, tmp_path)
    assert len(kraken.asked) == 4


async def test_a_pair_without_a_trade_and_a_day_without_one(tmp_path: Path) -> None:
    kept = await fetch(Kraken([]), tmp_path / "empty", days=2)
    assert [ids(kept, day_ns) for day_ns in days_of(DAY, DAY + DAY_NS)] == [[], []]
    quiet = Kraken([DAY - 5, DAY + DAY_NS])
    kept = await fetch(quiet, tmp_path / "quiet", days=2)
    assert [ids(kept, day_ns) for day_ns in days_of(DAY, DAY + DAY_NS)] == [[], [2]]


async def test_a_trade_whose_told_time_is_rounded_into_the_next_day_is_not_lost(tmp_path: Path) -> None:
    edge = DAY + DAY_NS
    kept = await fetch(Kraken([edge - 40, edge - 30, edge + 40], digits=7), tmp_path, days=2)
    assert [ids(kept, DAY), ids(kept, edge)] == [[], [1, 2, 3]]


async def test_more_trades_at_one_time_than_a_page_holds_do_not_hold_it_up(tmp_path: Path) -> None:
    """Kraken tells no more than a page of them; the rest of the day follows."""
    kept = await fetch(Kraken([*[DAY + 5] * (PAGE + 10), DAY + SECOND]), tmp_path)
    assert ids(kept) == [*range(1, PAGE + 1), PAGE + 11]


async def test_a_server_that_repeats_itself_is_not_asked_for_ever(tmp_path: Path) -> None:
    class Parrot(Kraken):
        async def page(self, pair: str, since_ns: int) -> TradesPage:
            self.asked.append((pair, since_ns))
            assert len(self.asked) < 10
            return TradesPage([row for _, row in self.trades], DAY + 5)

    assert len(ids(await fetch(Parrot([DAY + 5] * PAGE), tmp_path))) == PAGE


async def test_a_last_far_beyond_now_ends_the_day(tmp_path: Path) -> None:
    class Ahead(Kraken):
        async def page(self, pair: str, since_ns: int) -> TradesPage:
            assert len(self.asked) < 10
            return replace(await super().page(pair, since_ns), last_ns=NOW + 1000 * DAY_NS)

    assert ids(await fetch(Ahead([DAY + 5, DAY + 6]), tmp_path)) == [1, 2]


async def test_today_is_never_whole_and_goes_on_where_it_was(tmp_path: Path) -> None:
    times_ns = [DAY + number * SECOND for number in range(3000)]
    kraken, noon = Kraken(times_ns[:1500]), DAY + 43_200 * SECOND
    kept = await fetch(kraken, tmp_path, now_ns=noon, until_ns=noon)
    assert not kept.is_whole("BTC/USD", DAY)
    assert ids(kept) == list(range(1, 1501))
    again = Kraken(times_ns)
    kept = await fetch(again, tmp_path, now_ns=DAY + DAY_NS + 61 * SECOND)
    assert again.asked[0][1] == times_ns[1499] - 1
    assert kept.is_whole("BTC/USD", DAY)
    assert ids(kept) == list(range(1, 3001))


async def test_of_today_no_more_is_asked_for_than_is_wanted(tmp_path: Path) -> None:
    kraken = Kraken([DAY + number * SECOND for number in range(5000)])
    await fetch(kraken, tmp_path, now_ns=DAY + 80_000 * SECOND, until_ns=DAY + 1500 * SECOND)
    assert len(kraken.asked) == 2


async def test_a_day_that_has_only_just_ended_is_not_whole_yet(tmp_path: Path) -> None:
    kept = await fetch(Kraken([DAY + 5]), tmp_path, now_ns=DAY + DAY_NS + SECOND)
    assert not kept.is_whole("BTC/USD", DAY)


async def test_unknown_pairs_are_errors_where_they_were_asked_for(tmp_path: Path) -> None:
    kept, wanted = (
        TradeDays(tmp_path),
        [Wanted("NOPE/USD", DAY), Wanted("NOPE/USD", DAY + DAY_NS), Wanted("ETH/USD", DAY)],
    )
    kraken = Kraken([])
    download = Download(kept, kraken, HandClock(NOW), lambda text, share: None)
    with pytest.raises(UsageError, match="Kraken knows no pair NOPE/USD"):
        await download.fetch(wanted, NOW, optional=False)
    assert await download.fetch(wanted, NOW, optional=True) == ["NOPE/USD"]
    assert kept.is_whole("ETH/USD", DAY)
    assert [pair for pair, _ in kraken.asked] == ["NOPEUSD", "NOPEUSD", "XETHZUSD"]


async def test_the_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    kraken, kept = Kraken([DAY + number * 10 * SECOND for number in range(12_000)]), TradeDays(tmp_path)
    download = Download(kept, kraken, HandClock(NOW), lambda text, share: told.append(share))
    await download.fetch(missing(kept, ["BTC/USD"], DAY, DAY + 2 * DAY_NS - 1), NOW, optional=False)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert len(told) > 10


def test_krakens_names_of_pairs() -> None:
    assert pair_name("BTC/USD") == "XXBTZUSD"
    assert pair_name("NEWCOIN/USD") == "NEWCOINUSD"
    assert pair_name("DOGE/XYZ") == "XDGXYZ"


async def test_days_before_a_pairs_next_trade_are_not_asked_for(tmp_path: Path) -> None:
    """A pair that was listed last week costs a request for the years before, not one a day."""
    kraken = Kraken([DAY + 7 * DAY_NS + 5, DAY + 7 * DAY_NS + 6])
    kept = await fetch(kraken, tmp_path, days=9)
    asked_days = [(since_ns + SECOND) // DAY_NS - DAY // DAY_NS for _, since_ns in kraken.asked]
    assert asked_days[:2] == [0, 7]
    assert len(kraken.asked) <= 6
    assert [len(ids(kept, DAY + day * DAY_NS)) for day in range(9)] == [0] * 7 + [2, 0]
    assert all(kept.is_whole("BTC/USD", DAY + day * DAY_NS) for day in range(9))


async def test_a_pair_without_trades_is_asked_for_once(tmp_path: Path) -> None:
    kraken = Kraken([])
    await fetch(kraken, tmp_path, days=5)
    assert len(kraken.asked) == 1
