import sqlite3
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, RunningClock, generator
from kraken_tui.exchange.matching.messages import (
    Add,
    Amend,
    Cancel,
    CancelAll,
    CancelAllAfter,
    Deposit,
    Elapse,
    Event,
    MarketUpdate,
    Message,
)
from kraken_tui.exchange.matching.orders import CloseTemplate, TimeInForce, Trail
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.exchange.matching.state import VenueState, opened
from kraken_tui.exchange.matching.trading.timers import next_due
from kraken_tui.model.errors import ExchangeError, HomeLocked, RetryLater, SafetyRefusal, UsageError
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, generate
from kraken_tui.sandbox.history import History
from kraken_tui.sandbox.keeping.state_file import COMMITS_PER_CHECKPOINT, StateFile
from kraken_tui.sandbox.market.market_data import MarketData
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.opening import open_account
from kraken_tui.sandbox.venue import NotKept, Venue
from tests.exchange.cases import quote, rules

D = Decimal
GTD = TimeInForce.GTD
HOUR = 3600 * SECOND


def exchange_rules(**policies: object) -> Rules:
    return rules("margin", trigger_by="signal", children_reduce_only=False, liquidates=True, **policies)


def market_on(venue: Venue, file: StateFile) -> MarketData:
    """What the public sees of it, whose trade ids are kept."""
    market = MarketData(venue, Pairs(tuple(venue.rules.instruments.values())), seed=1)
    market.on_printed = file.keep_tape_ids
    return market


def venue_on(path: Path) -> tuple[Venue, StateFile]:
    file = StateFile(path)
    kept = file.load(exchange_rules())
    state, history = (
        (opened({"USD": D(10_000), "BTC": D(1)}), History()) if kept is None else (kept.state, kept.history)
    )
    return Venue(exchange_rules(), state, history, RunningClock(0), file), file


def add(side: Side, type: OrderType, amount: str, price: str | None, now_ns: int, **more: object) -> Add:
    told = None if price is None else D(price)
    waits = type in (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
    return Add(
        symbol="BTC/USD", side=side, type=type, amount=D(amount), limit_price=None if waits else told,
        trigger_price=told if waits else None, time_ns=now_ns, **more,  # type: ignore[arg-type]
    )  # fmt: skip


@st.composite
def messages(draw: st.DrawFn, now_ns: int, ids: Sequence[str]) -> Message:
    side, price = draw(st.sampled_from(Side)), draw(st.integers(59_000, 61_000))
    amount = f"0.{draw(st.integers(1, 30)):03d}"
    leverage, reduce = draw(st.sampled_from([1, 1, 2, 5])), draw(st.booleans())
    close = CloseTemplate(type=OrderType.STOP_LOSS, trigger_price=D(price - 500)) if draw(st.booleans()) else None
    trail = Trail(distance=D(draw(st.integers(10, 300))))
    choices: list[Message] = [
        MarketUpdate(symbol="BTC/USD", quote=quote(f"{price}.0", f"{price}.2", "1"), time_ns=now_ns),
        MarketUpdate(symbol="BTC/USD", quote=quote(f"{price}.0", f"{price}.2", "1"), time_ns=now_ns),
        add(side, OrderType.MARKET, amount, None, now_ns, leverage=leverage, close=close),
        add(side, OrderType.LIMIT, amount, f"{price}.0", now_ns, leverage=leverage, close=close),
        add(side, OrderType.STOP_LOSS, amount, f"{price}.0", now_ns),
        add(side, OrderType.TAKE_PROFIT, amount, f"{price}.0", now_ns, leverage=leverage, reduce_only=reduce),
        add(side, OrderType.TRAILING_STOP, amount, None, now_ns, trail=trail),
        add(
            side, OrderType.LIMIT, amount, f"{price}.0", now_ns, expires_ns=now_ns + HOUR, time_in_force=TimeInForce.GTD
        ),
        add(side, OrderType.LIMIT, amount, f"{price}.0", now_ns, starts_ns=now_ns + HOUR),
        Elapse(time_ns=now_ns + draw(st.sampled_from([0, HOUR, 5 * HOUR, 26 * HOUR]))),
        CancelAllAfter(timeout_ns=draw(st.sampled_from([0, HOUR])), time_ns=now_ns),
        CancelAll(time_ns=now_ns),
        Deposit(asset="USD", amount=D(draw(st.integers(-500, 500))), time_ns=now_ns),
    ]
    if ids:
        id = draw(st.sampled_from(ids))
        choices += [Cancel(id=id, time_ns=now_ns), Amend(id=id, amount=D(amount), time_ns=now_ns)]
        choices += [Amend(id=id, limit_price=D(price), time_ns=now_ns)]
    return draw(st.sampled_from(choices))


def books(state: VenueState) -> dict[str, object]:
    """All that is kept."""
    kept = {name: getattr(state, name) for name in state.__struct_fields__}
    markets = {symbol: market for symbol, market in state.markets.items() if symbol in state.margin}
    return kept | {"markets": markets, "due_ns": next_due(state)}


def past(history: History) -> dict[str, object]:
    return {
        "closed": history.closed, "trades": history.trades, "ledger": history.ledger, "amended": history.amendments,
        "tape": history.tape_ids,
    }  # fmt: skip


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_is_loaded_is_what_was_kept_whatever_happened(data: st.DataObject) -> None:
    path = Path(data.draw(st.just(_fresh_path())))
    venue, file = venue_on(path)
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    now_ns = 1
    try:
        for _ in range(data.draw(st.integers(5, 30))):
            now_ns = max(now_ns, venue.state.time_ns) + SECOND
            try:
                venue.apply(data.draw(messages(now_ns, list(venue.state.orders))))
            except ExchangeError:
                file.commit(venue.state, ())  # time has passed, which a refusal alone does not write down
            if data.draw(st.integers(0, 9)) == 0:
                file.commit(venue.state, ())
                before, before_past = venue.state, venue.history
                file.close()
                venue, file = venue_on(path)
                assert books(venue.state) == books(before)
                assert past(venue.history) == past(before_past)
                venue.state.markets.update(before.markets)
        file.commit(venue.state, ())
        file.close()
        again, file = venue_on(path)
        assert books(again.state) == books(venue.state)
        assert past(again.history) == past(venue.history)
        assert list(again.history.closed) == list(venue.history.closed)
        assert list(again.history.ledger) == list(venue.history.ledger)
    finally:
        file.close()
        for left in path.parent.iterdir():
            left.unlink()
        path.parent.rmdir()


def _fresh_path() -> str:
    return f"{tempfile.mkdtemp(prefix='sandbox-state-')}/state.db"


def test_each_commit_is_on_file_at_once(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    venue.apply(add(Side.BUY, OrderType.MARKET, "0.1", None, 2))
    venue.apply(add(Side.SELL, OrderType.LIMIT, "0.1", "61000.0", 3))
    venue.apply(CancelAllAfter(timeout_ns=HOUR, time_ns=4))
    for end in ("db", "db-wal"):  # as a killed process leaves them
        (tmp_path / f"copy.{end}").write_bytes((tmp_path / f"state.{end}").read_bytes())
    copy, copied = venue_on(tmp_path / "copy.db")
    assert books(copy.state) == books(venue.state)
    assert past(copy.history) == past(venue.history)
    copied.close()
    file.close()


def everything(venue: Venue) -> tuple[object, object, object]:
    return books(venue.state.copy()), dict(venue.state.markets), {name: dict(rows) for name, rows in _rows(venue)}


def _rows(venue: Venue) -> list[tuple[str, dict[str, object]]]:
    return [(name, rows) for name, rows in past(venue.history).items() if isinstance(rows, dict)]


def fill_up(file: StateFile) -> None:
    pages = file._disk.execute("PRAGMA page_count").fetchone()[0]
    file._disk.execute(f"PRAGMA max_page_count = {pages}")


def test_what_a_full_disk_refused_is_not_done(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    told: list[Sequence[Event]] = []
    venue.subscribe(told.append)
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    venue.apply(add(Side.BUY, OrderType.LIMIT, "0.1", "50000.0", 2))
    fill_up(file)
    failures = 0
    for now_ns in range(3, 60):
        before, heard = everything(venue), len(told)
        try:
            venue.apply(add(Side.BUY, OrderType.MARKET, "0.001", None, now_ns))
        except RetryLater as error:
            assert error.text == "EService:Unavailable"
            assert isinstance(error.__cause__, NotKept)
            assert (everything(venue), len(told)) == (before, heard)
            failures += 1
    assert failures > 1
    file._disk.execute("PRAGMA max_page_count = 1000000")
    venue.apply(Cancel(id=next(iter(venue.state.orders)), time_ns=100))
    venue.apply(add(Side.BUY, OrderType.LIMIT, "0.1", "50000.0", 101))
    file.close()
    again, file = venue_on(tmp_path / "state.db")
    assert books(again.state) == books(venue.state)
    assert past(again.history) == past(venue.history)
    assert len(again.history.trades) == 57 - failures
    file.close()


def test_a_reset_that_a_full_disk_refused_leaves_the_account_on_file(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    venue.apply(add(Side.BUY, OrderType.LIMIT, "0.1", "50000.0", 2))
    fill_up(file)
    many = opened({f"A{number}": D(number) for number in range(5000)})
    with pytest.raises(NotKept, match=r"state\.db: can't be written: database or disk is full"):
        file.reset(many, ())
    file.finish(venue.state)
    file.close()
    again, file = venue_on(tmp_path / "state.db")
    assert books(again.state) == books(venue.state)
    file.close()


def test_a_used_nonce_is_on_file_before_anything_else_happens(tmp_path: Path) -> None:
    ring = generate(PERMISSION_SETS, generator(3))
    venue, file = venue_on(tmp_path / "state.db")
    file.keep_keys(ring)
    file.commit(venue.state, ())
    ring.on_use = file.use_nonce
    first = next(iter(ring))
    assert ring.use(first, 77, 0)
    copy = killed(tmp_path)
    assert {kept.key.key: kept.nonce for kept in copy.kept_keys()}[first.key] == 77
    copy.close()
    file.close()


def killed(folder: Path, *ends: str) -> StateFile:
    """The file as a killed process leaves it."""
    for end in ends or ("db", "db-wal"):
        (folder / f"copy.{end}").write_bytes((folder / f"state.{end}").read_bytes())
    return StateFile(folder / "copy.db")


def test_without_its_log_the_file_still_has_the_account(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    file.keep_keys(generate(PERMISSION_SETS, generator(3)))
    file.commit(venue.state, ())
    for now_ns in range(COMMITS_PER_CHECKPOINT + 5):
        venue.apply(Deposit(asset="USD", amount=D(1), time_ns=now_ns))
        if now_ns == 3:
            copy = killed(tmp_path, "db")
            kept = copy.load(exchange_rules())
            assert kept is not None and kept.state.balances == {"USD": D(10_000), "BTC": D(1)}
            assert len(copy.kept_keys()) == len(PERMISSION_SETS)
            copy.close()
    copy = killed(tmp_path, "db")
    kept = copy.load(exchange_rules())
    assert kept is not None and kept.state.balances["USD"] == 10_000 + COMMITS_PER_CHECKPOINT
    copy.close()
    file.close()


def test_a_schema_without_books_is_refused(tmp_path: Path) -> None:
    kept(tmp_path / "state.db")
    change(tmp_path / "state.db", "DELETE FROM books")
    assert "it holds no account" in refused(tmp_path / "state.db")


def test_a_start_that_came_to_nothing_does_not_stand_in_the_way(tmp_path: Path) -> None:
    _, file = venue_on(tmp_path / "state.db")
    file.keep_keys(generate(PERMISSION_SETS, generator(3)))
    file.close()
    venue, file = venue_on(tmp_path / "state.db")
    assert file.kept_keys() == []
    file.commit(venue.state, ())
    file.close()


def test_keys_and_their_nonces_are_kept(tmp_path: Path) -> None:
    ring = generate(PERMISSION_SETS, generator(3))
    venue, file = venue_on(tmp_path / "state.db")
    file.keep_keys(ring)
    file.nonces = lambda: ring.nonces
    first = next(iter(ring))
    assert ring.use(first, 2**64 - 1, 0)
    venue.apply(Deposit(asset="USD", amount=D(1), time_ns=1))
    file.close()
    _, file = venue_on(tmp_path / "state.db")
    assert [kept.key for kept in file.kept_keys()] == list(ring)
    assert {kept.key.key: kept.nonce for kept in file.kept_keys()}[first.key] == 2**64 - 1
    file.close()


def test_reset_forgets_the_account_and_keeps_the_keys(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    ring = generate(PERMISSION_SETS, generator(3))
    file.keep_keys(ring)
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    venue.apply(add(Side.BUY, OrderType.MARKET, "0.1", None, 2))
    fresh = open_account(opened({"USD": D(7)}), 3)
    file.reset(fresh.state, fresh.events)
    file.close()
    again, file = venue_on(tmp_path / "state.db")
    assert again.state.balances == {"USD": D(7)}
    assert not again.history.trades
    assert [(row.type, row.amount) for row in again.history.ledger.values()] == [("deposit", D(7))]
    assert len(file.kept_keys()) == len(ring)
    file.close()


def bought(venue: Venue, now_ns: int) -> str:
    """Buy at the market; the trade's id."""
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=now_ns))
    venue.apply(add(Side.BUY, OrderType.MARKET, "0.001", None, now_ns))
    return list(venue.history.trades)[-1]


def test_a_trade_keeps_its_public_id_and_later_ones_are_higher(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    file.commit(venue.state, ())
    market = market_on(venue, file)
    ids = [market.trade_id(bought(venue, now_ns)) for now_ns in range(1, 4)]
    assert ids == sorted(set(ids)) and ids[0] > 0
    copy = killed(tmp_path)
    kept = copy.load(exchange_rules())
    assert kept is not None and list(kept.history.tape_ids.values()) == ids
    copy.close()
    file.close()
    venue, file = venue_on(tmp_path / "state.db")
    market = market_on(venue, file)
    assert [market.trade_id(trade) for trade in venue.history.trades] == ids
    assert market.trade_id(bought(venue, 5)) > ids[-1]
    file.close()


def test_a_public_id_that_a_full_disk_refused_comes_with_the_next_commit(tmp_path: Path) -> None:
    venue, file = venue_on(tmp_path / "state.db")
    file.commit(venue.state, ())
    file._disk.execute("PRAGMA query_only = 1")
    file.keep_tape_ids({"T1": 7})
    file._disk.execute("PRAGMA query_only = 0")
    file.commit(venue.state, ())
    file.commit(venue.state, ())
    file.close()
    again, file = venue_on(tmp_path / "state.db")
    assert again.history.tape_ids == {"T1": 7}
    fresh = open_account(opened({"USD": D(7)}), 3)
    file.reset(fresh.state, fresh.events)
    file.close()
    again, file = venue_on(tmp_path / "state.db")
    assert not again.history.tape_ids
    file.close()


def refused(path: Path, error: type[Exception] = SafetyRefusal) -> str:
    with pytest.raises(error) as caught:
        venue_on(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def kept(path: Path) -> None:
    venue, file = venue_on(path)
    venue.apply(MarketUpdate(symbol="BTC/USD", quote=quote("60000.0", "60000.2", "1"), time_ns=1))
    venue.apply(add(Side.BUY, OrderType.MARKET, "0.1", None, 2))
    venue.apply(add(Side.SELL, OrderType.LIMIT, "0.1", "61000.0", 3))
    file.close()


def change(path: Path, statement: str) -> None:
    disk = sqlite3.connect(path)
    disk.execute(statement)
    disk.commit()
    disk.close()


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    assert "damaged" in refused(path)
    assert path.read_bytes() == content


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    kept(path)
    path.write_bytes(path.read_bytes()[:9000])
    assert "damaged" in refused(path)


def test_a_folder_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "sate" / "state.db"
    assert "there is no folder" in refused(path, UsageError)
    assert not path.parent.exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "can't be opened" in refused(tmp_path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    change(tmp_path / "other.db", "CREATE TABLE things (name TEXT)")
    assert "another program" in refused(tmp_path / "other.db")


def test_another_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    kept(tmp_path / "state.db")
    change(tmp_path / "state.db", "PRAGMA user_version = 99")
    assert "its schema is 99, this version needs 1" in refused(tmp_path / "state.db")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE books SET value = '\"9999999\"' WHERE name = 'USD' AND part = 'balances'", "don't balance: USD"),
        ("UPDATE books SET value = '{' WHERE part = 'totals'", "books, totals"),
        ("UPDATE orders SET record = '{}'", "orders, row 1"),
        ("UPDATE orders SET record = replace(record, 'BTC/USD', 'FOO/USD')", "holds FOO/USD, which this market"),
        ("DELETE FROM books WHERE part = 'scalars'", "no scalars"),
    ],
)
def test_books_that_cannot_be_are_refused(tmp_path: Path, statement: str, words: str) -> None:
    kept(tmp_path / "state.db")
    change(tmp_path / "state.db", statement)
    assert words in refused(tmp_path / "state.db")


def test_two_sandboxes_cannot_have_one_file(tmp_path: Path) -> None:
    _, file = venue_on(tmp_path / "state.db")
    began = time.monotonic()
    assert "another sandbox" in refused(tmp_path / "state.db", HomeLocked)
    assert time.monotonic() - began < 5
    file.close()
    _, file = venue_on(tmp_path / "state.db")
    file.close()
