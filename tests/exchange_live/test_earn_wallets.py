"""Coins that earn are told by name: those that can be sold, and those that can't."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.exchange.live.earn_wallets import EarnWallets
from kraken_tui.exchange.live.private_messages import BalanceRow, LedgerRow, WalletRow
from tests.exchange_live.stream_stand import message, running, turns
from tests.samples import D

SNAPSHOT: dict[str, Any] = {
    "asset": "MATIC", "asset_class": "currency", "balance": 510,
    "wallets": [
        {"type": "spot", "id": "main", "balance": 300}, {"type": "earn", "id": "flex", "balance": 200},
        {"type": "earn", "id": "bonded", "balance": 7}, {"type": "earn", "id": "locked", "balance": 2},
        {"type": "earn", "id": "closed", "balance": 1},
    ],
}  # fmt: skip


def moved(amount: str, balance: str, where: str = "spot", wallet: str = "main") -> dict[str, Any]:
    return {
        "ledger_id": "L1", "ref_id": "R1", "timestamp": "2026-01-01T00:00:00.000001Z", "type": "transfer",
        "asset": "MATIC", "amount": float(amount), "fee": 0.0, "balance": float(balance), "wallet_type": where,
        "wallet_id": wallet,
    }  # fmt: skip


async def test_a_snapshot_is_told_wallet_by_wallet() -> None:
    async with running() as stand:
        await stand.sync(balances=[SNAPSHOT, {"asset": "USD", "balance": 3}])
        assert stand.diary.balances == {
            "MATIC": D(300), "MATIC.F": D(200), "MATIC.B": D(7), "MATIC.S": D(3), "USD": D(3),
        }  # fmt: skip


async def test_bonding_coins_takes_them_out_of_what_can_be_sold() -> None:
    async with running() as stand:
        await stand.sync(balances=[{"asset": "MATIC", "balance": 5, "wallets": [{"type": "spot", "balance": 5}]}])
        stand.wire.put(message("balances", 2, moved("-2", "3")))
        stand.wire.put(message("balances", 3, moved("2", "5", "earn", "bonded")))
        await turns()
        assert stand.diary.balances == {"MATIC": D(3), "MATIC.B": D(2)}
        stand.wire.put(message("balances", 4, moved("-1", "4")))
        await turns()
        assert stand.diary.balances == {"MATIC": D(2), "MATIC.B": D(2)}


async def test_a_wallet_that_is_gone_is_empty_after_the_next_snapshot() -> None:
    async with running() as stand:
        await stand.sync(balances=[SNAPSHOT])
        stand.wire.hang_up()
        await stand.clock.go_on(2)
        await stand.sync(balances=[{"asset": "MATIC", "balance": 510}])
        assert stand.diary.balances == {"MATIC": D(510), "MATIC.F": D(0), "MATIC.B": D(0), "MATIC.S": D(0)}


STEPS = st.lists(st.tuples(st.sampled_from(("main", "flex", "bonded")), st.integers(-30, 60)), max_size=20)


@given(STEPS, st.booleans())
def test_the_spot_wallet_is_known_whichever_total_an_entry_tells(steps: list[tuple[str, int]], whole: bool) -> None:
    """Kraken's words leave open whether an entry's balance is of the asset or of the wallet; both are understood."""
    wallets, there = EarnWallets(), {"main": D(100), "flex": D(11), "bonded": D(5)}
    rows = [WalletRow(type="spot" if id == "main" else "earn", id=id, balance=each) for id, each in there.items()]
    told = wallets.begin(BalanceRow(asset="X", balance=sum(there.values(), Decimal(0)), wallets=rows))
    for wallet, step in steps:
        amount = max(D(step), -there[wallet])
        there[wallet] += amount
        entry = LedgerRow(
            id="L", ref_id="R", type="transfer", subtype="", asset="X", amount=amount, fee=D(0), time_ns=0,
            balance=sum(there.values(), Decimal(0)) if whole else there[wallet],
        )  # fmt: skip
        told |= wallets.change(entry, "spot" if wallet == "main" else "earn", wallet)
    assert told == {"X": there["main"], "X.F": there["flex"], "X.B": there["bonded"]}
