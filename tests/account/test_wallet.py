"""A coin is what can be traded of it, under whichever name; what can't be is shown apart and counted nowhere."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.account import wallet
from kraken_tui.account.account_state import AccountState
from kraken_tui.account.status_service import StatusService
from kraken_tui.clock import SECOND
from kraken_tui.model.trading import Side
from tests.account.test_account_state import INSTRUMENTS, account, quote
from tests.careful import careful
from tests.samples import D, fill

LOCKED = ("BTC.S", "BTC28.S", "BTC.M", "BTC.B", "BTC.P", "BTC.T", "BTC.HOLD", "USD.HOLD", "USD.M")
AMOUNTS = st.decimals(0, 1_000_000, places=8)


@careful()
@given(st.dictionaries(st.sampled_from(("BTC", "BTC.F", "USD", "USD.F", *LOCKED)), AMOUNTS))
def test_every_balance_is_either_tradable_or_apart(there: dict[str, Decimal]) -> None:
    shown = {coin: wallet.tradable(there, coin) for coin in wallet.coins(there)}
    assert sum(shown.values()) + sum(wallet.apart(there).values()) == sum(there.values())
    assert shown.keys() <= {"BTC", "USD"}
    assert wallet.apart(there).keys() <= set(LOCKED)


def bought(amount: str) -> AccountState:
    state = account()
    state.apply_fill(fill(1, Side.BUY, amount, "1000.0", leverage=1))
    return state


def test_what_earns_by_itself_is_there_and_what_is_locked_is_missing() -> None:
    state = bought("1")
    state.wallet = {"BTC": D("0.25"), "BTC.F": D("0.75")}
    assert state.spare("BTC/USD") == 0
    state.wallet = {"BTC": D("0.25"), "BTC.B": D("0.75")}
    assert state.spare("BTC/USD") == D("-0.75")
    state.wallet = {"BTC": D(3), "BTC.S": D(5)}
    assert state.spare("BTC/USD") == 2


def test_a_margin_position_holds_no_coins() -> None:
    state = account()
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0", leverage=3))
    state.wallet = {"BTC": D("0.1")}
    assert (state.ours("BTC"), state.spare("BTC/USD")) == (D(0), D("0.1"))


def test_cash_that_earns_can_be_spent_and_uncleared_cash_can_not() -> None:
    state = bought("1")
    state.wallet = {"USD": D(500), "USD.F": D(300), "USD.HOLD": D(1000)}
    state.take_balances({"used": {"USD": "200", "BTC": "1"}, "USD": {"total": "500", "free": "300", "used": "200"}})
    totals = state.totals(lambda _: quote("1010.0", "1011.0"), margin=False)
    assert (totals.balance, totals.free, totals.equity) == (D(800), D(600), D(1810))


def test_a_currency_that_is_not_named_is_not_held() -> None:
    state = bought("1")
    state.take_balances({"used": {}})
    assert (state.balance, state.free) == (D(0), D(0))


def test_what_the_stream_has_told_is_not_undone_by_an_older_answer() -> None:
    state = bought("1")
    state.wallet, state.moved_ns = {"USD": D(500)}, {"USD": 100 * SECOND}
    state.note_balance(D(500))
    old = {"used": {}, "USD": {"total": "1500", "free": "1500"}}
    state.take_balances(old, asked_ns=101 * SECOND)
    assert (state.balance, state.free) == (D(500), D(500))
    state.take_balances(old, asked_ns=200 * SECOND)
    assert (state.balance, state.free) == (D(1500), D(1500))


def test_shown_are_coins_with_what_is_held_and_ours_and_then_what_is_locked() -> None:
    state = bought("1")
    state.wallet = {"USD": D(500), "BTC": D("1.5"), "BTC.F": D("0.5"), "DOT28.S": D(7), "USD.HOLD": D(9), "ETH": D(0)}
    state.take_balances({"used": {"BTC": "0.75", "USD.HOLD": "9"}, "USD": {"total": "500", "free": "500"}})
    service = StatusService(state, INSTRUMENTS, lambda _: None, margin=False, taker_fee=D("0.4"))
    assert [(row.asset, row.total, row.held, row.ours, row.tradable) for row in service.balance_rows()] == [
        ("BTC", "2", "0.75", "1", True),
        ("USD", "500", "0", "0", True),
        ("DOT28.S", "7", "0", "0", False),
        ("USD.HOLD", "9", "9", "0", False),
    ]


def test_margin_in_use_is_the_exchanges_word_until_the_next_fill() -> None:
    state = account()
    state.set_balance("10000", "10000")
    state.apply_fill(fill(1, Side.BUY, "1", "1000.0", leverage=2))  # the stream says "on margin" and not how much
    state.take_margin(D(200))
    assert state.totals(lambda _: None, margin=True).margin_used == 200
    assert state.totals(lambda _: None, margin=True).free == 9800
    state.apply_fill(fill(2, Side.BUY, "1", "1000.0", leverage=2))
    assert state.totals(lambda _: None, margin=True).free == 9000
