"""The scanner's view of the account: what is held, what protects all of it, what is blocked."""

from kraken_tui.account.account_state import AccountState, Busy
from kraken_tui.config.settings import Settings
from kraken_tui.engine.columns import AccountWatch
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side
from kraken_tui.risk.heat import Exposure, Heat, measure
from tests.samples import BTC, DOGE, HBAR, D, fill, owners_of_entry

SETTINGS = Settings()


def watch() -> tuple[AccountState, AccountWatch]:
    account = AccountState({row.symbol: row for row in (BTC, DOGE, HBAR)}, owners_of_entry())
    return account, AccountWatch(account, (BTC, DOGE, HBAR), ("Majors", "Memes", "Alts"), SETTINGS.PAPER_TAKER_FEE)


def heat(*rows: Exposure) -> Heat:
    return measure(rows, D(10_000), SETTINGS.HEAT, SETTINGS.HEAT_GROUPS)


def stop(price: str, amount: str) -> Order:
    return Order(
        id="S", client_id=None, parent_id="O1", symbol="BTC/USD", side=Side.SELL, type=OrderType.STOP_LOSS,
        status=OrderStatus.OPEN, amount=D(amount), filled=D(0), price=D(price),
    )  # fmt: skip


def test_a_position_is_shown_in_ticks_with_its_breakeven_rounded_against_us() -> None:
    account, view = watch()
    account.apply_fill(fill(1, Side.BUY, "1", "1000.0", fee="4"))
    account.resting.apply(stop("990.0", "1"))
    columns = view.refresh(heat())
    assert (columns.side[0], columns.entry[0], columns.stop[0]) == (1, 10_000, 9_900)
    assert columns.breakeven[0] == 10_081  # 1004 / 0.996 = 1008.032..., up to the next tick
    assert not columns.side[1:].any()


def test_a_stop_that_covers_only_a_part_counts_as_none() -> None:
    account, view = watch()
    account.apply_fill(fill(1, Side.BUY, "1", "1000.0"))
    account.resting.apply(stop("990.0", "0.5"))
    assert view.refresh(heat()).stop[0] == 0


def test_what_ended_leaves_only_its_count_and_its_sign() -> None:
    account, view = watch()
    account.apply_fill(fill(1, Side.BUY, "1", "1000.0"))
    account.set_busy("BTC/USD", Busy.EXIT)
    assert view.refresh(heat()).busy[0] == 2
    account.apply_fill(fill(2, Side.SELL, "1", "900.0"))
    account.set_busy("BTC/USD", Busy.NONE)
    columns = view.refresh(heat())
    assert (columns.side[0], columns.entry[0], columns.stop[0], columns.busy[0]) == (0, 0, 0, 0)
    assert (columns.closed[0], columns.last_net[0]) == (1, -1)


def test_a_full_group_blocks_its_tickers_with_a_note_and_lets_go_again() -> None:
    _, view = watch()
    full = heat(Exposure("A", "Memes", D(1)), Exposure("B", "Memes", D(1)))
    columns = view.refresh(full)
    assert [view.notes[place] for place in columns.blocked] == ["", "Memes 2/2", ""]
    assert not view.refresh(heat()).blocked.any()
