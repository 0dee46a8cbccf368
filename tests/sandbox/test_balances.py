"""The balances channel: what the account has, and every entry of its ledger."""

from decimal import Decimal

import msgspec
import pytest

from kraken_tui.exchange.matching.messages import Deposit
from kraken_tui.model.errors import ExchangeError
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from tests.samples import D
from tests.sandbox.private_ws import Exchange, Recorder

TOLD = D("0.0003")
"""Ledgers tell USD with four digits, and it is kept with five."""
_exact = msgspec.json.Decoder(float_hook=Decimal)


def entries(recorder: Recorder) -> list[dict[str, object]]:
    messages = [_exact.decode(text) for text in recorder.texts]
    return [message["data"][0] for message in messages if message["type"] == "update"]


def test_the_snapshot_tells_every_asset_with_its_wallet() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances")
    (message,) = listener.sent
    assert (message["channel"], message["type"], message["sequence"]) == ("balances", "snapshot", 1)
    assert message["data"] == [
        {
            "asset": "BTC", "asset_class": "currency", "balance": 2.0,
            "wallets": [{"type": "spot", "id": "main", "balance": 2.0}],
        },
        {
            "asset": "USD", "asset_class": "currency", "balance": 200000.0,
            "wallets": [{"type": "spot", "id": "main", "balance": 200000.0}],
        },
    ]  # fmt: skip
    assert '"balance":2.0000000000' in listener.texts[0]


def test_a_trade_is_two_updates_first_the_quote_then_the_base_currency() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances")
    exchange.place(order_type="market", order_qty=0.5)
    quote, base = entries(listener)
    (trade,) = exchange.parts.venue.history.trades
    assert quote == {
        "ledger_id": next(iter(exchange.parts.venue.history.ledger)), "ref_id": trade,
        "timestamp": "2026-01-01T00:00:00.200000Z", "type": "trade", "subtype": "", "asset": "USD",
        "asset_class": "currency", "category": "trade", "wallet_type": "spot", "wallet_id": "main",
        "amount": D("-30000.05"), "fee": D("120.0002"), "balance": D("169879.9498"),
    }  # fmt: skip
    assert (base["asset"], base["amount"], base["fee"], base["balance"]) == ("BTC", D("0.5"), D(0), D("2.5"))
    assert base["ref_id"] == trade
    assert [message["sequence"] for message in listener.sent] == [1, 2, 3]


def test_a_balance_is_cut_and_never_told_higher_than_it_is() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances")
    exchange.parts.venue.apply(Deposit(asset="USD", amount=D("0.00009"), time_ns=exchange.clock.now_ns()))
    (entry,) = entries(listener)
    assert entry["balance"] == D("200000.0000")
    again = exchange.listen("balances", id=2)
    told = {row["asset"]: row["balance"] for row in again.sent[0]["data"]}
    assert told["USD"] == 200000.0


def test_every_update_says_what_the_balance_is_afterwards() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances")
    balances = {"USD": D(200_000), "BTC": D(2), "ETH": D(0)}
    exchange.place(order_type="market", order_qty=0.25)
    exchange.place(order_type="market", side="sell", order_qty=0.75)
    exchange.place(symbol="ETH/USD", order_type="market", order_qty=3)
    exchange.apply(Deposit(asset="USD", amount=D("12.5"), time_ns=exchange.clock.now_ns()))
    told = entries(listener)
    assert len(told) == len(exchange.parts.venue.history.ledger) == 7
    for entry in told:
        asset, amount, fee, balance = (entry[name] for name in ("asset", "amount", "fee", "balance"))
        assert isinstance(amount, Decimal)
        assert isinstance(fee, Decimal)
        assert isinstance(balance, Decimal)
        balances[str(asset)] += amount - fee
        assert abs(balance - balances[str(asset)]) <= TOLD
    assert told[-1]["type"] == "deposit"
    kept = exchange.parts.venue.state.balances
    assert all(abs(balances[asset] - kept[asset]) <= TOLD for asset in kept)


def test_margin_and_rollover_have_categories_of_their_own() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances")
    exchange.place(order_type="market", order_qty=0.5, margin=True)
    exchange.wait(4 * 3600 + 1)
    assert [(each["type"], each["category"]) for each in entries(listener)] == [
        ("margin", "margin-trade"),
        ("rollover", "marginrollover"),
    ]


def test_without_a_snapshot_updates_begin_with_1() -> None:
    exchange = Exchange()
    listener = exchange.listen("balances", snapshot=False)
    assert not listener.sent
    exchange.place(order_type="market")
    assert [message["sequence"] for message in listener.sent] == [1, 2]


def test_only_a_good_token_of_a_key_that_may_see_funds_is_let_in() -> None:
    exchange = Exchange()
    with pytest.raises(ExchangeError, match="ESession:Invalid session"):
        exchange.listen("balances", token="nonsense")
    key = exchange.keys.named("full")
    blind = exchange.parts.tokens.issue(msgspec.structs.replace(key, permissions=key.permissions - {"query-funds"}))
    with pytest.raises(ExchangeError, match="EGeneral:Permission denied"):
        exchange.listen("balances", token=blind)
    assert exchange.listen("balances").key is key


def test_both_channels_count_for_themselves_and_gaps_hit_one() -> None:
    exchange = Exchange()
    both = exchange.listen("executions")
    exchange.subscribe(both, "balances", token=exchange.token)
    exchange.parts.faults.arm(FaultRule(kind="sequence-gap", where="balances", numbers=2))
    exchange.place(order_type="market")
    numbers = {name: [each["sequence"] for each in both.sent if each["channel"] == name] for name in exchange.channels}
    assert numbers == {"executions": [1, 2, 3, 4, 5], "balances": [1, 4, 5]}


def test_unsubscribing_and_closing_end_the_stream() -> None:
    exchange = Exchange()
    first, second = exchange.listen("balances", id=1), exchange.listen("balances", id=2)
    exchange.channels["balances"].unsubscribe(first, {}, None)  # type: ignore[arg-type]
    second.close()
    exchange.place(order_type="market")
    assert not entries(first)
    assert not entries(second)
