"""Judges what an API key may do, from GetApiKeyInfo's answer.

Source: Kraken's documentation of GetApiKeyInfo and of API key permissions. Only `permissions` is spelt the same in
all of it; the other fields are looked for in both spellings.
"""

from collections.abc import Mapping
from typing import Any

from kraken_tui.clock import SECOND, iso
from kraken_tui.exchange.live.findings import Finding, Level, ok, refuse, warn

NEEDED = {
    "query-funds": "to see balances and fees",
    "query-open-trades": "to see what rests",
    "query-closed-trades": "to learn what became of an order",
    "modify-trades": "to place and move orders",
    "close-trades": "to cancel orders",
    "create-ws-token": "to hear of fills at once",
}
DANGEROUS = {
    "withdraw-funds": "whoever gets this key can empty the account",
    "add-withdraw-address": "it can add an address to withdraw to",
    "update-withdraw-address": "it can change an address to withdraw to",
}
UNWANTED = {
    "add-funds": "nothing here deposits",
    "earn-funds": "it can lock coins away that stops may need",
}
_HARMLESS = frozenset({"query-ledger", "export-data"})
SOON_NS = 7 * 86_400 * SECOND
LATEST_S = 253_402_300_799.0
"""The last second of the year 9999."""

UNTOLD = Finding(
    Level.ASK,
    "permissions",
    "Kraken does not tell what this key may do, so it may withdraw: use a key without that, "
    "and set ALLOW_UNKNOWN_KEY to true where you are sure",
    override="ALLOW_UNKNOWN_KEY",
)


def judge_key(info: Mapping[str, Any] | None, now_ns: int) -> tuple[Finding, ...]:
    """What the key lacks, and what it has too much of.

    Args:
        info: GetApiKeyInfo's result; None where it was not answered.
        now_ns: Kraken's time.
    """
    permissions = info.get("permissions") if info is not None else None
    if info is None or not isinstance(permissions, list) or not all(isinstance(each, str) for each in permissions):
        return (UNTOLD,)
    return (*_permissions(frozenset(permissions)), *_limits(info, now_ns), _addresses(info))


def key_name(info: Mapping[str, Any] | None) -> str:
    """What the operator called the key; empty where it is not told."""
    name = _field(info or {}, "api_key_name", "apiKeyName")
    return name.strip() if isinstance(name, str) else ""


def _permissions(has: frozenset[str]) -> list[Finding]:
    findings = [refuse("permissions", f"the key has {name}: {why}") for name, why in DANGEROUS.items() if name in has]
    findings += [
        refuse("permissions", f"the key lacks {name}: {why}") for name, why in NEEDED.items() if name not in has
    ]
    findings += [warn("permissions", f"the key has {name}: {why}") for name, why in UNWANTED.items() if name in has]
    if "query-ledger" not in has:
        findings.append(warn("permissions", "the key lacks query-ledger: P&L can't be compared with Kraken's ledger"))
    for name in sorted(has - {*NEEDED, *DANGEROUS, *UNWANTED, *_HARMLESS}):
        judge = refuse if "withdraw" in name.lower() else warn
        findings.append(judge("permissions", f"the key has {name}, which is not known here"))
    return findings or [ok("permissions", "all that is needed, and no way to withdraw")]


def _limits(info: Mapping[str, Any], now_ns: int) -> list[Finding]:
    findings = []
    until_ns = _time_ns(_field(info, "valid_until", "validUntil"))
    if until_ns and until_ns < now_ns:
        findings.append(refuse("key", f"it expired at {iso(until_ns)}"))
    elif until_ns and until_ns < now_ns + SOON_NS:
        findings.append(warn("key", f"it expires at {iso(until_ns)}: protection can't be moved after that"))
    if since_ns := _time_ns(_field(info, "query_from", "queryFrom")):
        findings.append(warn("key", f"it sees nothing from before {iso(since_ns)}"))
    if to_ns := _time_ns(_field(info, "query_to", "queryTo")):
        findings.append(refuse("key", f"it sees nothing from after {iso(to_ns)}: fills would be missed"))
    return findings


def _addresses(info: Mapping[str, Any]) -> Finding:
    allowed = _field(info, "ip_allowlist", "ipAllowlist")
    if isinstance(allowed, list) and allowed:
        return ok("addresses", f"the key works from {len(allowed)} address{'es' if len(allowed) > 1 else ''} only")
    return warn("addresses", "the key works from anywhere: give it an IP allow-list at Kraken")


def _field(info: Mapping[str, Any], *names: str) -> Any:
    return next((info[name] for name in names if name in info), None)


def _time_ns(value: object) -> int:
    """Unix seconds as text, in nanoseconds; 0 where none is set. What lies outside of all calendars is their edge."""
    try:
        seconds = float(str(value)) if value is not None else 0.0
        return int(min(max(seconds, 1.0), LATEST_S) * SECOND) if seconds else 0
    except ValueError:
        return 0
