import asyncio
import io
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from loguru import logger

from kraken_tui import clock
from kraken_tui.sandbox.control import ControlRefused, SandboxControl
from kraken_tui.sandbox.faults.fault_plan import MEANINGS, FaultRule
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller

D = Decimal


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    key = sandbox.keys.named("full")
    async with Caller(sandbox.rest_url, sandbox.ws_url, key.key, key.secret) as caller:
        yield caller


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[SandboxControl]:
    async with SandboxControl(sandbox.control_url) as control:
        yield control


async def test_help_lists_every_route_with_its_body(control: SandboxControl) -> None:
    told = await control.ask("GET", "/")
    routes = {(route["method"], route["path"]): route for route in told["routes"]}
    for path in ("/faults", "/mode", "/lag", "/skew", "/disconnect", "/balance", "/price", "/pause", "/reset", "/time"):
        assert ("POST", path) in routes
    assert {("GET", "/"), ("GET", "/status"), ("DELETE", "/faults")} <= set(routes)
    assert set(told["faults"]) == set(MEANINGS)
    for route in routes.values():
        if "body" in route:
            assert told["schema"][route["body"].removeprefix("#/schema/")]["properties"]


async def test_a_price_fills_triggers_and_stays(sandbox: Sandbox, caller: Caller, control: SandboxControl) -> None:
    rests = await caller.buy("0.01", "59000")
    sell: dict[str, Any] = {"pair": "XBTUSD", "type": "sell", "ordertype": "stop-loss", "volume": "0.01"}
    stop = (await caller.private("AddOrder", **sell, price="58500"))["txid"][0]
    assert await control.price("XBTUSD", "58999.9", "59000.0", "59000.0") == D("59000.0")
    assert (await caller.private("QueryOrders", txid=rests))[rests]["status"] == "closed"
    assert (await caller.private("QueryOrders", txid=stop))[stop]["status"] == "open"
    assert await control.price("XBTUSD", "58499.9", "58500.1", "58500.0") == D("58500.0")
    assert (await caller.private("QueryOrders", txid=stop))[stop]["status"] == "closed"
    await read_again(sandbox)
    best = (await caller.public("Depth", pair="XBTUSD", count="1"))["XXBTZUSD"]
    assert (D(best["bids"][0][0]), D(best["asks"][0][0])) == (D("58499.9"), D("58500.1"))
    assert "BTC/USD" in (await control.status())["held"]


async def test_an_index_of_its_own_wakes_what_looks_at_it(caller: Caller, control: SandboxControl) -> None:
    stop: dict[str, Any] = {"pair": "XBTUSD", "type": "sell", "ordertype": "stop-loss", "price": "59000"}
    by_last = (await caller.private("AddOrder", **stop, volume="0.01"))["txid"][0]
    by_index = (await caller.private("AddOrder", **stop, volume="0.01", trigger="index"))["txid"][0]
    await control.price("BTC/USD", "59999.9", "60000.1", "60000.0", index="58000")
    orders = await caller.private("QueryOrders", txid=f"{by_last},{by_index}")
    assert {id: order["status"] for id, order in orders.items()} == {by_last: "open", by_index: "closed"}


async def test_the_last_price_is_the_mid_on_its_tick_where_not_given(control: SandboxControl) -> None:
    assert await control.price("BTC/USD", "100.0", "100.3") == D("100.2")


async def read_again(sandbox: Sandbox) -> None:
    """Wait until the market has been read anew."""
    seen_ns = sandbox.parts.venue.state.time_ns
    async with asyncio.timeout(10):
        for _ in range(2):
            while sandbox.parts.venue.state.time_ns == seen_ns:
                await clock.real_sleep(0.01)
            seen_ns = sandbox.parts.venue.state.time_ns


async def test_a_paused_market_moves_again_when_resumed(sandbox: Sandbox, control: SandboxControl) -> None:
    async def prices_after(seconds: float) -> dict[str, Any]:
        await control.advance(seconds)
        await read_again(sandbox)
        return {pair: sandbox.parts.market.last(pair) for pair in ("BTC/USD", "SOL/USD", "XRP/USD", "ADA/USD")}

    still = await prices_after(60)
    assert await prices_after(600) == still
    await control.resume()
    moved = still
    async with asyncio.timeout(20):  # one may be back where it was, and the market may be read a little later
        while sum(moved[pair] != still[pair] for pair in still) < 3:
            moved = await prices_after(600)
    await control.pause()
    still = await prices_after(60)
    assert await prices_after(600) == still


async def test_a_lost_request_is_not_done_and_a_lost_reply_is(caller: Caller, control: SandboxControl) -> None:
    await control.arm(FaultRule(kind="lost", where="rest:AddOrder"))
    with pytest.raises(aiohttp.ClientError):
        await caller.buy("0.01", "50000", cl_ord_id="first")
    assert (await caller.private("OpenOrders"))["open"] == {}
    await control.arm(FaultRule(kind="reply-lost", where="rest:AddOrder"))
    with pytest.raises(aiohttp.ClientError):
        await caller.buy("0.01", "50000", cl_ord_id="second")
    orders = (await caller.private("OpenOrders"))["open"]
    assert [order["cl_ord_id"] for order in orders.values()] == ["second"]
    await caller.buy("0.01", "50000", cl_ord_id="third")
    assert (await control.status())["summary"]["faults"] == {"lost": 1, "reply-lost": 1}


@pytest.mark.parametrize("done", [True, False])
async def test_an_error_is_told_whether_it_was_done_or_not(caller: Caller, control: SandboxControl, done: bool) -> None:
    await control.arm(FaultRule(kind="error", where="rest:AddOrder", error="EService:Timeout", done=done))
    assert await caller.error("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price="50000",
                              volume="0.01") == "EService:Timeout"  # fmt: skip
    assert len((await caller.private("OpenOrders"))["open"]) == int(done)
    refusals = (await control.status())["summary"]["refusals"]
    assert refusals == {"rest:AddOrder": {"EService:Timeout": 1}}


@pytest.mark.parametrize("done", [True, False])
async def test_an_http_error_is_a_page(caller: Caller, control: SandboxControl, done: bool) -> None:
    await control.arm(FaultRule(kind="http", where="rest:AddOrder", status=520, done=done))
    with pytest.raises(aiohttp.ClientResponseError) as caught:
        await caller.buy("0.01", "50000")
    assert caught.value.status == 520
    assert caught.value.headers is not None
    assert "html" in caught.value.headers["Content-Type"]
    assert len((await caller.private("OpenOrders"))["open"]) == int(done)


async def test_latency_holds_a_request_up(caller: Caller, control: SandboxControl) -> None:
    await control.arm(FaultRule(kind="latency", where="rest:public/Time", seconds=0.3))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await caller.public("Time")
    slow = loop.time() - began
    assert slow >= 0.3


async def test_disarmed_faults_hit_no_more(caller: Caller, control: SandboxControl) -> None:
    await control.arm(FaultRule(kind="error", error="EService:Busy", for_s=600))
    assert await caller.error("Balance") == "EService:Busy"
    assert (await control.status())["faults"][0]["hits"] == 1
    assert await control.disarm() == 1
    assert "ZUSD" in await caller.private("Balance")


async def test_part_of_an_order_fills_at_once(caller: Caller, control: SandboxControl) -> None:
    await control.arm(FaultRule(kind="partial-fill", where="BTC/USD", fraction=D("0.4")))
    id = await caller.buy("0.01", "60001")
    order = (await caller.private("QueryOrders", txid=id))[id]
    assert (order["status"], order["vol_exec"]) == ("open", "0.00400000")


async def test_system_modes_are_kept_and_told(caller: Caller, control: SandboxControl) -> None:
    rests = await caller.buy("0.01", "50000")
    socket = await caller.socket()
    await control.mode(system="cancel_only")
    while (await socket.until(channel="status"))["data"][0]["system"] != "cancel_only":
        pass
    assert (await caller.public("SystemStatus"))["status"] == "cancel_only"
    told = await caller.error("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="0.01")
    assert told == "EService:Market in cancel_only mode"
    assert (await caller.private("CancelOrder", txid=rests))["count"] == 1
    await control.mode(system="online")
    await caller.buy("0.01")


async def test_a_pairs_mode_concerns_that_pair_alone(caller: Caller, control: SandboxControl) -> None:
    await control.mode(pair="XBT/USD", status="post_only")
    told = await caller.error("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="0.01")
    assert told == "EService:Market in post_only mode"
    await caller.buy("0.01", "50000", oflags="post")
    await caller.private("AddOrder", pair="ETHUSD", type="buy", ordertype="market", volume="0.1")
    assert (await caller.public("AssetPairs", pair="XBTUSD"))["XXBTZUSD"]["status"] == "post_only"
    assert (await control.status())["pairs"] == {"BTC/USD": "post_only"}


async def test_rest_lags_while_websocket_does_not(caller: Caller, control: SandboxControl) -> None:
    socket = await caller.socket()
    await socket.send(method="subscribe", params={"channel": "executions", "token": await caller.token()})
    await socket.until(method="subscribe", success=True)
    await control.lag(30)
    id = await caller.buy("0.01", "50000")
    while (await socket.until(channel="executions", type="update"))["data"][0]["order_id"] != id:
        pass
    assert (await caller.private("OpenOrders"))["open"] == {}
    await control.advance(31)
    assert list((await caller.private("OpenOrders"))["open"]) == [id]
    await control.lag(0)
    assert list((await caller.private("OpenOrders"))["open"]) == [id]


async def test_skew_shows_in_what_time_tells(caller: Caller, control: SandboxControl) -> None:
    before = (await caller.public("Time"))["unixtime"]
    await control.skew(-3600)
    assert -3602 <= (await caller.public("Time"))["unixtime"] - before <= -3598
    await control.skew(0)
    assert 0 <= (await caller.public("Time"))["unixtime"] - before <= 5


async def test_disconnecting_ends_sockets_of_the_kind_that_is_named(caller: Caller, control: SandboxControl) -> None:
    public, private = await caller.socket(), await caller.socket()
    await private.send(method="subscribe", params={"channel": "executions", "token": await caller.token()})
    await private.until(method="subscribe", success=True)
    assert await control.disconnect("private") == 1
    assert await private.is_closed()
    await public.send(method="ping")
    await public.until(method="pong")
    assert await control.disconnect() == 1
    assert await public.is_closed()


async def test_expired_tokens_are_refused_and_new_ones_are_not(caller: Caller, control: SandboxControl) -> None:
    socket, token = await caller.socket(), await caller.token()
    assert await control.expire_tokens() == 1
    for told, is_good in ((token, False), (await caller.token(), True)):
        await socket.send(method="subscribe", params={"channel": "balances", "token": told})
        answer = await socket.until(method="subscribe")
        assert answer["success"] is is_good
    await control.advance(901)
    await socket.send(method="cancel_all", params={"token": token}, req_id=7)
    assert "Invalid session" in (await socket.until(req_id=7))["error"]


async def test_a_stalled_pong_keeps_a_ping_unanswered(caller: Caller, control: SandboxControl) -> None:
    socket = await caller.socket()
    await control.arm(FaultRule(kind="stall-pong", for_s=60))
    await socket.send(method="ping", req_id=1)
    await control.advance(61)
    await socket.send(method="ping", req_id=2)
    assert (await socket.until(method="pong"))["req_id"] == 2


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [("drop-event", [1, 3]), ("duplicate-event", [1, 2, 2, 3]), ("swap-event", [1, 3, 2]), ("sequence-gap", [1, 4, 5])],
)
async def test_events_go_missing_twice_swapped_and_with_gaps(
    caller: Caller, control: SandboxControl, kind: Any, numbers: list[int]
) -> None:
    socket = await caller.socket()
    await socket.send(method="subscribe", params={"channel": "balances", "token": await caller.token()})
    assert (await socket.until(channel="balances"))["sequence"] == 1
    await control.arm(FaultRule(kind=kind, where="balances", numbers=2 if kind == "sequence-gap" else 1))
    await control.balance("USD", 1)
    await control.balance("USD", 1)
    told = [1] + [(await socket.until(channel="balances"))["sequence"] for _ in numbers[1:]]
    assert told == numbers


async def test_funds_come_and_go(caller: Caller, control: SandboxControl) -> None:
    assert await control.balance("ZUSD", "-99999.5") == D("0.5")
    assert (await caller.private("Balance"))["ZUSD"] == "0.5000"
    with pytest.raises(ControlRefused, match="EFunding:Insufficient funds"):
        await control.balance("USD", -1)
    with pytest.raises(ControlRefused, match="Unknown asset"):
        await control.balance("FOO", 1)


async def test_the_volume_decides_the_fee(caller: Caller, control: SandboxControl) -> None:
    await control.volume("10000000")
    told = await caller.private("TradeVolume", pair="XBTUSD")
    assert D(told["volume"]) == D(10_000_000)
    assert D(told["fees"]["XXBTZUSD"]["fee"]) == D("0.10")
    await control.volume(0)
    assert D((await caller.private("TradeVolume", pair="XBTUSD"))["fees"]["XXBTZUSD"]["fee"]) == D("0.40")


async def test_hours_pass_at_once(caller: Caller, control: SandboxControl) -> None:
    await caller.buy("0.01", leverage="2")
    await control.advance(4 * 3600 + 1)
    rows = (await caller.private("Ledgers", type="rollover"))["ledger"]
    assert len(rows) == 1


async def test_reset_gives_a_fresh_exchange_to_the_same_keys(caller: Caller, control: SandboxControl) -> None:
    await caller.buy("0.01")
    await caller.buy("0.01", "50000")
    await control.arm(FaultRule(kind="lost", where="ws:*"))
    await control.mode(system="maintenance")
    await control.lag(30)
    await control.skew(30)
    await control.reset()
    told = await control.status()
    assert (told["paused"], told["held"]) == (True, ["BTC/USD", "ETH/USD"])
    assert (await caller.private("Balance"))["ZUSD"] == "100000.0000"
    assert (await caller.private("OpenOrders"))["open"] == {}
    assert (await caller.private("TradesHistory"))["count"] == 0
    told = await control.status()
    assert (told["system"], told["lag_s"], told["skew_s"], told["faults"]) == ("online", 0, 0, [])
    await caller.buy("0.01")


BAD: list[tuple[str, Any, str]] = [
    ("/faults", {"kind": "lost", "tims": 2}, "tims: no such key (did you mean times?)"),
    ("/faults", {"kind": "lostt"}, "kind is 'lostt': no such word (did you mean lost?); drop-event, "),
    ("/faults", [{"kind": "lost"}, {"kind": "x"}], "1.kind is 'x': no such word; drop-event, "),
    ("/faults", [{"kind": "lost"}, {"kind": "lost", "every": 0}], "1.every is 0: expected int >= 1"),
    ("/faults", {"kind": "error"}, "needs the string"),
    ("/faults", {"kind": "lost", "probability": 2}, "probability is 2: expected float <= 1.0"),
    ("/faults", 5, "expected"),
    ("/faults", {"kind": "lost", "where": "rest:AddOder"}, "did you mean rest:AddOrder?); rest:public/Time, "),
    ("/faults", {"kind": "http", "where": "AddOrder"}, "rest:unknown, ws:add_order, "),
    ("/faults", {"kind": "latency", "where": "rest:/Time"}, "(did you mean rest:public/Time?)"),
    ("/faults", {"kind": "swap-event", "where": "ws:book"}, "(did you mean book?); book, instrument, ticker, trade, "),
    ("/faults", {"kind": "sequence-gap", "where": "book"}, "called so; executions, balances are right"),
    ("/faults", {"kind": "partial-fill", "where": "BTCUSD"}, "(did you mean BTC/USD?)"),
    ("/faults", {"kind": "stall-pong", "where": "executions"}, "called so; ws:ping are right"),
    ("/faults", [{"kind": "lost"}, {"kind": "lost", "where": ""}], "where is '': nothing that lost hits"),
    ("/mode", {"system": "on"}, "no such word; cancel_only, limit_only, maintenance, online, post_only are right"),
    ("/mode", {"pair": "BTC/USD", "status": "maintenance"}, "limit_only, online, post_only, reduce_only are right"),
    ("/mode", {}, "give system, or pair with status"),
    ("/mode", {"pair": "FOO/USD"}, "EQuery:Unknown asset pair"),
    ("/lag", {"seconds": 61}, "seconds is 61: expected float <= 60.0"),
    ("/lag", {}, "missing required field seconds"),
    ("/skew", {"seconds": "x"}, "seconds is 'x': expected float"),
    ("/disconnect", {"which": "some"}, "which is 'some': no such word; all, private, public are right"),
    ("/balance", {"asset": "USD", "amount": "x"}, "amount is 'x': "),
    ("/balance", {"asset": "USD", "amount": "NaN"}, "amount is NaN: a number from 0 up"),
    ("/balance", {"asset": "USD", "amount": "1e40"}, "amount is 1E+40"),
    ("/balance", {"asset": "USD", "amount": "-1e40"}, "amount is 1E+40"),
    ("/balance", {"asset": "USD", "amount": "1e-25"}, "at most 18 decimals"),
    ("/balance", {"asset": "USD", "amount": "1e15"}, "USD there would be is"),
    ("/price", {"pair": "BTC/USD", "bid": "1.05", "ask": "2"}, "BTC/USD has a tick of 0.1"),
    ("/price", {"pair": "BTC/USD", "bid": 3, "ask": 2}, "bid is not above ask"),
    ("/price", {"pair": "BTC/USD", "bid": "NaN", "ask": 2}, "bid is NaN: a price above 0"),
    ("/price", {"pair": "BTC/USD", "bid": "1e999999", "ask": "1e999999"}, "bid is 1E+999999: a price above 0"),
    ("/price", {"pair": "BTC/USD", "bid": 2, "ask": 3, "last": "1e15"}, "last is 1E+15: a price above 0 and below 45"),
    ("/price", {"pair": "BTC/USD", "bid": 2, "ask": 3, "last": 0}, "last is 0: a price above 0"),
    ("/price", {"pair": "BTC/USD", "bid": 2, "ask": 3, "index": "1e-999"}, "index is 1E-999: a price above 0"),
    ("/price", {"pair": "BTC/USD", "bid": 2, "ask": 3, "ask_amount": "1e99"}, "ask_amount is 1E+99: a number from 0"),
    ("/price", {"pair": "BTC/USD", "bid": 1, "ask": 2, "bid_amount": "sNaN"}, "from 0 up"),
    ("/resume", {"pair": "FOO"}, "EQuery:Unknown asset pair"),
    ("/time", {"seconds": 0}, "seconds is 0: expected float > 0.0"),
    ("/volume", {"usd": -1}, "a number from 0 up"),
    ("/volume", {"usd": "1e999999"}, "usd is 1E+999999: a number from 0 up"),
    ("/pause", {"x": 1}, "x: no such key; none is taken"),
]


async def test_bad_input_is_told_with_what_would_be_right(sandbox: Sandbox, control: SandboxControl) -> None:
    before, account = await control.status(), sandbox.parts.venue.state.copy()
    for path, body, words in BAD:
        with pytest.raises(ControlRefused) as caught:
            await control.ask("POST", path, body)
        assert words.lower() in str(caught.value).lower()
    after = await control.status()
    for told in ("held", "volume_usd", "faults"):
        assert after[told] == before[told]
    assert sandbox.parts.venue.state.balances == account.balances
    assert sandbox.parts.venue.state.markets == account.markets


NO_REQUESTS: list[tuple[str, str, bytes, dict[str, str], int]] = [
    ("POST", "/lag", b"{", {}, 400),
    ("POST", "/lag", b"\xff\xfe", {}, 400),
    ("POST", "/lag", b"[" * 100_000, {}, 400),
    ("POST", "/lag", b"[" + b"1," * 800_000 + b"1]", {}, 413),
    ("GET", "/nowhere", b"", {}, 404),
    ("PUT", "/faults", b"", {}, 405),
    ("POST", "/reset", b"", {"Origin": "http://evil.example"}, 403),
]


async def test_the_largest_numbers_that_are_taken_break_nothing(caller: Caller, control: SandboxControl) -> None:
    await control.balance("USD", D("1e15") - 100_000)
    await control.balance("BTC", "0.000000000000000001")
    await control.volume("1e15")
    await control.price(
        "BTC/USD", "0.1", "450359962737049.5", "450359962737049.5", bid_amount="1e15", ask_amount="1e15"
    )
    await caller.buy("1", "450359962737049.5")
    for pair in ("XBTUSD", "ETHUSD"):
        for method in ("Ticker", "OHLC", "Depth", "Trades", "Spread"):
            await caller.public(method, pair=pair)
    for method in ("Balance", "BalanceEx", "TradeBalance", "Ledgers", "TradesHistory"):
        await caller.private(method)


async def test_a_fault_of_our_own_is_told_in_json_and_without_a_traceback(
    sandbox: Sandbox, control: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    told = list[str]()
    number = logger.add(told.append)
    monkeypatch.setattr(sandbox.control, "pause", full)
    with pytest.raises(ControlRefused, match="a fault of the sandbox's own: OSError:"):
        await control.pause()
    logger.remove(number)
    assert ["POST /pause failed: OSError" in line and "Traceback" not in line for line in told] == [True]
    async with aiohttp.ClientSession() as session, session.post(sandbox.control_url + "/pause") as response:
        assert response.status == 500
        assert "No space left" in (await response.json())["error"]


async def test_what_is_no_request_is_refused_and_nothing_breaks(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for method, path, data, headers, status in NO_REQUESTS:
            url = sandbox.control_url + path
            async with session.request(method, url, data=io.BytesIO(data), headers=headers) as response:
                assert (path, response.status) == (path, status)
                assert json.loads(await response.text())["error"]
        async with session.get(sandbox.control_url + "/status") as response:
            assert response.status == 200


async def test_in_this_process_the_same_can_be_done_without_http(sandbox: Sandbox, caller: Caller) -> None:
    control = sandbox.control
    control.arm(FaultRule(kind="error", error="EService:Busy", where="rest:Balance"))
    assert await caller.error("Balance") == "EService:Busy"
    assert control.balance("SOL", D(5)) == D(5)
    control.mode(pair="BTC/USD", status="cancel_only")
    assert control.status()["pairs"] == {"BTC/USD": "cancel_only"}
    control.reset()
    assert control.status()["pairs"] == {}
    assert sandbox.summary()["balances"] == {"BTC": "2", "ETH": "20", "USD": "100000"}


async def test_a_gap_of_a_recording_is_logged_and_stands_in_the_status(tmp_path: Path) -> None:
    begin_s = 1_525_000_000
    rows = [f"{begin_s + second},8999.9,9000.1" for second in (*range(60), *range(400, 460))]
    (tmp_path / "XBTUSD_bbo.csv").write_text("\n".join(["ts_s,bid,ask", *rows]) + "\n")
    said = list[str]()
    number = logger.add(said.append, format="{message}")
    try:
        async with (
            Sandbox(Options(port=0, control_port=0, market=str(tmp_path), speed=100)) as sandbox,
            asyncio.timeout(10),
        ):
            for state in ("LIVE", "STALE", "LIVE", "ENDED"):
                while sandbox.control.status()["market"]["state"] != state:
                    await clock.real_sleep(0.01)
    finally:
        logger.remove(number)
    words = [line.split(":")[0].strip() for line in said if "traded" in line or "goes on" in line]
    assert [line.rpartition(" for ")[0] or line for line in words] == [
        "no quote was recorded", "the market goes on", "the recording has ended",
    ]  # fmt: skip
