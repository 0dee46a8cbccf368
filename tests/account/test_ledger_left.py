"""What a trade left of a coin, whatever earns and moves beside it, is read from the ledger, or it is not said."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.account.ledger_left import left_by_trade
from kraken_tui.account.wallet import tradable
from kraken_tui.exchange.live.private_messages import LedgerRow
from tests.careful import careful
from tests.samples import D

ZERO = Decimal(0)
NAMES = ("BTC", "BTC.F", "USD")
MOVES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.booleans(), st.decimals(-9, 9, places=3), st.decimals(0, 1, places=3)),
    max_size=12,
)


class Account:
    """A wallet, the entries of what moved it, and what there was of BTC after each trade."""

    def __init__(self) -> None:
        self.wallet = {"BTC": D(100), "BTC.F": D(50), "USD": D(1000)}
        self.rows: list[LedgerRow] = []
        self.left: dict[tuple[str, str], Decimal] = {}

    def move(self, asset: str, amount: Decimal, fee: Decimal = ZERO, *, type: str = "transfer") -> None:
        number = len(self.rows)
        self.wallet[asset] += amount - fee
        self.rows.append(
            LedgerRow(
                id=f"L{number}", ref_id=f"T{number}", type=type, subtype="", asset=asset, amount=amount, fee=fee,
                balance=self.wallet[asset], time_ns=number,
            )
        )  # fmt: skip
        if type == "trade":
            self.left[asset, f"T{number}"] = tradable(self.wallet, asset)


@careful()
@given(MOVES, st.integers(0, 12))
def test_it_is_what_was_there_then_from_whichever_entry_on(
    moves: list[tuple[str, bool, Decimal, Decimal]], first: int
) -> None:
    account = Account()
    for asset, is_trade, amount, fee in moves:
        is_trade &= asset != "BTC.F"
        account.move(asset, amount, fee, type="trade" if is_trade else "transfer")
    listed = account.rows[first:]
    told = left_by_trade(listed, account.wallet)
    assert told == {
        key: account.left[key] for key in ((row.asset, row.ref_id) for row in listed) if key in account.left
    }


def test_what_came_to_earn_after_a_sale_was_not_there_twice() -> None:
    account = Account()
    account.move("BTC", D(-10), type="trade")
    account.move("BTC", D(-30))
    account.move("BTC.F", D(30))
    assert left_by_trade(account.rows, account.wallet) == {("BTC", "T0"): D(140)}


def test_where_entries_are_missing_nothing_is_said_of_that_coin() -> None:
    account = Account()
    account.move("BTC", D(-10), type="trade")
    account.move("USD", D(100), type="trade")
    account.move("BTC", D(-30))
    assert left_by_trade(account.rows[:2], account.wallet) == {("USD", "T1"): D(1100)}


def test_what_earns_and_is_kept_does_not_count() -> None:
    account = Account()
    account.move("BTC", D(-10), type="trade")
    assert left_by_trade(account.rows, account.wallet, kept={"BTC"}) == {("BTC", "T0"): D(90)}


def test_what_a_deposit_made_good_and_went_to_earn_untold_is_not_taken_for_what_was_there() -> None:
    account = Account()
    account.wallet["BTC.F"] = D(0)
    account.move("BTC", D(-10), type="trade")
    listed = list(account.rows)
    account.move("BTC", D(20))
    account.move("BTC", D(-20))
    account.move("BTC.F", D(20))
    assert left_by_trade(listed, account.wallet, lately_moved={"BTC", "BTC.F"}) == {}
    assert left_by_trade(account.rows, account.wallet, lately_moved={"BTC", "BTC.F"}) == {("BTC", "T0"): D(90)}


def test_of_a_trade_that_took_from_both_names_the_last_entry_counts() -> None:
    account = Account()
    account.move("BTC", D(-100), type="trade")
    account.move("BTC.F", D(-20), type="trade")
    account.rows[1] = msgspec.structs.replace(account.rows[1], ref_id="T0")
    assert left_by_trade(account.rows, account.wallet) == {("BTC", "T0"): D(30)}
