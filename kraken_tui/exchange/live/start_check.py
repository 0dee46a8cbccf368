"""The check before LIVE starts, which `kraken-tui doctor` prints too: asks Kraken, judges, changes nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from kraken_tui.clock import Clock
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.findings import Finding, blocking, ok, refuse
from kraken_tui.exchange.live.judging import (
    Fees,
    fees_in,
    judge_balances,
    judge_clock,
    judge_fees,
    judge_pairs,
    judge_status,
    judge_tier,
)
from kraken_tui.exchange.live.key_check import judge_key, key_name
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable, Misconfigured, RetryLater
from kraken_tui.model.instrument import Instrument

T = TypeVar("T")

BAD_KEY = ("EAPI:Invalid key", "EAPI:Invalid signature", "EAPI:Invalid nonce", "EAuth:", "EAccount:")
"""What Kraken says of a key that nothing will work with."""


BUSY = ("EAPI:Rate limit", "EGeneral:Temporary lockout", "EGeneral:Too many requests", "EService")
"""What Kraken says when it may answer later. Anything else, silence included, and it does not tell."""


class Asked(Protocol):
    """What the check asks of a client."""

    async def system_status(self) -> str:
        """online, maintenance, cancel_only, post_only or limit_only."""
        ...

    async def server_time_ns(self) -> int:
        """Kraken's clock; whole seconds."""
        ...

    async def key_info(self) -> CcxtStruct:
        """GetApiKeyInfo's result."""
        ...

    async def trade_volume(self, symbols: Sequence[str]) -> CcxtStruct:
        """TradeVolume's result."""
        ...

    async def fetch_balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        ...

    async def token(self) -> str:
        """A token for the private stream."""
        ...


class StartCheck(Struct, frozen=True, kw_only=True):
    """What was found."""

    findings: tuple[Finding, ...]
    account: str
    """The word that confirms: the API key's name, or LIVE_ACCOUNT's word where Kraken tells none."""
    fees: Fees | None
    """Of the account's volume; None where Kraken does not tell."""

    def blocking(self, settings: Settings) -> tuple[Finding, ...]:
        """What keeps LIVE from starting with these settings."""
        return blocking(self.findings, settings)


async def check(client: Asked, settings: Settings, instruments: Sequence[Instrument], clock: Clock) -> StartCheck:
    """Ask for everything that a start depends on, and judge it.

    Args:
        client: of the account that is to be traded.
        settings: LIVE's.
        instruments: the pairs that are to be scanned, with Kraken's rules.
        clock: the engine's; deadlines are stamped with it.

    Raises:
        ExchangeUnreachable: Kraken does not answer.
    """
    findings = [judge_status(await _answer(client.system_status))]
    server_ns, skew = await _clock(client, clock)
    findings.append(skew)
    info, refused = await _key_info(client)
    if refused is not None:
        return StartCheck(findings=(*findings, refused), account=settings.LIVE_ACCOUNT, fees=None)
    findings += judge_key(info, server_ns)
    fees, told = await _fees(client, instruments)
    findings += [*told, judge_tier(settings)]
    findings += await _told("balances", "query-funds", client.fetch_balance, lambda found: judge_balances(
        found, {row.quote for row in instruments}, settings
    ))  # fmt: skip
    findings += judge_pairs(instruments, settings)
    findings += await _told("private stream", "create-ws-token", client.token, _judge_token)
    return StartCheck(findings=tuple(findings), account=key_name(info) or settings.LIVE_ACCOUNT, fees=fees)


async def _clock(client: Asked, clock: Clock) -> tuple[int, Finding]:
    asked_ns = clock.now_ns()
    server_ns = await _answer(client.server_time_ns)
    return server_ns, judge_clock(server_ns, asked_ns, clock.now_ns())


async def _key_info(client: Asked) -> tuple[Mapping[str, Any] | None, Finding | None]:
    """What Kraken tells of the key; None where it does not; a finding where the key is no good at all."""
    try:
        info = await client.key_info()
    except ExchangeError as error:
        if error.text.startswith(BAD_KEY):
            return None, refuse("key", f"Kraken says {error.text}: look at KRAKEN_API_KEY and KRAKEN_API_SECRET")
        if error.text.startswith(BUSY):
            raise ExchangeUnreachable(f"Kraken does not tell of the key now: {error.text}") from error
        return None, None
    return info, None


async def _fees(client: Asked, instruments: Sequence[Instrument]) -> tuple[Fees | None, list[Finding]]:
    fees: list[Fees] = []

    def judge(answer: CcxtStruct) -> list[Finding]:
        found = fees_in(answer)
        fees.extend([found] if found is not None else [])
        return [judge_fees(found)]

    symbols = [row.symbol for row in instruments[:1]]
    findings = await _told("fees", "query-funds", lambda: client.trade_volume(symbols), judge)
    return (fees[0] if fees else None), findings


def _judge_token(token: str) -> list[Finding]:
    if token:
        return [ok("private stream", "Kraken gives a token")]
    return [refuse("private stream", "Kraken gave no token: fills would be heard of too late")]


async def _told(
    what: str, permission: str, ask: Callable[[], Awaitable[T]], judge: Callable[[T], list[Finding]]
) -> list[Finding]:
    """The judgement of an answer, or why there is none."""
    try:
        return judge(await _answer(ask))
    except Misconfigured as error:
        return [refuse(what, f"Kraken says {error.text}: does the key have {permission}?")]
    except ExchangeError as error:
        return [refuse(what, f"Kraken says {error.text}")]


async def _answer(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer.

    Raises:
        ExchangeUnreachable: there is none now; later there may be.
    """
    try:
        return await ask()
    except RetryLater as error:
        raise ExchangeUnreachable(f"Kraken does not answer the check at the start: {error.text}") from error
