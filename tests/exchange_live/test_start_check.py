"""The check before LIVE starts: each answer judged, against a double and against a sandbox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND, SystemClock
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.findings import Level
from kraken_tui.exchange.live.judging import MOST_SKEW_NS, fees_in, judge_balances, judge_clock, judge_pairs
from kraken_tui.exchange.live.key_check import NEEDED
from kraken_tui.exchange.live.kraken_client import KrakenClient
from kraken_tui.exchange.live.start_check import StartCheck, check
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable, Misconfigured, Refused, RetryLater
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.samples import BTC, HBAR

SETTINGS = Settings.model_validate(
    {
        "MODE": "LIVE", "RISK_PER_TRADE": 0.5, "MAX_CAPITAL": 500, "DAILY_LOSS_LIMIT": 3,
        "GROUPS": {"Majors": ["BTC/USD", "ETH/USD"]}, "HEAT_GROUPS": {},
    }
)  # fmt: skip
FEES = {"currency": "ZUSD", "volume": "1200.5", "fees": {"X": {"fee": "0.40"}}, "fees_maker": {"X": {"fee": "0.25"}}}


class StillClock(SystemClock):
    """Half past a second, at which Kraken answers at once."""

    def now_ns(self) -> int:
        return 1_760_000_000 * SECOND + SECOND // 2


class Account:
    """A double that answers well, except where it is told to raise."""

    def __init__(self, **raises: ExchangeError) -> None:
        self.raises = raises
        self.info: dict[str, Any] = {
            "api_key_name": "bot",
            "permissions": [*NEEDED, "query-ledger"],
            "ip_allowlist": ["1"],
        }
        self.asked: list[str] = []

    def _answer(self, method: str, answer: Any) -> Any:
        self.asked.append(method)
        if method in self.raises:
            raise self.raises[method]
        return answer

    async def system_status(self) -> str:
        return str(self._answer("system_status", "online"))

    async def server_time_ns(self) -> int:
        return int(self._answer("server_time_ns", 1_760_000_000 * SECOND))

    async def key_info(self) -> dict[str, Any]:
        return dict(self._answer("key_info", self.info))

    async def trade_volume(self, symbols: Sequence[str]) -> dict[str, Any]:
        return dict(self._answer("trade_volume", FEES))

    async def fetch_balance(self) -> dict[str, Any]:
        return dict(
            self._answer("fetch_balance", {"total": {"USD": "9", "SOL": "1"}, "free": {"USD": "8", "SOL": "1"}})
        )

    async def token(self) -> str:
        return str(self._answer("token", "T"))


async def judged(account: Account, settings: Settings = SETTINGS) -> StartCheck:
    return await check(account, settings, (BTC, msgspec.structs.replace(BTC, symbol="ETH/USD")), StillClock())


def of(found: StartCheck, level: Level) -> list[str]:
    return [f"{row.what}: {row.detail}" for row in found.findings if row.level is level]


async def test_a_good_account_passes() -> None:
    found = await judged(Account())
    assert {row.level for row in found.findings} == {Level.OK}
    assert (found.account, found.blocking(SETTINGS)) == ("bot", ())
    assert found.fees is not None
    assert (found.fees.taker, found.fees.maker, found.fees.volume) == (
        Decimal("0.40"),
        Decimal("0.25"),
        Decimal("1200.5"),
    )
    assert [row.what for row in found.findings] == [
        "exchange", "clock", "permissions", "addresses", "fees", "tier", "balances", "balances", "pairs", "leverage",
        "private stream",
    ]  # fmt: skip


async def test_a_key_without_a_name_is_confirmed_with_the_accounts_word() -> None:
    account = Account()
    del account.info["api_key_name"]
    assert (await judged(account)).account == "cash"


@pytest.mark.parametrize("method", ["system_status", "server_time_ns", "trade_volume", "fetch_balance", "token"])
async def test_silence_is_retryable(method: str) -> None:
    with pytest.raises(ExchangeUnreachable, match="took too long") as raised:
        await judged(Account(**{method: RetryLater("it took too long")}))
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("method", ["trade_volume", "fetch_balance", "token"])
@pytest.mark.parametrize("error", [Misconfigured("EGeneral:Permission denied"), Refused("EQuery:Unknown asset")])
async def test_what_is_denied_is_refused(method: str, error: ExchangeError) -> None:
    found = await judged(Account(**{method: error}))
    (row,) = of(found, Level.REFUSE)
    assert error.text in row
    assert found.blocking(SETTINGS)


@pytest.mark.parametrize(
    "error", [Misconfigured("EGeneral:Unknown method"), RetryLater("it took too long"), Refused("E")]
)
async def test_a_key_that_is_not_told_of_needs_to_be_allowed(error: ExchangeError) -> None:
    found = await judged(Account(key_info=error))
    assert len(of(found, Level.ASK)) == 1
    assert found.account == "cash"
    assert found.blocking(SETTINGS)
    assert found.blocking(SETTINGS.model_copy(update={"ALLOW_UNKNOWN_KEY": True})) == ()


@pytest.mark.parametrize("text", ["EAPI:Invalid key", "EAPI:Invalid signature", "EAPI:Invalid nonce, even weeks ahead"])
async def test_a_key_that_is_none_can_not_be_allowed(text: str) -> None:
    account = Account(key_info=Misconfigured(text))
    found = await judged(account)
    assert text in of(found, Level.REFUSE)[0]
    assert found.blocking(SETTINGS.model_copy(update={"ALLOW_UNKNOWN_KEY": True}))
    assert account.asked == ["system_status", "server_time_ns", "key_info"]


async def test_a_lockout_is_retryable_and_not_taken_for_a_key_that_is_not_told_of() -> None:
    with pytest.raises(ExchangeUnreachable, match="lockout"):
        await judged(Account(key_info=RetryLater("EGeneral:Temporary lockout")))


@given(
    offset_ns=st.integers(-90 * SECOND, 90 * SECOND),
    asked_ns=st.integers(0, 2 * SECOND),
    there_ns=st.integers(0, 3 * SECOND),
    back_ns=st.integers(0, 3 * SECOND),
)
def test_a_skew_is_refused_only_when_it_is_proven(offset_ns: int, asked_ns: int, there_ns: int, back_ns: int) -> None:
    """Kraken's clock is ours plus the offset, read somewhere on the way, and cut to the second."""
    server_ns = (asked_ns + there_ns + offset_ns) // SECOND * SECOND
    level = judge_clock(server_ns, asked_ns, asked_ns + there_ns + back_ns).level
    known_to_ns = there_ns + back_ns + SECOND
    if level is Level.REFUSE:
        assert abs(offset_ns) > MOST_SKEW_NS
    if abs(offset_ns) > MOST_SKEW_NS + known_to_ns:
        assert level is Level.REFUSE
    if offset_ns == 0 and there_ns + back_ns <= 2 * SECOND:
        assert level is Level.OK


def test_a_clock_that_went_back_meanwhile_is_told() -> None:
    assert judge_clock(10 * SECOND, 11 * SECOND, 10 * SECOND).level is Level.WARN


answers = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["fee", "X", "USD"]), inner),
)


def test_coins_are_not_called_anybodys_as_the_journal_is_not_asked() -> None:
    balance = {"total": {"USD": "10", "BTC": "1", "ETH": "2", "XRP": "0"}, "free": {"USD": "10"}}
    coins = judge_balances(balance, {"USD"}, Settings())[-1]
    assert coins.detail == "BTC, ETH: what the engine did not buy itself is left alone"


@given(st.dictionaries(st.sampled_from(["fees", "fees_maker", "volume", "total", "free"]), answers))
def test_nonsense_is_no_fee_and_no_balance(answer: dict[str, Any]) -> None:
    fees = fees_in(answer)
    assert fees is None or 0 <= fees.taker <= 5
    assert judge_balances(answer, {"USD"}, SETTINGS)


def pairs(changes: dict[str, Any], *instruments: Any) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for row in judge_pairs(instruments, SETTINGS.model_copy(update=changes)):
        told.setdefault(str(row.level), []).append(row.detail)
    return told


def test_pairs_are_judged_by_krakens_rules() -> None:
    closed = msgspec.structs.replace(BTC, status="cancel_only")
    groups = {"GROUPS": {"Majors": ["BTC/USD"]}}
    assert list(pairs(groups, BTC)) == ["ok"]
    assert pairs({}, BTC)["warn"] == ["not at Kraken, or not online: ETH/USD"]
    assert pairs(groups, closed)["warn"] == ["no entries in BTC/USD (cancel_only)"]
    assert pairs({})["refuse"] == ["Kraken has none of the pairs in GROUPS"]
    assert "BTC/USD" in pairs({**groups, "MAX_CAPITAL": Decimal("2")}, BTC)["warn"][0]


def test_leverage_must_be_there() -> None:
    margin = {"GROUPS": {"Majors": ["BTC/USD", "HBAR/USD"]}, "LIVE_ACCOUNT": "margin", "LIVE_LEVERAGE": 3}
    assert pairs(margin, BTC, HBAR)["warn"] == ["a smaller step than 3 in HBAR/USD"]
    assert pairs(margin, HBAR)["refuse"] == ["no pair offers LIVE_LEVERAGE 3"]
    assert "cash account" in pairs({**margin, "LIVE_ACCOUNT": "cash"}, BTC)["refuse"][0]


@pytest.fixture(scope="module")
def options() -> Options:
    return Options(port=0, seed=1, paused=True)


@asynccontextmanager
async def at(sandbox: Sandbox, key: str) -> AsyncIterator[KrakenClient]:
    pair = sandbox.keys.named(key)
    client = KrakenClient(Keys(pair.key, pair.secret), sandbox.rest_url, SystemClock())
    try:
        await client.load()
        yield client
    finally:
        await client.close()


async def looked(client: KrakenClient) -> StartCheck:
    rows = [client.instruments[symbol] for symbol in ("BTC/USD", "ETH/USD")]
    return await check(client, SETTINGS, rows, SystemClock())


async def test_each_key_of_the_sandbox_is_judged(options: Options) -> None:
    told = {}
    async with Sandbox(options) as sandbox:
        for key in ("full", "trade", "read-only", "no-token", "withdraw"):
            async with at(sandbox, key) as client:
                found = await looked(client)
                told[key] = sorted({row.detail.split(":")[0] for row in found.blocking(SETTINGS)})
                assert found.account == key
                assert found.fees is not None
    assert told["full"] == told["trade"] == []
    assert told["read-only"] == ["the key lacks close-trades", "the key lacks modify-trades"]
    assert "the key lacks create-ws-token" in told["no-token"]
    assert told["withdraw"] == ["the key has withdraw-funds"]


async def test_a_sandbox_with_faults_is_judged(options: Options) -> None:
    async with Sandbox(options) as sandbox, at(sandbox, "full") as client:
        sandbox.control.skew(-30)
        sandbox.control.mode(system="cancel_only")
        sandbox.control.arm(FaultRule(kind="error", where="rest:GetApiKeyInfo", error="EGeneral:Unknown method"))
        sandbox.control.arm(FaultRule(kind="error", where="rest:BalanceEx", error="EGeneral:Permission denied"))
        found = await looked(client)
        assert of(found, Level.WARN)[0] == "exchange: cancel_only: no entries until it is online"
        assert of(found, Level.ASK)[0].startswith("permissions: Kraken does not tell")
        clock, balances = of(found, Level.REFUSE)
        assert "ours is at least" in clock and "ahead of Kraken's" in clock
        assert "query-funds" in balances
        sandbox.control.skew(0)
        sandbox.control.mode(system="online")
        assert (await looked(client)).blocking(SETTINGS) == ()
        assert sandbox.summary()["requests"].get("rest:AddOrder", 0) == 0


async def test_another_secret_is_refused(options: Options) -> None:
    async with Sandbox(options) as sandbox:
        key = sandbox.keys.named("full").key
        client = KrakenClient(Keys(key, sandbox.keys.named("trade").secret), sandbox.rest_url, SystemClock())
        await client.load()
        try:
            found = await looked(client)
        finally:
            await client.close()
    assert "EAPI:Invalid signature" in of(found, Level.REFUSE)[0]
