"""Judges Kraken's answers before LIVE starts: its state, clocks, fees, balances and pairs. Pure."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.findings import Finding, Level, ok, refuse, warn
from kraken_tui.model.instrument import Instrument

TOLD_SKEW_NS = SECOND // 2
MOST_SKEW_NS = 2 * SECOND
"""Orders carry a deadline 5 s ahead, and Kraken takes none that is less than 2 s ahead of its own clock; a second is
left for the way."""
SLOW_NS = 2 * SECOND
"""A round trip so long leaves no time for an order."""


class Fees(Struct, frozen=True, kw_only=True):
    """What the account pays now."""

    taker: Decimal
    """Percent."""
    maker: Decimal
    volume: Decimal
    """Of 30 days, in USD."""


def judge_status(status: str) -> Finding:
    """What state the exchange is in.

    Anything else than online passes with a warning: what is open must be looked after all the same.
    """
    if status == "online":
        return ok("exchange", "online")
    return warn("exchange", f"{status or 'unknown'}: no entries until it is online")


def judge_clock(server_ns: int, asked_ns: int, heard_ns: int) -> Finding:
    """How far our clock is from Kraken's, as far as that can be known.

    Kraken tells whole seconds, and it read its clock at some moment between question and answer, so that only an
    interval of offsets is known. Zero within it is no fault.

    Args:
        server_ns: what Kraken's clock said, cut to the second.
        asked_ns: our clock when we asked.
        heard_ns: our clock when the answer came.
    """
    trip_ns = heard_ns - asked_ns
    least, most = server_ns - heard_ns, server_ns + SECOND - asked_ns
    skew_ns = max(least, 0) + min(most, 0)
    trip = f"round trip {trip_ns / 1e6:.0f} ms"
    if trip_ns < 0:
        return warn("clock", "it was set back while Kraken answered; look again")
    if abs(skew_ns) > MOST_SKEW_NS:
        way = "behind" if skew_ns > 0 else "ahead of"
        return refuse("clock", f"ours is at least {abs(skew_ns) / SECOND:.1f} s {way} Kraken's: set it (NTP); {trip}")
    if abs(skew_ns) > TOLD_SKEW_NS or trip_ns > SLOW_NS:
        return warn("clock", f"ours is at least {abs(skew_ns) / SECOND:.1f} s from Kraken's, {trip}")
    return ok("clock", f"within a second of Kraken's, {trip}")


def fees_in(answer: Mapping[str, Any]) -> Fees | None:
    """The fees of the first pair in a TradeVolume answer; None where it does not tell them."""
    try:
        taker = next(iter(answer["fees"].values()))
        maker = next(iter((answer.get("fees_maker") or answer["fees"]).values()))
        fees = Fees(
            taker=Decimal(str(taker["fee"])), maker=Decimal(str(maker["fee"])), volume=Decimal(str(answer["volume"]))
        )
    except (AttributeError, KeyError, TypeError, StopIteration, InvalidOperation):
        return None
    is_sane = all(each.is_finite() for each in (fees.taker, fees.maker, fees.volume))
    return fees if is_sane and 0 <= fees.taker <= 5 and -5 <= fees.maker <= 5 else None


def judge_fees(fees: Fees | None) -> Finding:
    """The fee schedule; without it profits can't be told."""
    if fees is None:
        return refuse("fees", "Kraken's TradeVolume does not tell what the account pays")
    return ok("fees", f"taker {fees.taker:f} %, maker {fees.maker:f} %, from {fees.volume:f} USD traded in 30 days")


def judge_tier(settings: Settings) -> Finding:
    """Which request budget is counted with: Kraken tells an account's tier only to a subscriber."""
    smallest = ", the smallest" if settings.EXCHANGE_TIER == "starter" else ": a smaller one would be cut off"
    return ok(
        "tier",
        f"requests are counted as {settings.EXCHANGE_TIER}{smallest}; what Kraken tells the stream counts where it is "
        "less (EXCHANGE_TIER)",
    )


def judge_balances(balance: Mapping[str, Any], quotes: Collection[str], settings: Settings) -> list[Finding]:
    """What there is to trade with. Other coins are the operator's and are only counted.

    Args:
        balance: ccxt's structure; money as text.
        quotes: the currencies that the pairs are paid in.
        settings: LIVE's.
    """
    totals = balance.get("total")
    frees = balance.get("free")
    if not isinstance(totals, dict) or not isinstance(frees, dict):
        return [refuse("balances", "Kraken's answer tells none")]
    try:
        free = {quote: Decimal(str(frees.get(quote) or 0)) for quote in sorted(quotes)}
        others = sorted(name for name, total in totals.items() if name not in quotes and Decimal(str(total or 0)) > 0)
    except InvalidOperation:
        return [refuse("balances", "Kraken's answer holds something that is no number")]
    told = ", ".join(f"{amount:f} {quote} free" for quote, amount in free.items())
    findings = [ok("balances", told) if any(free.values()) else warn("balances", f"nothing to buy with: {told}")]
    if others:
        findings.append(ok("balances", f"{', '.join(others)}: what the engine did not buy itself is left alone"))
    return findings


def judge_pairs(instruments: Sequence[Instrument], settings: Settings) -> list[Finding]:
    """Whether the pairs can be traded as the settings want."""
    if not instruments:
        return [refuse("pairs", "Kraken has none of the pairs in GROUPS")]
    known = {row.symbol for row in instruments}
    named = {symbol for symbols in settings.GROUPS.values() for symbol in symbols}
    findings = []
    if settings.SYMBOLS == "GROUPS" and (unknown := sorted(named - known)):
        findings.append(warn("pairs", f"not at Kraken, or not online: {', '.join(unknown)}"))
    if closed := [f"{row.symbol} ({row.status})" for row in instruments if row.status != "online"]:
        findings.append(warn("pairs", f"no entries in {', '.join(closed)}"))
    findings += _leverage(instruments, settings)
    if small := _too_dear(instruments, settings):
        findings.append(warn("pairs", small))
    if not any(row.level is Level.REFUSE for row in findings):
        findings.insert(0, ok("pairs", f"{len(instruments)} known, with their ticks, lots and minimums"))
    return findings


def _leverage(instruments: Sequence[Instrument], settings: Settings) -> list[Finding]:
    if settings.LIVE_LEVERAGE == 1:
        return [ok("leverage", "1")]
    if settings.LIVE_ACCOUNT == "cash":
        return [refuse("leverage", f"LIVE_LEVERAGE is {settings.LIVE_LEVERAGE} on a cash account; set it to 1")]
    without = [row.symbol for row in instruments if settings.LIVE_LEVERAGE not in row.leverage_buy]
    if len(without) == len(instruments):
        return [refuse("leverage", f"no pair offers LIVE_LEVERAGE {settings.LIVE_LEVERAGE}")]
    if without:
        return [warn("leverage", f"a smaller step than {settings.LIVE_LEVERAGE} in {', '.join(without)}")]
    return [ok("leverage", f"{settings.LIVE_LEVERAGE} in every pair")]


def _too_dear(instruments: Sequence[Instrument], settings: Settings) -> str:
    """Pairs whose smallest cost is more than one place may hold."""
    if settings.MAX_CAPITAL is None:
        return ""
    place = settings.MAX_CAPITAL * settings.leverage / max(1, settings.HEAT.trades)
    dear = [row.symbol for row in instruments if row.cost_min > place]
    return f"the smallest order costs more than a place of {place:.2f} in {', '.join(dear)}" if dear else ""
