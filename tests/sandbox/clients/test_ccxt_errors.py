"""What goes wrong on the exchange reaches ccxt's user as the class that ccxt has for it."""

import json
from typing import Any

import ccxt
import pytest

from tests.recorded import recorded
from tests.sandbox.clients.ccxt_clients import rest_client
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_error_string_becomes_its_class(kraken: Any, steering: Steering) -> None:
    errors = json.loads(recorded("ccxt_wire/ccxt_4.5.90_kraken_rest_error_map.json").read_text())
    assert len(errors) > 80
    for text, classes in errors.items():
        steering.fault(kind="error", error=text, where="rest:public/Time")
        with pytest.raises(ccxt.BaseError) as raised:
            await kraken.fetch_time()
        assert type(raised.value).__name__ == classes.split(" ")[0], text
        assert text in str(raised.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(502, ccxt.ExchangeNotAvailable), (520, ccxt.ExchangeNotAvailable), (429, ccxt.RateLimitExceeded)],
)
async def test_http_errors_with_a_page(kraken: Any, steering: Steering, status: int, kind: type[Exception]) -> None:
    steering.fault(kind="http", status=status, where="rest:BalanceEx")
    with pytest.raises(kind):
        await kraken.fetch_balance()
    assert (await kraken.fetch_balance())["total"]["BTC"] == 2.0


async def test_a_request_that_never_arrives_and_one_whose_answer_is_lost(kraken: Any, steering: Steering) -> None:
    order = ("BTC/USD", "limit", "buy", 0.01, 50000, {"clientOrderId": "once"})
    steering.fault(kind="lost", where="rest:AddOrder")
    with pytest.raises(ccxt.NetworkError):
        await kraken.create_order(*order)
    assert await kraken.fetch_open_orders() == []
    steering.fault(kind="reply-lost", where="rest:AddOrder")
    with pytest.raises(ccxt.NetworkError):
        await kraken.create_order(*order)
    (there,) = await kraken.fetch_open_orders(params={"clientOrderId": "once"})
    assert there["amount"] == 0.01


REFUSALS: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (("BTC/USD", "limit", "buy", 2, 60000), ccxt.InsufficientFunds, "EOrder:Insufficient funds"),
    (("BTC/USD", "market", "sell", 2.5), ccxt.InsufficientFunds, "EOrder:Insufficient funds"),
    (("BTC/USD", "limit", "buy", 0.00001, 60000), ccxt.InvalidOrder, "EOrder:Order minimum not met"),
    (("BTC/USD", "limit", "buy", 0.00006, 100), ccxt.ExchangeError, "EOrder:Cost minimum not met"),
    (
        ("BTC/USD", "limit", "buy", 0.01, 60000, {"close": {"ordertype": "stop-loss", "price": 55000.04}}),
        ccxt.ExchangeError,
        "EOrder:Invalid price",
    ),
    (("BTC/USD", "limit", "buy", 0.01, 60000, {"timeInForce": "PO"}), ccxt.ExchangeError, "EGeneral:Invalid arguments"),
    (("BTC/USD", "limit", "buy", 0.01, 60000, {"leverage": 50}), ccxt.ExchangeError, "EGeneral:Invalid arguments"),
    (
        ("BTC/USD", "limit", "sell", 0.01, 60000, {"leverage": 2, "reduceOnly": True}),
        ccxt.ExchangeError,
        "EOrder:Reduce only:No position exists",
    ),
    (("BTC/USD", "nonsense", "buy", 0.01, 60000), ccxt.ExchangeError, "EGeneral:Invalid arguments:ordertype"),
]


@pytest.mark.parametrize(("order", "kind", "text"), REFUSALS, ids=[row[2] for row in REFUSALS])
async def test_refused_orders(kraken: Any, order: tuple[Any, ...], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as raised:
        await kraken.create_order(*order)
    assert text in str(raised.value)
    assert await kraken.fetch_open_orders() == []


async def test_unknown_orders_pairs_and_assets(kraken: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        await kraken.cancel_order("OAAAAA-BBBBB-CCCCCC")
    with pytest.raises(ccxt.InvalidOrder, match="EOrder:Unknown order"):
        await kraken.fetch_order("OAAAAA-BBBBB-CCCCCC")
    with pytest.raises(ccxt.InvalidOrder, match="EOrder:Unknown order"):
        await kraken.edit_order("OAAAAA-BBBBB-CCCCCC", "BTC/USD", "limit", "buy", 1, 50000)
    with pytest.raises(ccxt.BadSymbol):
        await kraken.fetch_ticker("XBT/USD")
    with pytest.raises(ccxt.ExchangeError, match="EQuery:Unknown asset pair"):
        await kraken.publicGetTicker({"pair": "NOTAPAIR"})
    with pytest.raises(ccxt.BadSymbol, match="EQuery:Unknown asset"):
        await kraken.privatePostLedgers({"asset": "NOTANASSET"})


async def test_keys_that_may_not(process: SandboxProcess, steering: Steering) -> None:
    client = rest_client(process, "read-only")
    try:
        assert (await client.fetch_balance())["total"]["BTC"] == 2.0
        with pytest.raises(ccxt.PermissionDenied):
            await client.create_order("BTC/USD", "limit", "buy", 0.01, 50000)
        client.secret = process.key("full")[1]
        with pytest.raises(ccxt.ExchangeError, match="EAPI:Invalid signature"):
            await client.fetch_balance()
        client.apiKey = "nobody"
        with pytest.raises(ccxt.AuthenticationError, match="EAPI:Invalid key"):
            await client.fetch_balance()
    finally:
        await client.close()


async def test_no_key_may_withdraw(process: SandboxProcess, steering: Steering) -> None:
    client = rest_client(process, "withdraw")
    try:
        with pytest.raises(ccxt.PermissionDenied):
            await client.withdraw("BTC", 1, "bc1qnowhere", params={"key": "mine"})
    finally:
        await client.close()


async def test_nonces_only_grow(kraken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await kraken.fetch_balance()
    monkeypatch.setattr(kraken, "incrementing_nonce", lambda: 1)
    with pytest.raises(ccxt.InvalidNonce):
        await kraken.fetch_balance()


async def test_ten_failures_lock_a_key_out(process: SandboxProcess, steering: Steering) -> None:
    client = rest_client(process, "no-token")
    client.secret = process.key("full")[1]
    try:
        for _ in range(10):
            with pytest.raises(ccxt.ExchangeError, match="EAPI:Invalid signature"):
                await client.fetch_balance()
        client.secret = process.key("no-token")[1]
        with pytest.raises(ccxt.DDoSProtection, match="EGeneral:Temporary lockout"):
            await client.fetch_balance()
        steering.wait(16 * 60)
        assert (await client.fetch_balance())["total"]["BTC"] == 2.0
    finally:
        await client.close()


async def test_the_rest_counter(kraken: Any, steering: Steering) -> None:
    for _ in range(20):
        await kraken.fetch_balance()
    with pytest.raises(ccxt.DDoSProtection, match="EAPI:Rate limit exceeded"):
        for _ in range(3):
            await kraken.fetch_balance()
    await kraken.create_order("BTC/USD", "limit", "buy", 0.01, 50000)
    steering.wait(30)
    assert len(await kraken.fetch_open_orders()) == 1


async def test_the_trading_counter(kraken: Any) -> None:
    with pytest.raises(ccxt.DDoSProtection, match="EOrder:Rate limit exceeded"):
        for _ in range(30):
            order = await kraken.create_order("BTC/USD", "limit", "buy", 0.001, 50000)
            await kraken.cancel_order(order["id"])


@pytest.mark.parametrize(
    ("mode", "kind", "text"),
    [
        ("maintenance", ccxt.ExchangeNotAvailable, "EService:Unavailable"),
        ("cancel_only", ccxt.OnMaintenance, "EService:Market in cancel_only mode"),
        ("post_only", ccxt.OnMaintenance, "EService:Market in post_only mode"),
        ("limit_only", ccxt.ExchangeError, "EService:Market in limit_only mode"),
    ],
)
async def test_modes(kraken: Any, steering: Steering, mode: str, kind: type[Exception], text: str) -> None:
    order = await kraken.create_order("BTC/USD", "limit", "buy", 0.001, 50000)
    steering.ask("/mode", system=mode)
    with pytest.raises(kind, match=text):
        await kraken.create_order("BTC/USD", "market", "buy", 0.001)
    if mode == "maintenance":
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await kraken.cancel_order(order["id"])
    else:
        await kraken.cancel_order(order["id"])
